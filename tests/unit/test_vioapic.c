/* test_vioapic.c - a guest's I/O APIC: registers, edges, levels and their end */
#include "core/vioapic.h"
#include "unit.h"

static struct vioapic a;
static struct vioapic_message m;

static void put(unsigned reg, uint32_t value)
{
	CU_ASSERT_EQUAL(vioapic_write(&a, 0, reg), 0);
	vioapic_write(&a, 0x10, value);
}

static uint32_t get(unsigned reg)
{
	vioapic_write(&a, 0, reg);
	CU_ASSERT_EQUAL(vioapic_read(&a, 0), reg);
	return vioapic_read(&a, 0x10);
}

static void route(unsigned input, uint64_t entry)
{
	put(0x10 + 2 * input + 1, (uint32_t)(entry >> 32));
	put(0x10 + 2 * input, (uint32_t)entry);
}

#define LEVEL  0x8000
#define MASKED 0x10000

TEST(registers)
{
	vioapic_reset(&a);
	CU_ASSERT_EQUAL(get(1), 0x11 | 47 << 16);
	put(0, 0x5000000);
	CU_ASSERT_EQUAL(get(0), 0x5000000);
	CU_ASSERT_EQUAL(get(2), 0x5000000);
	CU_ASSERT_EQUAL(get(0x10), MASKED);
	CU_ASSERT_EQUAL(get(0x10 + 96), 0xffffffff);
	CU_ASSERT_EQUAL(get(3), 0xffffffff);
	CU_ASSERT_EQUAL(vioapic_read(&a, 0x20), 0xffffffff);
	put(0x10 + 96, 0);
	CU_ASSERT_EQUAL(vioapic_write(&a, 0x20, 1), 0);
	route(3, 0x12000000ffffffffULL);
	CU_ASSERT_EQUAL(get(0x16), 0x1afff); /* status bits are not software's */
	CU_ASSERT_EQUAL(get(0x17), 0x12000000);
}

TEST(whatever_touches_its_page_is_its_own)
{
	CU_ASSERT_TRUE(vioapic_is_touched(VIOAPIC_BASE + 0xfff, 1));
	CU_ASSERT_TRUE(vioapic_is_touched(VIOAPIC_BASE - 2, 4)); /* its beginning, from the page before */
	CU_ASSERT_TRUE(vioapic_is_touched(VIOAPIC_BASE + 0xffc, 8));
	CU_ASSERT_FALSE(vioapic_is_touched(VIOAPIC_BASE - 8, 8));
	CU_ASSERT_FALSE(vioapic_is_touched(VIOAPIC_BASE + 0x1000, 4));
}

TEST(an_edge_is_sent_once)
{
	vioapic_reset(&a);
	CU_ASSERT_FALSE(vioapic_set_line(&a, 4, true, &m)); /* masked: lost */
	route(4, 0x0600000000000931ULL);
	CU_ASSERT_FALSE(vioapic_set_line(&a, 4, true, &m));
	CU_ASSERT_FALSE(vioapic_set_line(&a, 4, false, &m));
	CU_ASSERT_TRUE(vioapic_set_line(&a, 4, true, &m));
	CU_ASSERT_EQUAL(m.vector, 0x31);
	CU_ASSERT_EQUAL(m.delivery, 1);
	CU_ASSERT_EQUAL(m.destination, 6);
	CU_ASSERT_TRUE(m.logical);
	CU_ASSERT_FALSE(m.level);
	CU_ASSERT_EQUAL(vioapic_end(&a, 0x31), 0);
	CU_ASSERT_FALSE(vioapic_set_line(&a, 48, true, &m));
}

TEST(a_level_waits_for_its_end)
{
	vioapic_reset(&a);
	route(20, LEVEL | 0x40);
	CU_ASSERT_TRUE(vioapic_set_line(&a, 20, true, &m));
	CU_ASSERT_TRUE(m.level);
	CU_ASSERT_FALSE(m.logical);
	CU_ASSERT_EQUAL(get(0x38) & 0x4000, 0x4000);
	CU_ASSERT_FALSE(vioapic_set_line(&a, 20, false, &m));
	CU_ASSERT_FALSE(vioapic_set_line(&a, 20, true, &m));
	CU_ASSERT_EQUAL(vioapic_end(&a, 0x41), 0);
	CU_ASSERT_EQUAL(vioapic_end(&a, 0x40), BIT(20));
	CU_ASSERT_TRUE(vioapic_send(&a, 20, &m));
	CU_ASSERT_FALSE(vioapic_send(&a, 20, &m));
	vioapic_set_line(&a, 20, false, &m);
	CU_ASSERT_EQUAL(vioapic_end(&a, 0x40), BIT(20));
	CU_ASSERT_FALSE(vioapic_send(&a, 20, &m));
}

TEST(unmasking_a_level_that_is_high_sends)
{
	vioapic_reset(&a);
	route(20, LEVEL | MASKED | 0x40);
	CU_ASSERT_FALSE(vioapic_set_line(&a, 20, true, &m));
	vioapic_write(&a, 0, 0x38);
	CU_ASSERT_EQUAL(vioapic_write(&a, 0x10, LEVEL | 0x40), BIT(20));
	CU_ASSERT_TRUE(vioapic_send(&a, 20, &m));
	/* To an edge and back: the way in which old kernels end it. */
	route(20, MASKED | 0x40);
	CU_ASSERT_EQUAL(get(0x38) & 0x4000, 0);
}
