/* names.h - from what people type to a domain, and back */
#ifndef HVCTL_NAMES_H
#define HVCTL_NAMES_H

#include <stdint.h>

#include "dom0-tools/config/write.h" /* format_uuid() */
#include "dom0-tools/lib/plinth.h"

#define NAME_BYTES 256

/* "Domain-0" and "(unnamed)" where the store (NULL: none) does not tell better. */
void domain_name(struct plinth_store *store, unsigned int domid, char name[NAME_BYTES]);

/* A number, a name or a UUID. -ESRCH: there is no such domain. */
int find_domain(struct plinth *h, const char *text, unsigned int *domid);

#endif
