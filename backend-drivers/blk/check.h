/* check.h - a disk request as the guest wrote it, turned into what may be done, or refused [pure]
 *
 * The request has been copied out of the ring. What comes out of here is bounded: as many segments as a plan holds, each
 * within a page, all of it within the disk. Sectors are of 512 bytes, whatever the disk's own size is.
 */
#ifndef BACKEND_BLK_CHECK_H
#define BACKEND_BLK_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/io/blkif.h>

#define BLK_MAX_SEGMENTS    128 /* what feature-max-indirect-segments says: 512 KiB in one request */
#define BLK_SEGMENTS_A_PAGE 512 /* descriptors in an indirect page */

/* A slot of the ring. */
union blk_request {
	uint8_t operation;
	struct blkif_request plain;
	struct blkif_request_discard discard;
	struct blkif_request_indirect indirect;
};

struct blk_limits {
	uint64_t sectors;
	uint32_t sector_size; /* of the disk itself, bytes: 512 or a greater power of two */
	bool readonly, flush, discard;
};

enum blk_action {
	BLK_READ,
	BLK_WRITE,
	BLK_FLUSH,   /* what was answered before shall be on the disk; data may follow it */
	BLK_BARRIER, /* everything before it, then its data, then everything after it */
	BLK_DISCARD,
};

struct blk_segment {
	uint32_t gref;
	uint16_t offset, len; /* bytes, within the page */
};

struct blk_plan {
	uint64_t id;
	uint8_t operation; /* for the answer */
	enum blk_action action;
	uint64_t start, len; /* on the disk, bytes */
	uint32_t nr_segments;
	bool indirect; /* the segments are still to be read from `page` and given to blk_check_segments() */
	uint32_t nr_pages, page[BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST];
	struct blk_segment segment[BLK_MAX_SEGMENTS];
};

/*
 * 0; -EOPNOTSUPP: not something this disk does; -EINVAL: cannot be done. In all cases the plan has what an answer needs:
 * id and operation.
 */
int blk_check(const union blk_request *request, const struct blk_limits *limits, struct blk_plan *plan);
/* The second half for an indirect request: nr_segments descriptors, copied out of the guest's pages. */
int blk_check_segments(const struct blkif_request_segment *segments, const struct blk_limits *limits,
		       struct blk_plan *plan);

#endif
