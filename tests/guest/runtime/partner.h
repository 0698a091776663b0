/* partner.h - what the two files share that build partners
 */
#ifndef TESTS_GUEST_PARTNER_H
#define TESTS_GUEST_PARTNER_H

#include <xen/domctl.h>

#include "hvm.h"

/* Behind the image: what the partner starts with. */
enum { PFN_START_INFO = PARTNER_PAGES - 6, PFN_P2M, PFN_L4, PFN_L3, PFN_L2, PFN_L1 };

/* A page of its, mapped here until the next one is. */
void *partner_show(const struct partner *p, unsigned pfn);
/* A page-table entry for a page of its. */
uint64_t partner_entry(const struct partner *p, unsigned pfn, uint64_t flags);

/* ---- partner_hvm.c ---- */
void partner_hvm_tables(const struct partner *p);
void partner_hvm_context(const struct partner *p);

#endif
