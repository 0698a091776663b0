/* acpi_tables.c - the ACPI tables of a PVH or an HVM domain
 *
 * Facts: the ACPI specification 5.0, chapters 5.2.5 (RSDP), 5.2.8 (XSDT), 5.2.9 (FADT), 5.2.12
 * (MADT), 5.2.10 (FACS) and 20 (AML).
 */
#include <string.h>

#include "acpi_tables.h"

struct rsdp {
	char signature[8];
	uint8_t checksum; /* of the first 20 bytes */
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

struct header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem_id[6], oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attribute__((packed));

struct xsdt {
	struct header header;
	uint64_t fadt, madt;
} __attribute__((packed));

/* What is not named here is about registers that a hardware-reduced machine does not have. */
struct fadt {
	struct header header;
	uint32_t facs, dsdt;
	uint8_t unused_44[2];
	uint16_t sci;
	uint8_t unused_48[8];
	uint32_t pm1a_event, unused_60, pm1a_control, unused_68, unused_72, pm_timer;
	uint8_t unused_80[8];
	uint8_t pm1_event_length, pm1_control_length, unused_90, pm_timer_length;
	uint8_t unused_92[4];
	uint16_t c2_latency, c3_latency;
	uint8_t unused_100[9];
	uint16_t boot_flags;
	uint8_t unused_111;
	uint32_t flags;
	uint8_t unused_116[16];
	uint64_t x_facs, x_dsdt;
	uint8_t unused_148[120];
} __attribute__((packed));
_Static_assert(sizeof(struct fadt) == 268, "revision 5");
_Static_assert(offsetof(struct fadt, x_dsdt) == 140, "revision 5");
#define FADT_REVISION	     5
#define BOOT_LEGACY	     (1 << 0)
#define BOOT_8042	     (1 << 1)
#define BOOT_NO_VGA	     (1 << 2)
#define BOOT_NO_MSI	     (1 << 3)
#define BOOT_NO_RTC	     (1 << 5)
#define FLAG_WBINVD	     (1 << 0)
#define FLAG_C1		     (1 << 2)
#define FLAG_NO_POWER_BUTTON (1 << 4)
#define FLAG_NO_SLEEP_BUTTON (1 << 5)
#define FLAG_HW_REDUCED	     (1 << 20)

struct madt {
	struct header header;
	uint32_t lapic, flags;
} __attribute__((packed));

struct madt_lapic {
	uint8_t type, length, uid, apic_id;
	uint32_t flags;
} __attribute__((packed));
#define MADT_REVISION 3
#define LAPIC_ADDRESS 0xfee00000u
#define LAPIC_ENABLED 1u

struct madt_ioapic {
	uint8_t type, length, id, reserved;
	uint32_t address, first_input;
} __attribute__((packed));
#define IOAPIC_ADDRESS 0xfec00000u
#define IOAPIC_ID      1 /* local APICs have even ones */

/* An ISA interrupt that is not what ISA's are: at the same input, with a rising edge. */
struct madt_override {
	uint8_t type, length, bus, source;
	uint32_t input;
	uint16_t flags;
} __attribute__((packed));
#define LEVEL_HIGH 0x0d
#define SCI	   9

struct madt_lapic_nmi {
	uint8_t type, length, uid;
	uint16_t flags;
	uint8_t lint;
} __attribute__((packed));
#define MADT_PCAT 1u /* there are 8259As, too */

/* As dom0-tools/firmware/plug.c places it; the PIIX4's. */
#define PM_PORTS 0xb000

struct facs {
	char signature[4];
	uint32_t length;
	uint8_t unused_8[24];
	uint8_t version;
	uint8_t unused_33[31];
} __attribute__((packed));
_Static_assert(sizeof(struct facs) == 64, "revision 5");

/* There are no devices to describe, but readers of AML want some: an empty Scope (\_SB). */
struct dsdt {
	struct header header;
	uint8_t code[7];
} __attribute__((packed));
#define DSDT_REVISION 2
extern const uint8_t dsdt_aml[], dsdt_aml_end[]; /* dsdt.asl */

static const uint8_t empty_scope[] = {0x10, 0x06, '\\', '_', 'S', 'B', '_'};

struct writer {
	uint8_t *to;
	size_t room, used;
	uint64_t paddr;
};

static uint8_t complement(const void *bytes, size_t length)
{
	const uint8_t *p = bytes;
	uint8_t sum = 0;

	while (length--)
		sum += *p++;
	return -sum;
}

/* Room for a piece, at a multiple of 16; NULL: there is none. Its address for the guest in *at. */
static void *take(struct writer *w, size_t bytes, uint64_t *at)
{
	size_t start = (w->used + 15) & ~(size_t)15;

	w->used = start + bytes;
	*at = w->paddr + start;
	return w->used <= w->room ? memset(w->to + start, 0, bytes) : NULL;
}

/* The checksum is put in last, when the table is complete. */
static void finish(void *table, const char *signature, size_t length, uint8_t revision)
{
	struct header *h = table;

	memcpy(h->signature, signature, sizeof(h->signature));
	h->length = length;
	h->revision = revision;
	memcpy(h->oem_id, "PLINTH", sizeof(h->oem_id));
	memcpy(h->oem_table_id, "PVH     ", sizeof(h->oem_table_id));
	h->oem_revision = 1;
	memcpy(h->creator_id, "PLNT", sizeof(h->creator_id));
	h->creator_revision = 1;
	h->checksum = complement(table, length);
}

static uint64_t write_pc_dsdt(struct writer *w)
{
	size_t bytes = (size_t)(dsdt_aml_end - dsdt_aml);
	uint64_t at;
	uint8_t *t = take(w, bytes, &at);

	if (t)
		memcpy(t, dsdt_aml, bytes);
	return at;
}

static uint64_t write_dsdt(struct writer *w)
{
	uint64_t at;
	struct dsdt *t = take(w, sizeof(*t), &at);

	if (t) {
		memcpy(t->code, empty_scope, sizeof(t->code));
		finish(t, "DSDT", sizeof(*t), DSDT_REVISION);
	}
	return at;
}

static uint64_t write_fadt(struct writer *w, uint64_t dsdt)
{
	uint64_t at;
	struct fadt *t = take(w, sizeof(*t), &at);

	if (t) {
		t->dsdt = dsdt;
		t->x_dsdt = dsdt;
		t->boot_flags = BOOT_NO_VGA | BOOT_NO_MSI | BOOT_NO_RTC;
		t->flags = FLAG_WBINVD | FLAG_NO_POWER_BUTTON | FLAG_NO_SLEEP_BUTTON | FLAG_HW_REDUCED;
		finish(t, "FACP", sizeof(*t), FADT_REVISION);
	}
	return at;
}

static uint64_t write_facs(struct writer *w)
{
	uint64_t at;
	struct facs *t;

	w->used = (w->used + 63) & ~(size_t)63;
	t = take(w, sizeof(*t), &at);
	if (t) {
		memcpy(t->signature, "FACS", sizeof(t->signature));
		t->length = sizeof(*t);
		t->version = 2;
	}
	return at;
}

/* ACPI mode is on from the beginning: the firmware has seen to it. */
static uint64_t write_pc_fadt(struct writer *w, uint64_t dsdt, uint64_t facs)
{
	uint64_t at;
	struct fadt *t = take(w, sizeof(*t), &at);

	if (!t)
		return at;
	t->facs = facs;
	t->dsdt = dsdt;
	t->x_dsdt = dsdt;
	t->sci = SCI;
	t->pm1a_event = PM_PORTS;
	t->pm1_event_length = 4;
	t->pm1a_control = PM_PORTS + 4;
	t->pm1_control_length = 2;
	t->pm_timer = PM_PORTS + 8;
	t->pm_timer_length = 4;
	t->c2_latency = t->c3_latency = 0xffff; /* none */
	t->boot_flags = BOOT_LEGACY | BOOT_8042;
	t->flags = FLAG_WBINVD | FLAG_C1 | FLAG_NO_SLEEP_BUTTON;
	finish(t, "FACP", sizeof(*t), FADT_REVISION);
	return at;
}

/* What a PC has beside the local APICs. */
struct madt_pc {
	struct madt_ioapic ioapic;
	struct madt_override override[5];
	struct madt_lapic_nmi nmi;
} __attribute__((packed));

static const struct madt_pc madt_pc = {
	{1, sizeof(struct madt_ioapic), IOAPIC_ID, 0, IOAPIC_ADDRESS, 0},
	{{2, sizeof(struct madt_override), 0, 0, 2, 0}, /* the timer, at input 2 */
	 {2, sizeof(struct madt_override), 0, 5, 5, LEVEL_HIGH},
	 {2, sizeof(struct madt_override), 0, SCI, SCI, LEVEL_HIGH},
	 {2, sizeof(struct madt_override), 0, 10, 10, LEVEL_HIGH},
	 {2, sizeof(struct madt_override), 0, 11, 11, LEVEL_HIGH}},
	{4, sizeof(struct madt_lapic_nmi), 0xff, 0, 1},
};

static uint64_t write_madt(struct writer *w, unsigned int vcpus, bool pc)
{
	size_t bytes = sizeof(struct madt) + vcpus * sizeof(struct madt_lapic) + (pc ? sizeof(madt_pc) : 0);
	struct madt_lapic *lapic;
	uint64_t at;
	struct madt *t = take(w, bytes, &at);

	if (!t)
		return at;
	t->lapic = LAPIC_ADDRESS;
	lapic = (struct madt_lapic *)(t + 1);
	for (unsigned int i = 0; i < vcpus; i++)
		lapic[i] = (struct madt_lapic){0, sizeof(*lapic), i, 2 * i, LAPIC_ENABLED};
	if (pc) {
		t->flags = MADT_PCAT;
		memcpy(lapic + vcpus, &madt_pc, sizeof(madt_pc));
	}
	finish(t, "APIC", bytes, MADT_REVISION);
	return at;
}

size_t acpi_write_tables(uint8_t *to, size_t room, uint64_t paddr, unsigned int vcpus, bool pc)
{
	struct writer w = {to, room, 0, paddr};
	uint64_t at, rsdp_at;
	struct rsdp *rsdp = take(&w, sizeof(*rsdp), &rsdp_at);
	struct xsdt *xsdt = take(&w, sizeof(*xsdt), &at);
	uint64_t dsdt = pc ? write_pc_dsdt(&w) : write_dsdt(&w), madt = write_madt(&w, vcpus, pc);
	uint64_t fadt = pc ? write_pc_fadt(&w, dsdt, write_facs(&w)) : write_fadt(&w, dsdt);

	if (w.used > room)
		return w.used;
	xsdt->fadt = fadt;
	xsdt->madt = madt;
	finish(xsdt, "XSDT", sizeof(*xsdt), 1);
	memcpy(rsdp->signature, "RSD PTR ", sizeof(rsdp->signature));
	memcpy(rsdp->oem_id, "PLINTH", sizeof(rsdp->oem_id));
	rsdp->revision = 2;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = at;
	rsdp->checksum = complement(rsdp, 20);
	rsdp->extended_checksum = complement(rsdp, sizeof(*rsdp));
	return w.used;
}
