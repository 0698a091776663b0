/* builder.h - fills a new, empty domain so that it can run */
#ifndef BUILD_BUILDER_H
#define BUILD_BUILDER_H

#include "dom0-tools/config/domain_config.h"
#include "dom0-tools/lib/plinth.h"

/* What was made for the domain's store and console; PVH: guest frames. */
struct built {
	uint64_t store_mfn, console_mfn;
	unsigned int store_port, console_port;
};

/*
 * Gives the domain its memory, kernel, ramdisk, tables and first vcpu, as the configuration
 * says. On failure the domain is half filled: destroying it is the caller's way back.
 */
int build_domain(struct plinth *h, unsigned int domid, const struct domain_config *config, struct built *built);

#endif
