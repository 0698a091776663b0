/* xen_world.h - event channels and grants for a daemon under test, without a hypervisor: one domain, one port, one page
 *
 * What the domain does at an event of ours, or as soon as its port is unmasked, is the test's.
 */
#ifndef TESTS_UNIT_XEN_WORLD_H
#define TESTS_UNIT_XEN_WORLD_H

#include <errno.h>

#include "dom0-tools/lib/plinth.h"
#include "unit.h"

#define XEN_PORT 5

static struct {
	void *page;				    /* what is granted */
	unsigned int events, unmasked;		    /* how often */
	void (*at_event)(void), (*at_unmask)(void); /* NULL: the domain does nothing */
} xen;

int plinth_events_open(void)
{
	return -ENODEV;
}

int plinth_events_bind(int fd, unsigned int domid, unsigned int remote_port)
{
	(void)fd, (void)domid, (void)remote_port;
	return XEN_PORT;
}

int plinth_events_bind_virq(int fd, unsigned int virq)
{
	(void)fd, (void)virq;
	return -ENODEV;
}

int plinth_events_unbind(int fd, unsigned int port)
{
	(void)fd, (void)port;
	return 0;
}

int plinth_events_next(int fd)
{
	(void)fd;
	return -EAGAIN;
}

int plinth_events_notify(int fd, unsigned int port)
{
	(void)fd;
	CU_ASSERT_EQUAL(port, XEN_PORT);
	xen.events++;
	if (xen.at_event)
		xen.at_event();
	return 0;
}

int plinth_events_unmask(int fd, unsigned int port)
{
	(void)fd;
	CU_ASSERT_EQUAL(port, XEN_PORT);
	xen.unmasked++;
	if (xen.at_unmask)
		xen.at_unmask();
	return 0;
}

int plinth_grants_open(void)
{
	return -ENODEV;
}

int plinth_grants_map(int fd, unsigned int domid, unsigned int ref, void **at)
{
	(void)fd, (void)domid, (void)ref;
	*at = xen.page;
	return 0;
}

void plinth_grants_unmap(int fd, void *at)
{
	(void)fd, (void)at;
}

#endif
