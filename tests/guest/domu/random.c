/* random.c - a DomU that makes hypercalls at random on all of its vcpus, until it has made `calls` of them or comes to its end
 *
 * Unlike the tests beside it this is a DomU, which hvctl starts, and it gives no verdict: that others do not suffer is seen from
 * outside (tests/boot/t-domu-random.sh). Its command line says how: "seed=N calls=N keep=1". Without `keep` nothing that the
 * hypervisor lets it do is left out; mostly it plays with a part of its memory, so that it lives for a while. With it calls are left
 * out that end its life or its console's (runtime/neighbourly.h), it gets new pages for those that it has given away, and its
 * console tells how far it has come.
 */
#include "../runtime/neighbourly.h"
#include "../runtime/playground.h"

const char test_title[] = "random calls";

#define CALLS 20000 /* of one game */
#define SPARE 1024  /* pages from here on are mapped by nobody, and in use for nothing: hvctl maps 4 MiB */

static struct game game;
static volatile uint64_t done;
static struct barrier barrier;
static unsigned players = 1;

static void play_along(void *none)
{
	(void)none;
	meet(&barrier, players);
	play(&game);
	meet(&barrier, players);
}

static void play_on(void *none)
{
	for (;;)
		play_along(none);
}

void test_main(void)
{
	uint64_t seed = option("seed", 1), calls = option("calls", CALLS), keep = option("keep", 0), spare = SPARE;

	for (unsigned i = 0; i < 4; i++) {
		game.domain[i] = (uint16_t)i;
		game.foreign[i] = seed * (i + 1) * 0x9e3779b1 % 0x40000;
	}
	game.deadly = keep ? 0 : 300;
	game.allowed = keep ? neighbourly : NULL;
	game.done = &done;
	play_prepare();
	if (keep)
		wait_until_heard();
	if (CALL3(vcpu_op, VCPUOP_is_up, 1, NULL) >= 0) {
		players = 2;
		start_vcpu(1, play_on, NULL);
	}
	for (uint64_t made = 0; made < calls; made += game.wanted) {
		game.seed = seed++;
		game.wanted = MIN(calls - made, (uint64_t)CALLS);
		done = 0;
		play_along(NULL);
		say("made %lu, of which %lu were not refused; %lu pages were given away", made + game.wanted,
		    game.taken, spare - SPARE);
		play_renew(&spare);
	}
}
