/* interface.c - an interface of Dom0 that Linux' back end made, or that is an emulated card's
 *
 * netback brings its own up itself (backend-drivers/net/link.c).
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/sockios.h>

#include "dom0-tools/lib/plinth.h"
#include "interface.h"

static int rename_interface(int fd, const char *name, const char *wanted)
{
	struct ifreq request = {0};

	if (!strcmp(name, wanted))
		return 0;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	snprintf(request.ifr_newname, sizeof(request.ifr_newname), "%s", wanted);
	return ioctl(fd, SIOCSIFNAME, &request)
		       ? plinth_fail(errno, "%s cannot be called %s: %s", name, wanted, strerror(errno))
		       : 0;
}

static int put_on_bridge(int fd, const char *name, const char *bridge)
{
	struct ifreq request = {.ifr_ifindex = (int)if_nametoindex(name)};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", bridge);
	if (ioctl(fd, SIOCBRADDIF, &request) && errno != EBUSY) /* which is: it is there already */
		return plinth_fail(errno, "cannot put %s onto the bridge %s: %s", name, bridge, strerror(errno));
	return 0;
}

static int bring_up(int fd, const char *name)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return plinth_fail(errno, "%s: %s", name, strerror(errno));
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) ? plinth_fail(errno, "cannot bring %s up: %s", name, strerror(errno))
						 : 0;
}

int interface_join(const char *name, const char *wanted, const char *bridge)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return plinth_fail(errno, "socket: %s", strerror(errno));
	err = rename_interface(fd, name, wanted);
	if (!err)
		err = put_on_bridge(fd, wanted, bridge);
	if (!err)
		err = bring_up(fd, wanted);
	close(fd);
	return err;
}
