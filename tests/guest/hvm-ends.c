/* hvm-ends.c - a domain under hardware virtualization that does wrong ends, or goes on; in any case it hurts nobody else
 *
 * Mechanism: triple faults, memory accesses that are not emulated, page tables where there is no memory, vcpus that halt for good,
 * endless exits, waiting without end; states that the tools set.
 * Promise: each ends that domain with a code that says how, and nothing of it is left; one that never ends takes its share of the CPU
 * and no more; a state that no CPU has is refused.
 * Probe: one domain for each, beside this one.
 */
#include <xen/domctl.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#include "runtime/hvm.h"

const char test_title[] = "wrong things under hardware virtualization";
TEST_HVM("+npt");
TEST_SECONDS(60);

#define HOLE 0xe0000000UL
enum { TURNS, INTEL };
#define NAPS 20

long domctl(uint16_t id, uint32_t cmd, struct xen_domctl *op);

/* ---- what ends it ---------------------------------------------------------------------------------------------------------- */

static void no_idt(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = {0, 0};

	__asm__ volatile("lidt %0" ::"m"(none));
}

static void triple(struct area *a)
{
	(void)a;
	no_idt();
	__asm__ volatile("int3");
}

/* The hypervisor's exception, with no way to deliver it. */
static void triple_injected(struct area *a)
{
	(void)a;
	no_idt();
	__asm__ volatile("rdmsr" ::"c"(0x12345) : "rax", "rdx");
}

static void strange(struct area *a)
{
	(void)a;
	__asm__ volatile("fildq (%0)" ::"r"(HOLE) : "memory");
}

static void runs_there(struct area *a)
{
	(void)a;
	((void (*)(void))HOLE)();
}

static void walk(struct area *a)
{
	(void)a;
	__asm__ volatile("mov %0, %%cr3" ::"r"(HOLE) : "memory");
}

/* A table that the CPU has to write into, where there is none. */
static void walk_entry(struct area *a)
{
	uint64_t cr3;

	(void)a;
	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	((volatile uint64_t *)cr3)[8] = HOLE | 0x23;
	(void)*(volatile uint64_t *)(8UL << 39);
}

static void gives_all_away(struct area *a)
{
	struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};

	(void)a;
	for (xen_pfn_t gfn = 0; gfn < PARTNER_PAGES; gfn++) {
		r.extent_start = &gfn;
		(void)CALL2(memory_op, XENMEM_decrease_reservation, &r);
	}
}

static void halts(struct area *a)
{
	(void)a;
	__asm__ volatile("cli; hlt");
}

static void ends(const char *what, void (*role)(struct area *), unsigned how)
{
	uint64_t end = now() + 5000000000;
	struct partner *p = partner_new_hvm(role, 1);
	unsigned code = ~0u;

	partner_go(p);
	while (partner_runs(p, &code) && now() < end)
		yield();
	CHECK(code == how && !p->area->done, "%s: it ended with code %d, not %u", what, (int)code, how);
	partner_end(p);
}

static void wrong_things(void)
{
	ends("a triple fault", triple, SHUTDOWN_reboot);
	ends("a triple fault by an injected exception", triple_injected, SHUTDOWN_reboot);
	ends("a strange load from a hole", strange, SHUTDOWN_crash);
	ends("a jump into a hole", runs_there, SHUTDOWN_crash);
	ends("tables in a hole", walk, SHUTDOWN_crash);
	ends("a table in a hole", walk_entry, SHUTDOWN_crash);
	ends("no memory at all", gives_all_away, SHUTDOWN_crash);
	ends("halted for good", halts, SHUTDOWN_poweroff);
}

/* As the tools have asked for it. */
static void triple_fault_reason(void)
{
	struct partner *p = partner_new_hvm(triple, 1);
	struct xen_hvm_param reason = {.domid = p->id, .index = HVM_PARAM_TRIPLE_FAULT_REASON, .value = 77};
	unsigned code;

	REFUSED(CALL2(hvm_op, HVMOP_set_param, &reason));
	reason.value = SHUTDOWN_crash;
	EXPECT(CALL2(hvm_op, HVMOP_set_param, &reason), 0);
	partner_go(p);
	while (partner_runs(p, &code))
		yield();
	CHECK(code == SHUTDOWN_crash, "a triple fault, as asked for: code %u", code);
	partner_end(p);
}

/* ---- what never ends ------------------------------------------------------------------------------------------------------- */

static void exits(struct area *a)
{
	for (;; a->word[TURNS]++)
		(void)cpuid(1, 0);
}

static void calls(struct area *a)
{
	for (;; a->word[TURNS]++)
		(void)CALL2(xen_version, XENVER_version, NULL);
}

static void reads_a_hole(struct area *a)
{
	for (;; a->word[TURNS]++)
		(void)*(volatile uint64_t *)HOLE;
}

static bool go_on(struct trap_frame *f)
{
	if (f->vector < 32)
		return false;
	*(volatile uint32_t *)(0xfee000b0UL) = 0;
	return true;
}

/* An interrupt from each interrupt, always one pending. */
static void interrupts_itself(struct area *a)
{
	(void)a;
	on_trap = go_on;
	*(volatile uint32_t *)0xfee000f0UL = 0x1ff;
	*(volatile uint32_t *)0xfee00380UL = 0;
	for (;; a->word[TURNS]++) {
		*(volatile uint32_t *)0xfee00300UL = 0x40050;
		__asm__ volatile("sti; nop; cli");
	}
}

/* A timer whose period is over before it is set. */
static void timer_storm(struct area *a)
{
	on_trap = go_on;
	*(volatile uint32_t *)0xfee000f0UL = 0x1ff;
	*(volatile uint32_t *)0xfee003e0UL = 0xb;
	*(volatile uint32_t *)0xfee00320UL = 0x20050;
	*(volatile uint32_t *)0xfee00380UL = 1;
	for (;; a->word[TURNS]++)
		__asm__ volatile("sti; nop; cli");
}

/* Faults in a circle, which no exit interrupts: the handler is the fault again. */
static bool fault_again(struct trap_frame *f)
{
	(void)f;
	return true;
}

static void faults(struct area *a)
{
	a->word[TURNS] = 1;
	on_trap = fault_again;
	__asm__ volatile("ud2");
}

/* No exit at all, and no interrupt that it would take. */
static void spins(struct area *a)
{
	for (;;)
		a->word[TURNS]++;
}

static bool nmi_came(struct trap_frame *f)
{
	return f->vector == 2;
}

static void nmis(struct area *a)
{
	on_trap = nmi_came;
	__asm__ volatile("" ::: "memory"); /* an endless loop reads no variable */
	for (;; a->word[TURNS]++)
		*(volatile uint32_t *)0xfee00300UL = 0x40400;
}

/* One CPU for both: our turns must come, while it does what it does. */
static void never_ends(const char *what, void (*role)(struct area *))
{
	struct partner *p = partner_new_hvm(role, 1);
	uint64_t start = now(), naps = 0;
	unsigned code;

	partner_go(p);
	while (naps < NAPS && now() - start < 5000000000 && partner_runs(p, &code)) {
		nap(5000000);
		naps++;
	}
	CHECK(partner_runs(p, &code), "%s: it has ended, code %u", what, code);
	CHECK(p->area->word[TURNS], "%s: it does not come to anything", what);
	say("%s: %lu turns in %lu ms", what, p->area->word[TURNS], (now() - start) / 1000000);
	CHECK(naps == NAPS, "%s: in 5 s this domain had %lu turns", what, naps);
	partner_end(p);
}

/* ---- what waits ------------------------------------------------------------------------------------------------------------ */

static void spins_with_pause(struct area *a)
{
	a->word[INTEL] = is_intel();
	for (a->word[TURNS] = 1;;)
		relax();
}

/* How often we come to run again in half a second, if we yield each time. */
static uint64_t turns_beside(void (*role)(struct area *), bool *intel)
{
	struct partner *p = partner_new_hvm(role, 1);
	uint64_t turns = 0, start;

	partner_go(p);
	while (!p->area->word[TURNS])
		yield();
	for (start = now(); now() - start < 500000000; turns++)
		yield();
	*intel = p->area->word[INTEL];
	partner_end(p);
	return turns;
}

/* Under VT-x such a vcpu is not noticed. */
static void waiting_yields(void)
{
	bool intel;
	uint64_t without = turns_beside(spins, &intel), with = turns_beside(spins_with_pause, &intel);

	say("turns beside a vcpu that spins: %lu, and with PAUSE %lu", without, with);
	CHECK(intel || with > 2 * without, "a vcpu that spins with PAUSE does not yield: %lu turns, and %lu beside it",
	      without, with);
}

/* ---- states ------------------------------------------------------------------------------------------------------------------ */

static void nothing(struct area *a)
{
	(void)a;
}

static void bad_states(void)
{
	static struct hvm_hw_cpu c;
	struct partner *p = partner_new_hvm(nothing, 1);

#define BAD(change)                                                                                                    \
	({                                                                                                             \
		hvm_initial_cpu(&c);                                                                                   \
		change;                                                                                                \
		CHECK(hvm_set_cpu(p, 0, &c) < 0, "a state with %s is taken", #change);                                 \
	})
	BAD(c.cr0 &= ~1UL);
	BAD(c.cr0 |= 1UL << 29);
	BAD(c.cr0 |= 1UL << 40);
	BAD(c.cr3 |= 1UL << 60);
	BAD(c.cr4 &= ~0x20UL);
	BAD(c.cr4 |= 1UL << 13);
	BAD(c.cr4 |= 1UL << 40);
	BAD(c.msr_efer |= 1UL << 12);
	BAD(c.msr_efer |= 1UL << 40);
	BAD(c.msr_efer &= ~0x400UL);
	BAD(c.msr_efer &= ~0x100UL);
	BAD(c.rip = 1UL << 47);
	BAD(c.cs_arbytes = 0xe9b);
	BAD(c.cs_arbytes = 0xa1b);
	BAD(c.cs_arbytes = 0xa93);
	BAD(c.fs_base = 1UL << 47);
	BAD(c.gdtr_base = 1UL << 63);
	BAD(c.tr_arbytes = 0x0b);
	BAD(c.dr7 = 1UL << 32);
	BAD(c.dr6 = 1UL << 32);
	BAD(c.msr_lstar = 1UL << 47);
	BAD(c.shadow_gs = 1UL << 47);
	BAD(c.sysenter_eip = 1UL << 47);
	BAD(c.pending_valid = 1);
	hvm_initial_cpu(&c);
	CHECK(hvm_set_cpu(p, 1, &c) < 0, "a vcpu that is not there has a state");
	EXPECT(hvm_set_cpu(p, 0, &c), 0);
	partner_end(p);
}

/* What was set is what is read; what is read can be set; and after its end, it is where it ended. */
static void read_back(void)
{
	struct partner *p = partner_new_hvm(halts, 1);
	static struct hvm_hw_cpu set, got;
	unsigned code;

	hvm_initial_cpu(&set);
	set.rax = 0x1122334455667788;
	set.r15 = 0x99aabbccddeeff00;
	set.fs_base = 0x7fff00001000;
	set.shadow_gs = 0xffff800000001000;
	set.msr_lstar = 0xffffffff80001000;
	set.dr0 = 0x1234;
	EXPECT(hvm_set_cpu(p, 0, &set), 0);
	EXPECT(hvm_get_cpu(p, &got), 0);
#define SAME(field)                                                                                                    \
	CHECK(got.field == set.field, #field " was set to %#lx, and is %#lx", (uint64_t)set.field, (uint64_t)got.field)
	SAME(rax);
	SAME(r15);
	SAME(rip);
	SAME(rsi);
	SAME(rflags);
	SAME(cr0);
	SAME(cr3);
	SAME(cr4);
	SAME(msr_efer);
	SAME(cs_sel);
	SAME(cs_arbytes);
	SAME(ss_limit);
	SAME(tr_arbytes);
	SAME(fs_base);
	SAME(shadow_gs);
	SAME(msr_lstar);
	SAME(dr0);
	EXPECT(hvm_set_cpu(p, 0, &got), 0);
	partner_go(p);
	while (partner_runs(p, &code))
		yield();
	EXPECT(hvm_get_cpu(p, &got), 0);
	CHECK(got.rip > (uint64_t)halts && got.rip < (uint64_t)halts + 64 && got.rsp, "it ended at %#lx", got.rip);
	partner_end(p);
}

void test_main(void)
{
	uint64_t before;

	ends("first", triple, SHUTDOWN_reboot);
	before = free_pages();
	wrong_things();
	triple_fault_reason();
	bad_states();
	read_back();
	never_ends("endless CPUID", exits);
	never_ends("endless hypercalls", calls);
	never_ends("an endless read of a hole", reads_a_hole);
	never_ends("endless interrupts", interrupts_itself);
	never_ends("a storm of timers", timer_storm);
	never_ends("endless faults", faults);
	never_ends("an endless loop with interrupts masked", spins);
	never_ends("endless NMIs", nmis);
	waiting_yields();
	CHECK(free_pages() == before, "%lu pages are free, and %lu were", free_pages(), before);
}
