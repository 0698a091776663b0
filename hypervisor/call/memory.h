/* memory.h - memory_op: what its files share */
#ifndef CALL_MEMORY_H
#define CALL_MEMORY_H

#include <xen/memory.h>

#include "call/call.h"

/* Bits of cmd that are the operation; above them the number of extents done, when it is continued. */
#define MEMORY_OP_BITS 6
#define MEMORY_OP_MASK ((1u << MEMORY_OP_BITS) - 1)

/* What looking after one page may cost; zeroing it is the most of it. */
#define MEMORY_WORK_PER_PAGE 32

/* The largest extent a caller may ask for: what is done without a break. */
unsigned memory_max_order(void);

/* The domain that a call is about, with a reference: the caller's, or another of a privileged one. -EPERM, -ESRCH. */
int memory_find_domain(domid_t id, struct domain **d);

/* memory_reservation.c */
long memory_change_reservation(unsigned op, uint64_t done, uint64_t arg);
long memory_claim_pages(uint64_t arg);

/* memory_exchange.c */
long memory_exchange(uint64_t arg);

/* memory_maps.c */
long memory_map(uint64_t arg);
long memory_machine_map(uint64_t arg);
long memory_set_map(uint64_t arg);
long memory_machphys_mapping(uint64_t arg);
long memory_machphys_list(uint64_t arg);
long memory_reserved_device_map(uint64_t arg);

/* memory_physmap.c */
long memory_add_to_physmap(uint64_t arg);
long memory_add_to_physmap_batch(uint64_t done, uint64_t arg);
long memory_remove_from_physmap(uint64_t arg);

/* memory_resource.c */
long memory_acquire_resource(uint64_t arg);

#endif
