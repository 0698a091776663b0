/* test_vpit.c - a guest's 8254: counting, latching, the interrupt's times, port 0x61 */
#include "core/vpit.h"
#include "unit.h"

#define MS 1000000ULL

static struct vpit p;

static void set(unsigned channel, unsigned mode, uint16_t count, uint64_t now)
{
	vpit_write(&p, 0x43, (uint8_t)(channel << 6 | 3 << 4 | mode << 1), now);
	vpit_write(&p, (uint16_t)(0x40 + channel), (uint8_t)count, now);
	vpit_write(&p, (uint16_t)(0x40 + channel), (uint8_t)(count >> 8), now);
}

static unsigned latched(unsigned channel, uint64_t now)
{
	unsigned low;

	vpit_write(&p, 0x43, (uint8_t)(channel << 6), now);
	low = vpit_read(&p, (uint16_t)(0x40 + channel), now + MS); /* later reads see what was latched */
	return low | (unsigned)vpit_read(&p, (uint16_t)(0x40 + channel), now + 2 * MS) << 8;
}

TEST(it_has_its_ports_and_no_others)
{
	unsigned count = 0;

	for (unsigned port = 0; port < 0x1000; port++)
		count += vpit_has_port((uint16_t)port);
	CU_ASSERT_EQUAL(count, 5);
	CU_ASSERT_TRUE(vpit_has_port(0x43) && vpit_has_port(0x61));
	vpit_reset(&p);
	CU_ASSERT_EQUAL(vpit_read(&p, 0x43, 0), 0xff);
}

TEST(a_rate_generator_interrupts_again_and_again)
{
	vpit_reset(&p);
	CU_ASSERT_EQUAL(vpit_next(&p, 0), 0);
	set(0, 2, 11932, 5 * MS); /* 100 Hz */
	uint64_t first = vpit_next(&p, 5 * MS), second = vpit_next(&p, first);

	CU_ASSERT_TRUE(first > 15 * MS - 1000 && first < 15 * MS + 1000);
	CU_ASSERT_TRUE(second > 25 * MS - 1000 && second < 25 * MS + 1000);
	CU_ASSERT_EQUAL(vpit_next(&p, second - 1), second);
	/* In the long run not a tick is lost. */
	CU_ASSERT_EQUAL(vpit_next(&p, 5 * MS + 100000 * MS),
			5 * MS + (10000ULL * 11932 * 1000000000 + 1193181) / 1193182);
	set(0, 3, 0, 0); /* 65536 */
	CU_ASSERT_TRUE(vpit_next(&p, 0) > 54 * MS && vpit_next(&p, 0) < 55 * MS);
}

TEST(a_one_shot_interrupts_once)
{
	vpit_reset(&p);
	set(0, 0, 1193, 0);
	CU_ASSERT_TRUE(vpit_next(&p, 0) > 999000 && vpit_next(&p, 0) < MS);
	CU_ASSERT_EQUAL(vpit_next(&p, 2 * MS), 0);
	set(0, 1, 1193, 0); /* waits for a gate that never rises */
	CU_ASSERT_EQUAL(vpit_next(&p, 0), 0);
}

TEST(counts_go_down)
{
	vpit_reset(&p);
	set(0, 2, 10000, 0);
	unsigned at = latched(0, 4 * MS); /* 4772 ticks */

	CU_ASSERT_EQUAL(at, 10000 - 4772);
	set(0, 3, 10000, 0);
	CU_ASSERT_EQUAL(latched(0, 1 * MS), 10000 - 2 * 1193);
	set(2, 0, 0xffff, 0);
	CU_ASSERT_EQUAL(latched(2, 4 * MS), 0xffff); /* without its gate it stands */
	vpit_write(&p, 0x43, 0x10, 0);		     /* low byte only */
	vpit_write(&p, 0x40, 200, 0);
	CU_ASSERT_EQUAL(vpit_read(&p, 0x40, 0), 200);
	vpit_write(&p, 0x43, 0x20, 0); /* high byte only */
	vpit_write(&p, 0x40, 2, 0);
	CU_ASSERT_EQUAL(vpit_read(&p, 0x40, 0), 2);
}

TEST(the_second_gate_and_output_are_at_port_61)
{
	vpit_reset(&p);
	vpit_write(&p, 0x61, 0x01, 0);
	set(2, 0, 11932, 0); /* 10 ms */
	CU_ASSERT_EQUAL(vpit_read(&p, 0x61, 1 * MS) & 0x23, 0x01);
	CU_ASSERT_EQUAL(vpit_read(&p, 0x61, 11 * MS) & 0x23, 0x21);
	vpit_write(&p, 0x61, 0x02, 12 * MS);
	CU_ASSERT_EQUAL(vpit_read(&p, 0x61, 12 * MS) & 0x03, 0x02);
	CU_ASSERT_NOT_EQUAL(vpit_read(&p, 0x61, 0) & 0x10, vpit_read(&p, 0x61, 15085) & 0x10);
	set(2, 1, 11932, 20 * MS); /* started by the gate */
	CU_ASSERT_EQUAL(vpit_read(&p, 0x61, 40 * MS) & 0x20, 0);
	vpit_write(&p, 0x61, 0x01, 40 * MS);
	CU_ASSERT_EQUAL(vpit_read(&p, 0x61, 45 * MS) & 0x20, 0);
	CU_ASSERT_EQUAL(vpit_read(&p, 0x61, 51 * MS) & 0x20, 0x20);
}

TEST(the_read_back_command_latches_what_it_names)
{
	vpit_reset(&p);
	set(0, 2, 10000, 0);
	vpit_write(&p, 0x43, 0xc2, 4 * MS); /* status and count of channel 0 */
	CU_ASSERT_EQUAL(vpit_read(&p, 0x40, 5 * MS), 0x80 | 3 << 4 | 2 << 1);
	CU_ASSERT_EQUAL(vpit_read(&p, 0x40, 5 * MS), (10000 - 4772) & 0xff);
	CU_ASSERT_EQUAL(vpit_read(&p, 0x40, 5 * MS), (10000 - 4772) >> 8);
	vpit_write(&p, 0x43, 0xe2, 0); /* status only, of a rate about to fall */
	CU_ASSERT_EQUAL(vpit_read(&p, 0x40, 0) & 0xc0, 0x80);
	vpit_write(&p, 0x43, 0x38, 0); /* a mode without a count */
	vpit_write(&p, 0x43, 0xe2, 0);
	CU_ASSERT_EQUAL(vpit_read(&p, 0x40, 0), 0x80 | 0x40 | 3 << 4 | 4 << 1);
}
