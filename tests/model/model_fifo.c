/* model_fifo.c - events queued by one CPU while the guest takes them off on another: none is lost
 *
 * The guest does what the ABI asks of it: it takes the first word off a queue by clearing LINKED and its link, and clears PENDING
 * before it handles the event.
 */
#include "machine.h"

#include "event-channel/deliver.h"
#include "event-channel/fifo.h"
#include "event-channel/ports.h"

#define PORTS	  4
#define QUEUE	  EVTCHN_FIFO_PRIORITY_DEFAULT
#define BIT_OF(n) ((event_word_t)1 << (n))

static struct evtchn_table table;
static struct port bucket[PORTS_PER_BUCKET];
static struct fifo fifo;
static struct fifo_vcpu state;
static struct evtchn_fifo_control_block control;
static event_word_t words[FIFO_WORDS_PER_PAGE];
static struct vcpu_info info;
static uint32_t guest_head;
static unsigned handled[PORTS];

static void start(void)
{
	model_machine(2);
	ports_init(&table, PORTS);
	ports_add_bucket(&table, bucket);
	for (unsigned i = 1; i < PORTS; i++)
		if (ports_bind_ipi(&table, 0) != (int)i)
			abort();
	fifo_add_page(&fifo, words);
	fifo_add_vcpu(&fifo, 0, &state, &control);
	table.fifo = &fifo;
	model_runs(0, &alice, 0);
	model_runs(1, &alice, 1);
}

static void raise(uint32_t port)
{
	spin_lock(&alice.event_lock);
	deliver_raise(&table, alice.shared_info, &info, port);
	spin_unlock(&alice.event_lock);
}

static void unmask(uint32_t port)
{
	spin_lock(&alice.event_lock);
	deliver_unmask(&table, alice.shared_info, &info, port);
	spin_unlock(&alice.event_lock);
}

/* The first word of the queue, taken off: what it linked to comes next. */
static uint32_t take_off(uint32_t port)
{
	event_word_t old = __atomic_load_n(&words[port], __ATOMIC_SEQ_CST);

	while (!__atomic_compare_exchange_n(&words[port], &old,
					    old & ~(BIT_OF(EVTCHN_FIFO_LINKED) | EVTCHN_FIFO_LINK_MASK), false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	return old & EVTCHN_FIFO_LINK_MASK;
}

/* Everything that is in the queue now. */
static void look(void)
{
	uint32_t ready = __atomic_exchange_n(&control.ready, 0, __ATOMIC_SEQ_CST), port;

	if (!(ready & BIT_OF(QUEUE)))
		return;
	do {
		if (!guest_head)
			guest_head = __atomic_load_n(&control.head[QUEUE], __ATOMIC_SEQ_CST);
		port = guest_head;
		if (!port || port >= PORTS)
			interleave_wrong("the queue leads nowhere");
		guest_head = take_off(port);
		if (!(__atomic_load_n(&words[port], __ATOMIC_SEQ_CST) & BIT_OF(EVTCHN_FIFO_MASKED)) &&
		    __atomic_fetch_and(&words[port], ~BIT_OF(EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST) &
			    BIT_OF(EVTCHN_FIFO_PENDING))
			handled[port]++;
	} while (guest_head);
}

static void guest(void)
{
	for (unsigned i = 0; i < 2; i++)
		if (__atomic_exchange_n(&info.evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST))
			look();
}

static void raises_two(void)
{
	raise(1);
	raise(2);
}

static void raises_one_twice(void)
{
	raise(1);
	raise(1);
	raise(2);
}

/* It looks once more when it is told to, and has had all that was raised. */
static const char *none_is_lost(void)
{
	for (unsigned i = 0; i < 8 && info.evtchn_upcall_pending; i++) {
		info.evtchn_upcall_pending = 0;
		look();
	}
	for (unsigned port = 1; port < 3; port++) {
		if (!handled[port])
			return "an event was lost";
		if (words[port] & BIT_OF(EVTCHN_FIFO_PENDING))
			return "an event is pending and nobody is told";
	}
	return NULL;
}

TEST(what_is_raised_is_found)
{
	static const struct interleave a = {.name = "two events, and the guest takes them",
					    .setup = start,
					    .thread = {raises_two, guest},
					    .finally = none_is_lost};
	static const struct interleave b = {.name = "one event twice, another, and the guest",
					    .setup = start,
					    .thread = {raises_one_twice, guest},
					    .finally = none_is_lost};
	static const struct interleave c = {.name = "two CPUs raise, and the guest",
					    .setup = start,
					    .thread = {raises_two, guest, raises_two},
					    .finally = none_is_lost};

	CU_ASSERT_TRUE(interleave(&a));
	CU_ASSERT_TRUE(interleave(&b));
	CU_ASSERT_TRUE(interleave(&c));
}

static void masked(void)
{
	start();
	words[1] = BIT_OF(EVTCHN_FIFO_MASKED);
}

/* As Linux unmasks: by the hypervisor if it was raised meanwhile. */
static void guest_unmasks(void)
{
	unmask(1);
	guest();
}

TEST(what_was_masked_is_found_when_it_is_unmasked)
{
	static const struct interleave m = {.name = "a masked event is raised, unmasked and taken",
					    .setup = masked,
					    .thread = {raises_two, guest_unmasks},
					    .finally = none_is_lost};

	CU_ASSERT_TRUE(interleave(&m));
}

/* One vcpu masks a port, unmasks it and polls it, BUSY or not, and then takes it off: each time its word is another one. */
static void guest_changes_the_tail(void)
{
	__atomic_fetch_or(&words[1], BIT_OF(EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
	__atomic_fetch_and(&words[1], ~BIT_OF(EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
	if (__atomic_fetch_and(&words[1], ~BIT_OF(EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST) & BIT_OF(EVTCHN_FIFO_PENDING))
		handled[1]++;
	guest();
}

TEST(a_tail_that_changes_until_it_is_taken_off)
{
	static const struct interleave m = {.name = "the tail changes at each try, and last of all is taken off",
					    .setup = start,
					    .thread = {raises_two, guest_changes_the_tail},
					    .finally = none_is_lost};

	CU_ASSERT_TRUE(interleave(&m));
}
