/* abi_names.h - names of hypercalls and their operations, for log lines */
#ifndef CORE_ABI_NAMES_H
#define CORE_ABI_NAMES_H

/* "memory_op" for __HYPERVISOR_memory_op; NULL for a number that the ABI does not have. */
const char *abi_hypercall_name(unsigned int hypercall);

/*
 * "XENMEM_exchange" for (__HYPERVISOR_memory_op, XENMEM_exchange). NULL for a number that the ABI
 * does not have, and for hypercalls without operations. Of memory_op's cmd the bits that say where
 * to continue must be taken off before. A search, so not for hot paths.
 */
const char *abi_subop_name(unsigned int hypercall, unsigned int subop);

#endif
