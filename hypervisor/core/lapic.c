/* lapic.c - a guest's local APIC, as xAPIC and x2APIC */
#include "core/lapic.h"

#define BASE_BSP     0x100
#define BASE_X2	     0x400
#define BASE_ENABLED 0x800

#define SVR_ENABLED 0x100
#define SVR_VALID   0x1ff /* no focus checking, no suppressed EOI broadcasts */

#define LVT_MASKED	   BIT(16)
#define LVT_TIMER_PERIODIC BIT(17)
#define DELIVERY_EXTINT	   7

#define ERROR_SEND_VECTOR    BIT(5)
#define ERROR_RECEIVE_VECTOR BIT(6)

#define VERSION (0x14 | (LAPIC_LVTS - 1) << 16)

#define ICR_LOGICAL	   BIT(11)
#define ICR_ASSERT	   BIT(14)
#define ICR_LEVEL	   BIT(15)
#define ICR_VALID_LOW	   0x000ccfffULL
#define ICR_SHORTHAND(icr) ((icr) >> 18 & 3)

enum { TO_DESTINATION, TO_SELF, TO_ALL, TO_OTHERS };

/* Bits that each LVT may have; timer, thermal, performance, LINT0, LINT1, error. */
static const uint32_t lvt_valid[LAPIC_LVTS] = {0x300ff, 0x107ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff};

static uint32_t logical_x2(uint32_t id)
{
	return id >> 4 << 16 | 1u << (id & 15);
}

/* Everything but identity and mode. */
static void clear(struct lapic *l)
{
	l->tpr = 0;
	l->ldr = 0;
	l->dfr = 0xffffffff;
	l->svr = 0xff;
	l->esr = l->errors = 0;
	l->icr = 0;
	for (unsigned i = 0; i < 8; i++) {
		__atomic_store_n(&l->irr[i], 0, __ATOMIC_RELAXED);
		__atomic_store_n(&l->tmr[i], 0, __ATOMIC_RELAXED);
		l->isr[i] = 0;
	}
	for (unsigned i = 0; i < LAPIC_LVTS; i++)
		l->lvt[i] = LVT_MASKED;
	l->timer_initial = l->timer_divide = 0;
	l->timer_started = 0;
}

void lapic_reset(struct lapic *l, uint32_t id, bool bsp)
{
	l->base = LAPIC_BASE | BASE_ENABLED | (bsp ? BASE_BSP : 0);
	l->id = id;
	clear(l);
}

void lapic_init(struct lapic *l)
{
	clear(l);
	if (lapic_is_x2(l))
		l->ldr = logical_x2(l->id);
}

/* Off to xAPIC to x2APIC, and each to off; off to x2APIC and x2APIC to xAPIC are not (10.12.5). */
bool lapic_set_base(struct lapic *l, uint64_t value)
{
	uint64_t from = l->base & (BASE_ENABLED | BASE_X2), to = value & (BASE_ENABLED | BASE_X2);

	if ((value & ~(uint64_t)(BASE_ENABLED | BASE_X2)) != (l->base & ~(uint64_t)(BASE_ENABLED | BASE_X2)))
		return false;
	if (to == BASE_X2 || (to == (BASE_ENABLED | BASE_X2) && !from) ||
	    (to == BASE_ENABLED && from == (BASE_ENABLED | BASE_X2)))
		return false;
	l->base = value;
	if (!to)
		clear(l);
	else if (to & BASE_X2)
		l->ldr = logical_x2(l->id);
	return true;
}

/* ---- priorities ------------------------------------------------------------------------------------------------ */

static int highest(const uint32_t words[8])
{
	for (int i = 7; i >= 0; i--) {
		uint32_t word = __atomic_load_n(&words[i], __ATOMIC_ACQUIRE);

		if (word)
			return i * 32 + 31 - __builtin_clz(word);
	}
	return -1;
}

static uint32_t processor_priority(const struct lapic *l)
{
	int served = highest(l->isr);
	uint32_t isr = served < 0 ? 0 : (uint32_t)served & 0xf0;

	return (l->tpr & 0xf0) >= isr ? l->tpr : isr;
}

bool lapic_raise(struct lapic *l, uint8_t vector)
{
	uint32_t bit = 1u << vector % 32;

	return !(__atomic_fetch_or(&l->irr[vector / 32], bit, __ATOMIC_SEQ_CST) & bit);
}

bool lapic_raise_external(struct lapic *l, uint8_t vector, bool level)
{
	uint32_t bit = 1u << vector % 32;

	if (level)
		__atomic_fetch_or(&l->tmr[vector / 32], bit, __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(&l->tmr[vector / 32], ~bit, __ATOMIC_SEQ_CST);
	return lapic_raise(l, vector);
}

bool lapic_takes_pic(const struct lapic *l)
{
	uint32_t lint0 = l->lvt[LAPIC_LVT_LINT0 - LAPIC_LVT_TIMER];

	return !lapic_is_enabled(l) || (!(lint0 & LVT_MASKED) && (lint0 >> 8 & 7) == DELIVERY_EXTINT);
}

int lapic_pending(const struct lapic *l)
{
	int vector = highest(l->irr);

	if (vector < 0 || !(l->svr & SVR_ENABLED) || !lapic_is_enabled(l) ||
	    ((uint32_t)vector & 0xf0) <= (processor_priority(l) & 0xf0))
		return -1;
	return vector;
}

void lapic_accept(struct lapic *l, uint8_t vector)
{
	uint32_t bit = 1u << vector % 32;

	__atomic_fetch_and(&l->irr[vector / 32], ~bit, __ATOMIC_SEQ_CST);
	l->isr[vector / 32] |= bit;
}

static int end_of_interrupt(struct lapic *l)
{
	int vector = highest(l->isr);

	if (vector >= 0)
		l->isr[vector / 32] &= ~(1u << vector % 32);
	return vector;
}

static void raise_error(struct lapic *l, uint32_t error)
{
	uint32_t lvt = l->lvt[LAPIC_LVT_ERROR - LAPIC_LVT_TIMER];

	l->errors |= error;
	if (!(lvt & LVT_MASKED) && (lvt & 0xff) >= 16)
		lapic_raise(l, (uint8_t)lvt);
}

/* ---- the timer ------------------------------------------------------------------------------------------------- */

/* Divide configuration, bits 3, 1, 0: 2, 4, ... 128, 1. */
static uint64_t tick_ns(const struct lapic *l)
{
	unsigned code = (l->timer_divide & 3) | (l->timer_divide >> 1 & 4);

	return (uint64_t)(1000000000 / LAPIC_HZ) << ((code + 1) & 7);
}

static bool is_periodic(const struct lapic *l)
{
	return l->lvt[0] & LVT_TIMER_PERIODIC;
}

static uint64_t period_ns(const struct lapic *l)
{
	uint64_t period = l->timer_initial * tick_ns(l);

	return is_periodic(l) ? MAX(period, (uint64_t)LAPIC_PERIOD_MIN) : period;
}

uint64_t lapic_timer_due(const struct lapic *l, uint64_t now)
{
	uint64_t period = period_ns(l), due = l->timer_started + period;

	if (!l->timer_initial || (due <= now && !is_periodic(l)))
		return 0;
	/* Periods that went by are not caught up with. */
	return due > now ? due : now + period - (now - due) % period;
}

static uint32_t timer_current(const struct lapic *l, uint64_t now)
{
	uint64_t due = lapic_timer_due(l, now);

	return due ? (uint32_t)MIN(DIV_ROUND_UP(due - now, tick_ns(l)), (uint64_t)l->timer_initial) : 0;
}

uint64_t lapic_timer_fires(struct lapic *l, uint64_t now)
{
	uint32_t lvt = l->lvt[0];

	if (!(lvt & LVT_MASKED)) {
		if ((lvt & 0xff) < 16)
			raise_error(l, ERROR_RECEIVE_VECTOR);
		else
			lapic_raise(l, (uint8_t)lvt);
	}
	return lapic_timer_due(l, now);
}

static void start_timer(struct lapic *l, uint64_t now, struct lapic_action *action)
{
	l->timer_started = now;
	action->set_timer = true;
	action->timer_due = lapic_timer_due(l, now);
}

/* A new divider: what is left of the count goes on at the new rate. */
static void set_divide(struct lapic *l, uint32_t value, uint64_t now, struct lapic_action *action)
{
	uint64_t gone = l->timer_initial - timer_current(l, now);

	l->timer_divide = value & 0xb;
	if (!l->timer_initial)
		return;
	l->timer_started = now - MIN(now, gone * tick_ns(l));
	action->set_timer = true;
	action->timer_due = lapic_timer_due(l, now);
}

/* ---- registers ------------------------------------------------------------------------------------------------- */

static bool is_lvt(unsigned reg)
{
	return reg >= LAPIC_LVT_TIMER && reg <= LAPIC_LVT_ERROR;
}

bool lapic_read(const struct lapic *l, unsigned reg, uint64_t now, uint64_t *value)
{
	bool x2 = lapic_is_x2(l);

	*value = 0;
	switch (reg) {
	case LAPIC_ID:
		*value = x2 ? l->id : l->id << 24;
		return true;
	case LAPIC_VERSION:
		*value = VERSION;
		return true;
	case LAPIC_TPR:
		*value = l->tpr;
		return true;
	case LAPIC_PPR:
		*value = processor_priority(l);
		return true;
	case LAPIC_LDR:
		*value = l->ldr;
		return true;
	case LAPIC_DFR:
		*value = l->dfr;
		return !x2;
	case LAPIC_SVR:
		*value = l->svr;
		return true;
	case LAPIC_ISR ... LAPIC_ISR + 7:
		*value = l->isr[reg - LAPIC_ISR];
		return true;
	case LAPIC_TMR ... LAPIC_TMR + 7:
		*value = __atomic_load_n(&l->tmr[reg - LAPIC_TMR], __ATOMIC_RELAXED);
		return true;
	case LAPIC_IRR ... LAPIC_IRR + 7:
		*value = __atomic_load_n(&l->irr[reg - LAPIC_IRR], __ATOMIC_RELAXED);
		return true;
	case LAPIC_ESR:
		*value = l->esr;
		return true;
	case LAPIC_ICR:
		*value = x2 ? l->icr : (uint32_t)l->icr;
		return true;
	case LAPIC_ICR_HIGH:
		*value = l->icr >> 32;
		return !x2;
	case LAPIC_TIMER_INITIAL:
		*value = l->timer_initial;
		return true;
	case LAPIC_TIMER_CURRENT:
		*value = timer_current(l, now);
		return true;
	case LAPIC_TIMER_DIVIDE:
		*value = l->timer_divide;
		return true;
	default:
		if (is_lvt(reg))
			*value = l->lvt[reg - LAPIC_LVT_TIMER];
		return is_lvt(reg);
	}
}

static bool write_lvt(struct lapic *l, unsigned n, uint32_t value, uint64_t now, struct lapic_action *action)
{
	uint32_t was = l->lvt[n];

	if (lapic_is_x2(l) && (value & ~lvt_valid[n]))
		return false;
	value &= lvt_valid[n];
	if (!(l->svr & SVR_ENABLED))
		value |= LVT_MASKED;
	l->lvt[n] = value;
	if (n == 0 && ((was ^ value) & LVT_TIMER_PERIODIC)) {
		action->set_timer = true;
		action->timer_due = lapic_timer_due(l, now);
	}
	return true;
}

static void write_svr(struct lapic *l, uint32_t value)
{
	l->svr = value & SVR_VALID;
	if (l->svr & SVR_ENABLED)
		return;
	for (unsigned i = 0; i < LAPIC_LVTS; i++)
		l->lvt[i] |= LVT_MASKED;
}

static void send(struct lapic *l, uint64_t icr, struct lapic_action *action)
{
	enum lapic_delivery how = lapic_icr_delivery(icr);

	l->icr = icr;
	if ((how == LAPIC_FIXED || how == LAPIC_LOWEST) && (icr & 0xff) < 16) {
		raise_error(l, ERROR_SEND_VECTOR);
		return;
	}
	/* INIT's de-assertion means nothing to these processors. */
	if (how == LAPIC_INIT && (icr & ICR_LEVEL) && !(icr & ICR_ASSERT))
		return;
	action->send = true;
	action->icr = icr;
}

static bool write_icr(struct lapic *l, uint64_t value, struct lapic_action *action)
{
	if (!lapic_is_x2(l))
		value = (l->icr & 0xff00000000000000) | (value & ICR_VALID_LOW);
	else if (value & 0xffffffff & ~ICR_VALID_LOW)
		return false;
	send(l, value, action);
	return true;
}

static bool write_self_ipi(struct lapic *l, uint64_t value, struct lapic_action *action)
{
	if (!lapic_is_x2(l) || value > 0xff)
		return false;
	send(l, value | (uint64_t)TO_SELF << 18, action);
	return true;
}

bool lapic_write(struct lapic *l, unsigned reg, uint64_t value, uint64_t now, struct lapic_action *action)
{
	bool x2 = lapic_is_x2(l);

	*action = (struct lapic_action){.ended = -1};
	if (x2 && reg != LAPIC_ICR && value >> 32)
		return false;
	switch (reg) {
	case LAPIC_TPR:
		if (x2 && value > 0xff)
			return false;
		l->tpr = value & 0xff;
		return true;
	case LAPIC_EOI:
		if (x2 && value)
			return false;
		action->ended = end_of_interrupt(l);
		return true;
	case LAPIC_LDR:
		l->ldr = x2 ? l->ldr : value & 0xff000000;
		return !x2;
	case LAPIC_DFR:
		l->dfr = (uint32_t)value | 0x0fffffff;
		return !x2;
	case LAPIC_SVR:
		if (x2 && (value & ~(uint64_t)SVR_VALID))
			return false;
		write_svr(l, (uint32_t)value);
		return true;
	case LAPIC_ESR:
		if (x2 && value)
			return false;
		l->esr = l->errors;
		l->errors = 0;
		return true;
	case LAPIC_ICR:
		return write_icr(l, value, action);
	case LAPIC_ICR_HIGH:
		l->icr = x2 ? l->icr : (l->icr & 0xffffffff) | (value & 0xff000000) << 32;
		return !x2;
	case LAPIC_TIMER_INITIAL:
		l->timer_initial = (uint32_t)value;
		start_timer(l, now, action);
		return true;
	case LAPIC_TIMER_DIVIDE:
		if (x2 && (value & ~0xbULL))
			return false;
		set_divide(l, (uint32_t)value, now, action);
		return true;
	case LAPIC_SELF_IPI:
		return write_self_ipi(l, value, action);
	default:
		return is_lvt(reg) && write_lvt(l, reg - LAPIC_LVT_TIMER, (uint32_t)value, now, action);
	}
}

/* ---- destinations ---------------------------------------------------------------------------------------------- */

static bool is_logical_destination(const struct lapic *to, uint32_t dest)
{
	if (lapic_is_x2(to))
		return dest >> 16 == to->ldr >> 16 && (dest & to->ldr & 0xffff);
	if (to->dfr >> 28 == 0xf) /* flat */
		return dest & to->ldr >> 24;
	return (dest >> 4 & 15) == to->ldr >> 28 && (dest & to->ldr >> 24 & 15); /* cluster */
}

bool lapic_is_named(const struct lapic *l, uint8_t destination, bool logical)
{
	if (!lapic_is_enabled(l))
		return false;
	if (!logical)
		return destination == 0xff || destination == l->id;
	return lapic_is_x2(l) ? destination & l->ldr & 0xff && !(l->ldr >> 16) : is_logical_destination(l, destination);
}

bool lapic_is_destination(const struct lapic *to, const struct lapic *from, uint64_t icr)
{
	bool x2 = lapic_is_x2(from);
	uint32_t dest = (uint32_t)(x2 ? icr >> 32 : icr >> 56), all = x2 ? 0xffffffff : 0xff;

	switch (ICR_SHORTHAND(icr)) {
	case TO_SELF:
		return to == from;
	case TO_ALL:
		return true;
	case TO_OTHERS:
		return to != from;
	default:
		if (!lapic_is_enabled(to))
			return false;
		return dest == all || (icr & ICR_LOGICAL ? is_logical_destination(to, dest) : dest == to->id);
	}
}
