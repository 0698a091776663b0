/* events-vcpus.c - events between vcpus: none is lost, however many send, wherever it goes, and while its receiver falls asleep
 *
 * Mechanism: a send makes the port pending and wakes its vcpu; SCHEDOP_block sleeps only if nothing is pending. With FIFO delivery
 * the ports of a queue are linked by senders while the receiver takes them off.
 * Promise: whoever has sent is heard: after the last event of a port its receiver's handler runs once more. Two-level, and FIFO with
 * an array of two pages and two priorities. Row 25: reset under way on one vcpu, sends on the others: plain errors.
 * Probe: four vcpus send to each other and sleep in between; each port counts what was sent before an event, and what its
 * handler saw; in the end both agree.
 */
#include "runtime/guest.h"

const char test_title[] = "events on several vcpus";
TEST_CPUS(4);
TEST_SECONDS(60);

#define EACH  3 /* ports of each vcpu */
#define PORTS (EACH * GUEST_VCPUS)
#define TIME  1500000000UL /* ns */

static table_t control_page[GUEST_VCPUS], array_page[2];
static volatile event_word_t *const words = (volatile event_word_t *)(void *)array_page;
static uint32_t head[GUEST_VCPUS][EVTCHN_FIFO_MAX_QUEUES];
static bool fifo;

static uint32_t ports[PORTS];
static volatile uint64_t sent[PORTS], seen[PORTS];
static volatile unsigned wrong_vcpu, refused;
static volatile bool over;

static void handle(uint32_t port)
{
	for (unsigned i = 0; i < PORTS; i++)
		if (ports[i] == port) {
			wrong_vcpu += i / EACH != my_vcpu();
			seen[i] = sent[i];
		}
}

static void take_two_level(void)
{
	uint64_t selectors = __atomic_exchange_n(&my_info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);

	for (; selectors; selectors &= selectors - 1) {
		unsigned word = (unsigned)__builtin_ctzl(selectors);
		uint64_t bits = shared->evtchn_pending[word] & ~shared->evtchn_mask[word];

		for (; bits; bits &= bits - 1) {
			uint64_t bit = bits & -bits;

			/* Another vcpu's port may be in the same word. */
			for (unsigned i = 0; i < PORTS; i++)
				if (ports[i] == word * 64 + (unsigned)__builtin_ctzl(bit) && i / EACH == my_vcpu() &&
				    __atomic_fetch_and(&shared->evtchn_pending[word], ~bit, __ATOMIC_SEQ_CST) & bit)
					handle(ports[i]);
		}
	}
}

static void take_fifo(void)
{
	struct evtchn_fifo_control_block *c = (void *)control_page[my_vcpu()];
	uint32_t ready = __atomic_exchange_n(&c->ready, 0, __ATOMIC_SEQ_CST);

	while (ready) {
		unsigned q = (unsigned)__builtin_ctz(ready);
		uint32_t *h = &head[my_vcpu()][q], port = *h ?: __atomic_load_n(&c->head[q], __ATOMIC_SEQ_CST), word;

		word = __atomic_fetch_and(&words[port], ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK),
					  __ATOMIC_SEQ_CST);
		*h = word & EVTCHN_FIFO_LINK_MASK;
		if (!*h)
			ready &= ~(1u << q);
		if ((word >> EVTCHN_FIFO_PENDING & 1) && !(word >> EVTCHN_FIFO_MASKED & 1)) {
			__atomic_fetch_and(&words[port], ~(1u << EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST);
			handle(port);
		}
		ready |= __atomic_exchange_n(&c->ready, 0, __ATOMIC_SEQ_CST);
	}
}

static bool upcall(struct trap_frame *f)
{
	if (f->vector != TRAP_EVENT)
		return false;
	my_info->evtchn_upcall_pending = 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	fifo ? take_fifo() : take_two_level();
	return true;
}

static void send(unsigned i)
{
	struct evtchn_send s = {ports[i]};

	__atomic_add_fetch(&sent[i], 1, __ATOMIC_SEQ_CST);
	if (CALL2(event_channel_op, EVTCHNOP_send, &s))
		__atomic_add_fetch(&refused, 1, __ATOMIC_SEQ_CST);
}

static void send_and_sleep(void *none)
{
	unsigned me = my_vcpu();

	(void)none;
	for (unsigned i = me; !over; i++) {
		send((i * 7 + me) % PORTS);
		if (i % 4 == 0)
			(void)CALL2(sched_op, SCHEDOP_block, NULL);
	}
	my_info->evtchn_upcall_mask = 1;
}

static void bind(unsigned priority)
{
	for (unsigned i = 0; i < PORTS; i++) {
		struct evtchn_bind_ipi b = {.vcpu = i / EACH};
		struct evtchn_set_priority p = {.priority = i % 2 ? priority : 7};

		EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_ipi, &b), 0);
		ports[i] = p.port = b.port;
		sent[i] = seen[i] = 0;
		if (fifo) {
			EXPECT(CALL2(event_channel_op, EVTCHNOP_set_priority, &p), 0);
			__atomic_fetch_and(&words[b.port], ~(1u << EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
		} else {
			__atomic_fetch_and(&shared->evtchn_mask[b.port / 64], ~BIT(b.port % 64), __ATOMIC_SEQ_CST);
		}
	}
}

static bool all_seen(void)
{
	for (unsigned i = EACH; i < PORTS; i++)
		if (seen[i] != sent[i])
			return false;
	return true;
}

static void everybody_is_heard(void)
{
	uint64_t end = now() + TIME, sum = 0;

	over = false;
	for (unsigned id = 1; id < GUEST_VCPUS; id++)
		start_vcpu(id, send_and_sleep, NULL);
	for (unsigned i = 0; now() < end; i++) {
		send(EACH + i % (PORTS - EACH));
		nap(50000);
	}
	/* Those that sleep still hear us, and only us. */
	over = true;
	for (unsigned id = 1; id < GUEST_VCPUS; id++)
		while (CALL3(vcpu_op, VCPUOP_is_up, id, NULL) == 1 && now() < end + 5 * TIME) {
			for (unsigned i = 0; i < EACH; i++)
				send(id * EACH + i);
			nap(100000);
		}
	for (unsigned id = 1; id < GUEST_VCPUS; id++)
		CHECK(!CALL3(vcpu_op, VCPUOP_is_up, id, NULL), "vcpu %u sleeps, and does not hear us", id);
	for (unsigned i = 0; i < PORTS; i++)
		sum += sent[i];
	say("%lu events, %s", sum, fifo ? "FIFO" : "two-level");
	CHECK(!wrong_vcpu, "%u events were not at their vcpu's", wrong_vcpu);
	CHECK(!refused, "%u sends were refused", refused);
	NEED(sum > 100, "too few");
}

/* While its vcpu runs, and never sleeps: what it has seen catches up with what was sent. */
static void listen(void *none)
{
	(void)none;
	my_info->evtchn_upcall_mask = 0;
	while (!over)
		yield();
	my_info->evtchn_upcall_mask = 1;
}

static void nothing_is_lost(void)
{
	uint64_t end;

	for (unsigned i = 0; i < PORTS; i++)
		sent[i] = seen[i] = 0;
	over = false;
	for (unsigned id = 1; id < GUEST_VCPUS; id++)
		start_vcpu(id, listen, NULL);
	for (unsigned round = 0; round < 200; round++) {
		for (unsigned i = EACH; i < PORTS; i++)
			send(i);
		end = now() + 5 * TIME;
		while (!all_seen() && now() < end)
			yield();
		if (!all_seen()) {
			failure("round %u: an event was lost", round);
			break;
		}
	}
	over = true;
	for (unsigned id = 1; id < GUEST_VCPUS; id++)
		join_vcpu(id);
}

static void use_fifo(void)
{
	unsigned used = 0;

	for (unsigned id = 0; id < GUEST_VCPUS; id++) {
		struct evtchn_init_control c = {.control_gfn = mfn_of(control_page[id]), .offset = 0, .vcpu = id};

		EXPECT(CALL2(event_channel_op, EVTCHNOP_init_control, &c), 0);
	}
	for (unsigned i = 0; i < 2; i++) {
		struct evtchn_expand_array e = {mfn_of(array_page[i])};

		EXPECT(CALL2(event_channel_op, EVTCHNOP_expand_array, &e), 0);
	}
	/* The ports that follow are on the second page. */
	for (struct evtchn_bind_ipi b = {.vcpu = 0}; b.port < 1030 && used < 1100; used++)
		EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_ipi, &b), 0);
	fifo = true;
}

static void reset_meanwhile(void)
{
	struct evtchn_reset r = {DOMID_SELF};

	over = false;
	for (unsigned id = 1; id < 3; id++)
		start_vcpu(id, listen, NULL);
	for (unsigned i = 0; i < 20; i++) {
		EXPECT(CALL2(event_channel_op, EVTCHNOP_reset, &r), 0);
		REFUSED(CALL2(event_channel_op, EVTCHNOP_send, &ports[PORTS - 1]));
		memset(array_page, 0, sizeof(array_page));
		memset(control_page, 0, sizeof(control_page));
		memset(head, 0, sizeof(head));
		use_fifo();
		bind(2);
		send(EACH);
	}
	over = true;
	for (unsigned id = 1; id < 3; id++)
		join_vcpu(id);
}

void test_main(void)
{
	struct evtchn_reset r = {DOMID_SELF};

	on_trap = upcall;
	bind(7);
	everybody_is_heard();
	nothing_is_lost();
	EXPECT(CALL2(event_channel_op, EVTCHNOP_reset, &r), 0);
	use_fifo();
	bind(2);
	everybody_is_heard();
	nothing_is_lost();
	reset_meanwhile();
}
