/* test_store_domains.c - no wake-up between hvstored and a domain is lost, where the domain sends an event only if it must */
#include "dom0-tools/stored/domain.h"
#include "dom0-tools/stored/limits.h"
#include "xen_world.h"

static struct xenstore_domain_interface page;
static struct daemon d;
static struct domain *dom;

void complain(const char *fmt, ...)
{
	(void)fmt;
}

static void begin(void)
{
	memset(&page, 0, sizeof(page));
	d = (struct daemon){.listener = -1, .events = -1, .grants = -1, .journal = {.fd = -1}};
	d.store = store_new(&daemon_host, &d);
	dom = domain_add(&d, 7, 9);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dom);
	dom->page = &page;
	dom->granted = true;
	dom->port = XEN_PORT;
	store_ring_begin(&dom->ring, &page);
	memset(&xen, 0, sizeof(xen));
}

static void end(void)
{
	domain_forget(&d, dom);
	store_free(d.store);
}

static void waits_to_be_taken(size_t len)
{
	static const char bytes[LIMIT_OUTPUT];

	CU_ASSERT_EQUAL(conn_queue(&dom->conn, bytes, len), 0);
}

static void takes_all(void)
{
	page.rsp_cons = page.rsp_prod;
}

TEST(room_made_without_an_event_is_used)
{
	begin();
	waits_to_be_taken(3000);
	xen.at_event = takes_all;
	CU_ASSERT_FALSE(domains_answer(&d));
	CU_ASSERT_EQUAL(conn_queued(&dom->conn), 0);
	CU_ASSERT_EQUAL(xen.events, 3);
	end();
}

static void asks_more(void)
{
	page.req_prod = 2 * sizeof(struct xsd_sockmsg);
}

TEST(a_request_made_without_an_event_is_seen)
{
	begin();
	page.req_prod = sizeof(struct xsd_sockmsg) / 2; /* of a request, the beginning */
	dom->more = true;
	domains_hear(&d);
	xen.at_event = asks_more;
	CU_ASSERT_TRUE(domains_answer(&d));
	end();
}

TEST(requests_wait_until_the_answers_have_gone)
{
	begin();
	waits_to_be_taken(LIMIT_OUTPUT);
	page.req_prod = sizeof(struct xsd_sockmsg);
	dom->more = true; /* the event has come, the last for now */
	domains_hear(&d);
	CU_ASSERT_EQUAL(dom->ring.in, 0);
	CU_ASSERT_TRUE(domains_answer(&d)); /* the first of the answers are in the ring */
	domains_hear(&d);
	CU_ASSERT_EQUAL(dom->ring.in, sizeof(struct xsd_sockmsg));
	end();
}
