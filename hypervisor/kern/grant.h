/* grant.h - grant tables of running domains: what domain creation and destruction need of them */
#ifndef KERN_GRANT_H
#define KERN_GRANT_H

#include "kern/domain.h"

int grant_init_domain(struct domain *d); /* -ENOMEM */
/* Limits in frames, before the table is in use; negative: the default. -EINVAL: too many. */
int grant_set_limits(struct domain *d, int32_t table_frames, int32_t maptrack_frames);
/* A dying domain lets go of everything it has mapped of others'. -ERESTART: call again. */
int grant_relinquish_domain(struct domain *d, struct work *w);
void grant_destroy_domain(struct domain *d);

#endif
