/* tap.c - the interface in Dom0 that stands for the guest's: vif<domid>.<n> */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "backend-drivers/net/tap.h"
#include "dom0-tools/lib/plinth.h"

int tap_attach(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int err, fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return plinth_fail(errno, "/dev/net/tun: %s (is the module tun loaded?)", strerror(errno));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (!ioctl(fd, TUNSETIFF, &request))
		return fd;
	err = errno;
	close(fd);
	return plinth_fail(err, "cannot make the interface %s: %s", name,
			   err == EINVAL ? "there is another one of that name" : strerror(err));
}

int tap_keep(int fd, bool keep)
{
	return ioctl(fd, TUNSETPERSIST, keep) ? plinth_fail(errno, "tap: %s", strerror(errno)) : 0;
}

bool tap_is_there(int fd)
{
	struct ifreq request;

	return ioctl(fd, TUNGETIFF, &request) == 0;
}

int tap_set_offloads(int fd, struct tap_offloads offloads)
{
	unsigned int flags = 0;

	if (offloads.csum)
		flags = TUN_F_CSUM | (offloads.tso4 ? TUN_F_TSO4 : 0) | (offloads.tso6 ? TUN_F_TSO6 : 0);
	if (ioctl(fd, TUNSETOFFLOAD, flags))
		return plinth_fail(errno, "offloads: %s", strerror(errno));
	return 0;
}
