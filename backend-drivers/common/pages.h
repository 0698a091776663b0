/* pages.h - memory of our own for copies from and to a guest, granted to ourselves
 *
 * A copy between a guest's grant and plain memory has Dom0's kernel look that memory up and hold it, page by page, which
 * takes longer than the copy. A page that has a grant number of its own needs none of that: so these are allocated
 * through /dev/xen/gntalloc, for Dom0 itself. Without that device they are plain memory, and all works more slowly.
 */
#ifndef BACKEND_PAGES_H
#define BACKEND_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGES_SIZE 4096u /* of each */

struct pages {
	uint8_t *at;
	uint32_t count;
	uint32_t *ref; /* of each; NULL: plain memory */
};

int pages_allocate(struct pages *pages, uint32_t count);
/* Whether this piece of memory is within one of the pages that have a number, and which. */
static inline bool pages_find(const struct pages *pages, const void *at, uint32_t len, uint32_t *ref, uint32_t *offset)
{
	size_t from = (size_t)((const uint8_t *)at - pages->at);

	if (!pages->ref || from >= (size_t)pages->count * PAGES_SIZE || from % PAGES_SIZE + len > PAGES_SIZE)
		return false;
	*ref = pages->ref[from / PAGES_SIZE];
	*offset = from % PAGES_SIZE;
	return true;
}

#endif
