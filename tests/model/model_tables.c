/* model_tables.c - a frame between page table and writable, wanted as both by several CPUs (XSA-401, XSA-408)
 *
 * The promise: while a frame is a page table (or is becoming one), no CPU can write it, not even through a translation that it
 * has kept in its TLB from before; and while it is writable, no CPU walks it as a table.
 */
#include "machine.h"

#include "arch/x86/tlb.h"
#include "core/pte.h"
#include "lib/errno.h"

static mfn_t frame;
static uint64_t slot, other_slot; /* level-1 entries of tables that are valid already */

static bool is_table(uint64_t word)
{
	return (word & FRAME_TCOUNT_MASK) && frame_type(word) >= FRAME_L1 && frame_type(word) <= FRAME_L4;
}

static const char *never_both(void)
{
	if (is_table(frame_word(&frames, frame)) && ((slot | other_slot) & PTE_RW))
		return "a page table is mapped writable";
	return NULL;
}

static const char *counts_come_back(void)
{
	return model_only_owned(frame);
}

static int map_level1(struct domain *d, uint64_t *at, uint64_t entry)
{
	struct mm mm;
	int ret;

	spin_lock(&d->mm_lock);
	mm = mm_begin(d, ALICE);
	ret = ptable_write_l1(&mm, at, entry, PTABLE_REPLACE);
	spin_unlock(&d->mm_lock);
	mm_end(&mm);
	return ret;
}

/* The guest writes, as long as its CPU still can. */
static void write_to_it(void)
{
	interleave_step();
	if (model_tlb[this_cpu()->id][frame.n] && is_table(frame_word(&frames, frame)))
		interleave_wrong("a page table is written through a stale translation");
	model_guest();
}

/* Others may leave it to this CPU to flush when it wakes. */
static void nap(void)
{
	tlb_idle_begin();
	interleave_step();
	tlb_idle_end();
}

/* As a guest that does not flush: the hypervisor has to know. */
static void map_write_unmap(struct domain *d, uint64_t *at)
{
	if (!map_level1(d, at, pte_make(frame, PTE_P | PTE_RW | PTE_US))) {
		if (*at & PTE_RW)
			model_tlb[this_cpu()->id][frame.n] = true;
		write_to_it();
		if (map_level1(d, at, 0))
			interleave_wrong("an entry cannot be cleared");
		write_to_it();
		nap();
		write_to_it();
	}
	model_idle();
}

static void bob_maps(void)
{
	map_write_unmap(&bob, &slot);
}

static void alice_maps(void)
{
	map_write_unmap(&alice, &other_slot);
}

static int pin(unsigned level)
{
	struct work w = WORK_UNLIMITED;
	struct mm mm;
	int ret;

	spin_lock(&alice.mm_lock);
	mm = mm_begin(&alice, ALICE);
	do {
		ret = ptable_pin(&mm, &current->pv.parked, frame, level, &w);
	} while (mm_again(&mm, &alice, ret));
	spin_unlock(&alice.mm_lock);
	mm_end(&mm);
	return ret;
}

static void unpin(void)
{
	struct work w = WORK_UNLIMITED;
	struct mm mm;

	spin_lock(&alice.mm_lock);
	mm = mm_begin(&alice, ALICE);
	if (ptable_unpin(&mm, &current->pv.parked, frame, &w))
		interleave_wrong("what is pinned cannot be unpinned");
	spin_unlock(&alice.mm_lock);
	mm_end(&mm);
}

static void alice_pins(void)
{
	if (pin(1) == 0)
		unpin();
	model_idle();
}

static void start(unsigned nr)
{
	model_machine(nr);
	frame = model_page(&alice);
	model_runs(0, &alice, 0);
}

static void alice_and_bob(void)
{
	start(2);
	model_runs(1, &bob, 0);
}

TEST(another_domain_lets_go_as_it_becomes_a_table)
{
	static const struct interleave m = {.name = "another domain's mapping, and a pin",
					    .setup = alice_and_bob,
					    .thread = {alice_pins, bob_maps},
					    .always = never_both,
					    .finally = counts_come_back};

	CU_ASSERT_TRUE(interleave(&m));
}

static void alice_twice(void)
{
	start(2);
	model_runs(1, &alice, 1);
}

TEST(another_vcpu_lets_go_as_it_becomes_a_table)
{
	static const struct interleave m = {.name = "another vcpu's mapping, and a pin",
					    .setup = alice_twice,
					    .thread = {alice_pins, alice_maps},
					    .always = never_both,
					    .finally = counts_come_back};

	CU_ASSERT_TRUE(interleave(&m));
}

/* ---- the other way round ------------------------------------------------------------------------------------------ */

static void alice_unpins(void)
{
	unpin();
	model_idle();
}

/* Another vcpu of hers uses the table, of which the CPU keeps what it has read. A flush makes it forget: see model_tlb. */
static void alice_walks(void)
{
	bool *walks = &model_tlb[this_cpu()->id][frame.n];

	*walks = frame_word(&frames, frame) & FRAME_VALID;
	for (unsigned i = 0; i < 3; i++) {
		uint64_t word;

		interleave_step();
		word = frame_word(&frames, frame);
		if (*walks && frame_type(word) == FRAME_WRITABLE && (word & FRAME_TCOUNT_MASK))
			interleave_wrong("what a CPU walks as a page table is writable");
		model_guest();
	}
	model_idle();
}

static void bob_writes(void)
{
	if (!page_get_writable(&alice, frame)) {
		model_guest();
		page_put_writable(frame);
	}
	model_idle();
}

static void pinned(void)
{
	start(3);
	model_runs(1, &alice, 1);
	model_runs(2, &bob, 0);
	/* As pin() leaves it: a table without entries. */
	frames.word[frame.n] = FRAME_ALLOCATED | FRAME_PINNED | FRAME_VALID | (uint64_t)FRAME_L1 << FRAME_TYPE_SHIFT |
			       FRAME_TCOUNT_ONE | 2;
}

TEST(a_table_becomes_writable)
{
	static const struct interleave m = {.name = "an unpin, a walk, and a copy to the frame",
					    .setup = pinned,
					    .thread = {alice_unpins, alice_walks, bob_writes},
					    .finally = counts_come_back};

	CU_ASSERT_TRUE(interleave(&m));
}
