/* test_ptable.c - validating page tables: what is refused, and that every reference comes back, wherever it is interrupted */
#include "page_world.h"
#include "random.h"

/* A small address space: L4 10 -> L3 11 -> L2 12 -> L1 13 and 14 -> data. Tables are mapped read-only by L1 14. */
static void build(void)
{
	world_start();
	world_entry(10, 0, 11, PWU);
	world_entry(10, 511, 11, PW);
	world_entry(11, 3, 12, PWU);
	world_entry(12, 0, 13, PWU);
	world_entry(12, 511, 14, PWU);
	world_entry(13, 0, 20, PW);
	world_entry(13, 1, 21, PWU);
	world_entry(13, 511, 22, P);
	for (unsigned i = 0; i < 5; i++)
		world_entry(14, 100 + i, 10 + i, P);
}

static int acquire(uint64_t table, unsigned level, long budget)
{
	struct work w = {.left = budget};

	return ptable_acquire(&mm, &parked, MFN(table), level, &w);
}

static int write_entry(uint64_t table, unsigned level, unsigned index, uint64_t entry)
{
	struct work w = WORK_UNLIMITED;

	return ptable_write(&mm, &parked, MFN(table), level, index, entry, PTABLE_REPLACE, &w);
}

static bool all_untyped(void)
{
	for (uint64_t n = 1; n < FRAMES; n++)
		if (words[n] & (FRAME_TCOUNT_MASK | FRAME_VALID | FRAME_PARTIAL | FRAME_PINNED))
			return false;
	return true;
}

TEST(a_good_tree_is_valid_and_comes_apart)
{
	struct work w = WORK_UNLIMITED;

	build();
	CU_ASSERT_EQUAL_FATAL(ptable_pin(&mm, &parked, MFN(10), 4, &w), 0);
	CU_ASSERT_TRUE(world_check());
	CU_ASSERT_EQUAL(ptable_level(&mm, MFN(10)), 4);
	CU_ASSERT_EQUAL(ptable_level(&mm, MFN(13)), 1);
	CU_ASSERT_EQUAL(contents[10][256], our_slots[0]);
	CU_ASSERT_EQUAL(contents[10][271], our_slots[15]);
	CU_ASSERT_EQUAL(ptable_pin(&mm, &parked, MFN(10), 4, &w), -EINVAL);
	CU_ASSERT_EQUAL(ptable_unpin(&mm, &parked, MFN(10), &w), 0);
	CU_ASSERT_EQUAL(ptable_unpin(&mm, &parked, MFN(10), &w), -EINVAL);
	CU_ASSERT_TRUE(all_untyped());
	CU_ASSERT_TRUE(world_check());
	CU_ASSERT_EQUAL(contents[10][256], 0);
}

TEST(kernel_pages_are_marked_and_user_pages_are_global)
{
	build();
	CU_ASSERT_EQUAL_FATAL(acquire(10, 4, 1000), 0);
	held_refs[10] = held_types[10] = 1;
	CU_ASSERT_EQUAL(contents[13][0], pte_make(MFN(20), PWU | PTE_GUEST_KERNEL));
	CU_ASSERT_EQUAL(contents[13][1], pte_make(MFN(21), PWU | PTE_G));
	/* Read back and written again it stays the kernel's. */
	CU_ASSERT_EQUAL(write_entry(13, 1, 0, contents[13][0] & ~PTE_RW), 0);
	CU_ASSERT_EQUAL(contents[13][0], pte_make(MFN(20), PU | PTE_GUEST_KERNEL));
	CU_ASSERT_EQUAL(write_entry(13, 1, 0, contents[13][0] | PTE_G), 0);
	CU_ASSERT_FALSE(contents[13][0] & PTE_G);
	CU_ASSERT_TRUE(world_check());
}

/* XSA-148, XSA-182, XSA-240 and what else an entry must not be. */
TEST(bad_entries_are_refused_and_leave_nothing)
{
	static const struct {
		unsigned table, level, index;
		uint64_t entry;
		int error;
	} bad[] = {
		{12, 2, 5, 0x200000 | PWU | PTE_PS, -EINVAL}, /* a large page */
		{11, 3, 5, PWU | PTE_PS, -EINVAL},
		{10, 4, 5, (11 << 12) | PWU | PTE_PS, -EINVAL},
		{12, 2, 5, (13 << 12) | PWU | 1ULL << 50, -EINVAL}, /* address bits the CPU lacks */
		{13, 1, 5, (20 << 12) | PWU | 1ULL << 44, -EINVAL},
		{10, 4, 260, (11 << 12) | PWU, 0},    /* our slot: overwritten, not looked at */
		{10, 4, 5, (10 << 12) | PWU, -EBUSY}, /* itself: linear */
		{12, 2, 5, (12 << 12) | PWU, -EBUSY},
		{12, 2, 5, (20 << 12) | PWU, -EBUSY},	/* a frame that is mapped writable */
		{13, 1, 5, (12 << 12) | PWU, -EBUSY},	/* a table, writable */
		{13, 1, 5, (BOBS << 12) | PU, -EINVAL}, /* another's */
		{12, 2, 5, (BOBS << 12) | PU, -EINVAL},
		{13, 1, 5, (999 << 12) | PU, -EPERM},	 /* device memory not given */
		{13, 1, 5, (1000 << 12) | PWU, 0},	 /* and given */
		{12, 2, 5, (1000 << 12) | PWU, -EINVAL}, /* but never a table */
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		build();
		contents[bad[i].table][bad[i].index] = bad[i].entry;
		CU_ASSERT_EQUAL(acquire(10, 4, 1000), bad[i].error);
		if (bad[i].error) {
			CU_ASSERT_TRUE(all_untyped());
		} else {
			held_refs[10] = held_types[10] = 1;
		}
		CU_ASSERT_TRUE(world_check());
		/* The same, put in later. */
		build();
		CU_ASSERT_EQUAL_FATAL(acquire(10, 4, 1000), 0);
		held_refs[10] = held_types[10] = 1;
		CU_ASSERT_EQUAL(write_entry(bad[i].table, bad[i].level, bad[i].index, bad[i].entry),
				bad[i].index == 260 ? -EPERM : bad[i].error);
		if (bad[i].error)
			CU_ASSERT_EQUAL(contents[bad[i].table][bad[i].index], 0);
		CU_ASSERT_TRUE(world_check());
	}
}

/* XSA-148 again: only flags change, but into something else. */
TEST(flags_are_checked_even_if_the_frame_stays)
{
	build();
	CU_ASSERT_EQUAL_FATAL(acquire(10, 4, 1000), 0);
	held_refs[10] = held_types[10] = 1;
	CU_ASSERT_EQUAL(write_entry(12, 2, 0, contents[12][0] | PTE_PS), -EINVAL);
	CU_ASSERT_EQUAL(write_entry(13, 1, 1, contents[13][1] | 1ULL << 45), -EINVAL);
	CU_ASSERT_EQUAL(write_entry(14, 1, 100, contents[14][100] | PTE_RW), -EBUSY);
	CU_ASSERT_EQUAL(contents[14][100] & PTE_RW, 0);
	CU_ASSERT_EQUAL(write_entry(12, 2, 0, contents[12][0] & ~PTE_RW), 0);
	CU_ASSERT_TRUE(world_check());
}

/* XSA-299, -310, -58, -45: interrupted at every entry, and then given up, or gone on with. */
TEST(interrupted_anywhere_nothing_is_lost)
{
	struct work w;
	int ret;

	for (long first = 0; first < 16; first++) {
		build();
		ret = acquire(10, 4, first);
		CU_ASSERT_TRUE_FATAL(ret == 0 || ret == -ERESTART);
		if (ret)
			CU_ASSERT_EQUAL(parked.mfn.n, 10);
		while (ret == -ERESTART) {
			CU_ASSERT_TRUE(world_check());
			ret = acquire(10, 4, 1);
		}
		CU_ASSERT_EQUAL(ret, 0);
		held_refs[10] = held_types[10] = 1;
		CU_ASSERT_TRUE(world_check());
		w.left = first;
		ret = ptable_drop(&mm, &parked, MFN(10), 4, &w);
		held_refs[10] = held_types[10] = 0;
		CU_ASSERT_TRUE(world_check());
		while (ret == -ERESTART) {
			w.left = 1;
			ret = ptable_drain(&mm, &parked, &w);
			CU_ASSERT_TRUE(world_check());
		}
		CU_ASSERT_TRUE(all_untyped());
		/* Given up in the middle. */
		build();
		if (acquire(10, 4, first) == -ERESTART) {
			w.left = 1000;
			CU_ASSERT_EQUAL(ptable_drain(&mm, &parked, &w), 0);
			CU_ASSERT_TRUE(all_untyped());
			CU_ASSERT_TRUE(world_check());
		}
	}
}

TEST(a_failure_found_late_is_undone_piece_by_piece)
{
	struct work w = {0};
	int ret;

	for (long budget = 1; budget < 14; budget++) {
		build();
		world_entry(14, 511, BOBS, PW);
		while ((ret = acquire(10, 4, budget)) == -ERESTART && !parked.undoing)
			CU_ASSERT_TRUE(world_check());
		CU_ASSERT_EQUAL(ret, -EINVAL);
		CU_ASSERT_TRUE(world_check());
		while (w.left = 1, ptable_drain(&mm, &parked, &w))
			CU_ASSERT_TRUE(world_check());
		CU_ASSERT_TRUE(all_untyped());
	}
}

/* Another vcpu that wants the same table finishes the interrupted one's work. */
TEST(others_go_on_with_interrupted_work)
{
	struct parked other = {.mfn = MFN(0)};
	struct work w = WORK_UNLIMITED;

	for (long first = 0; first < 11; first++) {
		build();
		if (acquire(10, 4, first) != -ERESTART)
			continue;
		CU_ASSERT_EQUAL(ptable_acquire(&mm, &other, MFN(10), 4, &w), 0);
		held_refs[10] = held_types[10] = 1;
		CU_ASSERT_TRUE(world_check());
		CU_ASSERT_EQUAL(acquire(10, 4, 1), 0);
		held_refs[10] = held_types[10] = 2;
		CU_ASSERT_TRUE(world_check());
	}
}

TEST(a_frame_written_lately_needs_a_flush_first)
{
	build();
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(13), ALICE, 1), 0);
	CU_ASSERT_FALSE(frame_put_both(&world, MFN(13)));
	CU_ASSERT_EQUAL(acquire(10, 4, 1000), -ERESTART);
	CU_ASSERT_TRUE(mm.want_flush);
	CU_ASSERT_TRUE(world_check());
	mm.want_flush = false;
	world_flush();
	CU_ASSERT_EQUAL(acquire(10, 4, 1000), 0);
	held_refs[10] = held_types[10] = 1;
	CU_ASSERT_TRUE(world_check());
	/* At the top it is said at once. */
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(30), ALICE, 1), 0);
	CU_ASSERT_FALSE(frame_put_both(&world, MFN(30)));
	CU_ASSERT_EQUAL(acquire(30, 1, 1000), -EAGAIN);
}

TEST(accessed_and_dirty_are_kept_when_asked)
{
	struct work w = WORK_UNLIMITED;

	build();
	CU_ASSERT_EQUAL_FATAL(acquire(13, 1, 1000), 0);
	held_refs[13] = held_types[13] = 1;
	contents[13][1] |= PTE_A | PTE_D;
	CU_ASSERT_EQUAL(ptable_write(&mm, &parked, MFN(13), 1, 1, pte_make(MFN(21), PU), PTABLE_PRESERVE_AD, &w), 0);
	CU_ASSERT_EQUAL(contents[13][1], pte_make(MFN(21), PU | PTE_A | PTE_D | PTE_G));
	CU_ASSERT_EQUAL(write_entry(13, 1, 1, pte_make(MFN(21), PU)), 0);
	CU_ASSERT_EQUAL(contents[13][1], pte_make(MFN(21), PU | PTE_G));
	CU_ASSERT_TRUE(world_check());
}

/* Entries that others changed meanwhile, and tables that are used too often. */
TEST(what_is_not_as_expected_is_left_alone)
{
	uint64_t slot = pte_make(MFN(21), PWU | PTE_G), expected = pte_make(MFN(20), PWU | PTE_G), seen = slot;
	struct work w = WORK_UNLIMITED;

	build();
	CU_ASSERT_EQUAL_FATAL(acquire(13, 1, 1000), 0);
	held_refs[13] = held_types[13] = 1;
	CU_ASSERT_EQUAL(ptable_swap_l1(&mm, &slot, &expected, pte_make(MFN(22), PU)), 1);
	CU_ASSERT_EQUAL(expected, seen);
	CU_ASSERT_EQUAL(slot, seen);
	CU_ASSERT_TRUE(world_check());
	/* An entry that is written as it is, but for a bit that this CPU lacks. */
	CU_ASSERT_EQUAL(ptable_swap_l1(&mm, &slot, &expected, slot | 1ULL << 45), -EINVAL);
	CU_ASSERT_EQUAL(ptable_unpin(&mm, &parked, MFN(FRAMES + 5), &w), -EINVAL);
	CU_ASSERT_EQUAL(ptable_unpin(&mm, &parked, MFN(BOBS), &w), -EINVAL);
	words[13] |= FRAME_TCOUNT_MASK;
	CU_ASSERT_EQUAL(acquire(13, 1, 1000), -EOVERFLOW);
	words[15] |= FRAME_REF_MASK;
	CU_ASSERT_EQUAL(acquire(15, 1, 1000), -EOVERFLOW);
	words[16] = FRAME_IS_FREE;
	CU_ASSERT_EQUAL(acquire(16, 1, 1000), -EINVAL);
}

TEST(the_last_reference_through_a_table_frees_the_frame)
{
	mfn_t m;
	bool last;

	build();
	CU_ASSERT_EQUAL_FATAL(acquire(13, 1, 1000), 0);
	CU_ASSERT_EQUAL(frame_unallocate(&world, MFN(20), &last), 0);
	CU_ASSERT_FALSE(last);
	CU_ASSERT_EQUAL(frame_unallocate(&world, MFN(22), &last), 0);
	CU_ASSERT_FALSE(ptable_next_released(&mm, &m));
	CU_ASSERT_EQUAL(write_entry(13, 1, 0, 0), 0);
	CU_ASSERT_EQUAL(write_entry(13, 1, 511, 0), 0);
	CU_ASSERT_TRUE(ptable_next_released(&mm, &m));
	CU_ASSERT_EQUAL(m.n, 22);
	CU_ASSERT_TRUE(ptable_next_released(&mm, &m));
	CU_ASSERT_EQUAL(m.n, 20);
	CU_ASSERT_EQUAL(words[20], 0);
	CU_ASSERT_FALSE(ptable_next_released(&mm, &m));
}

TEST(a_granted_frame_is_installed_and_removed)
{
	uint64_t *slot = &contents[13][7];

	build();
	CU_ASSERT_EQUAL_FATAL(acquire(13, 1, 1000), 0);
	held_refs[13] = held_types[13] = 1;
	CU_ASSERT_EQUAL(frame_get_both(&world, MFN(BOBS), BOB, 1), 0);
	ptable_install_l1(&mm, slot, pte_make(MFN(BOBS), PW));
	CU_ASSERT_TRUE(world_check());
	CU_ASSERT_EQUAL(ptable_remove_l1(slot, MFN(BOBS), false, 0), -EINVAL);
	CU_ASSERT_EQUAL(ptable_remove_l1(slot, MFN(BOBS + 1), true, 0), -EINVAL);
	CU_ASSERT_EQUAL(ptable_remove_l1(slot, MFN(BOBS), true, 0), 0);
	CU_ASSERT_FALSE(frame_put_both(&world, MFN(BOBS)));
	CU_ASSERT_TRUE(world_check());
}

TEST(descriptor_pages_are_tables_too)
{
	build();
	contents[30][1] = 0x00af9b000000ffffULL; /* 64-bit code, DPL 0 */
	CU_ASSERT_EQUAL(acquire(30, LEVEL_SEGDESC, 1), 0);
	held_refs[30] = held_types[30] = 1;
	CU_ASSERT_EQUAL(contents[30][1], 0x00affb000000ffffULL);
	CU_ASSERT_EQUAL(write_entry(13, 1, 0, 0), 0 * acquire(13, 1, 1000));
	held_refs[13] = held_types[13] = 1;
	CU_ASSERT_EQUAL(write_entry(13, 1, 9, pte_make(MFN(30), PW)), -EBUSY);
	contents[31][1] = 0x0000ee000000ffffULL; /* a gate */
	CU_ASSERT_EQUAL(acquire(31, LEVEL_SEGDESC, 1), -EINVAL);
	CU_ASSERT_TRUE(world_check());
}

/* ---- a million random steps against the second opinion ---------------------------------------------------------- */

static uint64_t random_entry(void)
{
	static const uint64_t flags[] = {0, P, PW, PU, PWU, PWU | PTE_A | PTE_D, PW | PTE_PS, PWU | PTE_G};
	uint64_t frame = random_below(20) ? 1 + random_below(FRAMES - 1) : 1000 + random_below(8);

	return pte_make(MFN(frame), flags[random_below(8)]);
}

static unsigned random_index(void)
{
	static const unsigned some[] = {0, 1, 2, 255, 256, 271, 272, 511};

	return some[random_below(8)];
}

/* As a guest writes: only into a frame that is no table. */
static void scribble(void)
{
	uint64_t n = 1 + random_below(BOBS - 1);

	if (frame_type(words[n]) == FRAME_WRITABLE || !(words[n] & FRAME_TCOUNT_MASK))
		contents[n][random_index()] = random_entry();
}

static void step(void)
{
	struct work w = {.left = random_below(3) ? 1000 : (long)random_below(12)};
	mfn_t m = MFN(1 + random_below(BOBS - 1));
	unsigned level = ptable_level(&mm, m);

	switch (random_below(8)) {
	case 0:
		(void)ptable_pin(&mm, &parked, m, 1 + (unsigned)random_below(4), &w);
		break;
	case 1:
		(void)ptable_unpin(&mm, &parked, m, &w);
		break;
	case 2:
		(void)ptable_drain(&mm, &parked, &w);
		break;
	case 3:
		world_flush();
		break;
	case 4:
	case 5:
		if (level >= 1 && level <= 4 && !(parked.mfn.n && parked.undoing))
			(void)ptable_write(&mm, &parked, m, level, random_index(), random_entry(), PTABLE_REPLACE, &w);
		break;
	default:
		scribble();
	}
	mm.want_flush = false;
}

TEST(random_steps_keep_every_count)
{
	random_seed("random_steps_keep_every_count", 1);
	world_start();
	for (unsigned i = 0; i < 200000; i++) {
		step();
		if (i % 16 == 0 && !world_check()) {
			CU_FAIL_FATAL("counts differ");
		}
	}
	/* The end of the domain: everything comes apart. */
	for (uint64_t n = 1; n < BOBS; n++) {
		struct work w = WORK_UNLIMITED;

		if (words[n] & FRAME_PINNED)
			CU_ASSERT_EQUAL(ptable_unpin(&mm, &parked, MFN(n), &w), 0);
	}
	CU_ASSERT_EQUAL(ptable_drain(&mm, &parked, &(struct work){.left = 100000}), 0);
	CU_ASSERT_TRUE(all_untyped());
	CU_ASSERT_TRUE(world_check());
}

/* A guest may leave an interrupted call alone and make another one, on a table that only the interrupted work holds. */
TEST(writing_to_what_only_parked_work_holds)
{
	unsigned tried = 0;

	for (long budget = 1; budget < 40; budget++) {
		build();
		if (acquire(10, 4, budget) != -ERESTART || ptable_level(&mm, MFN(12)) != 2)
			continue;
		tried++;
		CU_ASSERT_EQUAL(write_entry(12, 2, 0, pte_make(MFN(15), PWU)), -EINVAL);
		CU_ASSERT_TRUE(all_untyped());
		CU_ASSERT_TRUE(world_check());
	}
	CU_ASSERT_TRUE(tried > 0);
}

/* What is given up in favour of another call may take several rounds; that call is not done before. */
TEST(giving_up_is_not_the_end_of_the_next_call)
{
	struct work w = {.left = 3};

	build();
	CU_ASSERT_EQUAL_FATAL(acquire(10, 4, 6), -ERESTART);
	CU_ASSERT_EQUAL_FATAL(ptable_pin(&mm, &parked, MFN(15), 1, &w), -ERESTART);
	CU_ASSERT_FALSE(parked.undoing);
	w.left = 1000;
	CU_ASSERT_EQUAL(ptable_pin(&mm, &parked, MFN(15), 1, &w), 0);
	CU_ASSERT_TRUE(world_check());
}

/* Another domain on another CPU had it mapped, and let go of it by writing its own page table: only its CPU can say when. */
TEST(a_frame_others_wrote_to_needs_their_flush)
{
	uint64_t slot = 0;
	struct mm bobs;

	build();
	flushclock_join(&world_clock, 1);
	bobs = mm;
	bobs.owner = BOB;
	CU_ASSERT_EQUAL_FATAL(ptable_write_l1(&bobs, &slot, pte_make(MFN(15), PW), PTABLE_REPLACE), 0);
	CU_ASSERT_EQUAL_FATAL(ptable_write_l1(&bobs, &slot, 0, PTABLE_REPLACE), 0);
	world_flush();
	CU_ASSERT_EQUAL(acquire(15, 1, 1000), -EAGAIN);
	CU_ASSERT_TRUE(mm.everywhere);
	flush_on(1);
	CU_ASSERT_EQUAL(acquire(15, 1, 1000), 0);
	CU_ASSERT_FALSE(words[15] & FRAME_FOREIGN);
	held_refs[15] = held_types[15] = 1;
	CU_ASSERT_TRUE(world_check());
}

/* The other way round: what was a table of the one's is written by the other, and only the one's CPUs may still walk it. */
TEST(a_frame_others_had_as_a_table_needs_their_flush)
{
	uint64_t slot = 0, cpus = BIT(1);
	struct work w = WORK_UNLIMITED;
	struct mm bobs;

	build();
	flushclock_join(&world_clock, 1);
	CU_ASSERT_EQUAL_FATAL(ptable_pin(&mm, &parked, MFN(15), 1, &w), 0);
	CU_ASSERT_EQUAL_FATAL(ptable_unpin(&mm, &parked, MFN(15), &w), 0);
	bobs = mm;
	bobs.owner = BOB;
	bobs.cpus = &cpus;
	flush_on(1);
	CU_ASSERT_EQUAL(ptable_write_l1(&bobs, &slot, pte_make(MFN(15), PW), PTABLE_REPLACE), -EAGAIN);
	CU_ASSERT_TRUE(bobs.everywhere);
	CU_ASSERT_EQUAL(slot, 0);
	world_flush();
	CU_ASSERT_EQUAL(ptable_write_l1(&bobs, &slot, pte_make(MFN(15), PW), PTABLE_REPLACE), 0);
}
