/* vpit.c - a guest's 8254 interval timer, and the bits of port 0x61 that belong to it */
#include "core/vpit.h"

#define PORT_CONTROL 0x43
#define PORT_61	     0x61

#define CONTROL_READ_BACK 3 /* as the number of a channel */
#define NOT_COUNT	  0x20
#define NOT_STATUS	  0x10

#define STATUS_OUTPUT BIT(7)
#define STATUS_NULL   BIT(6)

#define GATE_2	 0x01
#define SPEAKER	 0x02
#define REFRESH	 0x10 /* toggles every 15 us */
#define OUTPUT_2 0x20

#define ACCESS_BOTH 3
#define NS	    1000000000ULL

enum { ONCE, ONE_SHOT, RATE, SQUARE, STROBE, TRIGGERED };

/* ---- time and counts ------------------------------------------------------------------------------------------- */

static uint64_t ticks_of(uint64_t ns)
{
	return ns / NS * VPIT_HZ + ns % NS * VPIT_HZ / NS;
}

/* The first nanosecond at which so many ticks have passed. */
static uint64_t ns_of(uint64_t ticks)
{
	return ticks / VPIT_HZ * NS + (ticks % VPIT_HZ * NS + VPIT_HZ - 1) / VPIT_HZ;
}

static uint64_t passed(const struct vpit_channel *c, uint64_t now)
{
	return now > c->started ? ticks_of(now - c->started) : 0;
}

static bool is_periodic(const struct vpit_channel *c)
{
	return c->mode == RATE || c->mode == SQUARE;
}

static uint16_t counter(const struct vpit_channel *c, uint64_t now)
{
	uint64_t n = passed(c, now);

	if (!c->running)
		return (uint16_t)c->count;
	if (c->mode == SQUARE)
		return (uint16_t)(c->count - 2 * n % c->count);
	if (c->mode == RATE)
		return (uint16_t)(c->count - n % c->count);
	return (uint16_t)(c->count - n);
}

static bool output(const struct vpit_channel *c, uint64_t now)
{
	uint64_t n = passed(c, now);

	switch (c->mode) {
	case ONCE:
	case ONE_SHOT:
		return c->running && n >= c->count;
	case SQUARE:
		return !c->running || n % c->count < (c->count + 1) / 2;
	case RATE:
		return !c->running || n % c->count != c->count - 1;
	default:
		return !c->running || n != c->count;
	}
}

uint64_t vpit_next(const struct vpit *p, uint64_t now)
{
	const struct vpit_channel *c = &p->channel[0];
	uint64_t n = passed(c, now), period = c->count;

	if (!c->running || c->mode == ONE_SHOT || c->mode == TRIGGERED) /* channel 0's gate never rises */
		return 0;
	if (is_periodic(c))
		return c->started + ns_of((n / period + 1) * period);
	return n < period ? c->started + ns_of(period) : 0;
}

/* ---- ports ----------------------------------------------------------------------------------------------------- */

void vpit_reset(struct vpit *p)
{
	*p = (struct vpit){.speaker = false};
	for (unsigned i = 0; i < 3; i++)
		p->channel[i] =
			(struct vpit_channel){.count = 65536, .access = ACCESS_BOTH, .mode = SQUARE, .gate = i != 2};
}

bool vpit_has_port(uint16_t port)
{
	return (port >= 0x40 && port <= PORT_CONTROL) || port == PORT_61;
}

static void latch(struct vpit_channel *c, uint64_t now)
{
	if (c->low_latched)
		return;
	c->latched = counter(c, now);
	c->low_latched = true;
	c->high_next_read = c->access == 2;
}

static void latch_status(struct vpit_channel *c, uint64_t now)
{
	if (c->status_latched)
		return;
	c->latched_status = (uint8_t)((output(c, now) ? STATUS_OUTPUT : 0) | (c->running ? 0 : STATUS_NULL) |
				      c->access << 4 | c->mode << 1);
	c->status_latched = true;
}

static uint8_t read_channel(struct vpit_channel *c, uint64_t now)
{
	uint16_t value = c->low_latched ? c->latched : counter(c, now);
	bool high = c->access == 2 || (c->access == ACCESS_BOTH && c->high_next_read);

	if (c->status_latched) {
		c->status_latched = false;
		return c->latched_status;
	}
	if (c->access == ACCESS_BOTH)
		c->high_next_read = !high;
	if (high || c->access != ACCESS_BOTH)
		c->low_latched = false;
	return (uint8_t)(high ? value >> 8 : value);
}

static void start(struct vpit_channel *c, uint16_t count, uint64_t now)
{
	c->count = count ? count : 65536;
	c->started = now;
	c->running = c->gate && c->mode != ONE_SHOT && c->mode != TRIGGERED;
}

static void write_channel(struct vpit_channel *c, uint8_t value, uint64_t now)
{
	if (c->access == 1) {
		start(c, value, now);
	} else if (c->access == 2) {
		start(c, (uint16_t)(value << 8), now);
	} else if (!c->high_next_write) {
		c->written_low = value;
		c->high_next_write = true;
	} else {
		c->high_next_write = false;
		start(c, (uint16_t)(value << 8 | c->written_low), now);
	}
}

static void read_back(struct vpit *p, uint8_t value, uint64_t now)
{
	for (unsigned i = 0; i < 3; i++) {
		if (!(value >> (i + 1) & 1))
			continue;
		if (!(value & NOT_COUNT))
			latch(&p->channel[i], now);
		if (!(value & NOT_STATUS))
			latch_status(&p->channel[i], now);
	}
}

static void write_control(struct vpit *p, uint8_t value, uint64_t now)
{
	unsigned nr = value >> 6, access = value >> 4 & 3, mode = value >> 1 & 7;
	struct vpit_channel *c = &p->channel[nr % 3];

	if (nr == CONTROL_READ_BACK) {
		read_back(p, value, now);
	} else if (!access) {
		latch(c, now);
	} else {
		c->access = (uint8_t)access;
		c->mode = (uint8_t)(mode > TRIGGERED ? mode & 3 : mode);
		c->running = c->high_next_read = c->high_next_write = c->low_latched = c->status_latched = false;
	}
}

/* The gate of channel 2: what it starts, and what it stops. */
static void set_gate(struct vpit_channel *c, bool gate, uint64_t now)
{
	if (gate && !c->gate) {
		c->started = now;
		c->running = true;
	} else if (!gate && c->mode != ONE_SHOT && c->mode != TRIGGERED) {
		c->running = false;
	}
	c->gate = gate;
}

static uint8_t read_61(const struct vpit *p, uint64_t now)
{
	return (uint8_t)((p->channel[2].gate ? GATE_2 : 0) | (p->speaker ? SPEAKER : 0) |
			 (now / 15085 & 1 ? REFRESH : 0) | (output(&p->channel[2], now) ? OUTPUT_2 : 0));
}

uint8_t vpit_read(struct vpit *p, uint16_t port, uint64_t now)
{
	if (port == PORT_61)
		return read_61(p, now);
	if (port == PORT_CONTROL)
		return 0xff;
	return read_channel(&p->channel[port & 3], now);
}

void vpit_write(struct vpit *p, uint16_t port, uint8_t value, uint64_t now)
{
	if (port == PORT_61) {
		p->speaker = value & SPEAKER;
		set_gate(&p->channel[2], value & GATE_2, now);
	} else if (port == PORT_CONTROL) {
		write_control(p, value, now);
	} else {
		write_channel(&p->channel[port & 3], value, now);
	}
}
