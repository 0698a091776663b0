/* audit.h - debug builds count every reference again and compare (docs/invariants.md) */
#ifndef KERN_AUDIT_H
#define KERN_AUDIT_H

#include "kern/domain.h"

/* Debug builds only; nothing happens in others. A difference is told in the log and stops the machine. */
#if PLINTH_DEBUG
/* After each batch of page-table changes; counts every so often. */
void audit_step(struct domain *d);
/* Before the machine goes down: once more, and the result is told. */
void audit_end(void);
/* CPU_PENDING_STAND, on the way back to a guest: until somebody has counted. Another vcpu may be current then. */
void audit_stand(void);
#else
static inline void audit_step(struct domain *d)
{
	(void)d;
}

static inline void audit_end(void)
{
}

static inline void audit_stand(void)
{
}
#endif

#endif
