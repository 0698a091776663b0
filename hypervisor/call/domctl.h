/* domctl.h - what the files of domctl share: handlers, one for each operation, by subject
 *
 * A handler gets the operation as copied in, and the domain it names, with a reference. What it changes in *op is copied
 * back if it returns 0 and says so (DOMCTL_COPYBACK), or DOMCTL_COPYBACK_ALWAYS. -ERESTART: the call is made again.
 */
#ifndef CALL_DOMCTL_H
#define CALL_DOMCTL_H

#include <xen/domctl.h>

#include "call/call.h"

enum {
	DOMCTL_COPYBACK = 1 << 0,  /* on success */
	DOMCTL_NOT_SELF = 1 << 1,  /* refused with -EINVAL for the caller's own domain */
	DOMCTL_NO_DOMAIN = 1 << 2, /* op->domain names none: d is NULL */
};

struct domctl_handler {
	uint32_t cmd;
	uint32_t flags;
	long (*handle)(struct domain *d, struct xen_domctl *op);
};

/* Ends with a handle of NULL. */
extern const struct domctl_handler domctl_life[];   /* create, destroy, pause, limits, information */
extern const struct domctl_handler domctl_vcpus[];  /* contexts, affinity, scheduling */
extern const struct domctl_handler domctl_access[]; /* what of the machine it may use */
extern const struct domctl_handler domctl_hvm[];    /* state and tables of HVM domains */

/* The vcpu, or NULL. */
static inline struct vcpu *domctl_vcpu(struct domain *d, uint32_t id)
{
	return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

void domctl_fill_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* Sets of CPUs or nodes as the tools pass them; more bits than 64 are ignored, or zero. -EFAULT. */
long bitmap_from_guest(uint64_t *to, const struct xenctl_bitmap *from);
long bitmap_to_guest(const struct xenctl_bitmap *to, uint64_t from);

/* Hypercall stubs for a guest that calls them (call/hypercall_page.c). */
void hypercall_page_write(uint8_t page[4096]);

#endif
