/* events.c - events arrive once, in the order of their numbers, when they are not masked, and none is lost
 *
 * Mechanism: a send sets the port's bit in shared_info, then the selector's, then the vcpu's upcall flag; the guest is entered at
 * its event callback when it does not mask upcalls.
 * Promise: a masked port stays pending and is delivered by unmask; a masked upcall comes at the unmasking and not before; the
 * mask of the interrupted context is shown in its frame and comes back by iret; rows 23 and 25: any port number is answered
 * with a plain error, allocation ends with one too, and reset closes all.
 * Probe: an interdomain loop of the guest with itself, IPIs, the timer; every port number up to 2^17.
 */
#include "runtime/guest.h"

const char test_title[] = "event channels, two-level";

static volatile unsigned upcalls;
static volatile uint64_t seen[64];

static bool upcall(struct trap_frame *f)
{
	if (f->vector != TRAP_EVENT)
		return false;
	upcalls++;
	CHECK(vcpu0->evtchn_upcall_mask, "the upcall did not mask upcalls");
	CHECK(!f->saved_mask && (f->rflags & 0x200), "the frame says that upcalls were masked");
	vcpu0->evtchn_upcall_pending = 0;
	for (unsigned i = 0; i < 64; i++) {
		if (!(vcpu0->evtchn_pending_sel & BIT(i)))
			continue;
		__atomic_fetch_and(&vcpu0->evtchn_pending_sel, ~BIT(i), __ATOMIC_SEQ_CST);
		seen[i] |= __atomic_fetch_and(&shared->evtchn_pending[i], shared->evtchn_mask[i], __ATOMIC_SEQ_CST) &
			   ~shared->evtchn_mask[i];
	}
	return true;
}

static void unmask_upcalls(void)
{
	vcpu0->evtchn_upcall_mask = 0;
	__asm__ volatile("" ::: "memory");
	if (vcpu0->evtchn_upcall_pending)
		(void)CALL2(xen_version, XENVER_version, NULL); /* any way into the hypervisor delivers it */
}

static long send(uint32_t port)
{
	struct evtchn_send s = {port};

	return CALL2(event_channel_op, EVTCHNOP_send, &s);
}

static long unmask(uint32_t port)
{
	struct evtchn_unmask u = {port};

	return CALL2(event_channel_op, EVTCHNOP_unmask, &u);
}

static uint32_t ipi(void)
{
	struct evtchn_bind_ipi b = {.vcpu = 0};

	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_ipi, &b), 0);
	return b.port;
}

static bool pending(uint32_t port)
{
	return shared->evtchn_pending[port / 64] >> (port % 64) & 1;
}

static void mask(uint32_t port, bool on)
{
	if (on)
		__atomic_fetch_or(&shared->evtchn_mask[port / 64], BIT(port % 64), __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(&shared->evtchn_mask[port / 64], ~BIT(port % 64), __ATOMIC_SEQ_CST);
}

static void masking(uint32_t port)
{
	mask(port, true);
	unmask_upcalls();
	EXPECT(send(port), 0);
	CHECK(pending(port) && !upcalls, "a masked port: pending %d, %u upcalls", pending(port), upcalls);
	EXPECT(unmask(port), 0);
	CHECK(upcalls == 1 && !pending(port), "unmask: %u upcalls", upcalls);
	EXPECT(unmask(port), 0);
	CHECK(upcalls == 1, "unmask of nothing: %u upcalls", upcalls);
	EXPECT(send(port), 0);
	CHECK(upcalls == 2, "an unmasked port: %u upcalls", upcalls);
	vcpu0->evtchn_upcall_mask = 1;
	EXPECT(send(port), 0);
	EXPECT(send(port), 0);
	CHECK(upcalls == 2 && pending(port) && vcpu0->evtchn_upcall_pending, "masked upcalls: %u", upcalls);
	unmask_upcalls();
	CHECK(upcalls == 3, "upcalls unmasked: %u", upcalls);
	vcpu0->evtchn_upcall_mask = 1;
}

static void loop_to_self(void)
{
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
	struct evtchn_bind_interdomain b = {.remote_dom = DOMID_SELF};
	struct evtchn_close c;

	EXPECT(CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &a), 0);
	b.remote_port = a.port;
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_interdomain, &b), 0);
	shared->evtchn_pending[0] = 0;
	EXPECT(send(b.local_port), 0);
	CHECK(pending(a.port) && !pending(b.local_port), "the event went to the wrong end");
	c.port = a.port;
	EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &c), 0);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &c), -XEN_EINVAL);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_interdomain, &b), -XEN_EINVAL);
	c.port = b.local_port;
	EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &c), 0);
}

/* Row 23. */
static void every_number(void)
{
	struct sched_poll poll = {.nr_ports = 1, .timeout = 1};
	evtchn_port_t port;

	poll.ports = &port;
	for (port = 4090; port < 1 << 17; port += port < 5000 ? 1 : 977) {
		struct evtchn_status s = {.dom = DOMID_SELF, .port = port};
		struct evtchn_bind_vcpu v = {.port = port};

		REFUSED(send(port));
		REFUSED(unmask(port));
		REFUSED(CALL2(event_channel_op, EVTCHNOP_close, &port));
		REFUSED(CALL2(event_channel_op, EVTCHNOP_bind_vcpu, &v));
		(void)CALL2(event_channel_op, EVTCHNOP_status, &s);
		REFUSED(CALL2(sched_op, SCHEDOP_poll, &poll));
	}
	port = ~0u;
	REFUSED(send(port));
	REFUSED(CALL2(sched_op, SCHEDOP_poll, &poll));
	poll.nr_ports = 129;
	REFUSED(CALL2(sched_op, SCHEDOP_poll, &poll));
	poll.nr_ports = ~0u;
	REFUSED(CALL2(sched_op, SCHEDOP_poll, &poll));
}

static void to_the_limit(void)
{
	struct evtchn_reset r = {DOMID_SELF};
	struct evtchn_bind_ipi b = {.vcpu = 0};
	unsigned bound = 0;
	long ret;

	while (!(ret = CALL2(event_channel_op, EVTCHNOP_bind_ipi, &b)) && bound < 5000) {
		CHECK(b.port > 0 && b.port < 4096, "port %u", b.port);
		bound++;
	}
	CHECK(ret == -XEN_ENOSPC && bound > 4000 && bound < 4096, "%u ports, then %ld", bound, ret);
	EXPECT(send(4095), 0);
	CHECK(pending(4095), "the last port does not get events");
	EXPECT(CALL2(event_channel_op, EVTCHNOP_reset, &r), 0);
	REFUSED(send(4095));
	b.vcpu = 1;
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_ipi, &b), -XEN_ENOENT);
	b.vcpu = ~0u;
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_ipi, &b), -XEN_ENOENT);
	CHECK(ipi() > 0, "no port after a reset");
}

static void virqs(void)
{
	struct evtchn_bind_virq b = {.virq = VIRQ_TIMER};
	uint64_t now;
	unsigned before = upcalls;

	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_virq, &b), 0);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_virq, &b), -XEN_EEXIST);
	mask(b.port, false);
	now = vcpu0->time.system_time;
	EXPECT(CALL1(set_timer_op, now + 1000), 0);
	EXPECT(CALL2(sched_op, SCHEDOP_block, NULL), 0);
	CHECK(upcalls > before && seen[b.port / 64] >> (b.port % 64) & 1, "the timer did not wake the vcpu");
	vcpu0->evtchn_upcall_mask = 1;
	b.virq = NR_VIRQS;
	REFUSED(CALL2(event_channel_op, EVTCHNOP_bind_virq, &b));
	b.virq = ~0u;
	REFUSED(CALL2(event_channel_op, EVTCHNOP_bind_virq, &b));
	b.virq = VIRQ_DEBUG;
	b.vcpu = 77;
	REFUSED(CALL2(event_channel_op, EVTCHNOP_bind_virq, &b));
}

void test_main(void)
{
	on_trap = upcall;
	masking(ipi());
	loop_to_self();
	every_number();
	to_the_limit();
	virqs();
}
