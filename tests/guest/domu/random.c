/* random.c - a DomU that makes hypercalls at random on all of its vcpus, until it has made `calls` of them or comes to its end
 *
 * Unlike the tests beside it this is a DomU, which hvctl starts, and it gives no verdict: that others do not suffer is seen from
 * outside (tests/boot/t-domu-random.sh). Its command line says how: "seed=N calls=N". Nothing that the hypervisor lets it do is
 * left out; mostly it plays with a part of its memory, so that it lives for a while.
 */
#include "../runtime/playground.h"

const char test_title[] = "random calls";

static struct game game;
static volatile uint64_t done;

static void play_along(void *none)
{
	(void)none;
	play(&game);
}

void test_main(void)
{
	game = (struct game){.seed = option("seed", 1), .wanted = option("calls", 20000), .done = &done, .deadly = 300};
	for (unsigned i = 0; i < 4; i++) {
		game.domain[i] = (uint16_t)i;
		game.foreign[i] = game.seed * (i + 1) * 0x9e3779b1 % 0x40000;
	}
	play_prepare();
	if (CALL3(vcpu_op, VCPUOP_is_up, 1, NULL) >= 0)
		start_vcpu(1, play_along, NULL);
	play(&game);
}
