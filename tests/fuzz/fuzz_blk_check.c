/* fuzz_blk_check.c - any bytes as a disk request and its indirect segments: what is planned stays on the disk and in pages */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backend-drivers/blk/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int what)
{
	if (!what)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct blkif_request_segment segments[BLK_MAX_SEGMENTS];
	struct blk_limits limits = {.sector_size = 512};
	union blk_request request;
	struct blk_plan plan;
	uint64_t sum = 0;

	if (size < 9 + sizeof(request))
		return 0;
	memcpy(&limits.sectors, data + 1, 8);
	limits.sector_size = 512u << (data[0] & 3);
	limits.readonly = data[0] & 4;
	limits.flush = data[0] & 8;
	limits.discard = data[0] & 16;
	memcpy(&request, data + 9, sizeof(request));
	data += 9 + sizeof(request);
	size -= 9 + sizeof(request);
	memset(segments, 0, sizeof(segments));
	memcpy(segments, data, size < sizeof(segments) ? size : sizeof(segments));
	if (blk_check(&request, &limits, &plan))
		return 0;
	must(plan.nr_segments <= BLK_MAX_SEGMENTS && plan.nr_pages <= BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST);
	if (plan.indirect && blk_check_segments(segments, &limits, &plan))
		return 0;
	must(!limits.readonly || plan.action == BLK_READ || plan.len == 0);
	if (plan.len) {
		must(plan.start / 512 <= limits.sectors && plan.len / 512 <= limits.sectors - plan.start / 512);
		must(plan.start % limits.sector_size == 0 && plan.len % limits.sector_size == 0);
	}
	for (uint32_t i = 0; i < plan.nr_segments; i++) {
		must(plan.segment[i].len > 0 && plan.segment[i].offset + plan.segment[i].len <= 4096);
		sum += plan.segment[i].len;
	}
	must(plan.action == BLK_DISCARD || sum == plan.len);
	return 0;
}
