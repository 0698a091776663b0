/* segdesc.h - which segment descriptors a PV guest may have in its GDT and LDT [pure]
 *
 * (AMD APM vol. 2, 4.7-4.8.) Code and data segments of ring 3 are harmless in a 64-bit guest; gates, TSS and LDT descriptors,
 * and rings below 3, are not.
 */
#ifndef CORE_SEGDESC_H
#define CORE_SEGDESC_H

#include <stdbool.h>
#include <stdint.h>

/* May it be loaded? A present code or data descriptor gets DPL 3 on the way, as guests ask for less. */
bool segdesc_validate(uint64_t *descriptor);
/* The same for the 512 of a page; the page is changed in place. */
bool segdesc_validate_page(uint64_t *page);

#endif
