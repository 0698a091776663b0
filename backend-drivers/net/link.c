/* link.c - bringing the tap interface up and onto its bridge */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "backend-drivers/net/link.h"
#include "dom0-tools/lib/plinth.h"

/* Its own address is never seen on the wire; the highest one keeps the bridge from taking it for its own. */
static struct nl_addr *high_address(void)
{
	static const unsigned char bytes[6] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff};

	return nl_addr_build(AF_LLC, bytes, sizeof(bytes));
}

static int change_link(struct nl_sock *sock, int index, int master)
{
	struct rtnl_link *change = rtnl_link_alloc();
	struct nl_addr *address = high_address();
	int err = -NLE_NOMEM;

	if (change && address) {
		rtnl_link_set_ifindex(change, index);
		rtnl_link_set_addr(change, address);
		rtnl_link_set_flags(change, IFF_UP);
		if (master)
			rtnl_link_set_master(change, master);
		err = rtnl_link_change(sock, change, change, 0);
	}
	nl_addr_put(address);
	rtnl_link_put(change);
	return err;
}

int link_bring_up(const char *name, const char *bridge)
{
	struct nl_sock *sock;
	int master = 0, err;

	if (bridge[0]) {
		master = (int)if_nametoindex(bridge);
		if (!master)
			return plinth_fail(ENODEV, "there is no bridge %s in Dom0", bridge);
	}
	sock = nl_socket_alloc();
	if (!sock)
		return plinth_fail(ENOMEM, "out of memory");
	err = nl_connect(sock, NETLINK_ROUTE);
	if (!err)
		err = change_link(sock, (int)if_nametoindex(name), master);
	nl_socket_free(sock);
	if (err && master)
		return plinth_fail(EIO, "cannot put %s onto the bridge %s: %s", name, bridge, nl_geterror(err));
	return err ? plinth_fail(EIO, "cannot bring %s up: %s", name, nl_geterror(err)) : 0;
}
