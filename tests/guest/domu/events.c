/* events.c - a guest that sends events to the store and to the console daemon, as fast as it can and with nothing behind them
 *
 * Unlike the tests beside it this is a DomU, and gives no verdict: that others do not suffer is measured from outside
 * (tests/boot/t-fairness.sh).
 */
#include "../runtime/guest.h"

const char test_title[] = "a storm of events";

static void notify(uint32_t to)
{
	struct evtchn_send send = {.port = to};

	(void)CALL2(event_channel_op, EVTCHNOP_send, &send);
}

void test_main(void)
{
	for (;;) {
		notify(start_info->store_evtchn);
		notify(start_info->console.domU.evtchn);
	}
}
