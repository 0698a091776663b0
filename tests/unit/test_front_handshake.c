/* test_front_handshake.c - a front end and a back end that find each other, part, and find each other again; and a wild one */
#include "frontend-drivers/protocol/handshake.h"
#include "random.h"
#include "unit.h"

/* The back end's half as backend-drivers/launcher/device.c has it: what it does when it sees the front end's state. */
struct back {
	enum xenbus_state state;
	bool serving;
};

static void back_step(struct back *b, enum xenbus_state front)
{
	if (b->serving) {
		if (front == XenbusStateClosing) {
			b->state = XenbusStateClosing;
		} else if (front != XenbusStateInitialised && front != XenbusStateConnected) {
			b->serving = false;
			back_step(b, front);
		}
		return;
	}
	switch (front) {
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (b->state == XenbusStateInitWait || b->state == XenbusStateConnected) {
			b->serving = true;
			b->state = XenbusStateConnected;
		}
		break;
	case XenbusStateInitialising:
	case XenbusStateInitWait:
		b->state = XenbusStateInitWait;
		break;
	default:
		if (b->state != XenbusStateInitWait)
			b->state = XenbusStateClosed;
	}
}

/* The driver's half: rings there or not, described or not. */
static struct handshake h;
static enum xenbus_state shown;
static bool rings, connected;
static int offers, leaves;

static bool front_step(enum xenbus_state back)
{
	enum handshake_todo todo = handshake_step(&h, back);

	switch (todo) {
	case HANDSHAKE_WAIT:
	case HANDSHAKE_LOOK:
		CU_ASSERT_TRUE(todo == HANDSHAKE_WAIT || connected);
		return false;
	case HANDSHAKE_BEGIN:
		CU_ASSERT_FALSE(rings);
		break;
	case HANDSHAKE_OFFER:
		CU_ASSERT_FALSE(rings);
		rings = true;
		offers++;
		break;
	case HANDSHAKE_CONNECT:
		CU_ASSERT_TRUE(rings);
		connected = true;
		break;
	case HANDSHAKE_LEAVE:
		rings = connected = false;
		leaves++;
		break;
	}
	shown = h.own;
	return true;
}

static void begin(void)
{
	handshake_begin(&h);
	shown = h.own;
	rings = connected = false;
	offers = leaves = 0;
}

/* Both ends look at each other, in turn, until neither has anything to do. */
static void settle(struct back *b)
{
	for (int i = 0; i < 20; i++) {
		while (front_step(b->state))
			;
		back_step(b, shown);
	}
}

TEST(two_ends_find_each_other)
{
	struct back b = {XenbusStateInitialising, false};

	begin();
	CU_ASSERT_FALSE(front_step(b.state));
	settle(&b);
	CU_ASSERT_TRUE(connected && b.serving && b.state == XenbusStateConnected && shown == XenbusStateConnected);
	CU_ASSERT_EQUAL(offers, 1);
}

TEST(an_end_by_the_guests_will)
{
	struct back b = {XenbusStateInitWait, false};

	begin();
	settle(&b);
	handshake_end(&h);
	shown = h.own;
	CU_ASSERT_EQUAL(shown, XenbusStateClosing);
	settle(&b);
	CU_ASSERT_TRUE(!connected && !rings && !b.serving && shown == XenbusStateClosed &&
		       b.state == XenbusStateClosed);
	/* Nobody brings it back. */
	CU_ASSERT_FALSE(handshake_retry(&h));
	b.state = XenbusStateInitWait;
	settle(&b);
	CU_ASSERT_EQUAL(shown, XenbusStateClosed);
	CU_ASSERT_EQUAL(offers, 1);
}

TEST(an_end_before_there_was_a_beginning)
{
	begin();
	handshake_end(&h);
	CU_ASSERT_EQUAL(h.own, XenbusStateClosed);
	CU_ASSERT_EQUAL(handshake_step(&h, XenbusStateInitWait), HANDSHAKE_WAIT);
}

TEST(a_back_end_that_ends_and_comes_again)
{
	struct back b = {XenbusStateInitWait, false};

	begin();
	settle(&b);
	/* It gives the device up: its ring held nonsense, or its file is gone. */
	b = (struct back){XenbusStateClosed, false};
	settle(&b);
	CU_ASSERT_TRUE(!connected && !rings && shown == XenbusStateClosed);
	CU_ASSERT_EQUAL(leaves, 1);
	/* The driver tries again after a while. */
	CU_ASSERT_TRUE(handshake_retry(&h));
	shown = h.own;
	settle(&b);
	CU_ASSERT_TRUE(connected && b.serving);
	CU_ASSERT_EQUAL(offers, 2);
}

TEST(a_back_end_that_forgets)
{
	struct back b = {XenbusStateInitWait, false};

	begin();
	settle(&b);
	/* Another back end, which knows nothing of the ring of before. */
	b = (struct back){XenbusStateInitWait, false};
	settle(&b);
	CU_ASSERT_TRUE(connected && b.serving);
	CU_ASSERT_EQUAL(offers, 2);
	CU_ASSERT_EQUAL(leaves, 1);
}

TEST(a_back_end_whose_node_vanishes)
{
	struct back b = {XenbusStateInitWait, false};

	begin();
	settle(&b);
	while (front_step(XenbusStateUnknown))
		;
	CU_ASSERT_TRUE(!connected && !rings && shown == XenbusStateClosed);
}

TEST(a_failure_of_the_driver)
{
	struct back b = {XenbusStateInitWait, false};

	begin();
	settle(&b);
	handshake_fail(&h);
	shown = h.own;
	rings = connected = false;
	settle(&b);
	CU_ASSERT_EQUAL(shown, XenbusStateClosed);
	CU_ASSERT_FALSE(b.serving);
	CU_ASSERT_TRUE(handshake_retry(&h));
	shown = h.own;
	settle(&b);
	CU_ASSERT_TRUE(connected && b.serving);
}

TEST(whatever_a_back_end_writes_rings_are_made_once_and_left_once)
{
	random_seed(__func__, 3);
	for (int round = 0; round < 2000; round++) {
		begin();
		for (int i = 0; i < 60; i++) {
			/* front_step() asserts: no rings twice, no connection without them */
			front_step((enum xenbus_state)random_below(12));
			if (random_below(20) == 0 && handshake_retry(&h))
				CU_ASSERT_FALSE(rings);
			CU_ASSERT_TRUE(!connected || rings);
		}
		/* And an honest one after it is not refused. */
		struct back b = {XenbusStateInitWait, false};
		settle(&b);
		if (shown == XenbusStateClosed && handshake_retry(&h)) {
			shown = h.own;
			settle(&b);
		}
		CU_ASSERT_TRUE(connected && b.serving);
	}
}
