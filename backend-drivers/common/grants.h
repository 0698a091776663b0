/* grants.h - the memory that a front end grants: mapped, or copied from and to */
#ifndef BACKEND_GRANTS_H
#define BACKEND_GRANTS_H

#include <stddef.h>
#include <stdint.h>
#include <xen/sys/gntdev.h>

#include "backend-drivers/common/pages.h"

#define GRANTS_MOST_PAGES 256 /* in one mapping */

struct grants {
	int fd; /* of /dev/xen/gntdev */
	uint32_t domid;
};

int grants_open(struct grants *g); /* whose they are is for the caller to say */

/*
 * Maps pages one behind the other, for reading and writing. All or none. -EINVAL: the domain does not grant one of
 * them.
 */
int grants_map(const struct grants *g, const uint32_t *refs, uint32_t count, void **addr);
void grants_unmap(const struct grants *g, void *addr, uint32_t count);

/* A batch of copies between own memory and the domain's pages, made by one call. */
struct grants_copy {
	const struct grants *grants;
	const struct pages *own; /* our side of most copies, or NULL */
	struct ioctl_gntdev_grant_copy_segment *segment;
	uint32_t count, room;
};

int grants_copy_init(struct grants_copy *c, const struct grants *g, uint32_t room);
/* Up to a page's end each; only while count < room. */
void grants_copy_from(struct grants_copy *c, uint32_t ref, uint32_t offset, void *to, uint32_t len);
void grants_copy_to(struct grants_copy *c, uint32_t ref, uint32_t offset, const void *from, uint32_t len);
/*
 * Makes them and empties the batch. Each one's result is then in segment[i].status, GNTST_okay or worse, until the next
 * is added. An error is returned only if the call as a whole failed.
 */
int grants_copy_run(struct grants_copy *c);

#endif
