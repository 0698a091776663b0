/* isolation.c - what one domain has in its registers no other one sees, nor changes
 *
 * Mechanism: FPU, SSE and debug registers, segment bases and selectors are saved when a vcpu leaves a CPU and loaded when it comes
 * back; what a CPU has to itself, such as breakpoints, is switched on for its owner alone.
 * Promise: I12, rows 27 and 28: a new vcpu begins with the state after reset; each finds its own again; another's breakpoint does
 * not fire.
 * Probe: two domains on one CPU, at the same addresses, that give it to each other all the time.
 */
#include "runtime/guest.h"

const char test_title[] = "registers of two domains on one CPU";
TEST_CPUS(1);

enum { STOP, ROUNDS };

struct fxsave {
	uint16_t fcw, fsw;
	uint8_t ftw, reserved;
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr, mxcsr_mask;
	struct {
		uint64_t low, high;
	} st[8], xmm[16];
	uint64_t rest[12];
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct fxsave) == 512, "what FXSAVE writes");

static struct fxsave mine, found;
static volatile unsigned breaks;

static void save(struct fxsave *to)
{
	__asm__ volatile("fxsave64 %0" : "=m"(*to)::"memory");
}

static bool count_breaks(struct trap_frame *f)
{
	if (f->vector != TRAP_DB)
		return false;
	breaks++;
	EXPECT(CALL2(set_debugreg, 7, 0), 0); /* once is enough */
	return true;
}

/* Both domains have this at the same address. */
static __attribute__((noinline)) void marked(void)
{
	__asm__ volatile("nop");
}

static void as_after_reset(void)
{
	save(&found);
	CHECK(found.fcw == 0x37f && !found.fsw && !found.ftw && !found.fop && !found.fip && !found.fdp,
	      "x87 at the start: %#x %#x %#x %#x %#lx %#lx", found.fcw, found.fsw, found.ftw, found.fop, found.fip,
	      found.fdp);
	CHECK(found.mxcsr == 0x1f80, "MXCSR at the start: %#x", found.mxcsr);
	for (unsigned i = 0; i < 16; i++)
		CHECK(!found.xmm[i].low && !found.xmm[i].high, "xmm%u at the start: %lx", i, found.xmm[i].low);
	for (unsigned i = 0; i < 8; i++)
		CHECK(!found.st[i].low && !found.st[i].high, "st%u at the start: %lx", i, found.st[i].low);
	for (unsigned i = 0; i < 4; i++)
		EXPECT(CALL1(get_debugreg, i), 0);
}

static void set_mine(uint64_t pattern)
{
	save(&mine);
	for (unsigned i = 0; i < 8; i++)
		mine.st[i].low = pattern + i, mine.st[i].high = 0x3fff;
	for (unsigned i = 0; i < 16; i++)
		mine.xmm[i].low = pattern ^ (i + 1), mine.xmm[i].high = ~pattern * (i + 1);
	mine.ftw = 0xff;
	mine.fcw = (uint16_t)(0x37f ^ (pattern & 0xc00));
	mine.mxcsr = (uint32_t)(0x1f80 ^ (pattern & 0x6000));
	__asm__ volatile("fxrstor64 %0" ::"m"(mine));
	for (unsigned i = 0; i < 3; i++)
		EXPECT(CALL2(set_debugreg, i + 1, pattern % 4096 * 8 + i * 4096), 0);
	EXPECT(CALL2(set_segment_base, SEGBASE_FS, pattern % 4096), 0);
	EXPECT(CALL2(set_segment_base, SEGBASE_GS_KERNEL, pattern % 4096 + 1), 0);
}

static uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static void check_mine(uint64_t pattern)
{
	save(&found);
	CHECK(found.fcw == mine.fcw && found.mxcsr == mine.mxcsr && found.ftw == mine.ftw, "control words: %#x %#x %#x",
	      found.fcw, found.mxcsr, found.ftw);
	for (unsigned i = 0; i < 8; i++)
		CHECK(found.st[i].low == mine.st[i].low && (uint16_t)found.st[i].high == 0x3fff, "st%u: %lx", i,
		      found.st[i].low);
	for (unsigned i = 0; i < 16; i++)
		CHECK(found.xmm[i].low == mine.xmm[i].low && found.xmm[i].high == mine.xmm[i].high, "xmm%u: %lx", i,
		      found.xmm[i].low);
	for (unsigned i = 0; i < 3; i++)
		EXPECT(CALL1(get_debugreg, i + 1), (long)(pattern % 4096 * 8 + i * 4096));
	CHECK(rdmsr(0xc0000100) == pattern % 4096 && rdmsr(0xc0000101) == pattern % 4096 + 1, "segment bases %lx, %lx",
	      rdmsr(0xc0000100), rdmsr(0xc0000101));
}

static void other(struct area *a)
{
	as_after_reset();
	on_trap = count_breaks;
	EXPECT(CALL2(set_debugreg, 0, (uint64_t)marked), 0);
	for (uint64_t round = 1; !a->word[STOP]; round++) {
		uint64_t pattern = round * 0x9e3779b97f4a7c15;

		set_mine(pattern);
		EXPECT(CALL2(set_debugreg, 7, 1), 0);
		for (unsigned i = 0; i < 20; i++)
			yield();
		check_mine(pattern);
		breaks = 0;
		marked();
		CHECK(breaks == 1, "our breakpoint fired %u times", breaks);
		a->word[ROUNDS] = round;
	}
}

void test_main(void)
{
	struct partner *p;
	uint64_t round = 0;
	unsigned code;

	set_mine(0xdeadbeefcafe); /* for the new domain to find, if it can */
	p = partner_new(other, 1);
	partner_go(p);
	on_trap = count_breaks;
	while (p->area->word[ROUNDS] < 200 && partner_runs(p, &code)) {
		uint64_t pattern = ++round * 0xd1342543de82ef95;

		set_mine(pattern);
		for (unsigned i = 0; i < 7; i++) {
			yield();
			marked();
		}
		check_mine(pattern);
		CHECK(!breaks, "another domain's breakpoint fired here");
		breaks = 0;
	}
	say("%lu rounds beside %lu", round, p->area->word[ROUNDS]);
	p->area->word[STOP] = 1;
	partner_wait(p);
	partner_end(p);
}
