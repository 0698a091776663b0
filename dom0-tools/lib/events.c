/* events.c - event channels and grants of Dom0 itself, through Linux's devices */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"
#include "linux_xen.h"

static int open_device(const char *path, const char *module, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | flags);

	if (fd < 0)
		return plinth_fail(errno, "%s: %s (is the module %s loaded?)", path, strerror(errno), module);
	return fd;
}

int plinth_events_open(void)
{
	return open_device("/dev/xen/evtchn", "xen-evtchn", O_NONBLOCK);
}

int plinth_events_bind(int fd, unsigned int domid, unsigned int remote_port)
{
	struct evtchn_bind bind = {domid, remote_port};
	int port = ioctl(fd, EVTCHN_BIND_REMOTE, &bind);

	if (port < 0)
		return plinth_fail(errno, "cannot bind to event channel %u of domain %u: %s", remote_port, domid,
				   strerror(errno));
	return port;
}

int plinth_events_bind_virq(int fd, unsigned int virq)
{
	uint32_t arg = virq;
	int port = ioctl(fd, EVTCHN_BIND_VIRQ, &arg);

	if (port < 0)
		return plinth_fail(errno, "cannot bind to virtual interrupt %u: %s", virq, strerror(errno));
	return port;
}

int plinth_events_unbind(int fd, unsigned int port)
{
	uint32_t arg = port;

	return ioctl(fd, EVTCHN_UNBIND, &arg) ? -errno : 0;
}

int plinth_events_notify(int fd, unsigned int port)
{
	uint32_t arg = port;

	return ioctl(fd, EVTCHN_NOTIFY, &arg) ? -errno : 0;
}

int plinth_events_next(int fd)
{
	uint32_t port;
	ssize_t n = read(fd, &port, sizeof(port));

	if (n == sizeof(port))
		return port;
	return n < 0 ? -errno : -EIO;
}

int plinth_events_unmask(int fd, unsigned int port)
{
	uint32_t arg = port;

	return write(fd, &arg, sizeof(arg)) == sizeof(arg) ? 0 : -errno;
}

int plinth_grants_open(void)
{
	return open_device("/dev/xen/gntdev", "xen-gntdev", 0);
}

int plinth_grants_map(int fd, unsigned int domid, unsigned int ref, void **page)
{
	struct gntdev_map map = {.count = 1, .refs = {{domid, ref}}};
	struct gntdev_unmap unmap = {.count = 1};
	void *p;
	int err;

	if (ioctl(fd, GNTDEV_MAP, &map))
		return plinth_fail(errno, "cannot map grant %u of domain %u: %s", ref, domid, strerror(errno));
	p = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.index);
	if (p != MAP_FAILED) {
		*page = p;
		return 0;
	}
	err = errno;
	unmap.index = map.index;
	ioctl(fd, GNTDEV_UNMAP, &unmap);
	return plinth_fail(err, "cannot map grant %u of domain %u: %s", ref, domid, strerror(err));
}

void plinth_grants_unmap(int fd, void *page)
{
	struct gntdev_offset at = {.vaddr = (uintptr_t)page};
	struct gntdev_unmap unmap = {.count = 1};
	bool known = !ioctl(fd, GNTDEV_OFFSET, &at);

	munmap(page, PAGE_SIZE);
	unmap.index = at.offset;
	if (known)
		ioctl(fd, GNTDEV_UNMAP, &unmap);
}
