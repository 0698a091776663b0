/* emulated_net.c - the host's end of an emulated network card: a tap interface in a bridge */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dom0-tools/lib/plinth.h"
#include "emulated_net.h"
#include "interface.h"

static int open_tap(const char *name)
{
	struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return plinth_fail(errno, "/dev/net/tun: %s", strerror(errno));
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (!ioctl(fd, TUNSETIFF, &r))
		return fd;
	int err = plinth_fail(errno, "vif: no interface %s: %s", name, strerror(errno));

	close(fd);
	return err;
}

int emulated_net_open(const char *name, const char *bridge)
{
	int fd = open_tap(name), err;

	if (fd < 0)
		return fd;
	err = interface_join(name, name, bridge);
	if (err)
		close(fd);
	return err ? plinth_context(err, "vif") : fd;
}
