/* hvm-timely.c - what interrupts a guest is not forgotten by the machine
 *
 * Mechanism: entries that give an interrupt, while one of the machine's comes. (QEMU notes the one without a lock, and may forget the
 * other: svm/exit.c, find_forgotten_interrupt.)
 * Promise: a domain that floods itself with interrupts, and waits for nothing, does not keep the CPU: another one's timer comes.
 * Probe: one CPU, one such domain, and many short naps beside it. What is forgotten is one in some thousands.
 */
#include "runtime/hvm.h"

const char test_title[] = "timers come beside a domain that is given interrupts all the time";
TEST_HVM("+npt");
TEST_SECONDS(90);

enum { APIC_BASE = 0x1b, EOI = 0x80b, SVR = 0x80f, SELF = 0x83f, TICK = 0x50, ROUNDS = 0 };

static bool go_on(struct trap_frame *f)
{
	if (f->vector < 32)
		return false;
	wrmsr(EOI, 0);
	return true;
}

static void interrupts_itself(struct area *a)
{
	on_trap = go_on;
	wrmsr(APIC_BASE, rdmsr(APIC_BASE) | 0xc00);
	wrmsr(SVR, 0x1ff);
	for (;; a->word[ROUNDS]++) {
		wrmsr(SELF, TICK);
		__asm__ volatile("sti; nop; cli");
	}
}

/* At most 20 s, and 20000 naps on a machine that is to itself. A nap that does not end is noticed by the limit above. */
void test_main(void)
{
	struct partner *p = partner_new_hvm(interrupts_itself, 1);
	uint64_t start = now(), naps, longest = 0;
	unsigned code;

	partner_go(p);
	for (naps = 0; naps < 20000 && now() - start < 20000000000; naps++) {
		uint64_t before = now();

		nap(20000 + naps * 977 % 100000);
		if (now() - before > longest)
			longest = now() - before;
	}
	say("%lu naps, the longest of %lu us, beside %lu rounds", naps, longest / 1000, p->area->word[ROUNDS]);
	CHECK(partner_runs(p, &code) && p->area->word[ROUNDS], "the domain beside us has done nothing");
	partner_end(p);
}
