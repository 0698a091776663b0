/* events-fifo.c - event channels by queues: the change to them, their order, and control blocks that are not fit
 *
 * Mechanism: init_control names a frame with a control block for each vcpu and switches the domain over; expand_array names
 * frames with a word for each port; pending ports are linked into a queue for each priority.
 * Promise: row 24: a bad init_control changes nothing, and neither frame can be taken away while it is in use; events come in
 * the order they were sent, the more urgent queue first; a masked port keeps its event; a reset goes back to bits in shared_info.
 * Probe: bad frames and offsets, then IPIs on three priorities; the same calls before init_control and after a reset.
 */
#include "runtime/guest.h"

const char test_title[] = "event channels, FIFO";

static table_t control_page, array_page;
static struct evtchn_fifo_control_block *const control = (struct evtchn_fifo_control_block *)(void *)control_page;
static volatile event_word_t *const words = (volatile event_word_t *)(void *)array_page;

static long init_control(uint64_t mfn, uint32_t offset, uint32_t vcpu)
{
	struct evtchn_init_control c = {.control_gfn = mfn, .offset = offset, .vcpu = vcpu};
	long ret = CALL2(event_channel_op, EVTCHNOP_init_control, &c);

	CHECK(ret || c.link_bits == EVTCHN_FIFO_LINK_BITS, "links of %u bits", c.link_bits);
	return ret;
}

static long expand_array(uint64_t mfn)
{
	struct evtchn_expand_array e = {mfn};

	return CALL2(event_channel_op, EVTCHNOP_expand_array, &e);
}

static long set_priority(uint32_t port, uint32_t priority)
{
	struct evtchn_set_priority p = {.port = port, .priority = priority};

	return CALL2(event_channel_op, EVTCHNOP_set_priority, &p);
}

static uint32_t bind_ipi(void)
{
	struct evtchn_bind_ipi b = {.vcpu = 0};

	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_ipi, &b), 0);
	return b.port;
}

static uint32_t ipi(uint32_t priority)
{
	uint32_t port = bind_ipi();

	EXPECT(set_priority(port, priority), 0);
	__atomic_fetch_and(&words[port], ~(1u << EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
	return port;
}

static void send(uint32_t port)
{
	struct evtchn_send s = {port};

	EXPECT(CALL2(event_channel_op, EVTCHNOP_send, &s), 0);
}

static bool pending(uint32_t port)
{
	return words[port] >> EVTCHN_FIFO_PENDING & 1;
}

/* The most urgent queue's first port, taken from it; 0: nothing is queued. */
static uint32_t take(void)
{
	uint32_t ready = __atomic_load_n(&control->ready, __ATOMIC_SEQ_CST), queue, port, word;

	if (!ready)
		return 0;
	queue = (uint32_t)__builtin_ctz(ready);
	port = control->head[queue];
	word = __atomic_fetch_and(&words[port], ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK), __ATOMIC_SEQ_CST);
	control->head[queue] = word & EVTCHN_FIFO_LINK_MASK;
	if (!control->head[queue])
		__atomic_fetch_and(&control->ready, ~(1u << queue), __ATOMIC_SEQ_CST);
	__atomic_fetch_and(&words[port], ~(1u << EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST);
	return port;
}

static void still_two_level(void)
{
	uint32_t port = bind_ipi();

	EXPECT(expand_array(mfn_of(array_page)), -XEN_EOPNOTSUPP);
	EXPECT(set_priority(port, EVTCHN_FIFO_PRIORITY_DEFAULT), -XEN_ENOSYS);
	send(port);
	CHECK(shared->evtchn_pending[port / 64] >> port % 64 & 1, "the event of port %u is not in shared_info", port);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &port), 0);
}

static void unfit(void)
{
	uint64_t m = mfn_of(control_page);

	still_two_level();
	REFUSED(init_control(0x7fffffffff, 0, 0));
	REFUSED(init_control(~0UL, 0, 0));
	REFUSED(init_control(mfn_of(entry_of(control_page, 1)), 0, 0));
	REFUSED(init_control(m, 4096, 0));
	REFUSED(init_control(m, 4096 - 8, 0));
	REFUSED(init_control(m, 4, 0));
	REFUSED(init_control(m, ~7u, 0));
	REFUSED(init_control(m, 0, 1));
	REFUSED(init_control(m, 0, ~0u));
	still_two_level();
}

static void queues(void)
{
	uint32_t low = ipi(9), low2 = ipi(9), high = ipi(2), masked = ipi(2);

	EXPECT(set_priority(high, EVTCHN_FIFO_PRIORITY_MIN + 1), -XEN_EINVAL);
	EXPECT(set_priority(masked + 1, 0), -XEN_EINVAL); /* nobody's */
	EXPECT(set_priority(~0u, 0), -XEN_EINVAL);
	send(low2);
	send(low);
	send(low2);
	send(high);
	__atomic_fetch_or(&words[masked], 1u << EVTCHN_FIFO_MASKED, __ATOMIC_SEQ_CST);
	send(masked);
	CHECK(pending(masked) && !(words[masked] >> EVTCHN_FIFO_LINKED & 1), "a masked port: %#x", words[masked]);
	EXPECT(take(), high);
	EXPECT(take(), low2);
	EXPECT(take(), low);
	EXPECT(take(), 0);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_unmask, &masked), 0);
	EXPECT(take(), masked);
	EXPECT(take(), 0);
}

/* What the guest writes into links and heads harms its own events only. */
static void nonsense(void)
{
	uint32_t port = ipi(7);

	for (unsigned i = 0; i < 32; i++) {
		words[port] = (1u << i) | (i & 1 ? 0x1ffff : 0);
		send(port);
		control->ready = ~0u;
		for (unsigned q = 0; q < EVTCHN_FIFO_MAX_QUEUES; q++)
			control->head[q] = ~0u >> (i & 15);
		send(port);
		words[ipi(7)] = ~0u;
	}
	for (unsigned i = 0; i < 1024; i++)
		words[i] = 0x3fffffff;
	send(port);
}

void test_main(void)
{
	struct evtchn_reset r = {DOMID_SELF};
	uint64_t both[2] = {mfn_of(control_page), mfn_of(array_page)};

	unfit();
	EXPECT(init_control(both[0], 0, 0), 0);
	EXPECT(init_control(both[0], 512, 0), -XEN_EINVAL); /* it has one */
	EXPECT(expand_array(both[1]), 0);
	REFUSED(make_readonly(control_page) ?: mmuext(MMUEXT_PIN_L1_TABLE, both[0]));
	EXPECT(make_writable(control_page), 0);
	queues();
	nonsense();
	EXPECT(CALL2(event_channel_op, EVTCHNOP_reset, &r), 0);
	still_two_level();
	memset(control_page, 0, 4096); /* they are the guest's own again */
	memset(array_page, 0, 4096);
	EXPECT(make_readonly(array_page), 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, both[1]), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, both[1]), 0);
}
