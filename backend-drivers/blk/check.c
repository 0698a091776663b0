/* check.c - a disk request as the guest wrote it, turned into what may be done, or refused [pure] */
#include <errno.h>

#include "backend-drivers/blk/check.h"

#define SECTOR	       512u
#define SECTORS_A_PAGE 8u
#define MOST_SECTORS   (INT64_MAX / SECTOR) /* offsets in files are signed */

_Static_assert(sizeof(union blk_request) == 112, "a slot of the ring");
_Static_assert(sizeof(struct blkif_request_segment) * BLK_SEGMENTS_A_PAGE == 4096, "an indirect page");

static int within_disk(const struct blk_limits *limits, uint64_t sector, uint64_t count)
{
	uint64_t unit = limits->sector_size / SECTOR;

	if (limits->sectors > MOST_SECTORS || sector > limits->sectors || count > limits->sectors - sector)
		return -EINVAL;
	return sector % unit || count % unit ? -EINVAL : 0;
}

int blk_check_segments(const struct blkif_request_segment *segments, const struct blk_limits *limits,
		       struct blk_plan *plan)
{
	uint64_t sectors = 0;
	uint32_t unit = limits->sector_size / SECTOR;

	for (uint32_t i = 0; i < plan->nr_segments; i++) {
		uint32_t first = segments[i].first_sect, last = segments[i].last_sect;

		if (last >= SECTORS_A_PAGE || first > last)
			return -EINVAL;
		/* Each part goes to the disk by itself, so each must suit its sectors. */
		if (first % unit || (last + 1 - first) % unit)
			return -EINVAL;
		plan->segment[i] = (struct blk_segment){.gref = segments[i].gref,
							.offset = (uint16_t)(first * SECTOR),
							.len = (uint16_t)((last + 1 - first) * SECTOR)};
		sectors += last + 1 - first;
	}
	plan->len = sectors * SECTOR;
	plan->indirect = false;
	return within_disk(limits, plan->start / SECTOR, sectors);
}

static int set_start(const struct blk_limits *limits, uint64_t sector, struct blk_plan *plan)
{
	if (sector > limits->sectors || limits->sectors > MOST_SECTORS)
		return -EINVAL;
	plan->start = sector * SECTOR;
	return 0;
}

static int check_plain(const struct blkif_request *r, const struct blk_limits *limits, struct blk_plan *plan)
{
	int err;

	plan->id = r->id;
	switch (r->operation) {
	case BLKIF_OP_READ:
		plan->action = BLK_READ;
		break;
	case BLKIF_OP_WRITE:
		plan->action = BLK_WRITE;
		break;
	case BLKIF_OP_FLUSH_DISKCACHE:
		plan->action = BLK_FLUSH;
		break;
	case BLKIF_OP_WRITE_BARRIER:
		plan->action = BLK_BARRIER;
		break;
	default:
		return -EOPNOTSUPP;
	}
	if ((plan->action == BLK_FLUSH || plan->action == BLK_BARRIER) && !limits->flush)
		return -EOPNOTSUPP;
	if (r->nr_segments > BLKIF_MAX_SEGMENTS_PER_REQUEST)
		return -EINVAL;
	if (r->nr_segments == 0 && plan->action <= BLK_WRITE)
		return -EINVAL;
	/* An empty flush means no place on the disk, and the sector number may be anything. */
	if (r->nr_segments == 0)
		return 0;
	if (limits->readonly && plan->action != BLK_READ)
		return -EINVAL;
	err = set_start(limits, r->sector_number, plan);
	plan->nr_segments = r->nr_segments;
	return err ? err : blk_check_segments(r->seg, limits, plan);
}

static int check_indirect(const struct blkif_request_indirect *r, const struct blk_limits *limits,
			  struct blk_plan *plan)
{
	plan->id = r->id;
	plan->operation = r->indirect_op;
	if (r->indirect_op != BLKIF_OP_READ && r->indirect_op != BLKIF_OP_WRITE)
		return -EOPNOTSUPP;
	plan->action = r->indirect_op == BLKIF_OP_READ ? BLK_READ : BLK_WRITE;
	if (plan->action == BLK_WRITE && limits->readonly)
		return -EINVAL;
	if (r->nr_segments == 0 || r->nr_segments > BLK_MAX_SEGMENTS)
		return -EINVAL;
	plan->nr_segments = r->nr_segments;
	plan->indirect = true;
	plan->nr_pages = (r->nr_segments + BLK_SEGMENTS_A_PAGE - 1) / BLK_SEGMENTS_A_PAGE;
	for (uint32_t i = 0; i < plan->nr_pages; i++)
		plan->page[i] = r->indirect_grefs[i];
	return set_start(limits, r->sector_number, plan);
}

static int check_discard(const struct blkif_request_discard *r, const struct blk_limits *limits, struct blk_plan *plan)
{
	int err;

	plan->id = r->id;
	plan->action = BLK_DISCARD;
	/* We cannot promise that nothing of the data is left anywhere. */
	if (!limits->discard || r->flag & BLKIF_DISCARD_SECURE)
		return -EOPNOTSUPP;
	if (limits->readonly || r->nr_sectors == 0)
		return -EINVAL;
	err = within_disk(limits, r->sector_number, r->nr_sectors);
	if (err)
		return err;
	plan->start = r->sector_number * SECTOR;
	plan->len = r->nr_sectors * SECTOR;
	return 0;
}

int blk_check(const union blk_request *request, const struct blk_limits *limits, struct blk_plan *plan)
{
	plan->operation = request->operation;
	plan->start = 0;
	plan->len = 0;
	plan->nr_segments = 0;
	plan->nr_pages = 0;
	plan->indirect = false;
	switch (request->operation) {
	case BLKIF_OP_INDIRECT:
		return check_indirect(&request->indirect, limits, plan);
	case BLKIF_OP_DISCARD:
		return check_discard(&request->discard, limits, plan);
	default:
		return check_plain(&request->plain, limits, plan);
	}
}
