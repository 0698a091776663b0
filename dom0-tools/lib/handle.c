/* handle.c - the way to the hypervisor: /dev/xen/privcmd and memory for its calls */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"
#include "linux_xen.h"

#define ARENA_BYTES (4 * PAGE_SIZE)

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		return plinth_fail(ENOENT,
				   "%s is missing: this is not Dom0 of a running hypervisor, or "
				   "`modprobe xen-privcmd` is needed",
				   path);
	if (errno == EACCES || errno == EPERM)
		return plinth_fail(EACCES, "%s: permission denied; run as root", path);
	return plinth_fail(errno, "%s: %s", path, strerror(errno));
}

int plinth_open(struct plinth **out)
{
	struct plinth *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return plinth_fail(ENOMEM, "out of memory");
	h->buffers = -1;
	err = h->privcmd = open_device("/dev/xen/privcmd");
	if (err < 0)
		goto fail;
	err = h->buffers = open_device("/dev/xen/hypercall");
	if (err < 0)
		goto fail;
	h->arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, h->buffers, 0);
	if (h->arena == MAP_FAILED) {
		h->arena = NULL;
		err = plinth_fail(errno, "no memory for hypercalls: %s", strerror(errno));
		goto fail;
	}
	*out = h;
	return 0;
fail:
	plinth_close(h);
	return err;
}

void plinth_close(struct plinth *h)
{
	if (!h)
		return;
	if (h->arena)
		munmap(h->arena, ARENA_BYTES);
	if (h->buffers >= 0)
		close(h->buffers);
	if (h->privcmd >= 0)
		close(h->privcmd);
	free(h);
}

/*
 * Small buffers come from the arena, in the manner of a stack: nearly every call takes one or two
 * and gives them back before the next. What does not fit gets a mapping of its own.
 */
void *plinth_buffer_alloc(struct plinth *h, size_t bytes)
{
	size_t room = (bytes + 63) & ~(size_t)63;
	void *p;

	if (room <= ARENA_BYTES - h->arena_used) {
		p = h->arena + h->arena_used;
		h->arena_used += room;
		return memset(p, 0, bytes);
	}
	p = mmap(NULL, (bytes + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1), PROT_READ | PROT_WRITE, MAP_SHARED,
		 h->buffers, 0);
	if (p == MAP_FAILED) {
		plinth_fail(ENOMEM, "no memory for a hypercall's %zu bytes", bytes);
		return NULL;
	}
	return p;
}

void plinth_buffer_free(struct plinth *h, void *buf, size_t bytes)
{
	uint8_t *p = buf;

	if (!p)
		return;
	if (p >= h->arena && p < h->arena + ARENA_BYTES)
		h->arena_used = p - h->arena;
	else
		munmap(p, (bytes + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1));
}

long plinth_hypercall(struct plinth *h, unsigned int op, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
		      uint64_t a5)
{
	struct privcmd_call call = {op, {a1, a2, a3, a4, a5}};
	long ret = ioctl(h->privcmd, PRIVCMD_CALL, &call);

	return ret < 0 ? -errno : ret;
}
