/* efi.h - what a machine's EFI left in memory for an operating system */
#ifndef KERN_EFI_H
#define KERN_EFI_H

#include "lib/types.h"

struct efi_facts {
	uint32_t revision; /* of the EFI specification */
	uint32_t vendor_revision;
	paddr_t vendor; /* UCS-2 text, ends with 0 */
	paddr_t tables; /* the configuration table: Dom0 finds ACPI by it */
	uint32_t nr_tables;
};

/* False: the machine has not started by EFI, or its system table is not one. */
bool efi_read(struct efi_facts *facts);

/* The vendor's name into guest memory, cut to `size` bytes with its ending 0. -EFAULT, -EINVAL. */
int efi_copy_vendor(const struct efi_facts *facts, void *guest, uint32_t size);

#endif
