/* grant.h - grant_table_op's mapping half (call/grant_map.c) for its other half (call/grant.c) */
#ifndef CALL_GRANT_H
#define CALL_GRANT_H

#include <stdint.h>

/* The struct gnttab_map_grant_ref at this guest address. 0 or -EFAULT. */
long grant_map_one(uint64_t at);
/* unmap_grant_ref or unmap_and_replace: count of them from `ops` on; continued where need be. */
long grant_unmap_batch(unsigned cmd, uint64_t ops, uint64_t count);

#endif
