/* disk_closed.c - waiting until no back end has a disk open any more
 *
 * The store cannot tell: its nodes are gone by then. hvbackendd removes the disk's journal when the process that had it open is
 * reaped, and the kernel its device; inotify tells of the one, the kernel's events for udev of the other.
 */
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "disk_closed.h"

#define JOURNALS     "/run/plinth"
#define CLOSE_MS     10000
#define KERNEL_GROUP 1 /* of the kernel's own events, rather than of what udev makes of them */

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int listen_for_journals(void)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd >= 0)
		inotify_add_watch(fd, JOURNALS, IN_DELETE);
	return fd;
}

static int listen_for_devices(void)
{
	const struct sockaddr_nl all = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd >= 0)
		(void)bind(fd, (const struct sockaddr *)&all, sizeof(all));
	return fd;
}

/* What came is not read into: that something did is reason to look again. */
static void drain(int fd)
{
	char buf[4096];

	while (fd >= 0 && read(fd, buf, sizeof(buf)) > 0)
		;
}

struct back_ends {
	char journal[64], device[80];
};

static bool any_is_there(const struct back_ends *b)
{
	return !access(b->journal, F_OK) || !access(b->device, F_OK);
}

static bool wait_for_end(const struct back_ends *b)
{
	struct pollfd news[2] = {{.fd = listen_for_journals(), .events = POLLIN},
				 {.fd = listen_for_devices(), .events = POLLIN}};
	long long end = now_ms() + CLOSE_MS, left;
	bool there;

	while ((there = any_is_there(b)) && (left = end - now_ms()) > 0) {
		poll(news, 2, (int)left);
		drain(news[0].fd);
		drain(news[1].fd);
	}
	for (int i = 0; i < 2; i++)
		if (news[i].fd >= 0)
			close(news[i].fd);
	return !there;
}

bool disk_wait_until_closed(unsigned int domid, unsigned int devid)
{
	struct back_ends b;

	snprintf(b.journal, sizeof(b.journal), JOURNALS "/vbd-%u-%u.journal", domid, devid);
	snprintf(b.device, sizeof(b.device), "/sys/bus/xen-backend/devices/vbd-%u-%u", domid, devid);
	return !any_is_there(&b) || wait_for_end(&b);
}
