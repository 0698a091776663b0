/* lapic.h - a guest's local APIC, as xAPIC and x2APIC [pure]
 *
 * Intel SDM vol. 3, chapter 10. Registers are numbered as x2APIC numbers its MSRs (0x800 + n); in memory register n
 * is at n * 16. The state belongs to whoever runs the vcpu, but for the IRR, in which anybody may set a bit at any
 * time (lapic_raise). The timer counts at LAPIC_HZ before its divider; times are in ns on the hypervisor's clock.
 */
#ifndef CORE_LAPIC_H
#define CORE_LAPIC_H

#include "lib/types.h"

#define LAPIC_HZ   100000000 /* 10 ns */
#define LAPIC_BASE 0xfee00000ULL

/* A periodic timer comes no more often, whatever its count: it would leave the CPU no time for anything else. ns */
#define LAPIC_PERIOD_MIN 500000

enum lapic_register {
	LAPIC_ID = 0x02,
	LAPIC_VERSION = 0x03,
	LAPIC_TPR = 0x08,
	LAPIC_PPR = 0x0a,
	LAPIC_EOI = 0x0b,
	LAPIC_LDR = 0x0d,
	LAPIC_DFR = 0x0e,
	LAPIC_SVR = 0x0f,
	LAPIC_ISR = 0x10,
	LAPIC_TMR = 0x18,
	LAPIC_IRR = 0x20,
	LAPIC_ESR = 0x28,
	LAPIC_ICR = 0x30,
	LAPIC_ICR_HIGH = 0x31,
	LAPIC_LVT_TIMER = 0x32, /* then thermal, performance, LINT0, LINT1, error */
	LAPIC_LVT_LINT0 = 0x35,
	LAPIC_LVT_LINT1 = 0x36,
	LAPIC_LVT_ERROR = 0x37,
	LAPIC_TIMER_INITIAL = 0x38,
	LAPIC_TIMER_CURRENT = 0x39,
	LAPIC_TIMER_DIVIDE = 0x3e,
	LAPIC_SELF_IPI = 0x3f,
};

#define LAPIC_REGISTERS 0x40
#define LAPIC_LVTS	6

struct lapic {
	uint64_t base; /* MSR APIC_BASE: address, BSP, mode */
	uint32_t id;
	uint32_t tpr, ldr, dfr, svr;
	uint32_t esr, errors; /* as latched, and since */
	uint64_t icr;
	uint32_t irr[8]; /* [a] */
	uint32_t tmr[8]; /* [a] which of them came from a level */
	uint32_t isr[8];
	uint32_t lvt[LAPIC_LVTS];
	uint32_t timer_initial, timer_divide;
	uint64_t timer_started; /* ns; the count was timer_initial then */
};

/* What a write wants done that is not the APIC's own. */
struct lapic_action {
	bool send;	/* deliver icr to whom it names */
	bool set_timer; /* to timer_due; 0: stop it */
	uint64_t icr;
	uint64_t timer_due; /* ns */
	int ended;	    /* the vector whose service has ended; -1: none has */
};

/* As after reset, software-disabled, in xAPIC mode. */
void lapic_reset(struct lapic *l, uint32_t id, bool bsp);
/* As after INIT: the same, but its mode stays. */
void lapic_init(struct lapic *l);

static inline bool lapic_is_x2(const struct lapic *l)
{
	return l->base & 0x400;
}

static inline bool lapic_is_enabled(const struct lapic *l)
{
	return l->base & 0x800;
}

/* Does an access to `size` bytes of memory touch its page? As x2APIC it has none. */
static inline bool lapic_is_touched(const struct lapic *l, uint64_t address, unsigned size)
{
	return lapic_is_enabled(l) && !lapic_is_x2(l) && address < LAPIC_BASE + PAGE_SIZE &&
	       address + size > LAPIC_BASE;
}

/* A write to MSR APIC_BASE. False: no such change of mode, a reserved bit, or another address, which is not offered:
 * #GP. */
bool lapic_set_base(struct lapic *l, uint64_t value);

/* False: there is no such register in the mode it is in (x2APIC: #GP), or it cannot be read. */
bool lapic_read(const struct lapic *l, unsigned reg, uint64_t now, uint64_t *value);
/* False: likewise, or a reserved bit of it is set (x2APIC). *action is filled in any case. */
bool lapic_write(struct lapic *l, unsigned reg, uint64_t value, uint64_t now, struct lapic_action *action);

/* An interrupt arrives, from any CPU. False: it had arrived already. */
bool lapic_raise(struct lapic *l, uint8_t vector);
/* The same, of an interrupt that an I/O APIC sent: level says how it is triggered. */
bool lapic_raise_external(struct lapic *l, uint8_t vector, bool level);
/* Does its LINT0 let the interrupts of the 8259As through? */
bool lapic_takes_pic(const struct lapic *l);
/* The vector that the CPU would get now, or -1. */
int lapic_pending(const struct lapic *l);
/* It gets it: in service from now on. */
void lapic_accept(struct lapic *l, uint8_t vector);

/* timer_due is over: raises its interrupt. When it is due again; 0: never. */
uint64_t lapic_timer_fires(struct lapic *l, uint64_t now);
/* When the timer that runs is due; 0: none runs. */
uint64_t lapic_timer_due(const struct lapic *l, uint64_t now);

/* Fields of an interrupt command. */
enum lapic_delivery {
	LAPIC_FIXED,
	LAPIC_LOWEST,
	LAPIC_SMI,
	LAPIC_NMI = 4,
	LAPIC_INIT,
	LAPIC_STARTUP,
};

static inline enum lapic_delivery lapic_icr_delivery(uint64_t icr)
{
	return (enum lapic_delivery)(icr >> 8 & 7);
}

/* Does a message from outside, with a destination of 8 bits, name it? */
bool lapic_is_named(const struct lapic *l, uint8_t destination, bool logical);
/* Is `to` among those that `from` names in this command? */
bool lapic_is_destination(const struct lapic *to, const struct lapic *from, uint64_t icr);

#endif
