/* devices.c - the devices that the hypervisor itself emulates for an HVM domain: 8259As, I/O APIC, 8254, debug port */
#include "arch/x86/hvm/devices.h"
#include "kern/event.h"
#include "kern/memory.h"
#include "kern/printk.h"
#include "kern/time.h"
#include "lib/errno.h"

#define TIMER_LINE	   0
#define TIMER_IOAPIC_INPUT 2	  /* as the firmware's tables say */
#define TICK_LEAST	   100000 /* ns between two ticks, whatever the guest asks for */

/* ---- lines ----------------------------------------------------------------------------------------------------- */

/* The I/O APIC may have something to send from these inputs. The lock is held. */
static void send_from(struct domain *d, uint64_t inputs)
{
	struct hvm_devices *s = d->hvm->devices;
	struct vioapic_message m;

	for (unsigned i = 0; inputs; i++, inputs >>= 1)
		if (inputs & 1 && vioapic_send(&s->ioapic, i, &m))
			hvm_deliver_message(d, &m);
}

static void set_input(struct domain *d, unsigned input, bool high)
{
	struct hvm_devices *s = d->hvm->devices;
	struct vioapic_message m;

	if (input < VPIC_INPUTS)
		vpic_set_line(&s->pic, input, high);
	if (vioapic_set_line(&s->ioapic, input == TIMER_LINE ? TIMER_IOAPIC_INPUT : input, high, &m))
		hvm_deliver_message(d, &m);
}

/* The 8259As interrupt the first vcpu only. The lock is held. */
static void kick_for_pic(struct domain *d)
{
	struct vcpu *v = d->vcpu[0];

	if (v && hvm_pic_pending(v))
		vcpu_kick(v);
}

/* Bring what has changed of the lines to the controllers. The lock is held. */
static void update_inputs(struct domain *d)
{
	struct hvm_devices *s = d->hvm->devices;
	uint64_t now = vlines_inputs(&s->lines), changed = now ^ s->inputs;

	s->inputs = now;
	for (unsigned i = 0; changed; i++, changed >>= 1)
		if (changed & 1)
			set_input(d, i, now >> i & 1);
	kick_for_pic(d);
}

/* One change of a line, by an expression of `s` that is 0 or an error. */
#define change_lines(d, change)                                                                                        \
	({                                                                                                             \
		struct hvm_devices *s = (d)->hvm->devices;                                                             \
		int ret_ = -ENODEV;                                                                                    \
		if (s) {                                                                                               \
			spin_lock(&s->lock);                                                                           \
			ret_ = (change);                                                                               \
			update_inputs(d);                                                                              \
			spin_unlock(&s->lock);                                                                         \
		}                                                                                                      \
		ret_;                                                                                                  \
	})

int hvm_set_isa_line(struct domain *d, unsigned line, bool high)
{
	return change_lines(d, vlines_set_isa(&s->lines, line, high));
}

int hvm_set_intx_line(struct domain *d, unsigned device, unsigned pin, bool high)
{
	return change_lines(d, vlines_set_intx(&s->lines, device, pin, high));
}

int hvm_set_link_route(struct domain *d, unsigned link, unsigned isa)
{
	return change_lines(d, vlines_set_route(&s->lines, link, isa));
}

/* ---- the 8259As ------------------------------------------------------------------------------------------------ */

bool hvm_pic_pending(const struct vcpu *v)
{
	const struct hvm_devices *s = v->domain->hvm->devices;

	return s && v->id == 0 && vpic_asks(&s->pic) && lapic_takes_pic(&v->hvm->lapic);
}

uint8_t hvm_pic_accept(struct vcpu *v)
{
	struct hvm_devices *s = v->domain->hvm->devices;
	uint8_t vector;

	spin_lock(&s->lock);
	vector = vpic_accept(&s->pic);
	spin_unlock(&s->lock);
	return vector;
}

/* ---- the 8254 -------------------------------------------------------------------------------------------------- */

static void arm(struct hvm_devices *s, uint64_t now)
{
	uint64_t due = vpit_next(&s->pit, now);

	if (due)
		timer_set(&s->tick, this_cpu()->id, MAX(due, now + TICK_LEAST));
}

/* A rising edge is what counts; the lock keeps whoever looks from seeing more. A one-shot that is over is not armed. */
static void tick(void *domain)
{
	struct domain *d = domain;
	struct hvm_devices *s = d->hvm->devices;

	spin_lock(&s->lock);
	set_input(d, TIMER_LINE, false);
	set_input(d, TIMER_LINE, true);
	arm(s, time_now());
	kick_for_pic(d);
	spin_unlock(&s->lock);
}

/* The channel may count anew: what was armed before may come once too often, but not be lost. */
static void write_pit(struct hvm_devices *s, uint16_t port, uint8_t value)
{
	uint64_t now = time_now();

	vpit_write(&s->pit, port, value, now);
	if (port == 0x40)
		arm(s, now);
}

/* ---- ports ----------------------------------------------------------------------------------------------------- */

/* Firmware's words, a line at a time, to the log. */
static void say(struct domain *d, char c)
{
	struct hvm_devices *s = d->hvm->devices;

	if (c == '\n' || s->said_length == DEBUG_LINE) {
		if (s->said_lines++ < DEBUG_LINES)
			log_debug("d%u says: %.*s", d->id, (int)s->said_length, s->said);
		s->said_length = 0;
	}
	if (c >= ' ' && c <= '~')
		s->said[s->said_length++] = c;
}

bool hvm_device_read(struct vcpu *v, uint16_t port, uint8_t *value)
{
	struct hvm_devices *s = v->domain->hvm->devices;
	bool ours = true;

	if (!s)
		return false;
	spin_lock(&s->lock);
	if (vpic_has_port(port))
		*value = vpic_read(&s->pic, port);
	else if (vpit_has_port(port))
		*value = vpit_read(&s->pit, port, time_now());
	else if (port == HVM_DEBUG_PORT)
		*value = HVM_DEBUG_PORT; /* by which firmware knows it */
	else
		ours = false;
	spin_unlock(&s->lock);
	return ours;
}

bool hvm_device_write(struct vcpu *v, uint16_t port, uint8_t value)
{
	struct hvm_devices *s = v->domain->hvm->devices;
	bool ours = true;

	if (!s)
		return false;
	spin_lock(&s->lock);
	if (vpic_has_port(port)) {
		vpic_write(&s->pic, port, value);
		kick_for_pic(v->domain);
	} else if (vpit_has_port(port)) {
		write_pit(s, port, value);
	} else if (port == HVM_DEBUG_PORT) {
		say(v->domain, (char)value);
	} else {
		ours = false;
	}
	spin_unlock(&s->lock);
	return ours;
}

/* ---- the I/O APIC ---------------------------------------------------------------------------------------------- */

bool hvm_is_ioapic(const struct vcpu *v, uint64_t address, unsigned size)
{
	return v->domain->hvm->devices && vioapic_is_touched(address, size);
}

uint32_t hvm_ioapic_read(struct vcpu *v, uint64_t address)
{
	struct hvm_devices *s = v->domain->hvm->devices;
	uint32_t value;

	spin_lock(&s->lock);
	value = vioapic_read(&s->ioapic, (unsigned)(address & ~PAGE_MASK));
	spin_unlock(&s->lock);
	return value;
}

void hvm_ioapic_write(struct vcpu *v, uint64_t address, uint32_t value)
{
	struct hvm_devices *s = v->domain->hvm->devices;

	spin_lock(&s->lock);
	send_from(v->domain, vioapic_write(&s->ioapic, (unsigned)(address & ~PAGE_MASK), value));
	spin_unlock(&s->lock);
}

void hvm_ioapic_end(struct domain *d, uint8_t vector)
{
	struct hvm_devices *s = d->hvm->devices;

	if (!s)
		return;
	spin_lock(&s->lock);
	send_from(d, vioapic_end(&s->ioapic, vector));
	spin_unlock(&s->lock);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

int hvm_devices_init(struct domain *d)
{
	struct hvm_devices *s = heap_alloc(sizeof(*s));

	if (!s)
		return -ENOMEM;
	vpic_reset(&s->pic);
	vioapic_reset(&s->ioapic);
	vpit_reset(&s->pit);
	timer_init(&s->tick, tick, d);
	d->hvm->devices = s;
	return 0;
}

void hvm_devices_stop(struct domain *d)
{
	if (d->hvm->devices)
		timer_stop(&d->hvm->devices->tick);
}

void hvm_devices_free(struct domain *d)
{
	struct hvm_devices *s = d->hvm->devices;

	if (!s)
		return;
	hvm_devices_stop(d);
	heap_free(s, sizeof(*s));
	d->hvm->devices = NULL;
}
