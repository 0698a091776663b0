/* ends-told.c - who is told that a domain has come to its end, or sleeps
 *
 * Mechanism: a domain that shuts down raises VIRQ_DOM_EXC in the domain that handles it, which is Dom0 until set_virq_handler
 * gives it to another; the suspension of a domain that somebody has subscribed to is told by that port, and by it alone.
 * Promise: what docs/abi.md says of set_virq_handler, subscribe and resumedomain, and of the suspended domain in its last table.
 * Probe: a domain that suspends itself, without a subscriber and with one, and goes on when it is resumed; a third one that takes
 * VIRQ_DOM_EXC in Dom0's place, and gives it back.
 */
#include <xen/domctl.h>

#include "runtime/guest.h"

const char test_title[] = "who is told of a domain's end";
TEST_CPUS(2);
TEST_SECONDS(40);

enum { STEP, PORT, TOLD };

static bool take_event(uint32_t port)
{
	return __atomic_fetch_and(&shared->evtchn_pending[port / 64], ~(1UL << port % 64), __ATOMIC_SEQ_CST) >>
		       port % 64 &
	       1;
}

/* Within ten seconds: a domain can be seen to have ended before anybody is told. */
static bool told(uint32_t port)
{
	uint64_t end = now() + 10000000000;

	while (now() < end) {
		if (take_event(port))
			return true;
		yield();
	}
	return false;
}

static uint32_t bind_ends(void)
{
	struct evtchn_bind_virq b = {.virq = VIRQ_DOM_EXC};

	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_virq, &b), 0);
	return b.port;
}

static void suspends(struct area *a)
{
	struct evtchn_alloc_unbound u = {.dom = DOMID_SELF, .remote_dom = 0};
	struct sched_shutdown asleep = {SHUTDOWN_suspend};

	EXPECT(CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &u), 0);
	a->word[PORT] = u.port;
	for (uint64_t n = 1; n < 4; n++) {
		while (a->word[STEP] != n)
			yield();
		EXPECT(CALL2(sched_op, SCHEDOP_shutdown, &asleep), 0);
	}
}

static void listens(struct area *a)
{
	uint32_t port = bind_ends();

	for (a->word[STEP] = 1; a->word[STEP] == 1;)
		a->word[TOLD] += take_event(port);
}

static long to_handler(uint16_t id)
{
	struct xen_domctl op = {.u.set_virq_handler.virq = VIRQ_DOM_EXC};

	return domctl(id, XEN_DOMCTL_set_virq_handler, &op);
}

/* Its turn number n: it has suspended itself. */
static void suspend(struct partner *p, uint64_t n)
{
	unsigned code = SHUTDOWN_MAX;

	p->area->word[STEP] = n;
	while (partner_runs(p, &code))
		yield();
	EXPECT(code, SHUTDOWN_suspend);
}

static void resume(struct partner *p)
{
	struct xen_domctl op;
	unsigned code;

	EXPECT(domctl(p->id, XEN_DOMCTL_resumedomain, &op), 0);
	CHECK(partner_runs(p, &code) || code != SHUTDOWN_suspend, "it is suspended still");
}

static void subscribed(struct partner *p, uint32_t ends)
{
	struct evtchn_bind_interdomain b = {.remote_dom = p->id, .remote_port = (uint32_t)p->area->word[PORT]};
	struct xen_domctl op = {.u.subscribe.port = b.remote_port};

	EXPECT(domctl(p->id, XEN_DOMCTL_subscribe, &op), -XEN_EINVAL); /* nobody is at the other end */
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_interdomain, &b), 0);
	(void)take_event(b.local_port);
	op.u.subscribe.port = b.remote_port;
	EXPECT(domctl(p->id, XEN_DOMCTL_subscribe, &op), 0);
	suspend(p, 3);
	CHECK(told(b.local_port), "the subscriber is not told");
	CHECK(!take_event(ends), "VIRQ_DOM_EXC came, too");
	resume(p);
}

static void another_handler(struct partner *p, uint32_t ends)
{
	struct partner *handler = partner_new(listens, 1);
	uint64_t end;

	partner_go(handler);
	while (!handler->area->word[STEP])
		yield();
	EXPECT(to_handler(handler->id), 0);
	suspend(p, 2);
	for (end = now() + 10000000000; now() < end && !handler->area->word[TOLD];)
		yield();
	CHECK(handler->area->word[TOLD] == 1, "the handler was told %lu times", handler->area->word[TOLD]);
	CHECK(!take_event(ends), "Dom0 was told, too");
	EXPECT(to_handler(0), 0);
	resume(p);
	handler->area->word[STEP] = 2;
	partner_wait(handler);
	CHECK(told(ends), "Dom0 is not told any more");
	partner_end(handler);
	CHECK(take_event(ends), "nor of a domain that is gone");
}

void test_main(void)
{
	struct partner *p = partner_new(suspends, 1);
	uint32_t ends = bind_ends();

	partner_go(p);
	while (!p->area->word[PORT])
		yield();
	CHECK(!take_event(ends), "told before its end");
	suspend(p, 1);
	CHECK(told(ends), "VIRQ_DOM_EXC has not come");
	resume(p);
	another_handler(p, ends);
	subscribed(p, ends);
	partner_wait(p); /* it powers off, now that its turns are over */
	CHECK(told(ends), "a subscriber was told of another end");
	partner_end(p);
}
