/* memory_resource.c - memory_op: frames of a domain's that it has not got in its memory, for the toolstack to map */
#include "call/memory.h"
#include "kern/memory.h"

long memory_acquire_resource(uint64_t arg)
{
	(void)arg;
	return call_missing(__HYPERVISOR_memory_op, XENMEM_acquire_resource);
}
