/* test_lapic.c - a guest's local APIC: modes, priorities, the timer, who an interrupt is for */
#include "core/lapic.h"
#include "unit.h"

#define ENABLED 0x800ULL
#define X2	0x400ULL
#define TICK	10 /* ns, at divide by 1 */

static struct lapic l;
static struct lapic_action action;

static bool put(unsigned reg, uint64_t value)
{
	return lapic_write(&l, reg, value, 1000, &action);
}

static uint64_t get(unsigned reg)
{
	uint64_t value = 0;

	CU_ASSERT_TRUE(lapic_read(&l, reg, 1000, &value));
	return value;
}

static void start(bool x2)
{
	lapic_reset(&l, 6, false);
	if (x2)
		CU_ASSERT_TRUE(lapic_set_base(&l, LAPIC_BASE | ENABLED | X2));
	CU_ASSERT_TRUE(put(LAPIC_SVR, 0x1ff));
}

TEST(modes_change_only_as_the_architecture_has_it)
{
	static const uint64_t modes[] = {0, ENABLED, ENABLED | X2, X2};
	static const bool allowed[4][4] = {
		/* from, to */
		{true, true, false, false},
		{true, true, true, false},
		{true, false, true, false},
		{false, false, false, false},
	};

	for (unsigned from = 0; from < 3; from++)
		for (unsigned to = 0; to < 4; to++) {
			lapic_reset(&l, 0, true);
			l.base = LAPIC_BASE | 0x100 | modes[from];
			CU_ASSERT_EQUAL(lapic_set_base(&l, LAPIC_BASE | 0x100 | modes[to]), allowed[from][to]);
		}
	lapic_reset(&l, 0, true);
	CU_ASSERT_FALSE(lapic_set_base(&l, 0xfed00000 | 0x100 | ENABLED)); /* elsewhere */
	CU_ASSERT_FALSE(lapic_set_base(&l, LAPIC_BASE | ENABLED));	   /* not the boot CPU */
	CU_ASSERT_FALSE(lapic_set_base(&l, LAPIC_BASE | 0x100 | ENABLED | 1));
}

TEST(whatever_touches_its_page_is_its_own)
{
	start(false);
	CU_ASSERT_TRUE(lapic_is_touched(&l, LAPIC_BASE, 4));
	CU_ASSERT_TRUE(lapic_is_touched(&l, LAPIC_BASE + 0xfff, 1));
	CU_ASSERT_TRUE(lapic_is_touched(&l, LAPIC_BASE - 2, 4)); /* its beginning, from the page before */
	CU_ASSERT_TRUE(lapic_is_touched(&l, LAPIC_BASE + 0xffc, 8));
	CU_ASSERT_FALSE(lapic_is_touched(&l, LAPIC_BASE - 4, 4));
	CU_ASSERT_FALSE(lapic_is_touched(&l, LAPIC_BASE + 0x1000, 4));
	CU_ASSERT_TRUE(lapic_set_base(&l, LAPIC_BASE | ENABLED | X2));
	CU_ASSERT_FALSE(lapic_is_touched(&l, LAPIC_BASE, 4));
	CU_ASSERT_TRUE(lapic_set_base(&l, LAPIC_BASE));
	CU_ASSERT_FALSE(lapic_is_touched(&l, LAPIC_BASE, 4));
}

TEST(registers_are_those_of_the_mode)
{
	uint64_t value;

	start(false);
	CU_ASSERT_EQUAL(get(LAPIC_ID), 6u << 24);
	CU_ASSERT_TRUE(put(LAPIC_LDR, 0x12345678));
	CU_ASSERT_EQUAL(get(LAPIC_LDR), 0x12000000);
	CU_ASSERT_FALSE(lapic_read(&l, 0x05, 0, &value));
	CU_ASSERT_FALSE(put(LAPIC_VERSION, 0));
	start(true);
	CU_ASSERT_EQUAL(get(LAPIC_ID), 6);
	CU_ASSERT_EQUAL(get(LAPIC_LDR), 0x40);
	CU_ASSERT_FALSE(lapic_read(&l, LAPIC_DFR, 0, &value));
	CU_ASSERT_FALSE(lapic_read(&l, LAPIC_ICR_HIGH, 0, &value));
	CU_ASSERT_FALSE(put(LAPIC_LDR, 1));
	CU_ASSERT_FALSE(put(LAPIC_TPR, 0x100));
	CU_ASSERT_FALSE(put(LAPIC_EOI, 1));
	CU_ASSERT_FALSE(put(LAPIC_SVR, 1ULL << 32));
	CU_ASSERT_FALSE(put(LAPIC_LVT_TIMER, 1u << 20));
	CU_ASSERT_FALSE(put(LAPIC_ICR, 1u << 13));
}

TEST(the_higher_class_comes_first_and_holds_the_lower_back)
{
	start(true);
	CU_ASSERT_EQUAL(lapic_pending(&l), -1);
	CU_ASSERT_TRUE(lapic_raise(&l, 0x31));
	CU_ASSERT_FALSE(lapic_raise(&l, 0x31));
	lapic_raise(&l, 0x52);
	CU_ASSERT_EQUAL(lapic_pending(&l), 0x52);
	lapic_accept(&l, 0x52);
	CU_ASSERT_EQUAL(get(LAPIC_PPR), 0x50);
	lapic_raise(&l, 0x5f); /* the same class waits */
	CU_ASSERT_EQUAL(lapic_pending(&l), -1);
	lapic_raise(&l, 0x60);
	CU_ASSERT_EQUAL(lapic_pending(&l), 0x60);
	lapic_accept(&l, 0x60);
	put(LAPIC_EOI, 0);
	put(LAPIC_EOI, 0);
	CU_ASSERT_EQUAL(lapic_pending(&l), 0x5f);
	put(LAPIC_TPR, 0x50);
	CU_ASSERT_EQUAL(lapic_pending(&l), -1);
	put(LAPIC_TPR, 0);
	put(LAPIC_SVR, 0xff); /* off by software */
	CU_ASSERT_EQUAL(lapic_pending(&l), -1);
}

TEST(the_timer_counts_once_or_for_ever)
{
	start(true);
	CU_ASSERT_TRUE(put(LAPIC_TIMER_DIVIDE, 0xb));
	CU_ASSERT_TRUE(put(LAPIC_LVT_TIMER, 0x40));
	CU_ASSERT_TRUE(put(LAPIC_TIMER_INITIAL, 100));
	CU_ASSERT_TRUE(action.set_timer);
	CU_ASSERT_EQUAL(action.timer_due, 1000 + 100 * TICK);
	CU_ASSERT_EQUAL(get(LAPIC_TIMER_CURRENT), 100);
	CU_ASSERT_EQUAL(lapic_timer_fires(&l, 2000), 0);
	CU_ASSERT_EQUAL(lapic_pending(&l), 0x40);
	start(true);
	put(LAPIC_TIMER_DIVIDE, 0xb);
	put(LAPIC_LVT_TIMER, 0x20041);
	put(LAPIC_TIMER_INITIAL, 100000);
	CU_ASSERT_EQUAL(lapic_timer_fires(&l, 1001000), 2001000);
	CU_ASSERT_EQUAL(lapic_timer_fires(&l, 7777777), 8001000); /* what was missed is not caught up with */
	put(LAPIC_TIMER_INITIAL, 1);				  /* every 10 ns: no machine could do that */
	CU_ASSERT_EQUAL(action.timer_due, 1000 + LAPIC_PERIOD_MIN);
	CU_ASSERT_EQUAL(get(LAPIC_TIMER_CURRENT), 1);
	CU_ASSERT_EQUAL(lapic_timer_fires(&l, 1000 + LAPIC_PERIOD_MIN), 1000 + 2 * LAPIC_PERIOD_MIN);
	put(LAPIC_TIMER_INITIAL, 0);
	CU_ASSERT_TRUE(action.set_timer && action.timer_due == 0);
	start(true);
	put(LAPIC_TIMER_DIVIDE, 0x3); /* by 16 */
	put(LAPIC_TIMER_INITIAL, 5);
	CU_ASSERT_EQUAL(action.timer_due, 1000 + 5 * 16 * TICK);
	CU_ASSERT_EQUAL(lapic_timer_fires(&l, 2000), 0); /* masked: nothing comes */
	CU_ASSERT_EQUAL(lapic_pending(&l), -1);
}

TEST(an_interrupt_that_is_none_is_an_error)
{
	start(true);
	put(LAPIC_LVT_ERROR, 0x33);
	CU_ASSERT_TRUE(put(LAPIC_ICR, 5));
	CU_ASSERT_FALSE(action.send);
	CU_ASSERT_EQUAL(lapic_pending(&l), 0x33);
	CU_ASSERT_EQUAL(get(LAPIC_ESR), 0);
	put(LAPIC_ESR, 0);
	CU_ASSERT_EQUAL(get(LAPIC_ESR), 1 << 5);
	CU_ASSERT_TRUE(put(LAPIC_SELF_IPI, 0x44));
	CU_ASSERT_TRUE(action.send && lapic_is_destination(&l, &l, action.icr));
	CU_ASSERT_TRUE(put(LAPIC_ICR, 0x8500)); /* INIT, de-asserted */
	CU_ASSERT_FALSE(action.send);
}

TEST(an_interrupt_finds_those_it_names)
{
	struct lapic other;

	start(true);
	lapic_reset(&other, 8, false);
	lapic_set_base(&other, LAPIC_BASE | ENABLED | X2);
	CU_ASSERT_TRUE(lapic_is_destination(&other, &l, 8ULL << 32));
	CU_ASSERT_FALSE(lapic_is_destination(&l, &l, 8ULL << 32));
	CU_ASSERT_TRUE(lapic_is_destination(&other, &l, 0xffffffffULL << 32));
	CU_ASSERT_TRUE(lapic_is_destination(&other, &l, 0x100ULL << 32 | 1 << 11));
	CU_ASSERT_FALSE(lapic_is_destination(&other, &l, 0x40ULL << 32 | 1 << 11));
	CU_ASSERT_FALSE(lapic_is_destination(&other, &l, 0x10100ULL << 32 | 1 << 11)); /* another cluster */
	CU_ASSERT_FALSE(lapic_is_destination(&other, &l, 1 << 18));
	CU_ASSERT_TRUE(lapic_is_destination(&other, &l, 2 << 18));
	CU_ASSERT_TRUE(lapic_is_destination(&other, &l, 3 << 18));
	CU_ASSERT_FALSE(lapic_is_destination(&l, &l, 3 << 18));
	start(false);
	lapic_reset(&other, 8, false);
	CU_ASSERT_TRUE(lapic_is_destination(&other, &l, 8ULL << 56));
	other.ldr = 0x04000000;
	CU_ASSERT_TRUE(lapic_is_destination(&other, &l, 0x0cULL << 56 | 1 << 11));
	other.dfr = 0x0fffffff;
	other.ldr = 0x24000000;
	CU_ASSERT_TRUE(lapic_is_destination(&other, &l, 0x2cULL << 56 | 1 << 11));
	CU_ASSERT_FALSE(lapic_is_destination(&other, &l, 0x1cULL << 56 | 1 << 11));
}

TEST(after_init_the_mode_is_what_it_was)
{
	start(true);
	lapic_raise(&l, 0x40);
	put(LAPIC_TPR, 0x20);
	lapic_init(&l);
	CU_ASSERT_TRUE(lapic_is_x2(&l));
	CU_ASSERT_EQUAL(get(LAPIC_LDR), 0x40);
	CU_ASSERT_EQUAL(get(LAPIC_TPR), 0);
	CU_ASSERT_EQUAL(get(LAPIC_SVR), 0xff);
	CU_ASSERT_EQUAL(get(LAPIC_IRR + 2), 0);
	start(false);
	lapic_init(&l);
	CU_ASSERT_FALSE(lapic_is_x2(&l));
	CU_ASSERT_EQUAL(get(LAPIC_LDR), 0);
}

TEST(an_io_apic_says_whether_it_is_a_level)
{
	start(false);
	CU_ASSERT_TRUE(lapic_raise_external(&l, 0x45, true));
	CU_ASSERT_FALSE(lapic_raise_external(&l, 0x45, true));
	CU_ASSERT_EQUAL(get(LAPIC_TMR + 2), 1u << 5);
	lapic_accept(&l, 0x45);
	put(LAPIC_EOI, 0);
	CU_ASSERT_EQUAL(action.ended, 0x45);
	put(LAPIC_EOI, 0);
	CU_ASSERT_EQUAL(action.ended, -1);
	CU_ASSERT_TRUE(lapic_raise_external(&l, 0x45, false));
	CU_ASSERT_EQUAL(get(LAPIC_TMR + 2), 0);
}

TEST(messages_from_outside_name_it)
{
	start(false);
	CU_ASSERT_TRUE(lapic_is_named(&l, 6, false));
	CU_ASSERT_TRUE(lapic_is_named(&l, 0xff, false));
	CU_ASSERT_FALSE(lapic_is_named(&l, 7, false));
	put(LAPIC_LDR, 0x04000000);
	CU_ASSERT_TRUE(lapic_is_named(&l, 0x0c, true));
	CU_ASSERT_FALSE(lapic_is_named(&l, 0x03, true));
	CU_ASSERT_TRUE(lapic_set_base(&l, LAPIC_BASE));
	CU_ASSERT_FALSE(lapic_is_named(&l, 6, false));
	start(true); /* id 6 is bit 6 of the first cluster */
	CU_ASSERT_TRUE(lapic_is_named(&l, 0x40, true));
	CU_ASSERT_FALSE(lapic_is_named(&l, 0x80, true));
}

TEST(the_8259as_come_by_lint0)
{
	start(false);
	CU_ASSERT_FALSE(lapic_takes_pic(&l));
	put(LAPIC_LVT_LINT0, 0x700);
	CU_ASSERT_TRUE(lapic_takes_pic(&l));
	put(LAPIC_LVT_LINT0, 0x10700);
	CU_ASSERT_FALSE(lapic_takes_pic(&l));
	CU_ASSERT_TRUE(lapic_set_base(&l, LAPIC_BASE)); /* off: as if it were not there */
	CU_ASSERT_TRUE(lapic_takes_pic(&l));
}
