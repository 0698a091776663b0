/* acpi_madt.c - reads the firmware's table of processors and interrupt controllers */
#include "core/acpi.h"
#include "core/acpi_bytes.h"
#include "lib/errno.h"

enum {
	MADT_ENTRIES = 44,
	MADT_HAS_PICS = 1 << 0,

	ENTRY_LAPIC = 0,
	ENTRY_IOAPIC = 1,
	ENTRY_OVERRIDE = 2,
	ENTRY_NMI_SOURCE = 3,
	ENTRY_LAPIC_NMI = 4,
	ENTRY_LAPIC_ADDRESS = 5,
	ENTRY_X2APIC = 9,
	ENTRY_X2APIC_NMI = 10,

	CPU_ENABLED = 1 << 0,
	CPU_ONLINE_CAPABLE = 1 << 1,
};

/* Bytes an entry of a type has at least; 0: a type that is not read here. */
static uint8_t smallest(uint8_t type)
{
	static const uint8_t size[] = {
		[ENTRY_LAPIC] = 8,     [ENTRY_IOAPIC] = 12,	   [ENTRY_OVERRIDE] = 10, [ENTRY_NMI_SOURCE] = 8,
		[ENTRY_LAPIC_NMI] = 6, [ENTRY_LAPIC_ADDRESS] = 12, [ENTRY_X2APIC] = 16,	  [ENTRY_X2APIC_NMI] = 12,
	};

	return type < ARRAY_SIZE(size) ? size[type] : 0;
}

/*
 * Some firmware lists a processor twice, in the old and in the new way, and some fills up its table
 * with processors that do not exist.
 */
static void add_cpu(struct acpi_madt *madt, uint32_t uid, uint32_t apic_id, uint32_t flags)
{
	unsigned int i;

	if (!(flags & (CPU_ENABLED | CPU_ONLINE_CAPABLE)))
		return;
	for (i = 0; i < madt->cpus; i++)
		if (madt->cpu[i].apic_id == apic_id)
			return;
	if (madt->cpus == ACPI_CPUS_MAX) {
		madt->left_out++;
		return;
	}
	madt->cpu[madt->cpus++] = (struct acpi_cpu){
		.uid = uid,
		.apic_id = apic_id,
		.enabled = flags & CPU_ENABLED,
		.online_capable = flags & CPU_ONLINE_CAPABLE,
	};
}

static void add_ioapic(struct acpi_madt *madt, const uint8_t *at)
{
	if (madt->ioapics == ACPI_IOAPICS_MAX) {
		madt->left_out++;
		return;
	}
	madt->ioapic[madt->ioapics++] = (struct acpi_ioapic){
		.id = at[2],
		.address = acpi_u32(at + 4),
		.first_gsi = acpi_u32(at + 8),
	};
}

static void add_override(struct acpi_madt *madt, const uint8_t *at)
{
	if (madt->overrides == ACPI_OVERRIDES_MAX) {
		madt->left_out++;
		return;
	}
	madt->override[madt->overrides++] = (struct acpi_override){
		.irq = at[3],
		.gsi = acpi_u32(at + 4),
		.flags = acpi_u16(at + 8),
	};
}

static void add_nmi(struct acpi_madt *madt, struct acpi_nmi nmi)
{
	if (madt->nmis == ACPI_NMIS_MAX)
		madt->left_out++;
	else
		madt->nmi[madt->nmis++] = nmi;
}

static void take_entry(struct acpi_madt *madt, const uint8_t *at)
{
	switch (at[0]) {
	case ENTRY_LAPIC:
		/* 255 is "all of them", not one of them. */
		if (at[3] != 0xff)
			add_cpu(madt, at[2], at[3], acpi_u32(at + 4));
		break;
	case ENTRY_X2APIC:
		if (acpi_u32(at + 4) != UINT32_MAX)
			add_cpu(madt, acpi_u32(at + 12), acpi_u32(at + 4), acpi_u32(at + 8));
		break;
	case ENTRY_IOAPIC:
		add_ioapic(madt, at);
		break;
	case ENTRY_OVERRIDE:
		add_override(madt, at);
		break;
	case ENTRY_NMI_SOURCE:
		add_nmi(madt, (struct acpi_nmi){.flags = acpi_u16(at + 2), .where = acpi_u32(at + 4)});
		break;
	case ENTRY_LAPIC_NMI:
		add_nmi(madt, (struct acpi_nmi){.local = true,
						.flags = acpi_u16(at + 3),
						.where = at[2] == 0xff ? ACPI_ALL_CPUS : at[2],
						.pin = at[5]});
		break;
	case ENTRY_X2APIC_NMI:
		add_nmi(madt,
			(struct acpi_nmi){
				.local = true, .flags = acpi_u16(at + 2), .where = acpi_u32(at + 4), .pin = at[8]});
		break;
	case ENTRY_LAPIC_ADDRESS:
		madt->lapic_address = acpi_u64(at + 4);
		break;
	}
}

int acpi_parse_madt(const void *bytes, size_t length, struct acpi_madt *madt)
{
	long size = acpi_check_table(bytes, length, "APIC");
	const uint8_t *at = bytes, *end;

	if (size < MADT_ENTRIES)
		return -EINVAL;
	end = at + size;
	madt->cpus = 0;
	madt->ioapics = 0;
	madt->overrides = 0;
	madt->nmis = 0;
	madt->left_out = 0;
	madt->lapic_address = acpi_u32(at + 36);
	madt->has_pics = acpi_u32(at + 40) & MADT_HAS_PICS;
	for (at += MADT_ENTRIES; at < end; at += at[1]) {
		if (end - at < 2 || at[1] < 2 || at[1] > end - at || at[1] < smallest(at[0]))
			return -EINVAL;
		take_entry(madt, at);
	}
	return 0;
}
