/* efi.c - what a machine's EFI left in memory for an operating system */
#include "kern/efi.h"

#include "arch/x86/boot/info.h"
#include "kern/guest.h"
#include "kern/lock.h"
#include "kern/machine.h"
#include "lib/errno.h"
#include "lib/string.h"

#define SYSTEM_TABLE_SIGNATURE 0x5453595320494249 /* "IBI SYST" */
#define TABLES_MAX	       4096
#define VENDOR_MAX	       256 /* bytes */

/* EFI_SYSTEM_TABLE of the UEFI specification, 64-bit. */
struct system_table {
	uint64_t signature;
	uint32_t revision, header_size, crc, reserved;
	uint64_t vendor;
	uint32_t vendor_revision, pad;
	uint64_t console_in_handle, console_in, console_out_handle, console_out, error_handle, error;
	uint64_t runtime, boot;
	uint64_t nr_tables;
	uint64_t tables;
};

/* Runtime memory of EFI is not RAM of ours, so it is not in the direct map. Mapped once, because
 * mappings are for good. */
static const void *map_once(const void **place, paddr_t address, size_t size)
{
	static spinlock_t lock = SPINLOCK_INIT;

	spin_lock(&lock);
	if (!*place)
		*place = map_device(address, size);
	spin_unlock(&lock);
	return *place;
}

bool efi_read(struct efi_facts *facts)
{
	static const void *place;
	struct system_table table;
	const void *mapped;

	if (!boot_info.efi || !boot_info.efi_system_table)
		return false;
	mapped = map_once(&place, boot_info.efi_system_table, sizeof(table));
	if (!mapped)
		return false;
	memcpy(&table, mapped, sizeof(table));
	if (table.signature != SYSTEM_TABLE_SIGNATURE || table.nr_tables > TABLES_MAX)
		return false;
	*facts = (struct efi_facts){table.revision, table.vendor_revision, table.vendor, table.tables,
				    (uint32_t)table.nr_tables};
	return true;
}

int efi_copy_vendor(const struct efi_facts *facts, void *guest, uint32_t size)
{
	static const void *place;
	uint16_t name[VENDOR_MAX / 2];
	const void *mapped;
	unsigned length;

	if (size < sizeof(name[0]) || !facts->vendor)
		return -EINVAL;
	mapped = map_once(&place, facts->vendor, sizeof(name));
	if (!mapped)
		return -ENOMEM;
	memcpy(name, mapped, sizeof(name));
	size = MIN(size, (uint32_t)sizeof(name)) / 2;
	for (length = 0; length < size - 1 && name[length]; length++)
		;
	name[length] = 0;
	return guest_write(guest, name, (length + 1) * sizeof(name[0]));
}
