/* test_ports.c - event channels: what each operation allows, refuses, and leaves behind */
#include "event-channel/fifo.h"
#include "event-channel/ports.h"
#include "lib/errno.h"
#include "lib/types.h"
#include "unit.h"

static struct evtchn_table a, b;

static void add_buckets(struct evtchn_table *t, unsigned nr)
{
	while (nr--)
		ports_add_bucket(t, calloc(PORTS_PER_BUCKET, sizeof(struct port)));
}

static void empty(struct evtchn_table *t)
{
	for (uint32_t i = 0; i < t->nr_buckets; i++)
		free(t->bucket[i]);
	memset(t, 0, sizeof(*t));
}

/* Two domains, 1 with table a and 2 with table b. */
static void start(void)
{
	empty(&a);
	empty(&b);
	ports_init(&a, EVTCHN_FIFO_NR_CHANNELS);
	ports_init(&b, EVTCHN_FIFO_NR_CHANNELS);
	add_buckets(&a, 1);
	add_buckets(&b, 1);
}

static int connect(uint32_t remote_port)
{
	struct port_end local = {&b, &b, 2}, remote = {&a, &a, 1};

	return ports_bind_interdomain(&local, &remote, remote_port);
}

TEST(port_0_is_never_valid)
{
	struct evtchn_status status;
	struct port_target target;
	struct port was;

	start();
	CU_ASSERT_PTR_NULL(ports_get(&a, 0));
	CU_ASSERT_EQUAL(ports_close(&a, 0, &was), -EINVAL);
	CU_ASSERT_EQUAL(ports_send(&a, 0, &target), -EINVAL);
	CU_ASSERT_EQUAL(ports_status(&a, 0, &status), -EINVAL);
	CU_ASSERT_EQUAL(ports_set_vcpu(&a, 0, 0), -EINVAL);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 1);
}

TEST(ports_beyond_the_table_are_refused)
{
	struct port_target target;

	start();
	CU_ASSERT_PTR_NULL(ports_get(&a, PORTS_PER_BUCKET));
	CU_ASSERT_PTR_NULL(ports_get(&a, EVTCHN_FIFO_NR_CHANNELS));
	CU_ASSERT_PTR_NULL(ports_get(&a, UINT32_MAX));
	CU_ASSERT_EQUAL(ports_send(&a, UINT32_MAX, &target), -EINVAL);
}

TEST(the_table_asks_for_buckets_until_the_limit_and_then_says_it_is_full)
{
	int port = 0;
	unsigned made = 0;

	start();
	while ((port = ports_bind_ipi(&a, 0)) != -ENOSPC) {
		if (port == -ENOBUFS) {
			add_buckets(&a, 1);
			continue;
		}
		CU_ASSERT_TRUE_FATAL(port > 0);
		made++;
	}
	CU_ASSERT_EQUAL(made, EVTCHN_2L_NR_CHANNELS - 1);
	CU_ASSERT_EQUAL(a.used, made);
	CU_ASSERT_EQUAL(ports_alloc_unbound(&a, 1), -ENOSPC);
	ports_set_limit(&a, EVTCHN_FIFO_NR_CHANNELS);
	CU_ASSERT_EQUAL(ports_alloc_unbound(&a, 1), -ENOBUFS);
}

TEST(a_domains_own_limit_holds)
{
	start();
	ports_init(&a, 4);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 1);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 2);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 3);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), -ENOSPC);
	ports_set_limit(&a, EVTCHN_FIFO_NR_CHANNELS);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), -ENOSPC);
}

TEST(a_closed_port_is_used_again)
{
	struct port was;

	start();
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 1);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 2);
	CU_ASSERT_EQUAL(ports_close(&a, 1, &was), 0);
	CU_ASSERT_EQUAL(was.state, PORT_IPI);
	CU_ASSERT_EQUAL(ports_close(&a, 1, &was), -EINVAL);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 1);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 3);
	CU_ASSERT_EQUAL(a.used, 3);
}

TEST(a_port_whose_event_word_is_still_linked_is_not_used_again)
{
	static event_word_t words[FIFO_WORDS_PER_PAGE];
	struct fifo fifo = {.page = {words}, .nr_pages = 1};
	struct port was;

	start();
	a.fifo = &fifo;
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 1);
	words[1] = 1u << EVTCHN_FIFO_LINKED;
	ports_close(&a, 1, &was);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 2);
	words[1] = 0;
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 1);
}

TEST(only_who_is_meant_may_connect_and_only_once)
{
	struct port_end stranger = {&b, &b, 3}, remote = {&a, &a, 1};

	start();
	CU_ASSERT_EQUAL(ports_alloc_unbound(&a, 2), 1);
	CU_ASSERT_EQUAL(ports_bind_interdomain(&stranger, &remote, 1), -EINVAL);
	CU_ASSERT_EQUAL(b.used, 0);
	CU_ASSERT_EQUAL(connect(2), -EINVAL);
	CU_ASSERT_EQUAL(connect(1), 1);
	CU_ASSERT_EQUAL(connect(1), -EINVAL);
	CU_ASSERT_EQUAL(b.used, 1);
}

TEST(a_refused_connection_leaves_the_other_end_unbound)
{
	start();
	ports_init(&b, 2);
	CU_ASSERT_EQUAL(ports_bind_ipi(&b, 0), 1);
	CU_ASSERT_EQUAL(ports_alloc_unbound(&a, 2), 1);
	CU_ASSERT_EQUAL(connect(1), -ENOSPC);
	CU_ASSERT_EQUAL(ports_get(&a, 1)->state, PORT_UNBOUND);
}

TEST(events_go_to_the_other_end_both_ways)
{
	struct port_target target;

	start();
	CU_ASSERT_EQUAL(ports_bind_ipi(&b, 0), 1);
	CU_ASSERT_EQUAL(ports_alloc_unbound(&a, 2), 1);
	CU_ASSERT_EQUAL(connect(1), 2);
	CU_ASSERT_EQUAL(ports_send(&a, 1, &target), 0);
	CU_ASSERT_PTR_EQUAL(target.domain, &b);
	CU_ASSERT_EQUAL(target.port, 2);
	CU_ASSERT_EQUAL(ports_send(&b, 2, &target), 0);
	CU_ASSERT_PTR_EQUAL(target.domain, &a);
	CU_ASSERT_EQUAL(target.port, 1);
	CU_ASSERT_FALSE(target.self);
}

TEST(a_domain_connects_to_itself)
{
	struct port_end self = {&a, &a, 1};
	struct port_target target;

	start();
	CU_ASSERT_EQUAL(ports_alloc_unbound(&a, 1), 1);
	CU_ASSERT_EQUAL(ports_bind_interdomain(&self, &self, 1), 2);
	CU_ASSERT_EQUAL(ports_send(&a, 2, &target), 0);
	CU_ASSERT_EQUAL(target.port, 1);
	CU_ASSERT_EQUAL(ports_send(&a, 1, &target), 0);
	CU_ASSERT_EQUAL(target.port, 2);
}

TEST(what_a_guest_may_send_through)
{
	struct port_target target;

	start();
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 3), 1);
	CU_ASSERT_EQUAL(ports_send(&a, 1, &target), 0);
	CU_ASSERT_TRUE(target.self);
	CU_ASSERT_EQUAL(ports_alloc_unbound(&a, 2), 2);
	CU_ASSERT_EQUAL(ports_send(&a, 2, &target), 0); /* swallowed */
	CU_ASSERT_PTR_NULL(target.domain);
	CU_ASSERT_FALSE(target.self);
	CU_ASSERT_EQUAL(ports_bind_virq(&a, VIRQ_TIMER, 0), 3);
	CU_ASSERT_EQUAL(ports_send(&a, 3, &target), -EINVAL);
	CU_ASSERT_EQUAL(ports_bind_pirq(&a, 9, 0), 4);
	CU_ASSERT_EQUAL(ports_send(&a, 4, &target), -EINVAL);
	CU_ASSERT_EQUAL(ports_send(&a, 5, &target), -EINVAL);
}

TEST(closing_one_end_leaves_the_other_unbound_for_the_same_domain)
{
	struct port was;

	start();
	CU_ASSERT_EQUAL(ports_alloc_unbound(&a, 2), 1);
	CU_ASSERT_EQUAL(connect(1), 1);
	CU_ASSERT_EQUAL(ports_close(&b, 1, &was), 0);
	CU_ASSERT_EQUAL(was.state, PORT_INTERDOMAIN);
	CU_ASSERT_PTR_EQUAL(was.remote, &a);
	ports_orphan(&a, was.remote_port, 2);
	CU_ASSERT_EQUAL(ports_get(&a, 1)->state, PORT_UNBOUND);
	CU_ASSERT_EQUAL(connect(1), 1);
}

TEST(virqs_are_bound_where_they_may_be)
{
	start();
	CU_ASSERT_EQUAL(ports_bind_virq(&a, NR_VIRQS, 0), -EINVAL);
	CU_ASSERT_EQUAL(ports_bind_virq(&a, VIRQ_CONSOLE, 1), -EINVAL); /* global ones: vcpu 0 */
	CU_ASSERT_EQUAL(ports_bind_virq(&a, VIRQ_CONSOLE, 0), 1);
	CU_ASSERT_EQUAL(ports_bind_virq(&a, VIRQ_TIMER, 1), 2);
	CU_ASSERT_EQUAL(ports_get(&a, 2)->vcpu, 1);
}

TEST(some_ports_stay_on_their_vcpu)
{
	start();
	CU_ASSERT_EQUAL(ports_bind_virq(&a, VIRQ_TIMER, 1), 1);
	CU_ASSERT_EQUAL(ports_bind_virq(&a, VIRQ_DOM_EXC, 0), 2);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 1), 3);
	CU_ASSERT_EQUAL(ports_bind_pirq(&a, 5, 0), 4);
	CU_ASSERT_EQUAL(ports_alloc_unbound(&a, 2), 5);
	CU_ASSERT_EQUAL(ports_set_vcpu(&a, 1, 2), -EINVAL);
	CU_ASSERT_EQUAL(ports_get(&a, 1)->vcpu, 1);
	CU_ASSERT_EQUAL(ports_set_vcpu(&a, 2, 2), 0);
	CU_ASSERT_EQUAL(ports_set_vcpu(&a, 3, 2), -EINVAL);
	CU_ASSERT_EQUAL(ports_set_vcpu(&a, 4, 2), 0);
	CU_ASSERT_EQUAL(ports_set_vcpu(&a, 5, 2), 0);
	CU_ASSERT_EQUAL(ports_set_vcpu(&a, 6, 2), -EINVAL);
	CU_ASSERT_EQUAL(ports_get(&a, 5)->vcpu, 2);
}

TEST(status_tells_what_a_port_is)
{
	struct evtchn_status s = {0};

	start();
	CU_ASSERT_EQUAL(ports_alloc_unbound(&a, 2), 1);
	CU_ASSERT_EQUAL(ports_status(&a, 1, &s), 0);
	CU_ASSERT_TRUE(s.status == EVTCHNSTAT_unbound && s.u.unbound.dom == 2);
	connect(1);
	CU_ASSERT_EQUAL(ports_status(&a, 1, &s), 0);
	CU_ASSERT_TRUE(s.status == EVTCHNSTAT_interdomain && s.u.interdomain.dom == 2 && s.u.interdomain.port == 1);
	ports_bind_pirq(&a, 17, 0);
	CU_ASSERT_EQUAL(ports_status(&a, 2, &s), 0);
	CU_ASSERT_TRUE(s.status == EVTCHNSTAT_pirq && s.u.pirq == 17);
	ports_bind_virq(&a, VIRQ_DEBUG, 3);
	CU_ASSERT_EQUAL(ports_status(&a, 3, &s), 0);
	CU_ASSERT_TRUE(s.status == EVTCHNSTAT_virq && s.u.virq == VIRQ_DEBUG && s.vcpu == 3);
	ports_bind_ipi(&a, 2);
	CU_ASSERT_EQUAL(ports_status(&a, 4, &s), 0);
	CU_ASSERT_TRUE(s.status == EVTCHNSTAT_ipi && s.vcpu == 2);
	CU_ASSERT_EQUAL(ports_status(&a, 5, &s), 0);
	CU_ASSERT_EQUAL(s.status, EVTCHNSTAT_closed);
}

TEST(a_certain_port_can_be_asked_for)
{
	start();
	CU_ASSERT_EQUAL(ports_take(&a, 0), -EINVAL);
	CU_ASSERT_EQUAL(ports_take(&a, 5), 5);
	CU_ASSERT_EQUAL(ports_bind_ipi(&a, 0), 1);
	CU_ASSERT_EQUAL(ports_take(&a, 1), -EBUSY);
	CU_ASSERT_EQUAL(ports_take(&a, PORTS_PER_BUCKET), -ENOBUFS);
	CU_ASSERT_EQUAL(ports_take(&a, EVTCHN_2L_NR_CHANNELS), -ENOSPC);
}
