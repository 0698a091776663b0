/* page_world.h - a small machine for the tests of frames and page tables, and a second opinion on its counts
 *
 * FRAMES frames with contents; two domains. world_check() counts anew, from the tables' entries, pins and the uses that a test
 * says it holds, what each frame's word should say.
 */
#ifndef PAGE_WORLD_H
#define PAGE_WORLD_H

#include "core/ptable.h"
#include "lib/errno.h"
#include "unit.h"

#define FRAMES 48
#define ALICE  1 /* owns frames 1 to 39 */
#define BOB    2 /* owns the rest; frame 0 is never memory */
#define BOBS   40

static uint64_t words[FRAMES], chunk = 1;
static uint32_t aux[FRAMES];
static uint64_t contents[FRAMES][512] __attribute__((aligned(4096)));
static struct flushclock world_clock;
static uint64_t world_cpus = 1; /* that may hold ALICE's translations */
static struct frames world = {.word = words, .aux = aux, .chunks = &chunk, .max = FRAMES, .clock = &world_clock};

static inline void flush_on(unsigned cpu)
{
	bool full;
	uint16_t time = flushclock_begin(&world_clock, cpu, &full);

	flushclock_end(&world_clock, cpu, time);
}

static inline void world_flush(void)
{
	flush_on(0);
}

static struct range device[1];
static struct rangeset iomem;
static uint64_t our_slots[16];
static struct parked parked;
static unsigned held_refs[FRAMES], held_types[FRAMES]; /* by the test itself */
static struct mm mm;

static void world_start(void)
{
	memset(words, 0, sizeof(words));
	memset(aux, 0, sizeof(aux));
	memset(contents, 0, sizeof(contents));
	memset(&parked, 0, sizeof(parked));
	memset(held_refs, 0, sizeof(held_refs));
	memset(held_types, 0, sizeof(held_types));
	world.direct = (uint8_t *)contents;
	world_clock = (struct flushclock)FLUSHCLOCK_INIT;
	flushclock_join(&world_clock, 0);
	world_flush();
	rangeset_init(&iomem, device, 1);
	(void)rangeset_add(&iomem, 1000, 1003);
	for (unsigned i = 0; i < 16; i++)
		our_slots[i] = 0xabc000 + i * 4096 + 1;
	for (uint64_t n = 1; n < FRAMES; n++)
		frame_assign(&world, MFN(n), n < BOBS ? ALICE : BOB);
	mm = (struct mm){.frames = &world,
			 .owner = ALICE,
			 .target = ALICE,
			 .cpus = &world_cpus,
			 .reserved = 0x000ff00000000000ULL,
			 .iomem = &iomem,
			 .our_slots = our_slots};
}

static unsigned refs[FRAMES], types[FRAMES];

/* False: it holds references, but the guest's kernel, in ring 3, could not use it. */
static bool count_entry(unsigned level, unsigned index, uint64_t pte)
{
	uint64_t n = pte_mfn(pte).n;

	if (!(pte & PTE_P) || (level == 4 && index >= 256 && index < 272) || n >= FRAMES || !n)
		return true;
	refs[n]++;
	if (level > 1 || (pte & PTE_RW))
		types[n]++;
	return pte & PTE_US;
}

static bool count_table(uint64_t n)
{
	unsigned level = frame_type(words[n]), end = 0;
	bool good = true;

	if (words[n] & FRAME_VALID)
		end = 512;
	else if (words[n] & FRAME_PARTIAL)
		end = aux[n] & 0xffff;
	for (unsigned i = 0; i < end && level <= 4; i++) {
		if (count_entry(level, i, contents[n][i]))
			continue;
		printf("    frame %lu: entry %u is not for ring 3\n", (unsigned long)n, i);
		good = false;
	}
	return good;
}

/* True if all is as it should be; says what is not. */
static bool world_check(void)
{
	bool good = parked.mfn.n || !parked.undoing;

	for (uint64_t n = 0; n < FRAMES; n++) {
		refs[n] = held_refs[n] + (words[n] & FRAME_ALLOCATED ? 1 : 0) + (words[n] & FRAME_PINNED ? 1 : 0);
		types[n] = held_types[n] + (words[n] & FRAME_PINNED ? 1 : 0);
	}
	if (parked.mfn.n) {
		refs[parked.mfn.n]++;
		types[parked.mfn.n]++;
	}
	for (uint64_t n = 1; n < FRAMES; n++)
		if (!(words[n] & FRAME_IS_FREE) && (words[n] & (FRAME_VALID | FRAME_PARTIAL)))
			good &= count_table(n);
	for (uint64_t n = 1; n < FRAMES; n++) {
		unsigned ref = words[n] & FRAME_REF_MASK, type = (words[n] & FRAME_TCOUNT_MASK) >> 26;

		if (words[n] & FRAME_IS_FREE || (ref == refs[n] && type == types[n]))
			continue;
		printf("    frame %lu, word %#lx: %u references for %u, %u of its type for %u\n", (unsigned long)n,
		       (unsigned long)words[n], ref, refs[n], type, types[n]);
		good = false;
	}
	return good;
}

static inline void world_entry(uint64_t table, unsigned index, uint64_t frame, uint64_t flags)
{
	contents[table][index] = pte_make(MFN(frame), flags);
}

#define P   PTE_P
#define PW  (PTE_P | PTE_RW)
#define PU  (PTE_P | PTE_US)
#define PWU (PTE_P | PTE_RW | PTE_US)

#endif
