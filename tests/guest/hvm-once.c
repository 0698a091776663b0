/* hvm-once.c - an interrupt that was given once comes once
 *
 * Mechanism: between the entry that gives an interrupt and the next exit, whatever runs the guest may stop and go on: firmware, or
 * an emulator at the end of its run of instructions. (QEMU then delivers once more what was injected as an event.)
 * Promise: as many interrupts as events, none within another's handler, and none while IF is clear.
 * Probe: events to ourselves, with handlers that run for long without an exit, while the machine's timers run; by instruction
 * counting, where each of these timers ends a run of instructions.
 */
#include <xen/hvm/params.h>

#include "runtime/hvm.h"

const char test_title[] = "an interrupt that is given once comes once";
TEST_CPUS(1);
TEST_HVM("+npt");
TEST_MACHINE("-icount shift=0,sleep=off");
TEST_SECONDS(60);

enum { TICK = 0x41, CALLBACK = 0xf3, SENT = 300 };
enum { EOI = 0xb0 / 4, SVR = 0xf0 / 4, TIMER = 0x320 / 4, INITIAL = 0x380 / 4, DIVIDE = 0x3e0 / 4 };
#define PERIODIC (1U << 17)

static volatile uint32_t *const lapic = (volatile uint32_t *)0xfee00000;
static volatile unsigned came, depth, nested, masked, ticks;

static bool on_interrupt(struct trap_frame *f)
{
	if (f->vector < 32)
		return false;
	nested += depth > 0;
	masked += !(f->rflags & 0x200);
	if (f->vector == TICK) {
		ticks++;
		lapic[EOI] = 0;
		return true;
	}
	depth++;
	came++;
	vcpu0->evtchn_upcall_pending = 0;
	for (unsigned i = 0; i < 10000; i++)
		__asm__ volatile("nop");
	depth--;
	return true;
}

static void interrupted(struct area *a)
{
	struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
	struct evtchn_bind_interdomain bind = {.remote_dom = DOMID_SELF};
	struct evtchn_send send;

	(void)a;
	on_trap = on_interrupt;
	lapic[SVR] = 0x1ff;
	lapic[DIVIDE] = 0xb;
	lapic[TIMER] = PERIODIC | TICK;
	lapic[INITIAL] = 20000;
	EXPECT(hvm_set_parameter(HVM_PARAM_CALLBACK_IRQ, 2UL << 56 | CALLBACK), 0);
	NEED(!CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), "no port");
	bind.remote_port = alloc.port;
	NEED(!CALL2(event_channel_op, EVTCHNOP_bind_interdomain, &bind), "it cannot be bound");
	shared->evtchn_mask[alloc.port / 64] &= ~(1UL << alloc.port % 64);
	send.port = bind.local_port;
	vcpu0->evtchn_upcall_pending = 0; /* what is bound is pending once, lest anything be missed */
	__asm__ volatile("sti");
	for (unsigned i = 0; i < SENT; i++) {
		shared->evtchn_pending[alloc.port / 64] = 0;
		vcpu0->evtchn_pending_sel = 0;
		EXPECT(CALL2(event_channel_op, EVTCHNOP_send, &send), 0);
	}
	__asm__ volatile("cli");
	CHECK(came == SENT, "%u interrupts by %u events", came, SENT);
	CHECK(!nested, "%u interrupts within a handler", nested);
	CHECK(!masked, "%u interrupts while IF is clear", masked);
	NEED(ticks > 10, "the timer has ticked %u times", ticks);
}

void test_main(void)
{
	struct partner *p = partner_new_hvm(interrupted, 1);

	partner_go(p);
	partner_wait(p);
	partner_end(p);
}
