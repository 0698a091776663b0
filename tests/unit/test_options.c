/* test_options.c - what the hypervisor's command line can set */
#include "core/options.h"
#include "unit.h"

static struct options o;
static struct cmdline_complaint complaint[8];

static unsigned int parse(const char *line)
{
	return options_parse(&o, line, complaint, ARRAY_SIZE(complaint), NULL);
}

static void refused(const char *line, enum cmdline_reason reason)
{
	struct options defaults;

	CU_ASSERT_EQUAL(options_parse(&defaults, "", complaint, 1, NULL), 0);
	CU_ASSERT_EQUAL(parse(line), 1);
	CU_ASSERT_EQUAL(complaint[0].reason, reason);
	CU_ASSERT_STRING_EQUAL(complaint[0].word, line);
	CU_ASSERT_EQUAL(memcmp(&o, &defaults, sizeof(o)), 0);
}

TEST(the_defaults)
{
	CU_ASSERT_EQUAL(parse(""), 0);
	CU_ASSERT_FALSE(o.com1.given);
	CU_ASSERT_EQUAL(o.com1.io_base, 0x3f8);
	CU_ASSERT_EQUAL(o.com2.irq, 3);
	CU_ASSERT_EQUAL(o.console, CONSOLE_VGA);
	CU_ASSERT_FALSE(o.console_given);
	CU_ASSERT_EQUAL(o.log_level, LOG_INFO);
	CU_ASSERT_EQUAL(o.dom0_mem.size, 0);
}

TEST(serial_lines)
{
	CU_ASSERT_EQUAL(parse("com1=115200,8n1 com2=9600,7e2,0x3e8,5"), 0);
	CU_ASSERT_TRUE(o.com1.given);
	CU_ASSERT_EQUAL(o.com1.baud, 115200);
	CU_ASSERT_EQUAL(o.com1.irq, 4);
	CU_ASSERT_EQUAL(o.com2.baud, 9600);
	CU_ASSERT_EQUAL(o.com2.data_bits, 7);
	CU_ASSERT_EQUAL(o.com2.parity, 'e');
	CU_ASSERT_EQUAL(o.com2.stop_bits, 2);
	CU_ASSERT_EQUAL(o.com2.io_base, 0x3e8);
	CU_ASSERT_EQUAL(o.com2.irq, 5);
	CU_ASSERT_EQUAL(parse("com1=auto,,,0"), 0);
	CU_ASSERT_EQUAL(o.com1.baud, 0);
	CU_ASSERT_EQUAL(o.com1.data_bits, 8);
	CU_ASSERT_EQUAL(o.com1.irq, 0);
}

TEST(bad_serial_lines_are_refused)
{
	refused("com1", CMDLINE_NO_VALUE);
	refused("com1=", CMDLINE_NO_VALUE);
	refused("com1=fast", CMDLINE_NOT_NUMBER);
	refused("com1=1", CMDLINE_MALFORMED);
	refused("com1=99999999", CMDLINE_TOO_LARGE);
	refused("com1=9600,8x1", CMDLINE_MALFORMED);
	refused("com1=9600,4n1", CMDLINE_MALFORMED);
	refused("com1=9600,8n11", CMDLINE_MALFORMED);
	refused("com1=9600,8n1,0x10000", CMDLINE_TOO_LARGE);
	refused("com1=9600,8n1,0x3f8,256", CMDLINE_TOO_LARGE);
	refused("com1=9600,8n1,0x3f8,4,5", CMDLINE_MALFORMED);
	refused("com1=9600,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", CMDLINE_MALFORMED);
}

TEST(dom0_mem_in_its_forms)
{
	CU_ASSERT_EQUAL(parse("dom0_mem=512M"), 0);
	CU_ASSERT_EQUAL(o.dom0_mem.size, MIB(512));
	CU_ASSERT_EQUAL(parse("dom0_mem=524288"), 0);
	CU_ASSERT_EQUAL(o.dom0_mem.size, MIB(512));
	CU_ASSERT_EQUAL(parse("dom0_mem=1G,max:2G,min:256M"), 0);
	CU_ASSERT_EQUAL(o.dom0_mem.size, GIB(1));
	CU_ASSERT_EQUAL(o.dom0_mem.max, GIB(2));
	CU_ASSERT_EQUAL(o.dom0_mem.min, MIB(256));
	CU_ASSERT_EQUAL(parse("dom0_mem=max:2G"), 0);
	CU_ASSERT_EQUAL(o.dom0_mem.size, 0);
	refused("dom0_mem=", CMDLINE_NO_VALUE);
	refused("dom0_mem=0", CMDLINE_MALFORMED);
	refused("dom0_mem=1G,,2G", CMDLINE_NOT_NUMBER);
	refused("dom0_mem=med:1G", CMDLINE_NOT_NUMBER);
	refused("dom0_mem=1Gb", CMDLINE_MALFORMED);
	refused("dom0_mem=min:2G,max:1G", CMDLINE_CONFLICT);
}

TEST(the_rest)
{
	const char *rest;

	CU_ASSERT_EQUAL(parse("console=com1,vga loglvl=debug lenient noreboot reboot=t sched_slice=500 "
			      "cpus=4 dom0_max_vcpus=2"),
			0);
	CU_ASSERT_EQUAL(o.console, CONSOLE_COM1 | CONSOLE_VGA);
	CU_ASSERT_TRUE(o.console_given);
	CU_ASSERT_EQUAL(o.log_level, LOG_DEBUG);
	CU_ASSERT_TRUE(o.noreboot);
	CU_ASSERT_TRUE(o.lenient);
	CU_ASSERT_EQUAL(o.reboot, REBOOT_TRIPLE);
	CU_ASSERT_EQUAL(o.sched_slice, 500);
	CU_ASSERT_EQUAL(o.cpus, 4);
	CU_ASSERT_EQUAL(o.dom0_max_vcpus, 2);
	CU_ASSERT_EQUAL(parse("maxcpus=1 console=none reboot=acpi"), 0);
	CU_ASSERT_EQUAL(o.cpus, 1);
	CU_ASSERT_EQUAL(o.console, 0);
	CU_ASSERT_TRUE(o.console_given);
	refused("reboot=x", CMDLINE_NOT_A_NAME);
	refused("reboot", CMDLINE_NO_VALUE);
	refused("loglvl=all", CMDLINE_NOT_A_NAME);
	refused("noirqbalance", CMDLINE_UNKNOWN);

	CU_ASSERT_EQUAL(options_parse(&o, "build/plinth.elf cpus=2 -- root=/dev/vda", complaint, 8, &rest), 0);
	CU_ASSERT_EQUAL(o.cpus, 2);
	CU_ASSERT_STRING_EQUAL(rest, "root=/dev/vda");
}
