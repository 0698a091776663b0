/* build.h - a domain being filled: what the builders of PV, PVH and HVM domains have in common */
#ifndef BUILD_BUILD_H
#define BUILD_BUILD_H

#include "builder.h"
#include "hvm_layout.h"
#include "image.h"
#include "layout.h"
#include "pvh_layout.h"

#define PAGE	      4096ull
#define PAGES_PER_MIB 256

struct build {
	struct plinth *h;
	unsigned int domid;
	const struct domain_config *config;
	struct kernel_image kernel;
	int ramdisk; /* descriptor; -1: none */
	uint64_t ramdisk_bytes;
	uint64_t nr_pages;
	/*
	 * How each page of the domain is called when it is mapped: by its machine frame where the
	 * domain is PV, by the guest frame it was put at where the hypervisor translates.
	 */
	uint64_t *p2m;
	union {
		struct layout layout;  /* PV */
		struct pvh_layout pvh; /* PVH */
		struct hvm_layout hvm; /* HVM */
	};
	struct built *built;
};

/* All return 0 or a negative errno, with the reason told (plinth_error). builder.c */

/* Fails if the ramdisk changed; pages is the room for it, from page number `first`. */
int build_read_ramdisk(const struct build *b, uint64_t first, uint64_t pages);
/* Populates all pages; p2m has the guest frame of each, whose runs of 2 MiB begin aligned. */
int build_populate(const struct build *b);
/* The error for a domain whose memory ends before what it starts with, `pages` long. */
int build_too_small(const struct build *b, uint64_t pages);
/* Event channels and grants of store and console; built has the frames already. */
int build_connect_services(const struct build *b);

/*
 * Where the hypervisor translates: up to BUILD_RANGE_MOST pages at a guest-physical address, given to the
 * domain beside its RAM, for which its limit has room; and mapped here.
 */
#define BUILD_RANGE_MOST 64
int build_populate_range(const struct build *b, uint64_t paddr, uint64_t count);
int build_map_range(const struct build *b, uint64_t paddr, uint64_t count, void **addr);
/* Clears the two pages for store and console at `special`, connects them, and tells the domain by its parameters. */
int build_connect_params(const struct build *b, uint64_t special);

/* The rest, each after the files were opened: from memory to the first vcpu's registers. */
int build_pv(struct build *b);
int build_pvh(struct build *b);
int build_hvm(struct build *b);

#endif
