/* foreign.h - whose page tables and whose frames a page-table call is about
 *
 * A domain changes its own tables and names its own frames. A privileged one may name another's frames (to map them), or
 * change another's tables (to build it).
 */
#ifndef CALL_FOREIGN_H
#define CALL_FOREIGN_H

#include "kern/domain.h"

struct foreign {
	struct domain *tables; /* whose page tables, with a reference */
	struct domain *frames; /* whose frames level-1 entries name, with a reference; NULL: nobody's (DOMID_IO) */
	uint16_t target;       /* the latter's id, or DOMID_IO */
};

/* `word` as mmu_update's last argument: bits 15-0 the frames' owner, 31-16 the tables' owner plus one or 0.
 * -EPERM: not for this caller; -ESRCH: no such domain. */
int foreign_begin(struct foreign *f, uint32_t word);
void foreign_end(struct foreign *f);

/* A bitmap of d's vcpus in the guest's memory, as the CPUs that may hold their translations. -EFAULT. */
int foreign_vcpus_to_cpus(struct domain *d, const void *vcpu_bitmap, uint64_t *mask);

#endif
