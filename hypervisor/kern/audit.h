/* audit.h - debug builds count every reference again and compare (docs/invariants.md) */
#ifndef KERN_AUDIT_H
#define KERN_AUDIT_H

#include "kern/domain.h"

/* After each batch of page-table changes; counts every so often. Does nothing in other builds. */
#if PLINTH_DEBUG
void audit_step(struct domain *d);
#else
static inline void audit_step(struct domain *d)
{
	(void)d;
}
#endif
/* All frames now: the number of differences found, each told in the log (the first few). All domains paused or stopped. */
unsigned audit_all(void);

#endif
