/* test_blk_journal.c - requests under way survive the process, wherever it is stopped */
#include <errno.h>

#include "backend-drivers/blk/journal.h"
#include "unit.h"

#define SLOTS 8

static struct journal journal;

static union blk_request request(uint64_t id)
{
	union blk_request r = {.plain = {.operation = BLKIF_OP_READ, .id = id}};

	return r;
}

/* Takes requests `first` and following into the entries of the same numbers. */
static void take(uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++) {
		union blk_request r = request(i);

		journal_take(&journal, i, &r);
	}
}

static uint32_t under_way(void)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < SLOTS; i++)
		if (journal.entry[i].state != JOURNAL_FREE)
			bits |= 1u << i;
	return bits;
}

TEST(a_fresh_journal_is_blank_until_it_is_started)
{
	memset(&journal, 0, sizeof(journal));
	CU_ASSERT_TRUE(journal_is_blank(&journal));
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, 0), -EPROTO);
	journal_start(&journal, SLOTS, UINT32_MAX);
	CU_ASSERT_FALSE(journal_is_blank(&journal));
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, UINT32_MAX), 0);
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS / 2, UINT32_MAX), -EPROTO);
}

TEST(what_is_taken_and_not_answered_is_under_way)
{
	journal_start(&journal, SLOTS, UINT32_MAX - 1);
	take(0, 5);
	journal_answer(&journal, 3, UINT32_MAX - 1);
	journal_answer(&journal, 1, UINT32_MAX);
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, 0), 3); /* both answers were published */
	CU_ASSERT_EQUAL(under_way(), 0x15);
	CU_ASSERT_EQUAL(journal.entry[2].request.plain.id, 2);
}

TEST(an_answer_that_was_not_published_is_made_again)
{
	journal_start(&journal, SLOTS, 10);
	take(0, 4);
	journal_answer(&journal, 0, 10);
	journal_answer(&journal, 2, 11);
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, 11), 3);
	CU_ASSERT_EQUAL(under_way(), 0xe);
	/* The same once more: a process that died while it recovered. */
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, 11), 3);
}

TEST(what_was_done_is_counted)
{
	memset(&journal, 0, sizeof(journal));
	journal_start(&journal, SLOTS, 0);
	CU_ASSERT_EQUAL(journal.figures.magic, 0);
	journal_count(&journal, BLK_READ, 4096);
	journal_count(&journal, BLK_READ, 512);
	journal_count(&journal, BLK_WRITE, 1024);
	journal_count(&journal, BLK_FLUSH, 0);
	journal_count(&journal, BLK_BARRIER, 2048);
	journal_count(&journal, BLK_DISCARD, 1 << 20);
	journal_start(&journal, SLOTS, 7); /* for another process */
	CU_ASSERT_EQUAL(journal.figures.magic, DISK_FIGURES_MAGIC);
	CU_ASSERT_EQUAL(journal.figures.part, sizeof(journal));
	CU_ASSERT_EQUAL(journal.figures.reads, 2);
	CU_ASSERT_EQUAL(journal.figures.read_bytes, 4608);
	CU_ASSERT_EQUAL(journal.figures.writes, 2);
	CU_ASSERT_EQUAL(journal.figures.written_bytes, 3072);
}

TEST(an_entry_that_was_not_counted_is_not_there)
{
	union blk_request r = request(3);

	journal_start(&journal, SLOTS, 0);
	take(0, 2);
	journal_take(&journal, 2, &r);
	journal.taken--; /* as if it had been stopped before its last store */
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, 0), 2);
	CU_ASSERT_EQUAL(under_way(), 0x3);
}

TEST(entries_are_used_again)
{
	journal_start(&journal, SLOTS, 0);
	take(0, 3);
	journal_answer(&journal, 0, 0);
	journal_free(&journal, 0);
	take(0, 1);
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, 1), 3);
	CU_ASSERT_EQUAL(journal.entry[0].request_index, 3);
}

TEST(a_guest_that_changes_its_counts_is_found_out)
{
	journal_start(&journal, SLOTS, 0);
	take(0, 3);
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, 1), -EPROTO);
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, 4), -EPROTO);
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, UINT32_MAX), -EPROTO);
	CU_ASSERT_EQUAL(journal_recover(&journal, SLOTS, 0), 3);
}
