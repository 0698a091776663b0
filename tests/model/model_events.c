/* model_events.c - event channels made, closed and reset by several CPUs at once (XSA-188, -342, -343, -344, -358, -496, -505)
 *
 * The promises: two domains always agree on what connects them; no port is lost or counted twice, at the limit too; going back to
 * two-level delivery lets go of every page of event words, and nobody writes to one afterwards.
 */
#include "machine.h"

#include "event-channel/fifo.h"
#include "event-channel/ports.h"
#include "kern/event.h"
#include "kern/event_ops.h"
#include "lib/errno.h"

static mfn_t control, array;

/* ---- what must be true at the end ---------------------------------------------------------------------------------- */

static const char *port_agrees(const struct domain *d, uint32_t n)
{
	const struct port *p = ports_get(d->events, n), *peer;
	const struct domain *other = p->remote;

	if (p->state != PORT_INTERDOMAIN)
		return NULL;
	peer = other ? ports_get(other->events, p->remote_port) : NULL;
	if (!peer || peer->state != PORT_INTERDOMAIN || peer->remote != d || peer->remote_port != n)
		return "a port is connected to one that is not connected to it";
	return NULL;
}

static const char *table_agrees(const struct domain *d)
{
	const char *wrong = NULL;
	uint32_t used = 0;

	for (uint32_t n = 1; n < d->events->nr_buckets * PORTS_PER_BUCKET && !wrong; n++) {
		const struct port *p = ports_get(d->events, n);

		used += p->state != PORT_FREE && p->state != PORT_RESERVED;
		wrong = port_agrees(d, n);
	}
	if (!wrong && used != d->events->used)
		wrong = "ports are counted wrongly";
	return wrong;
}

static const char *both_agree(void)
{
	const char *wrong = table_agrees(&alice);

	if (!wrong)
		wrong = table_agrees(&bob);
	if (!wrong && (alice.refs != 1 || bob.refs != 1))
		wrong = "a reference to a domain stays";
	return wrong;
}

/* ---- row 25: ports at the limit ------------------------------------------------------------------------------------ */

#define LIMIT 4 /* ports 1 to 3 */

/* ALICE's ports 1 and 2 are connected to BOB's 1 and 2. Port 3 is free at both. */
static void connected(unsigned nr_cpus)
{
	model_machine(nr_cpus);
	event_set_max_port(&alice, LIMIT - 1);
	event_set_max_port(&bob, LIMIT - 1);
	for (uint32_t n = 1; n < 3; n++)
		if (event_alloc_unbound(&alice, BOB) != (int)n || event_bind_interdomain(&bob, &alice, n) != (int)n)
			abort();
	model_runs(0, &alice, 0);
	model_runs(1, &alice, 1);
	if (nr_cpus > 2)
		model_runs(2, &bob, 0);
}

static void connected_on_three(void)
{
	connected(3);
}

static void resets(void)
{
	if (event_reset(&alice, &this_cpu()->work))
		interleave_wrong("the reset failed");
}

static void closes_first(void)
{
	int rc = event_close(&alice, 1);

	if (rc && rc != -EINVAL)
		interleave_wrong("closing fails otherwise than it may");
}

static void makes_two(void)
{
	for (unsigned i = 0; i < 2; i++) {
		int port = event_alloc_unbound(&alice, BOB);

		if (port >= LIMIT || (port < 0 && port != -ENOSPC))
			interleave_wrong("a port beyond the limit, or another error");
	}
}

static void bob_closes_first(void)
{
	if (event_close(&bob, 1))
		interleave_wrong("BOB's own port cannot be closed");
}

static void bob_sends(void)
{
	int rc = event_send(&bob, 1);

	if (rc && (rc != -EINVAL || ports_get(bob.events, 1)->state != PORT_FREE))
		interleave_wrong("BOB cannot send through his own port");
}

static void bob_connects(void)
{
	int port = event_bind_interdomain(&bob, &alice, 3);

	if (port > 0 && event_send(&bob, (uint32_t)port))
		interleave_wrong("BOB cannot send through his own port");
}

static const char *bobs_are_his(void)
{
	const char *wrong = both_agree();

	for (uint32_t n = 1; n < 3 && !wrong; n++)
		if (ports_get(bob.events, n)->state == PORT_FREE)
			wrong = "another domain's port was closed";
	return wrong;
}

TEST(close_and_reset_from_both_sides)
{
	static const struct interleave a = {.name = "reset, and the other side closes",
					    .setup = connected_on_three,
					    .thread = {resets, bob_closes_first},
					    .finally = both_agree};
	static const struct interleave b = {.name = "close, close of the same, and an event",
					    .setup = connected_on_three,
					    .thread = {closes_first, closes_first, bob_sends},
					    .finally = bobs_are_his};
	static const struct interleave c = {.name = "close from both sides, and an event",
					    .setup = connected_on_three,
					    .thread = {closes_first, bob_sends, bob_closes_first},
					    .finally = both_agree};

	CU_ASSERT_TRUE(interleave(&a));
	CU_ASSERT_TRUE(interleave(&b));
	CU_ASSERT_TRUE(interleave(&c));
}

TEST(reset_close_and_bind_at_the_limit)
{
	static const struct interleave a = {.name = "two ports made, a close, at the limit",
					    .setup = connected_on_three,
					    .thread = {makes_two, closes_first},
					    .finally = bobs_are_his};
	static const struct interleave b = {.name = "two ports made, a reset, at the limit",
					    .setup = connected_on_three,
					    .thread = {makes_two, resets},
					    .finally = bobs_are_his};
	static const struct interleave c = {.name = "a port made, another connects, a reset",
					    .setup = connected_on_three,
					    .thread = {makes_two, resets, bob_connects},
					    .finally = bobs_are_his};

	CU_ASSERT_TRUE(interleave(&a));
	CU_ASSERT_TRUE(interleave(&b));
	CU_ASSERT_TRUE(interleave(&c));
}

/* ---- row 24: pages of event words ---------------------------------------------------------------------------------- */

static void with_pages(void)
{
	connected(3);
	control = model_page(&alice);
	array = model_page(&alice);
}

static void switches_over(void)
{
	int rc = event_fifo_init_control(&alice, 0, control.n, 0);

	if (rc && rc != -EINVAL)
		interleave_wrong("init_control fails otherwise than it may");
	rc = event_fifo_expand_array(&alice, array.n);
	if (rc && rc != -EOPNOTSUPP && rc != -EINVAL)
		interleave_wrong("expand_array fails otherwise than it may");
}

static void gives_up(mfn_t m)
{
	bool last;

	if (frame_unallocate(&frames, m, &last))
		interleave_wrong("ALICE's own page is not hers");
	if (last)
		frame_release(m);
}

static void resets_and_frees(void)
{
	resets();
	gives_up(control);
	gives_up(array);
}

/* The pages that delivery still uses are held by it, once each; the others are free. */
static const char *pages_are_held(void)
{
	const struct fifo *f = alice.events->fifo;
	bool control_used = f && f->vcpu[0], array_used = f && f->nr_pages;
	const char *wrong = both_agree();

	if (!wrong && (model_is_freed(control) == control_used || model_is_freed(array) == array_used))
		wrong = "a page of event words is used and free, or neither";
	if (!wrong && f && array_used && f->page[0] != mfn_to_virt(array))
		wrong = "the event words are not where they should be";
	return wrong;
}

TEST(reset_while_pages_are_given)
{
	static const struct interleave m = {.name = "init_control, expand_array, reset, an event",
					    .setup = with_pages,
					    .thread = {switches_over, resets_and_frees, bob_sends},
					    .finally = pages_are_held};

	CU_ASSERT_TRUE(interleave(&m));
}

static void switches_again(void)
{
	int rc = event_fifo_init_control(&alice, 0, array.n, 0);

	if (rc && rc != -EINVAL)
		interleave_wrong("init_control fails otherwise than it may");
}

static void switches_first(void)
{
	int rc = event_fifo_init_control(&alice, 0, control.n, 0);

	if (rc && rc != -EINVAL)
		interleave_wrong("init_control fails otherwise than it may");
}

static const char *one_control_block(void)
{
	const struct fifo *f = alice.events->fifo;
	mfn_t loser;

	if (!f || !f->vcpu[0])
		return "no control block was taken";
	loser = (void *)f->vcpu[0]->control == mfn_to_virt(control) ? array : control;
	return model_only_owned(loser) ? "the control block that was refused is held" : both_agree();
}

TEST(a_vcpu_gets_one_control_block)
{
	static const struct interleave m = {.name = "init_control twice, and an event",
					    .setup = with_pages,
					    .thread = {switches_first, switches_again, bob_sends},
					    .finally = one_control_block};

	CU_ASSERT_TRUE(interleave(&m));
}
