/* vcpus-lists.c - the lists of long calls change while the calls are under way
 *
 * Mechanism: mmu_update, mmuext_op, multicall, memory_op and grant_table_op take lists in the guest's memory, read them piece by
 * piece, write answers into them, and go on with them after an interruption.
 * Promise: I13 to I15, rows 14 and 18: what is judged is what is done; a list that another vcpu changes harms nobody, and the books
 * are right afterwards.
 * Probe: one vcpu makes such calls, on a playground; another one changes words of the lists to others that fit as well.
 */
#include "runtime/guest.h"
#include "runtime/wild.h"

const char test_title[] = "lists that change under a call";
TEST_CPUS(2);
TEST_SECONDS(60);

#define PLAY 32
#define TIME 4000000000UL /* ns */

static table_t play[PLAY];
static uint8_t room[WILD_ROOM] __attribute__((aligned(4096)));
static uint64_t spare[PLAY];
static volatile bool over;
static unsigned made[4];

static struct mmu_update *const updates = (void *)room;
static struct mmuext_op *const ops = (void *)(room + 4096);
static multicall_entry_t *const calls = (void *)(room + 8192);
static uint64_t *const frames_in = (void *)(room + 12288), *const frames_out = (void *)(room + 13312);

static uint64_t some_frame(struct wild *w)
{
	return mfn_of(play[wild_below(w, PLAY)]);
}

static uint64_t some_entry(struct wild *w)
{
	static const uint64_t flags[] = {PTE_PLAIN, PTE_READONLY, 0};

	return some_frame(w) << 12 | flags[wild_below(w, 3)];
}

static void fill(struct wild *w)
{
	for (unsigned i = 0; i < 64; i++) {
		updates[i] = (struct mmu_update){machine_of(entry_of(play[wild_below(w, PLAY)], 1)), some_entry(w)};
		ops[i] = (struct mmuext_op){.cmd = wild_below(w, 2) ? MMUEXT_PIN_L1_TABLE : MMUEXT_UNPIN_TABLE,
					    .arg1.mfn = some_frame(w)};
		calls[i] = (multicall_entry_t){
			.op = __HYPERVISOR_update_va_mapping,
			.args = {(uint64_t)play[wild_below(w, PLAY)], some_entry(w), UVMF_INVLPG | UVMF_LOCAL}};
	}
}

/* A word for another of its kind, anywhere in the lists. */
static void change(void *none)
{
	struct wild w = {.state = 99};

	(void)none;
	while (!over) {
		unsigned i = wild_below(&w, 64);

		switch (wild_below(&w, 7)) {
		case 0:
			updates[i].val = some_entry(&w);
			break;
		case 1:
			updates[i].ptr = machine_of(entry_of(play[wild_below(&w, PLAY)], 1));
			break;
		case 2:
			ops[i].arg1.mfn = some_frame(&w);
			break;
		case 3:
			ops[i].cmd = wild_below(&w, 2) ? MMUEXT_PIN_L1_TABLE : MMUEXT_UNPIN_TABLE;
			break;
		case 4:
			calls[i].args[1] = some_entry(&w);
			break;
		case 5:
			calls[i].args[0] = (uint64_t)play[wild_below(&w, PLAY)];
			break;
		case 6: /* a frame twice, or one that is in use */
			if (!wild_below(&w, 300))
				frames_in[i % PLAY] = i % 4 ? spare[wild_below(&w, PLAY)] : mfn_of(start_info);
			break;
		}
	}
}

static void give_back(uint64_t mfn)
{
	struct xen_memory_reservation r = {.extent_start = &mfn, .nr_extents = 1, .domid = DOMID_SELF};

	(void)CALL2(memory_op, XENMEM_decrease_reservation, &r);
}

static void take_one(uint64_t *mfn)
{
	struct xen_memory_reservation r = {.extent_start = mfn, .nr_extents = 1, .domid = DOMID_SELF};

	(void)CALL2(memory_op, XENMEM_populate_physmap, &r);
}

static void exchange(void)
{
	struct xen_memory_exchange x = {
		.in = {.extent_start = frames_in, .nr_extents = PLAY, .domid = DOMID_SELF},
		.out = {.extent_start = frames_out, .nr_extents = PLAY, .domid = DOMID_SELF},
	};
	for (unsigned i = 0; i < PLAY; i++)
		frames_in[i] = frames_out[i] = spare[i];
	made[3] += !CALL2(memory_op, XENMEM_exchange, &x);
	/* Nobody can say for certain which are ours now: all that may be are given back, and new ones asked for. */
	for (unsigned i = 0; i < PLAY; i++) {
		uint64_t got = frames_out[i];

		give_back(spare[i]);
		if (got != spare[i])
			give_back(got);
		take_one(&spare[i]);
	}
}

void test_main(void)
{
	struct wild w = {.state = 7};
	uint64_t end = now() + TIME;
	uint32_t done;

	/* Frames that are not mapped, and of which nobody knows the page's number. */
	for (unsigned i = 0; i < PLAY; i++) {
		uint64_t pfn = start_info->nr_pages - 1 - i;

		(void)map((void *)(GUEST_BASE + pfn * 4096), 0);
		give_back(((uint64_t *)start_info->mfn_list)[pfn]);
		take_one(&spare[i]);
		NEED(spare[i], "no memory");
	}
	exchange();
	NEED(made[3] == 1, "an exchange that nobody disturbs is refused");
	start_vcpu(1, change, NULL);
	for (unsigned i = 0; now() < end; i++) {
		fill(&w);
		made[0] += !CALL4(mmu_update, updates, 64, &done, DOMID_SELF);
		made[1] += !CALL4(mmuext_op, ops, 64, &done, DOMID_SELF);
		made[2] += !CALL2(multicall, calls, 64);
		if (i % 4 == 0)
			exchange();
	}
	over = true;
	join_vcpu(1);
	say("%u, %u, %u and %u calls went through", made[0], made[1], made[2], made[3]);
	for (unsigned i = 0; i < PLAY; i++) {
		(void)mmuext(MMUEXT_UNPIN_TABLE, mfn_of(play[i]));
		(void)map(play[i], 0);
	}
	for (unsigned i = 0; i < PLAY; i++)
		CHECK(!make_writable(play[i]), "page %u is still in use", i);
	NEED(made[2] > 3, "too few calls");
}
