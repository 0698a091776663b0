/* acpi.c - reads the firmware's ACPI tables: the way to them, and the small ones */
#include "core/acpi.h"
#include "core/acpi_bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

bool acpi_checksum_ok(const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	uint8_t sum = 0;

	while (length--)
		sum = (uint8_t)(sum + *at++);
	return sum == 0;
}

/* --- The way to the tables ------------------------------------------------------------------- */

enum {
	RSDP_OLD_SIZE = 20,
	RSDP_SIZE = 36,
};

static bool is_rsdp(const uint8_t *bytes, size_t length)
{
	return length >= RSDP_OLD_SIZE && memcmp(bytes, "RSD PTR ", 8) == 0 && acpi_checksum_ok(bytes, RSDP_OLD_SIZE);
}

long acpi_find_rsdp(const void *bytes, size_t length)
{
	size_t at;

	for (at = 0; at < length; at += 16)
		if (is_rsdp((const uint8_t *)bytes + at, length - at))
			return (long)at;
	return -ENOENT;
}

int acpi_parse_rsdp(const void *bytes, size_t length, struct acpi_root *root)
{
	const uint8_t *at = bytes;

	if (!is_rsdp(at, length))
		return -EINVAL;
	root->wide = false;
	root->address = acpi_u32(at + 16);
	if (at[15] >= 2 && length >= RSDP_SIZE) {
		uint32_t size = acpi_u32(at + 20);

		if (size >= RSDP_SIZE && size <= length && acpi_checksum_ok(at, size) && acpi_u64(at + 24)) {
			root->wide = true;
			root->address = acpi_u64(at + 24);
		}
	}
	return root->address ? 0 : -EINVAL;
}

/* Copies letters the firmware may have ended or not, and makes strange ones harmless. */
static void copy_letters(char *to, const uint8_t *from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = from[i] >= ' ' && from[i] < 0x7f ? (char)from[i] : '?';
	to[n] = '\0';
}

int acpi_parse_header(const void *bytes, size_t length, struct acpi_header *header)
{
	const uint8_t *at = bytes;

	if (length < ACPI_HEADER_SIZE)
		return -EINVAL;
	copy_letters(header->signature, at, 4);
	header->length = acpi_u32(at + 4);
	header->revision = at[8];
	copy_letters(header->oem_id, at + 10, 6);
	copy_letters(header->oem_table_id, at + 16, 8);
	return header->length >= ACPI_HEADER_SIZE ? 0 : -EINVAL;
}

long acpi_check_table(const void *bytes, size_t length, const char *signature)
{
	struct acpi_header header;

	if (acpi_parse_header(bytes, length, &header) || header.length > length ||
	    strcmp(header.signature, signature) != 0 || !acpi_checksum_ok(bytes, header.length))
		return -EINVAL;
	return (long)header.length;
}

int acpi_root_count(const void *bytes, size_t length, bool wide)
{
	long size = acpi_check_table(bytes, length, wide ? "XSDT" : "RSDT");

	if (size < 0)
		return (int)size;
	return (int)((size - ACPI_HEADER_SIZE) / (wide ? 8 : 4));
}

paddr_t acpi_root_entry(const void *bytes, bool wide, unsigned int index)
{
	const uint8_t *entries = (const uint8_t *)bytes + ACPI_HEADER_SIZE;

	return wide ? acpi_u64(entries + 8 * (size_t)index) : acpi_u32(entries + 4 * (size_t)index);
}

/* --- FADT ------------------------------------------------------------------------------------ */

/* Where the fields are. A revision ends where it ends: fields behind the table's length are not
 * there. */
enum {
	FADT_FACS = 36,
	FADT_DSDT = 40,
	FADT_SCI = 46,
	FADT_SMI_COMMAND = 48,
	FADT_ACPI_ENABLE = 52,
	FADT_ACPI_DISABLE = 53,
	FADT_PM1A_EVENT = 56,
	FADT_PM1B_EVENT = 60,
	FADT_PM1A_CONTROL = 64,
	FADT_PM1B_CONTROL = 68,
	FADT_PM_TIMER = 76,
	FADT_PM1_EVENT_LENGTH = 88,
	FADT_PM1_CONTROL_LENGTH = 89,
	FADT_PM_TIMER_LENGTH = 91,
	FADT_CENTURY = 108,
	FADT_BOOT_FLAGS = 109,
	FADT_FLAGS = 112,
	FADT_RESET = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_FACS = 132,
	FADT_X_DSDT = 140,
	FADT_X_PM1A_EVENT = 148,
	FADT_X_PM1B_EVENT = 160,
	FADT_X_PM1A_CONTROL = 172,
	FADT_X_PM1B_CONTROL = 184,
	FADT_X_PM_TIMER = 208,

	FADT_SMALLEST = 116, /* revision 1 */

	BOOT_LEGACY_DEVICES = 1 << 0,
	BOOT_KEYBOARD = 1 << 1,
	BOOT_NO_VGA = 1 << 2,
	BOOT_NO_MSI = 1 << 3,
	BOOT_NO_RTC = 1 << 5,
	FLAG_TIMER_32_BITS = 1 << 8,
	FLAG_RESET = 1 << 10,
	FLAG_HARDWARE_REDUCED = 1 << 20,
};

struct fadt_bytes {
	const uint8_t *at;
	size_t length;
};

static bool has(const struct fadt_bytes *t, size_t offset, size_t size)
{
	return offset + size <= t->length;
}

/* A register that has a port number, and from revision 2 on maybe a generic address that goes
 * first. */
static struct acpi_address fadt_register(const struct fadt_bytes *t, size_t port, size_t wide, uint8_t bits)
{
	struct acpi_address address = {0};

	if (has(t, wide, ACPI_ADDRESS_SIZE))
		address = acpi_generic_address(t->at + wide);
	if (!address.address) {
		address =
			(struct acpi_address){.space = ACPI_SPACE_IO, .bits = bits, .address = acpi_u32(t->at + port)};
	}
	return address;
}

static paddr_t fadt_table(const struct fadt_bytes *t, size_t narrow, size_t wide)
{
	paddr_t address = has(t, wide, 8) ? acpi_u64(t->at + wide) : 0;

	return address ? address : acpi_u32(t->at + narrow);
}

static void fadt_flags(const struct fadt_bytes *t, struct acpi_fadt *fadt)
{
	uint16_t boot = acpi_u16(t->at + FADT_BOOT_FLAGS);
	uint32_t flags = acpi_u32(t->at + FADT_FLAGS);
	bool old = t->at[8] < 3; /* before these flags had a meaning */

	fadt->legacy_devices = old || (boot & BOOT_LEGACY_DEVICES);
	fadt->keyboard_controller = old || (boot & BOOT_KEYBOARD);
	fadt->no_vga = !old && (boot & BOOT_NO_VGA);
	fadt->no_msi = !old && (boot & BOOT_NO_MSI);
	fadt->no_rtc = !old && (boot & BOOT_NO_RTC);
	fadt->pm_timer_is_32_bits = flags & FLAG_TIMER_32_BITS;
	fadt->hardware_reduced = flags & FLAG_HARDWARE_REDUCED;
	if ((flags & FLAG_RESET) && has(t, FADT_RESET_VALUE, 1)) {
		fadt->reset = acpi_generic_address(t->at + FADT_RESET);
		fadt->reset_value = t->at[FADT_RESET_VALUE];
		fadt->has_reset = fadt->reset.address || fadt->reset.space == ACPI_SPACE_PCI;
	}
}

int acpi_parse_fadt(const void *bytes, size_t length, struct acpi_fadt *fadt)
{
	long size = acpi_check_table(bytes, length, "FACP");
	struct fadt_bytes t = {bytes, (size_t)size};
	uint8_t event_bits, control_bits;

	if (size < FADT_SMALLEST)
		return -EINVAL;
	*fadt = (struct acpi_fadt){
		.sci = acpi_u16(t.at + FADT_SCI),
		.smi_command = acpi_u32(t.at + FADT_SMI_COMMAND),
		.acpi_enable = t.at[FADT_ACPI_ENABLE],
		.acpi_disable = t.at[FADT_ACPI_DISABLE],
		.pm1_event_length = t.at[FADT_PM1_EVENT_LENGTH],
		.pm1_control_length = t.at[FADT_PM1_CONTROL_LENGTH],
		.century = t.at[FADT_CENTURY],
		.facs = fadt_table(&t, FADT_FACS, FADT_X_FACS),
		.dsdt = fadt_table(&t, FADT_DSDT, FADT_X_DSDT),
	};
	event_bits = (uint8_t)(fadt->pm1_event_length * 8);
	control_bits = (uint8_t)(fadt->pm1_control_length * 8);
	fadt->pm1a_event = fadt_register(&t, FADT_PM1A_EVENT, FADT_X_PM1A_EVENT, event_bits);
	fadt->pm1b_event = fadt_register(&t, FADT_PM1B_EVENT, FADT_X_PM1B_EVENT, event_bits);
	fadt->pm1a_control = fadt_register(&t, FADT_PM1A_CONTROL, FADT_X_PM1A_CONTROL, control_bits);
	fadt->pm1b_control = fadt_register(&t, FADT_PM1B_CONTROL, FADT_X_PM1B_CONTROL, control_bits);
	/* A timer of length 0 is one that is not there, whatever its address says. */
	if (t.at[FADT_PM_TIMER_LENGTH] == 4)
		fadt->pm_timer = fadt_register(&t, FADT_PM_TIMER, FADT_X_PM_TIMER, 32);
	fadt_flags(&t, fadt);
	return 0;
}

/* --- HPET and MCFG --------------------------------------------------------------------------- */

int acpi_parse_hpet(const void *bytes, size_t length, struct acpi_hpet *hpet)
{
	const uint8_t *at = bytes;

	if (acpi_check_table(bytes, length, "HPET") < 56)
		return -EINVAL;
	hpet->base = acpi_generic_address(at + 40);
	hpet->number = at[52];
	hpet->min_tick = acpi_u16(at + 53);
	return hpet->base.address ? 0 : -EINVAL;
}

int acpi_parse_mcfg(const void *bytes, size_t length, struct acpi_mcfg *mcfg)
{
	enum { FIRST_RANGE = 44, RANGE_SIZE = 16 };
	long size = acpi_check_table(bytes, length, "MCFG");
	const uint8_t *at = (const uint8_t *)bytes + FIRST_RANGE;

	if (size < FIRST_RANGE)
		return -EINVAL;
	*mcfg = (struct acpi_mcfg){0};
	for (size -= FIRST_RANGE; size >= RANGE_SIZE; size -= RANGE_SIZE, at += RANGE_SIZE) {
		struct acpi_mcfg_range range = {
			.base = acpi_u64(at),
			.segment = acpi_u16(at + 8),
			.first_bus = at[10],
			.last_bus = at[11],
		};

		if (!range.base || range.first_bus > range.last_bus)
			return -EINVAL;
		if (mcfg->count < ACPI_MCFG_MAX)
			mcfg->range[mcfg->count++] = range;
		else
			mcfg->left_out++;
	}
	return 0;
}
