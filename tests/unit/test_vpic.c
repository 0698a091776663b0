/* test_vpic.c - a guest's two 8259As: initialisation, priorities, edges and levels, the end of an interrupt */
#include "core/vpic.h"
#include "unit.h"

#define MASTER 0x20
#define SLAVE  0xa0

static struct vpic p;

/* As firmware does it: vectors 0x08 and 0x70, nothing masked. */
static void start(uint8_t word4)
{
	vpic_reset(&p);
	for (unsigned i = 0; i < 2; i++) {
		uint16_t port = i ? SLAVE : MASTER;

		vpic_write(&p, port, 0x11);
		vpic_write(&p, port + 1, i ? 0x70 : 0x08);
		vpic_write(&p, port + 1, i ? 2 : 4);
		vpic_write(&p, port + 1, word4);
		vpic_write(&p, port + 1, 0);
	}
}

static void pulse(unsigned input)
{
	vpic_set_line(&p, input, false);
	vpic_set_line(&p, input, true);
}

TEST(it_has_its_ports_and_no_others)
{
	unsigned count = 0;

	for (unsigned port = 0; port < 0x1000; port++)
		count += vpic_has_port((uint16_t)port);
	CU_ASSERT_EQUAL(count, 6);
	CU_ASSERT_TRUE(vpic_has_port(0x20) && vpic_has_port(0xa1) && vpic_has_port(0x4d1));
}

TEST(nothing_asks_before_it_is_initialised)
{
	vpic_reset(&p);
	pulse(1);
	CU_ASSERT_FALSE(vpic_asks(&p));
	vpic_write(&p, MASTER, 0x11);
	vpic_write(&p, MASTER + 1, 0x20);
	CU_ASSERT_FALSE(vpic_asks(&p));
}

TEST(an_edge_is_taken_once)
{
	start(1);
	vpic_set_line(&p, 1, true);
	CU_ASSERT_TRUE(vpic_asks(&p));
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x09);
	CU_ASSERT_FALSE(vpic_asks(&p));
	vpic_write(&p, MASTER, 0x20);
	vpic_set_line(&p, 1, true); /* still high: no new edge */
	CU_ASSERT_FALSE(vpic_asks(&p));
	pulse(1);
	CU_ASSERT_TRUE(vpic_asks(&p));
	vpic_set_line(&p, 1, false); /* gone before anybody took it */
	CU_ASSERT_FALSE(vpic_asks(&p));
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x0f); /* spurious */
}

TEST(a_level_asks_again_until_it_falls)
{
	start(1);
	vpic_write(&p, 0x4d1, 0xff);
	CU_ASSERT_EQUAL(vpic_read(&p, 0x4d1), 0xde); /* not those that cannot be */
	vpic_set_line(&p, 10, true);
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x72);
	CU_ASSERT_FALSE(vpic_asks(&p));
	vpic_write(&p, SLAVE, 0x20);
	vpic_write(&p, MASTER, 0x20);
	CU_ASSERT_TRUE(vpic_asks(&p));
	vpic_set_line(&p, 10, false);
	CU_ASSERT_FALSE(vpic_asks(&p));
}

TEST(lower_inputs_go_first_and_hold_the_others_back)
{
	start(1);
	pulse(8);
	pulse(4);
	pulse(1);
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x09);
	CU_ASSERT_FALSE(vpic_asks(&p));
	pulse(0);
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x08); /* above what is served */
	vpic_write(&p, MASTER, 0x20);
	CU_ASSERT_FALSE(vpic_asks(&p));
	vpic_write(&p, MASTER, 0x61);		/* specific: input 1 */
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x70); /* by the cascade, before 4 */
	vpic_write(&p, SLAVE, 0x20);
	vpic_write(&p, MASTER, 0x62);
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x0c);
}

TEST(masks_and_registers_can_be_read)
{
	start(1);
	vpic_write(&p, MASTER + 1, 0x02);
	CU_ASSERT_EQUAL(vpic_read(&p, MASTER + 1), 0x02);
	pulse(1);
	CU_ASSERT_FALSE(vpic_asks(&p));
	CU_ASSERT_EQUAL(vpic_read(&p, MASTER), 0x02);
	vpic_write(&p, MASTER + 1, 0);
	vpic_accept(&p);
	vpic_write(&p, MASTER, 0x0b);
	CU_ASSERT_EQUAL(vpic_read(&p, MASTER), 0x02); /* in service */
	vpic_write(&p, MASTER, 0x0a);
	CU_ASSERT_EQUAL(vpic_read(&p, MASTER), 0);
}

TEST(rotation_gives_the_served_one_the_lowest_priority)
{
	start(1);
	pulse(3);
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x0b);
	vpic_write(&p, MASTER, 0xa0);
	pulse(3);
	pulse(5);
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x0d);
	vpic_write(&p, MASTER, 0x20);
	vpic_write(&p, MASTER, 0xc7); /* as it was */
	pulse(5);
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x0b);
}

TEST(modes_that_end_interrupts_differently)
{
	start(3); /* automatically */
	pulse(1);
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x09);
	pulse(4);
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x0c);

	start(1);
	pulse(1);
	vpic_accept(&p);
	vpic_write(&p, MASTER + 1, 0x02);
	vpic_write(&p, MASTER, 0x68); /* what is masked does not hold others back */
	pulse(4);
	CU_ASSERT_EQUAL(vpic_accept(&p), 0x0c);
	vpic_write(&p, MASTER, 0x48);
	pulse(5);
	CU_ASSERT_FALSE(vpic_asks(&p));
}

TEST(lines_that_are_none_change_nothing)
{
	start(1);
	vpic_set_line(&p, 2, true);
	vpic_set_line(&p, 16, true);
	CU_ASSERT_FALSE(vpic_asks(&p));
}
