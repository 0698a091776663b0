/* test_blk_check.c - disk requests: what is done, what is refused, and that nothing reaches beyond the disk */
#include <errno.h>

#include "backend-drivers/blk/check.h"
#include "random.h"
#include "unit.h"

static struct blk_plan plan;
static const struct blk_limits plain = {.sectors = 1000, .sector_size = 512, .flush = true, .discard = true};
static const struct blk_limits readonly = {.sectors = 1000, .sector_size = 512, .readonly = true, .discard = true};
static const struct blk_limits large = {.sectors = 1000, .sector_size = 4096, .flush = true};

static union blk_request request(uint8_t operation, uint8_t segments, uint64_t sector)
{
	union blk_request r = {.plain = {.operation = operation, .nr_segments = segments, .id = 77}};

	r.plain.sector_number = sector;
	for (int i = 0; i < segments && i < BLKIF_MAX_SEGMENTS_PER_REQUEST; i++)
		r.plain.seg[i] = (struct blkif_request_segment){100 + (uint32_t)i, 0, 7};
	return r;
}

static int check(union blk_request r, const struct blk_limits *limits)
{
	return blk_check(&r, limits, &plan);
}

TEST(a_read_and_a_write_are_planned)
{
	union blk_request r = request(BLKIF_OP_READ, 2, 10);

	r.plain.seg[0].first_sect = 3;
	r.plain.seg[1].last_sect = 1;
	CU_ASSERT_EQUAL(check(r, &plain), 0);
	CU_ASSERT_EQUAL(plan.action, BLK_READ);
	CU_ASSERT_EQUAL(plan.id, 77);
	CU_ASSERT_EQUAL(plan.operation, BLKIF_OP_READ);
	CU_ASSERT_EQUAL(plan.start, 10 * 512);
	CU_ASSERT_EQUAL(plan.len, 7 * 512);
	CU_ASSERT_EQUAL(plan.nr_segments, 2);
	CU_ASSERT_EQUAL(plan.segment[0].gref, 100);
	CU_ASSERT_EQUAL(plan.segment[0].offset, 3 * 512);
	CU_ASSERT_EQUAL(plan.segment[0].len, 5 * 512);
	CU_ASSERT_EQUAL(plan.segment[1].offset, 0);
	CU_ASSERT_EQUAL(plan.segment[1].len, 1024);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_WRITE, 11, 0), &plain), 0);
	CU_ASSERT_EQUAL(plan.action, BLK_WRITE);
	CU_ASSERT_EQUAL(plan.len, 11 * 4096);
}

TEST(segments_stay_within_their_page)
{
	union blk_request r = request(BLKIF_OP_READ, 1, 0);

	r.plain.seg[0].last_sect = 8;
	CU_ASSERT_EQUAL(check(r, &plain), -EINVAL);
	r.plain.seg[0].last_sect = 255;
	CU_ASSERT_EQUAL(check(r, &plain), -EINVAL);
	r.plain.seg[0].first_sect = 5;
	r.plain.seg[0].last_sect = 4;
	CU_ASSERT_EQUAL(check(r, &plain), -EINVAL);
	CU_ASSERT_EQUAL(plan.id, 77); /* it can be answered all the same */
}

TEST(nothing_reaches_beyond_the_disk)
{
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_READ, 1, 992), &plain), 0);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_READ, 1, 993), &plain), -EINVAL);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_READ, 1, 1000), &plain), -EINVAL);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_READ, 1, UINT64_MAX), &plain), -EINVAL);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_READ, 1, UINT64_MAX / 512), &plain), -EINVAL);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_READ, 1, UINT64_MAX - 3), &plain), -EINVAL);
}

TEST(how_many_segments_there_may_be)
{
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_READ, 0, 0), &plain), -EINVAL);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_WRITE, 0, 0), &plain), -EINVAL);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_READ, 12, 0), &plain), -EINVAL);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_READ, 255, 0), &plain), -EINVAL);
}

TEST(flush_and_barrier)
{
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_FLUSH_DISKCACHE, 0, UINT64_MAX), &plain), 0);
	CU_ASSERT_EQUAL(plan.action, BLK_FLUSH);
	CU_ASSERT_EQUAL(plan.len, 0);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_FLUSH_DISKCACHE, 1, 5), &plain), 0);
	CU_ASSERT_EQUAL(plan.len, 4096);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_WRITE_BARRIER, 2, 5), &plain), 0);
	CU_ASSERT_EQUAL(plan.action, BLK_BARRIER);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_FLUSH_DISKCACHE, 0, 0), &readonly), -EOPNOTSUPP);
}

TEST(a_read_only_disk_is_only_read)
{
	union blk_request r = {.discard = {.operation = BLKIF_OP_DISCARD, .nr_sectors = 8}};

	CU_ASSERT_EQUAL(check(request(BLKIF_OP_READ, 1, 0), &readonly), 0);
	CU_ASSERT_EQUAL(check(request(BLKIF_OP_WRITE, 1, 0), &readonly), -EINVAL);
	CU_ASSERT_EQUAL(check(r, &readonly), -EINVAL);
	r.indirect = (struct blkif_request_indirect){
		.operation = BLKIF_OP_INDIRECT, .indirect_op = BLKIF_OP_WRITE, .nr_segments = 1};
	CU_ASSERT_EQUAL(check(r, &readonly), -EINVAL);
}

TEST(discards)
{
	union blk_request r = {
		.discard = {.operation = BLKIF_OP_DISCARD, .id = 9, .sector_number = 8, .nr_sectors = 992}};

	CU_ASSERT_EQUAL(check(r, &plain), 0);
	CU_ASSERT_EQUAL(plan.action, BLK_DISCARD);
	CU_ASSERT_EQUAL(plan.start, 8 * 512);
	CU_ASSERT_EQUAL(plan.len, 992 * 512);
	CU_ASSERT_EQUAL(plan.id, 9);
	CU_ASSERT_EQUAL(plan.nr_segments, 0);
	CU_ASSERT_EQUAL(check(r, &large), -EOPNOTSUPP);
	r.discard.nr_sectors = 993;
	CU_ASSERT_EQUAL(check(r, &plain), -EINVAL);
	r.discard.nr_sectors = UINT64_MAX;
	CU_ASSERT_EQUAL(check(r, &plain), -EINVAL);
	r.discard.nr_sectors = 0;
	CU_ASSERT_EQUAL(check(r, &plain), -EINVAL);
	r.discard.nr_sectors = 8;
	r.discard.flag = BLKIF_DISCARD_SECURE;
	CU_ASSERT_EQUAL(check(r, &plain), -EOPNOTSUPP);
}

TEST(indirect_requests)
{
	struct blkif_request_segment segment[BLK_MAX_SEGMENTS];
	union blk_request r = {.indirect = {.operation = BLKIF_OP_INDIRECT, .indirect_op = BLKIF_OP_READ, .id = 5}};

	for (uint32_t i = 0; i < BLK_MAX_SEGMENTS; i++)
		segment[i] = (struct blkif_request_segment){i, 0, 7};
	r.indirect.nr_segments = BLK_MAX_SEGMENTS;
	r.indirect.indirect_grefs[0] = 1234;
	CU_ASSERT_EQUAL(check(r, &plain), 0);
	CU_ASSERT_TRUE(plan.indirect);
	CU_ASSERT_EQUAL(plan.operation, BLKIF_OP_READ);
	CU_ASSERT_EQUAL(plan.nr_pages, 1);
	CU_ASSERT_EQUAL(plan.page[0], 1234);
	CU_ASSERT_EQUAL(blk_check_segments(segment, &plain, &plan), -EINVAL); /* 1024 sectors on a disk of 1000 */
	r.indirect.nr_segments = 125;
	CU_ASSERT_EQUAL(check(r, &plain), 0);
	CU_ASSERT_EQUAL(blk_check_segments(segment, &plain, &plan), 0);
	CU_ASSERT_FALSE(plan.indirect);
	CU_ASSERT_EQUAL(plan.len, 1000 * 512);
	r.indirect.nr_segments = BLK_MAX_SEGMENTS + 1;
	CU_ASSERT_EQUAL(check(r, &plain), -EINVAL);
	r.indirect.nr_segments = 0;
	CU_ASSERT_EQUAL(check(r, &plain), -EINVAL);
	r.indirect.nr_segments = 1;
	r.indirect.indirect_op = BLKIF_OP_DISCARD;
	CU_ASSERT_EQUAL(check(r, &plain), -EOPNOTSUPP);
	r.indirect.indirect_op = BLKIF_OP_INDIRECT;
	CU_ASSERT_EQUAL(check(r, &plain), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(check(request(99, 1, 0), &plain), -EOPNOTSUPP);
}

TEST(a_disk_of_large_sectors_takes_whole_ones)
{
	union blk_request r = request(BLKIF_OP_READ, 1, 8);

	CU_ASSERT_EQUAL(check(r, &large), 0);
	r.plain.sector_number = 4;
	CU_ASSERT_EQUAL(check(r, &large), -EINVAL);
	r.plain.sector_number = 8;
	r.plain.seg[0].last_sect = 3;
	CU_ASSERT_EQUAL(check(r, &large), -EINVAL);
	/* Not even if the parts add up: each is a transfer of its own. */
	r = request(BLKIF_OP_READ, 2, 8);
	r.plain.seg[0].last_sect = 3;
	r.plain.seg[1].first_sect = 4;
	CU_ASSERT_EQUAL(check(r, &large), -EINVAL);
}

TEST(whatever_a_guest_writes_stays_on_the_disk)
{
	random_seed(__func__, 1);
	for (int i = 0; i < 200000; i++) {
		union blk_request r;
		uint64_t sum = 0;

		for (size_t j = 0; j < sizeof(r); j++)
			((uint8_t *)&r)[j] = (uint8_t)random_any_size();
		r.operation %= 8;
		if (check(r, i & 1 ? &plain : &large) || plan.indirect)
			continue;
		CU_ASSERT_TRUE_FATAL(plan.start + plan.len <= 1000 * 512);
		CU_ASSERT_TRUE_FATAL(plan.nr_segments <= BLK_MAX_SEGMENTS);
		for (uint32_t s = 0; s < plan.nr_segments; s++) {
			CU_ASSERT_TRUE_FATAL(plan.segment[s].offset + plan.segment[s].len <= 4096);
			sum += plan.segment[s].len;
		}
		CU_ASSERT_TRUE_FATAL(plan.action == BLK_DISCARD || sum == plan.len);
	}
}
