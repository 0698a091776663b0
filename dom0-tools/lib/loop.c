/* loop.c - waiting for many descriptors, one callback each */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "plinth.h"

#define BATCH 32

struct watch {
	plinth_loop_fn fn; /* NULL: nobody waits for this descriptor */
	void *arg;
	uint32_t generation; /* tells a descriptor's number from its later namesakes */
};

struct plinth_loop {
	int epoll;
	bool stop;
	struct watch *watches; /* by descriptor */
	size_t size;
	uint32_t generation;
};

int plinth_loop_new(struct plinth_loop **out)
{
	struct plinth_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return plinth_fail(ENOMEM, "out of memory");
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		free(loop);
		return plinth_fail(errno, "no event loop: %s", strerror(errno));
	}
	*out = loop;
	return 0;
}

void plinth_loop_free(struct plinth_loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll);
	free(loop->watches);
	free(loop);
}

static uint64_t cookie(const struct plinth_loop *loop, int fd)
{
	return (uint64_t)loop->watches[fd].generation << 32 | (uint32_t)fd;
}

int plinth_loop_add(struct plinth_loop *loop, int fd, uint32_t events, plinth_loop_fn fn, void *arg)
{
	struct epoll_event event = {.events = events};

	if ((size_t)fd >= loop->size) {
		size_t size = fd + 64;
		struct watch *more = realloc(loop->watches, size * sizeof(*more));

		if (!more)
			return plinth_fail(ENOMEM, "out of memory");
		memset(more + loop->size, 0, (size - loop->size) * sizeof(*more));
		loop->watches = more;
		loop->size = size;
	}
	loop->watches[fd] = (struct watch){fn, arg, ++loop->generation};
	event.data.u64 = cookie(loop, fd);
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event)) {
		loop->watches[fd].fn = NULL;
		return plinth_fail(errno, "cannot wait for descriptor %d: %s", fd, strerror(errno));
	}
	return 0;
}

int plinth_loop_set(struct plinth_loop *loop, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events};

	event.data.u64 = cookie(loop, fd);
	return epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &event) ? -errno : 0;
}

void plinth_loop_remove(struct plinth_loop *loop, int fd)
{
	if (fd < 0 || (size_t)fd >= loop->size || !loop->watches[fd].fn)
		return;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
	loop->watches[fd].fn = NULL;
}

static void dispatch(struct plinth_loop *loop, const struct epoll_event *event)
{
	uint32_t fd = event->data.u64;
	const struct watch *w = &loop->watches[fd];

	/* An earlier callback of this batch may have removed it, or even opened another. */
	if (w->fn && w->generation == event->data.u64 >> 32)
		w->fn(w->arg, event->events);
}

int plinth_loop_run(struct plinth_loop *loop, int (*idle)(void *arg), void *arg)
{
	struct epoll_event events[BATCH];
	int n, i;

	loop->stop = false;
	while (!loop->stop) {
		int wait = idle ? idle(arg) : -1;

		n = epoll_wait(loop->epoll, events, BATCH, wait);
		if (n < 0 && errno != EINTR)
			return plinth_fail(errno, "the event loop failed: %s", strerror(errno));
		for (i = 0; i < n && !loop->stop; i++)
			dispatch(loop, &events[i]);
	}
	return 0;
}

void plinth_loop_stop(struct plinth_loop *loop)
{
	loop->stop = true;
}
