/* sandbox.h - how a device's process gives up what it needs no longer */
#ifndef BACKEND_SANDBOX_H
#define BACKEND_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <linux/filter.h>

struct sandbox {
	uint64_t memory;  /* bytes of address space it may have */
	const int *calls; /* system calls beyond what every device's process makes */
	size_t nr_calls;
	const unsigned long *ioctls; /* beyond those on grants and event channels */
	size_t nr_ioctls;
	struct sock_fprog filter; /* made of these */
};

/* Makes the filter: what takes time is done before there is a device that waits. */
int sandbox_prepare(struct sandbox *box);
/*
 * For good: another user and group without capabilities, no files opened beyond those that are open, no programs started,
 * only the system calls that serving a device takes; anything else ends the process.
 */
int sandbox_enter(const struct sandbox *box, uint32_t uid);

#endif
