/* emulated_net.c - the host's end of an emulated network card: a tap interface in a bridge */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dom0-tools/lib/plinth.h"
#include "emulated_net.h"

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

static int join_bridge(int sock, const char *name, const char *bridge)
{
	struct ifreq r = {.ifr_ifindex = (int)if_nametoindex(name)};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", bridge);
	if (ioctl(sock, SIOCBRADDIF, &r))
		return plinth_fail(errno, "vif: %s cannot be put into bridge %s: %s", name, bridge, strerror(errno));
	memset(&r, 0, sizeof(r));
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	r.ifr_flags = IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &r))
		return plinth_fail(errno, "vif: %s: %s", name, strerror(errno));
	return 0;
}

int emulated_net_open(const char *name, const char *bridge)
{
	int fd = open_tap(name), sock, err;

	if (fd < 0)
		return fd;
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	err = sock < 0 ? plinth_fail(errno, "no socket: %s", strerror(errno)) : join_bridge(sock, name, bridge);
	if (sock >= 0)
		close(sock);
	if (err)
		close(fd);
	return err ? err : fd;
}
