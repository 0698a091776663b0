/* test_acpi.c - the firmware's tables, whole and damaged */
#include "core/acpi.h"
#include "lib/errno.h"
#include "unit.h"
#include "random.h"

static uint8_t table[2048];
static size_t size;

static void put(size_t at, uint64_t value, size_t width)
{
	memcpy(table + at, &value, width);
}

/* Writes length and checksum. */
static void seal(void)
{
	uint8_t sum = 0;
	size_t i;

	put(4, size, 4);
	table[9] = 0;
	for (i = 0; i < size; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
}

static void begin(const char *signature, uint8_t revision, size_t length)
{
	memset(table, 0, sizeof(table));
	memcpy(table, signature, 4);
	table[8] = revision;
	memcpy(table + 10, "BOCHS ", 6);
	memcpy(table + 16, "BXPC    ", 8);
	size = length;
}

static void append(const void *bytes, size_t n)
{
	memcpy(table + size, bytes, n);
	size += n;
}

/* The first n bytes, in a block of that size, so that a read behind it is seen. */
static void *tight(size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	memcpy(copy, table, n);
	return copy;
}

typedef int parser(const void *bytes, size_t length, void *out);

static union {
	struct acpi_madt madt;
	struct acpi_fadt fadt;
	struct acpi_hpet hpet;
	struct acpi_mcfg mcfg;
} out;

static int parse(parser *p, size_t n)
{
	void *copy = tight(n);
	int rc = p(copy, n, &out);

	free(copy);
	return rc;
}

static int madt(const void *bytes, size_t length, void *to)
{
	return acpi_parse_madt(bytes, length, to);
}

static int fadt(const void *bytes, size_t length, void *to)
{
	return acpi_parse_fadt(bytes, length, to);
}

static int hpet(const void *bytes, size_t length, void *to)
{
	return acpi_parse_hpet(bytes, length, to);
}

static int mcfg(const void *bytes, size_t length, void *to)
{
	return acpi_parse_mcfg(bytes, length, to);
}

/*
 * A sealed table must be refused when cut anywhere, when any bit is flipped (the checksum sees it),
 * and survived with any bytes changed and sealed again.
 */
static void endures_damage(parser *p, uint64_t seed)
{
	uint8_t whole[sizeof(table)];
	size_t n, length = size;
	unsigned int bit, round;

	CU_ASSERT_EQUAL(parse(p, size), 0);
	for (n = 0; n < size; n++)
		CU_ASSERT_EQUAL(parse(p, n), -EINVAL);
	for (n = 0; n < size; n++) {
		for (bit = 0; bit < 8; bit++) {
			table[n] ^= (uint8_t)(1 << bit);
			CU_ASSERT_EQUAL(parse(p, size), -EINVAL);
			table[n] ^= (uint8_t)(1 << bit);
		}
	}
	memcpy(whole, table, sizeof(table));
	for (size = length; size >= 4; size--) {
		memcpy(table, whole, sizeof(table));
		if (size > 9) {
			seal();
			parse(p, size);
		}
	}
	random_seed("damage", seed);
	for (round = 0; round < 5000; round++) {
		memcpy(table, whole, sizeof(table));
		size = length;
		for (n = random_below(5) + 1; n; n--)
			table[ACPI_HEADER_SIZE + random_below(size - ACPI_HEADER_SIZE)] = (uint8_t)random_u64();
		seal();
		parse(p, size);
	}
}

/* --- The way to the tables --- */

static void make_rsdp(uint8_t revision, uint32_t rsdt, uint64_t xsdt)
{
	uint8_t sum = 0;
	size_t i;

	memset(table, 0, sizeof(table));
	memcpy(table, "RSD PTR ", 8);
	table[15] = revision;
	put(16, rsdt, 4);
	for (i = 0; i < 20; i++)
		sum = (uint8_t)(sum + table[i]);
	table[8] = (uint8_t)-sum;
	put(20, 36, 4);
	put(24, xsdt, 8);
	for (i = 0, sum = 0; i < 36; i++)
		sum = (uint8_t)(sum + table[i]);
	table[32] = (uint8_t)-sum;
}

TEST(the_rsdp_is_found_at_multiples_of_16)
{
	uint8_t area[128] = {0};

	make_rsdp(0, 0x1234, 0);
	CU_ASSERT_EQUAL(acpi_find_rsdp(area, sizeof(area)), -ENOENT);
	memcpy(area + 8, table, 20);
	CU_ASSERT_EQUAL(acpi_find_rsdp(area, sizeof(area)), -ENOENT);
	memcpy(area + 48, table, 20);
	CU_ASSERT_EQUAL(acpi_find_rsdp(area, sizeof(area)), 48);
	CU_ASSERT_EQUAL(acpi_find_rsdp(area, 67), -ENOENT);
	CU_ASSERT_EQUAL(acpi_find_rsdp(area, 68), 48);
	CU_ASSERT_EQUAL(acpi_find_rsdp(area, 0), -ENOENT);
	area[60] ^= 1;
	CU_ASSERT_EQUAL(acpi_find_rsdp(area, sizeof(area)), -ENOENT);
}

TEST(the_rsdp_names_the_root_table)
{
	struct acpi_root root;
	size_t n;

	make_rsdp(2, 0x1234, 0x123456789a);
	CU_ASSERT_EQUAL(acpi_parse_rsdp(table, 36, &root), 0);
	CU_ASSERT_TRUE(root.wide);
	CU_ASSERT_EQUAL(root.address, 0x123456789a);
	for (n = 0; n < 36; n++) {
		void *copy = tight(n);

		CU_ASSERT_EQUAL(acpi_parse_rsdp(copy, n, &root), n < 20 ? -EINVAL : 0);
		if (n >= 20)
			CU_ASSERT_TRUE(!root.wide && root.address == 0x1234);
		free(copy);
	}
	table[35] ^= 1; /* the new part is damaged: the old one still holds */
	CU_ASSERT_EQUAL(acpi_parse_rsdp(table, 36, &root), 0);
	CU_ASSERT_FALSE(root.wide);
	make_rsdp(2, 0x1234, 0);
	CU_ASSERT_EQUAL(acpi_parse_rsdp(table, 36, &root), 0);
	CU_ASSERT_FALSE(root.wide);
	make_rsdp(0, 0, 0);
	CU_ASSERT_EQUAL(acpi_parse_rsdp(table, 36, &root), -EINVAL);
}

TEST(root_tables_of_both_widths)
{
	begin("XSDT", 1, 36);
	append("\1\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0", 16);
	seal();
	CU_ASSERT_EQUAL(acpi_root_count(table, size, true), 2);
	CU_ASSERT_EQUAL(acpi_root_count(table, size, false), -EINVAL);
	CU_ASSERT_EQUAL(acpi_root_count(table, size - 1, true), -EINVAL);
	CU_ASSERT_EQUAL(acpi_root_entry(table, true, 0), 0x100000001);
	CU_ASSERT_EQUAL(acpi_root_entry(table, true, 1), 2);
	begin("RSDT", 1, 36);
	append("\1\0\0\0\1\0\0\0\2\0\0\0\xff", 13);
	seal();
	CU_ASSERT_EQUAL(acpi_root_count(table, size, false), 3);
	CU_ASSERT_EQUAL(acpi_root_entry(table, false, 2), 2);
	put(4, 35, 4);
	CU_ASSERT_EQUAL(acpi_root_count(table, size, false), -EINVAL);
}

TEST(headers_are_read_and_strange_letters_made_harmless)
{
	struct acpi_header h;

	begin("SS\x01T", 3, 40);
	seal();
	CU_ASSERT_EQUAL(acpi_parse_header(table, 36, &h), 0);
	CU_ASSERT_STRING_EQUAL(h.signature, "SS?T");
	CU_ASSERT_STRING_EQUAL(h.oem_id, "BOCHS ");
	CU_ASSERT_STRING_EQUAL(h.oem_table_id, "BXPC    ");
	CU_ASSERT_EQUAL(h.length, 40);
	CU_ASSERT_EQUAL(h.revision, 3);
	CU_ASSERT_EQUAL(acpi_parse_header(table, 35, &h), -EINVAL);
	put(4, 35, 4);
	CU_ASSERT_EQUAL(acpi_parse_header(table, 36, &h), -EINVAL);
}

/* --- Tables --- */

static void make_madt(void)
{
	begin("APIC", 3, 44);
	put(36, 0xfee00000, 4);
	put(40, 1, 4);
	append("\0\x8\0\0\1\0\0\0", 8);			   /* processor 0, APIC 0 */
	append("\0\x8\1\2\2\0\0\0", 8);			   /* 1, APIC 2, may come online */
	append("\0\x8\2\4\0\0\0\0", 8);			   /* 2: never */
	append("\0\x8\3\xff\1\0\0\0", 8);		   /* no APIC */
	append("\x9\x10\0\0\0\1\0\0\1\0\0\0\7\0\0\0", 16); /* x2APIC 256, uid 7 */
	append("\x9\x10\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16); /* APIC 0 again */
	append("\1\x0c\5\0\0\0\xc0\xfe\0\0\0\0", 12);	   /* I/O APIC 5 at fec00000 */
	append("\2\x0a\0\0\2\0\0\0\0\0", 10);		   /* IRQ 0 is GSI 2 */
	append("\2\x0a\0\x9\x9\0\0\0\x0d\0", 10);	   /* IRQ 9: high, level */
	append("\4\x6\xff\5\0\1", 6);			   /* NMI on LINT1 everywhere */
	append("\x0a\x0c\5\0\7\0\0\0\1\0\0\0", 12);	   /* NMI on LINT1 of uid 7 */
	append("\3\x8\5\0\x17\0\0\0", 8);		   /* NMI on GSI 23 */
	append("\x7f\4\xaa\xaa", 4);			   /* something new */
	seal();
}

TEST(the_madt_is_read)
{
	const struct acpi_madt *m = &out.madt;

	make_madt();
	CU_ASSERT_EQUAL(parse(madt, size), 0);
	CU_ASSERT_EQUAL(m->lapic_address, 0xfee00000);
	CU_ASSERT_TRUE(m->has_pics);
	CU_ASSERT_EQUAL(m->cpus, 3);
	CU_ASSERT_TRUE(m->cpu[0].enabled && !m->cpu[0].online_capable);
	CU_ASSERT_TRUE(!m->cpu[1].enabled && m->cpu[1].online_capable && m->cpu[1].apic_id == 2);
	CU_ASSERT_TRUE(m->cpu[2].apic_id == 256 && m->cpu[2].uid == 7);
	CU_ASSERT_EQUAL(m->ioapics, 1);
	CU_ASSERT_TRUE(m->ioapic[0].id == 5 && m->ioapic[0].address == 0xfec00000 && m->ioapic[0].first_gsi == 0);
	CU_ASSERT_EQUAL(m->overrides, 2);
	CU_ASSERT_TRUE(m->override[0].irq == 0 && m->override[0].gsi == 2);
	CU_ASSERT_EQUAL(m->override[1].flags & ACPI_LINE_TRIGGER_MASK, ACPI_LINE_LEVEL);
	CU_ASSERT_EQUAL(m->override[1].flags & ACPI_LINE_POLARITY_MASK, ACPI_LINE_HIGH);
	CU_ASSERT_EQUAL(m->nmis, 3);
	CU_ASSERT_TRUE(m->nmi[0].local && m->nmi[0].where == ACPI_ALL_CPUS && m->nmi[0].pin == 1);
	CU_ASSERT_TRUE(m->nmi[1].local && m->nmi[1].where == 7 && m->nmi[1].pin == 1 && m->nmi[1].flags == 5);
	CU_ASSERT_TRUE(!m->nmi[2].local && m->nmi[2].where == 23 && m->nmi[2].flags == 5);
	append("\5\x0c\0\0\0\0\0\0\1\0\0\0", 12); /* the local APICs are at 4 GiB */
	seal();
	CU_ASSERT_EQUAL(parse(madt, size), 0);
	CU_ASSERT_EQUAL(m->lapic_address, GIB(4));
}

TEST(a_damaged_madt_is_refused_or_survived)
{
	make_madt();
	endures_damage(madt, 81);
	make_madt();
	append("\0\0", 2); /* an entry of no length must not be read forever */
	seal();
	CU_ASSERT_EQUAL(parse(madt, size), -EINVAL);
	make_madt();
	append("\0\7\0\0\1\0\0", 7);
	seal();
	CU_ASSERT_EQUAL(parse(madt, size), -EINVAL);
	make_madt();
	append("\x7f\5\0\0", 4);
	seal();
	CU_ASSERT_EQUAL(parse(madt, size), -EINVAL);
	make_madt();
	append("\x7f", 1);
	seal();
	CU_ASSERT_EQUAL(parse(madt, size), -EINVAL);
}

TEST(what_exceeds_the_arrays_is_counted)
{
	unsigned int i;

	begin("APIC", 3, 44);
	for (i = 0; i < ACPI_IOAPICS_MAX + 3; i++)
		append("\1\x0c\5\0\0\0\xc0\xfe\0\0\0\0", 12);
	for (i = 0; i < ACPI_OVERRIDES_MAX + 2; i++)
		append("\2\x0a\0\0\2\0\0\0\0\0", 10);
	for (i = 0; i < ACPI_NMIS_MAX + 1; i++)
		append("\4\x6\xff\5\0\1", 6);
	seal();
	CU_ASSERT_EQUAL(parse(madt, size), 0);
	CU_ASSERT_EQUAL(out.madt.ioapics, ACPI_IOAPICS_MAX);
	CU_ASSERT_EQUAL(out.madt.overrides, ACPI_OVERRIDES_MAX);
	CU_ASSERT_EQUAL(out.madt.nmis, ACPI_NMIS_MAX);
	CU_ASSERT_EQUAL(out.madt.left_out, 6);
}

static void put_address(size_t at, uint8_t space, uint8_t bits, uint64_t address)
{
	table[at] = space;
	table[at + 1] = bits;
	put(at + 4, address, 8);
}

static void make_fadt(uint8_t revision, size_t length)
{
	begin("FACP", revision, length);
	put(36, 0x1000, 4);
	put(40, 0x2000, 4);
	put(46, 9, 2);
	put(48, 0xb2, 4);
	table[52] = 0xf1;
	table[53] = 0xf0;
	put(56, 0x600, 4);
	put(64, 0x604, 4);
	put(76, 0x608, 4);
	table[88] = 4;
	table[89] = 2;
	table[91] = 4;
	table[108] = 0x32;
	put(109, 3, 2);
	put(112, 1 << 10 | 1 << 8, 4);
}

TEST(an_old_fadt_is_read)
{
	const struct acpi_fadt *f = &out.fadt;

	make_fadt(1, 116);
	seal();
	CU_ASSERT_EQUAL(parse(fadt, size), 0);
	CU_ASSERT_EQUAL(f->sci, 9);
	CU_ASSERT_TRUE(f->smi_command == 0xb2 && f->acpi_enable == 0xf1 && f->acpi_disable == 0xf0);
	CU_ASSERT_TRUE(f->pm1a_event.space == ACPI_SPACE_IO && f->pm1a_event.address == 0x600);
	CU_ASSERT_EQUAL(f->pm1a_event.bits, 32);
	CU_ASSERT_EQUAL(f->pm1b_event.address, 0);
	CU_ASSERT_TRUE(f->pm1a_control.address == 0x604 && f->pm1a_control.bits == 16);
	CU_ASSERT_TRUE(f->pm_timer.address == 0x608 && f->pm_timer_is_32_bits);
	CU_ASSERT_FALSE(f->has_reset);
	CU_ASSERT_TRUE(f->legacy_devices && f->keyboard_controller && !f->no_msi);
	CU_ASSERT_TRUE(f->facs == 0x1000 && f->dsdt == 0x2000 && f->century == 0x32);
}

TEST(a_new_fadt_is_read_and_its_wide_fields_go_first)
{
	const struct acpi_fadt *f = &out.fadt;

	make_fadt(5, 268);
	put(109, 1 << 2 | 1 << 3 | 1 << 5, 2);
	put_address(116, ACPI_SPACE_IO, 8, 0xcf9);
	table[128] = 6;
	put(140, GIB(5), 8);
	put_address(148, ACPI_SPACE_MEMORY, 32, 0xfed80000);
	put_address(208, ACPI_SPACE_IO, 32, 0x408);
	seal();
	CU_ASSERT_EQUAL(parse(fadt, size), 0);
	CU_ASSERT_TRUE(f->has_reset && f->reset.address == 0xcf9 && f->reset.bits == 8 && f->reset_value == 6);
	CU_ASSERT_TRUE(f->dsdt == GIB(5) && f->facs == 0x1000);
	CU_ASSERT_TRUE(f->pm1a_event.space == ACPI_SPACE_MEMORY && f->pm1a_event.address == 0xfed80000);
	CU_ASSERT_EQUAL(f->pm1a_control.address, 0x604);
	CU_ASSERT_EQUAL(f->pm_timer.address, 0x408);
	CU_ASSERT_TRUE(!f->legacy_devices && !f->keyboard_controller && f->no_vga && f->no_msi && f->no_rtc);
	table[91] = 0; /* there is no PM timer */
	seal();
	CU_ASSERT_EQUAL(parse(fadt, size), 0);
	CU_ASSERT_EQUAL(f->pm_timer.address, 0);
	endures_damage(fadt, 82);
	make_fadt(1, 115);
	seal();
	CU_ASSERT_EQUAL(parse(fadt, size), -EINVAL);
}

TEST(the_hpet_table_is_read)
{
	begin("HPET", 1, 56);
	put_address(40, ACPI_SPACE_MEMORY, 64, 0xfed00000);
	table[52] = 1;
	put(53, 0x1234, 2);
	seal();
	CU_ASSERT_EQUAL(parse(hpet, size), 0);
	CU_ASSERT_EQUAL(out.hpet.base.address, 0xfed00000);
	CU_ASSERT_EQUAL(out.hpet.number, 1);
	CU_ASSERT_EQUAL(out.hpet.min_tick, 0x1234);
	endures_damage(hpet, 83);
	begin("HPET", 1, 56);
	seal();
	CU_ASSERT_EQUAL(parse(hpet, size), -EINVAL);
}

TEST(the_mcfg_is_read)
{
	unsigned int i;

	begin("MCFG", 1, 44);
	append("\0\0\0\xb0\0\0\0\0\0\0\0\xff\0\0\0\0", 16);
	append("\0\0\0\0\1\0\0\0\1\0\x10\x20\0\0\0\0", 16);
	seal();
	CU_ASSERT_EQUAL(parse(mcfg, size), 0);
	CU_ASSERT_EQUAL(out.mcfg.count, 2);
	CU_ASSERT_TRUE(out.mcfg.range[0].base == 0xb0000000 && out.mcfg.range[0].last_bus == 255);
	CU_ASSERT_TRUE(out.mcfg.range[1].base == GIB(4) && out.mcfg.range[1].segment == 1);
	CU_ASSERT_TRUE(out.mcfg.range[1].first_bus == 16 && out.mcfg.range[1].last_bus == 32);
	endures_damage(mcfg, 84);
	begin("MCFG", 1, 44);
	append("\0\0\0\xb0\0\0\0\0\0\0\5\4\0\0\0\0", 16);
	seal();
	CU_ASSERT_EQUAL(parse(mcfg, size), -EINVAL);
	begin("MCFG", 1, 44);
	for (i = 0; i < ACPI_MCFG_MAX + 1; i++)
		append("\0\0\0\xb0\0\0\0\0\0\0\0\xff\0\0\0\0", 16);
	seal();
	CU_ASSERT_EQUAL(parse(mcfg, size), 0);
	CU_ASSERT_TRUE(out.mcfg.count == ACPI_MCFG_MAX && out.mcfg.left_out == 1);
}
