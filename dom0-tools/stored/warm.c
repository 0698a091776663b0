/* warm.c - what Dom0's kernel would otherwise do when the first domain is created */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "daemon.h"
#include "dom0-tools/lib/linux_xen.h"

/*
 * The first grant that is mapped makes Linux set up room for thousands, which takes some 60 ms. So
 * one is mapped here, of a page of our own, and given back. If that does not work nothing is lost.
 */
void warm_up(const struct daemon *d)
{
	struct gntalloc_alloc alloc = {.domid = 0, .flags = GNTALLOC_WRITABLE, .count = 1};
	int fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	void *page;

	if (fd < 0)
		return;
	if (!ioctl(fd, GNTALLOC_ALLOC, &alloc) && !plinth_grants_map(d->grants, 0, alloc.refs[0], &page))
		plinth_grants_unmap(d->grants, page);
	close(fd);
}
