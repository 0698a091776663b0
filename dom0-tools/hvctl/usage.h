/* usage.h - how much a domain's disks and interfaces have been used */
#ifndef HVCTL_USAGE_H
#define HVCTL_USAGE_H

#include "dom0-tools/lib/plinth.h"

/* Since the device's driver in the guest connected; from the guest's side: it sends and reads. */
struct usage {
	uint64_t sent, received;	    /* bytes; interfaces */
	uint64_t reads, writes;		    /* requests done; disks */
	uint64_t read_bytes, written_bytes; /* disks */
};

struct usage_device {
	const char *kind; /* "vbd" or "vif" */
	char name[32];	  /* "xvda"; an interface's number */
	struct usage usage;
};

/*
 * The devices of a domain, to free(); how many, or <0. What cannot be read (a back end that is just starting) counts nothing.
 */
int usage_of_devices(struct plinth_store *store, unsigned int domid, struct usage_device **devices);
/* All of them together; 0 where the store (NULL: none) does not tell. */
struct usage usage_of_domain(struct plinth_store *store, unsigned int domid);

#endif
