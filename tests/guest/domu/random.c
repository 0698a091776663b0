/* random.c - a DomU that makes hypercalls at random on all of its vcpus, until it has made `calls` of them or comes to its end
 *
 * Unlike the tests beside it this is a DomU, which hvctl starts, and it gives no verdict: that others do not suffer is seen from
 * outside (tests/boot/t-domu-random.sh). Its command line says how: "seed=N calls=N deadly=N". Nothing that the hypervisor lets it
 * do is left out, but with deadly=0 what is meant to end or stop its caller; mostly it plays with a part of its memory, so that
 * it lives for a while. On its console it says how far it has come.
 */
#include <xen/io/console.h>

#include "../runtime/playground.h"
#include "lib/printf.h"

const char test_title[] = "random calls";

#define SLICE 5000 /* calls from one word on the console to the next */

static struct game game, beside;
static volatile uint64_t done;

/* Into the console's ring, if that is still where it was; what has no room is lost. */
static void tell(void *none)
{
	struct xencons_interface *console = address_of_mfn(start_info->console.domU.mfn);
	struct evtchn_send send = {.port = start_info->console.domU.evtchn};
	char text[40];
	int length = format(text, sizeof(text), "calls: %lu\n", done);

	(void)none;
	if (sizeof(console->out) - (console->out_prod - console->out_cons) < (size_t)length)
		return;
	for (int i = 0; i < length; i++)
		console->out[MASK_XENCONS_IDX(console->out_prod + (uint32_t)i, console->out)] = text[i];
	__atomic_store_n(&console->out_prod, console->out_prod + (uint32_t)length, __ATOMIC_RELEASE);
	(void)CALL2(event_channel_op, EVTCHNOP_send, &send);
}

static void play_along(void *none)
{
	(void)none;
	play(&beside);
}

void test_main(void)
{
	uint64_t calls = option("calls", 20000);

	game = (struct game){
		.seed = option("seed", 1), .wanted = calls, .done = &done, .deadly = (uint32_t)option("deadly", 300)};
	for (unsigned i = 0; i < 4; i++) {
		game.domain[i] = (uint16_t)i;
		game.foreign[i] = game.seed * (i + 1) * 0x9e3779b1 % 0x40000;
	}
	beside = game;
	play_prepare();
	if (CALL3(vcpu_op, VCPUOP_is_up, 1, NULL) >= 0)
		start_vcpu(1, play_along, NULL);
	while (done < calls) {
		game.wanted = MIN(calls, done + SLICE);
		play(&game);
		game.seed += 0x10001;
		(void)attempt(tell, NULL);
	}
}
