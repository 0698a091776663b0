/* isolation-avx.c - the upper halves of the AVX registers, of domains that use them and of such as do not
 *
 * Mechanism: CR4.OSXSAVE and XCR0 say which of the state a guest uses; XSAVE and XRSTOR move all that there is between the CPU and
 * the vcpus that share it.
 * Promise: I12, row 28: each domain finds its own halves again, whatever XCR0 the others have; and one that switches AVX on, having
 * run without, finds zeros and no one's secrets.
 * Probe: Dom0 and two partners on one CPU: Dom0 and one partner with AVX on, the other one switching it on and off.
 */
#include "runtime/guest.h"

const char test_title[] = "AVX registers of several domains on one CPU";
TEST_SECONDS(60);
TEST_MODEL("max,-smap");

#define CR4_OSXSAVE BIT(18)
#define ROUNDS	    150

enum { STOP, DONE };

static uint64_t ymm[16][4] __attribute__((aligned(64)));

static bool osxsave_on(void)
{
	uint64_t cr4;

	return TRY("mov %%cr4, %0; or %1, %0; mov %0, %%cr4" : "=&r"(cr4) : "r"(CR4_OSXSAVE)).vector == TRAP_NONE;
}

static void set_xcr0(uint64_t value)
{
	__asm__ volatile("xsetbv" ::"a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(0));
}

static uint64_t get_xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

#define EACH(do)                                                                                                       \
	do                                                                                                             \
	(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) do(11) do(12) do(13) do(14) do(15)
#define LOAD(n)	 __asm__ volatile("vmovdqu %0, %%ymm" #n ::"m"(ymm[n]));
#define STORE(n) __asm__ volatile("vmovdqu %%ymm" #n ", %0" : "=m"(ymm[n]));

static void load(uint64_t pattern)
{
	for (unsigned n = 0; n < 16; n++)
		for (unsigned i = 0; i < 4; i++)
			ymm[n][i] = pattern * (n * 4 + i + 1);
	EACH(LOAD)
}

/* In the halves [from, 4) of all registers. */
static void expect(uint64_t pattern, unsigned from, const char *when)
{
	memset(ymm, 0xee, sizeof(ymm));
	EACH(STORE)
	for (unsigned n = 0; n < 16; n++)
		for (unsigned i = from; i < 4; i++)
			CHECK(ymm[n][i] == pattern * (n * 4 + i + 1), "%s: word %u of ymm%u is %lx", when, i, n,
			      ymm[n][i]);
}

static void always(struct area *a)
{
	NEED(osxsave_on(), "no OSXSAVE");
	EXPECT((long)get_xcr0() & 1, 1);
	set_xcr0(7);
	expect(0, 0, "at the start");
	for (uint64_t round = 1; !a->word[STOP]; round++) {
		load(round * 0x9e3779b97f4a7c15);
		for (unsigned i = 0; i < 9; i++)
			yield();
		expect(round * 0x9e3779b97f4a7c15, 0, "with AVX always on");
		EXPECT((long)get_xcr0(), 7);
		a->word[DONE] = round;
	}
}

/* While AVX is off a domain's upper halves are not there. */
static void now_and_then(struct area *a)
{
	NEED(osxsave_on(), "no OSXSAVE");
	for (uint64_t round = 1; !a->word[STOP]; round++) {
		set_xcr0(3);
		CHECK(TRY("vmovdqu %0, %%ymm3" ::"m"(ymm[3])).vector == TRAP_UD, "AVX is there while it is off");
		for (unsigned i = 0; i < 5; i++)
			yield();
		set_xcr0(7);
		if (round == 1)
			expect(0, 2, "the first time AVX is on");
		load(round * 0xd1342543de82ef95);
		for (unsigned i = 0; i < 5; i++)
			yield();
		expect(round * 0xd1342543de82ef95, 0, "with AVX now and then");
		a->word[DONE] = round;
	}
}

void test_main(void)
{
	struct partner *other[2];
	uint32_t a = 1, b, c = 0, d;
	uint64_t round = 0;
	unsigned code;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (!(c & BIT(28)))
		skip("this CPU has no AVX");
	NEED(osxsave_on(), "no OSXSAVE");
	CHECK(TRY("xsetbv" ::"a"(2), "d"(0), "c"(0)).vector == TRAP_GP, "XCR0 without x87");
	CHECK(TRY("xsetbv" ::"a"(5), "d"(0), "c"(0)).vector == TRAP_GP, "XCR0 with AVX and without SSE");
	CHECK(TRY("xsetbv" ::"a"(7), "d"(1u << 31), "c"(0)).vector == TRAP_GP, "XCR0 with what is not there");
	CHECK(TRY("xsetbv" ::"a"(7), "d"(0), "c"(1)).vector == TRAP_GP, "XCR1");
	set_xcr0(7);
	load(0xdeadbeefcafe); /* for the new ones to find, if they can */
	other[0] = partner_new(always, 1);
	other[1] = partner_new(now_and_then, 1);
	partner_go(other[0]);
	partner_go(other[1]);
	while ((other[0]->area->word[DONE] < ROUNDS && partner_runs(other[0], &code)) ||
	       (other[1]->area->word[DONE] < ROUNDS && partner_runs(other[1], &code))) {
		load(++round * 0x2545f4914f6cdd1d);
		for (unsigned i = 0; i < 7; i++)
			yield();
		expect(round * 0x2545f4914f6cdd1d, 0, "in Dom0");
	}
	say("%lu rounds beside %lu and %lu", round, other[0]->area->word[DONE], other[1]->area->word[DONE]);
	for (unsigned i = 0; i < 2; i++) {
		other[i]->area->word[STOP] = 1;
		partner_wait(other[i]);
		partner_end(other[i]);
	}
	/* Its programs' CPUID is the CPU's: what is switched no more, they must not find in XCR0. */
	EXPECT(TRY("mov %%cr4, %0; and %1, %0; mov %0, %%cr4" : "=&r"(round) : "r"(~CR4_OSXSAVE)).vector, TRAP_NONE);
	EXPECT((long)get_xcr0(), 1);
}
