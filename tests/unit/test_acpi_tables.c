/* test_acpi_tables.c - the tables of a PVH domain, read back by the parsers that read firmware's */
#include "core/acpi.h"
#include "dom0-tools/build/acpi_tables.h"
#include "unit.h"

#define PADDR 0xfc000000ull
#define ROOM  8192

static uint8_t room[ROOM];
static size_t used;

static const uint8_t *at(uint64_t paddr)
{
	CU_ASSERT_TRUE_FATAL(paddr >= PADDR && paddr < PADDR + used);
	return room + (paddr - PADDR);
}

static size_t rest(uint64_t paddr)
{
	return used - (paddr - PADDR);
}

/* The table of that name, by the way that an operating system goes. */
static uint64_t find(const char *signature)
{
	struct acpi_root root;
	uint64_t table;
	int count;

	CU_ASSERT_EQUAL_FATAL(acpi_find_rsdp(room, used), 0);
	CU_ASSERT_EQUAL_FATAL(acpi_parse_rsdp(room, used, &root), 0);
	CU_ASSERT_TRUE_FATAL(root.wide);
	count = acpi_root_count(at(root.address), rest(root.address), true);
	for (int i = 0; i < count; i++) {
		table = acpi_root_entry(at(root.address), true, i);
		if (acpi_check_table(at(table), rest(table), signature) > 0)
			return table;
	}
	CU_FAIL_FATAL("there is no such table");
	return 0;
}

TEST(every_vcpu_is_in_the_madt)
{
	static const unsigned int counts[] = {1, 2, 7, 128};
	static struct acpi_madt madt;

	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		used = acpi_write_tables(room, ROOM, PADDR, counts[c], false);
		CU_ASSERT_TRUE_FATAL(used <= ROOM);
		uint64_t table = find("APIC");

		memset(&madt, 0, sizeof(madt));
		CU_ASSERT_EQUAL_FATAL(acpi_parse_madt(at(table), rest(table), &madt), 0);
		CU_ASSERT_EQUAL(madt.lapic_address, 0xfee00000);
		CU_ASSERT_EQUAL(madt.cpus, counts[c]);
		CU_ASSERT_EQUAL(madt.ioapics, 0);
		CU_ASSERT_FALSE(madt.has_pics);
		for (unsigned int i = 0; i < madt.cpus; i++) {
			CU_ASSERT_EQUAL(madt.cpu[i].uid, i);
			CU_ASSERT_EQUAL(madt.cpu[i].apic_id, 2 * i);
			CU_ASSERT_TRUE(madt.cpu[i].enabled);
		}
	}
}

TEST(the_machine_is_hardware_reduced)
{
	struct acpi_fadt fadt;

	used = acpi_write_tables(room, ROOM, PADDR, 2, false);
	uint64_t table = find("FACP");

	CU_ASSERT_EQUAL_FATAL(acpi_parse_fadt(at(table), rest(table), &fadt), 0);
	CU_ASSERT_TRUE(fadt.hardware_reduced);
	CU_ASSERT_TRUE(fadt.no_vga);
	CU_ASSERT_TRUE(fadt.no_msi);
	CU_ASSERT_TRUE(fadt.no_rtc);
	CU_ASSERT_FALSE(fadt.legacy_devices);
	CU_ASSERT_FALSE(fadt.keyboard_controller);
	CU_ASSERT_FALSE(fadt.has_reset);
	CU_ASSERT_EQUAL(fadt.pm_timer.address, 0);
	CU_ASSERT_TRUE_FATAL(acpi_check_table(at(fadt.dsdt), rest(fadt.dsdt), "DSDT") > ACPI_HEADER_SIZE);
}

/* AML: the one object's length, as its package says, is what is left of the table. */
TEST(the_dsdt_is_one_whole_object)
{
	struct acpi_fadt fadt;

	used = acpi_write_tables(room, ROOM, PADDR, 1, false);
	uint64_t table = find("FACP");

	CU_ASSERT_EQUAL_FATAL(acpi_parse_fadt(at(table), rest(table), &fadt), 0);
	const uint8_t *code = at(fadt.dsdt) + ACPI_HEADER_SIZE;
	long length = acpi_check_table(at(fadt.dsdt), rest(fadt.dsdt), "DSDT");

	CU_ASSERT_EQUAL(code[0], 0x10);
	CU_ASSERT_EQUAL(code[1], length - ACPI_HEADER_SIZE - 1);
	CU_ASSERT_EQUAL(memcmp(code + 2, "\\_SB_", 5), 0);
}

TEST(too_little_room_is_told_and_not_exceeded)
{
	size_t need = acpi_write_tables(room, ROOM, PADDR, 128, false);

	for (size_t size = 0; size < need; size++) {
		uint8_t *exact = malloc(size + 1); /* the sanitizer watches its end */

		CU_ASSERT_TRUE(acpi_write_tables(exact + 1, size, PADDR, 128, false) > size);
		free(exact);
	}
}

/* An HVM domain's: what differs from the reduced one. */
TEST(a_pc_has_what_its_devices_are)
{
	static struct acpi_madt madt;
	struct acpi_fadt fadt;

	used = acpi_write_tables(room, ROOM, PADDR, 3, true);
	CU_ASSERT_TRUE_FATAL(used <= ROOM);
	uint64_t table = find("APIC");

	memset(&madt, 0, sizeof(madt));
	CU_ASSERT_EQUAL_FATAL(acpi_parse_madt(at(table), rest(table), &madt), 0);
	CU_ASSERT_EQUAL(madt.cpus, 3);
	CU_ASSERT_EQUAL(madt.ioapics, 1);
	CU_ASSERT_EQUAL(madt.ioapic[0].address, 0xfec00000);
	CU_ASSERT_TRUE(madt.has_pics);
	table = find("FACP");
	CU_ASSERT_EQUAL_FATAL(acpi_parse_fadt(at(table), rest(table), &fadt), 0);
	CU_ASSERT_FALSE(fadt.hardware_reduced);
	CU_ASSERT_TRUE(fadt.legacy_devices);
	CU_ASSERT_TRUE(fadt.keyboard_controller);
	CU_ASSERT_EQUAL(fadt.pm_timer.address, 0xb008);
	CU_ASSERT_TRUE(acpi_check_table(at(fadt.dsdt), rest(fadt.dsdt), "DSDT") > ACPI_HEADER_SIZE);
}
