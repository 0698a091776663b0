/* pages.c - memory of our own for copies from and to a guest, granted to ourselves */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xen/sys/gntalloc.h>

#include "backend-drivers/common/pages.h"
#include "dom0-tools/lib/plinth.h"

/* The descriptor stays open as long as the pages are used: closing it would take the grants back. */
static bool allocate_granted(struct pages *pages, uint32_t count)
{
	size_t bytes = offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids) + count * sizeof(uint32_t);
	struct ioctl_gntalloc_alloc_gref *request = calloc(1, bytes);
	int fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	void *at = MAP_FAILED;

	if (request && fd >= 0) {
		request->flags = GNTALLOC_FLAG_WRITABLE; /* and domid 0: us */
		request->count = count;
		if (!ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, request))
			at = mmap(NULL, (size_t)count * PAGES_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				  (off_t)request->index);
	}
	if (at == MAP_FAILED) {
		free(request);
		if (fd >= 0)
			close(fd);
		return false;
	}
	memmove(request, request->gref_ids, count * sizeof(uint32_t));
	*pages = (struct pages){.at = at, .count = count, .ref = (uint32_t *)request};
	return true;
}

int pages_allocate(struct pages *pages, uint32_t count)
{
	void *at;

	if (allocate_granted(pages, count))
		return 0;
	at = mmap(NULL, (size_t)count * PAGES_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return plinth_fail(ENOMEM, "out of memory");
	*pages = (struct pages){.at = at, .count = count};
	return 0;
}
