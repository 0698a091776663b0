/* privileged.c - what a guest kernel may do with the CPU, and what it may not
 *
 * Mechanism: privileged instructions fault in ring 3 and are emulated, or #GP is the guest's; bases and debug registers also have
 * hypercalls.
 * Promise: I10, I12, row 26: non-canonical bases, INVLPG addresses and breakpoints, absent MSRs and bits of control registers
 * that are not the guest's are a guest fault or an error, and nothing else; what is written is read back.
 * Probe: each, and every MSR number of the known ranges.
 */
#include "runtime/guest.h"

const char test_title[] = "control, debug and model-specific registers, ports, bases";

#define NONCANONICAL 0x800000000000UL

static bool skip_fault(struct trap_frame *f)
{
	if (f->vector != TRAP_GP)
		return false;
	f->rip += 2; /* rdmsr, wrmsr */
	f->rbx = 1;
	return true;
}

static bool rdmsr(uint32_t msr, uint64_t *value)
{
	uint64_t a, d, fault = 0;

	__asm__ volatile("rdmsr" : "=a"(a), "=d"(d), "+b"(fault) : "c"(msr));
	*value = d << 32 | (uint32_t)a;
	return !fault;
}

static bool wrmsr(uint32_t msr, uint64_t value)
{
	uint64_t fault = 0;

	__asm__ volatile("wrmsr" : "+b"(fault) : "c"(msr), "a"(value), "d"(value >> 32));
	return !fault;
}

static void msrs(void)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0, 0x200},
		{0x277, 0x277},
		{0x300, 0x4ff},
		{0x800, 0x83f},
		{0xc0000080, 0xc0000104},
		{0xc0010000, 0xc0010140},
		{0xc0011000, 0xc0011030},
		{0x40000000, 0x40000010},
		{0xfffffff0, 0xffffffff - 1},
	};
	static const uint32_t kept[] = {0xc0000082, 0xc0000081, 0xc0000083, 0xc0000084, 0x174,	    0x175,
					0x176,	    0x1d9,	0x277,	    0x1b,	0xc0000080, 0xc0010114,
					0xc0010117, 0x3a,	0x48,	    0x6e0,	0x80b,	    0xda0};
	uint64_t value;
	unsigned there = 0;

	on_trap = skip_fault;
	for (unsigned i = 0; i < ARRAY_SIZE(ranges); i++)
		for (uint32_t msr = ranges[i].first; msr <= ranges[i].last; msr++)
			there += rdmsr(msr, &value);
	CHECK(there > 3 && there < 40, "%u MSRs can be read", there);
	for (unsigned i = 0; i < ARRAY_SIZE(kept); i++) {
		if (!rdmsr(kept[i], &value))
			value = 0;
		CHECK(!wrmsr(kept[i], value ^ 0x1000), "MSR %#x can be changed", kept[i]);
	}
	CHECK(!wrmsr(0x277, 0x0606060606060606), "the PAT can be changed");
	for (uint32_t msr = 0xc0000100; msr <= 0xc0000102; msr++) {
		CHECK(!wrmsr(msr, NONCANONICAL), "MSR %#x took a base that is not canonical", msr);
		CHECK(!wrmsr(msr, 0x8000000000000000), "MSR %#x took a base that is not canonical", msr);
		CHECK(wrmsr(msr, 0x123456789000) && rdmsr(msr, &value) && value == 0x123456789000, "MSR %#x: %#lx", msr,
		      value);
		CHECK(wrmsr(msr, 0), "MSR %#x", msr);
	}
	on_trap = NULL;
}

static void bases(void)
{
	static uint64_t words[2] = {0x1111, 0x2222};
	uint64_t fs, gs;

	for (uint64_t which = 0; which < 3; which++) {
		REFUSED(CALL2(set_segment_base, which, NONCANONICAL));
		REFUSED(CALL2(set_segment_base, which, 0xffff7fffffffffff));
		REFUSED(CALL2(set_segment_base, which, 1UL << 63));
	}
	REFUSED(CALL2(set_segment_base, 4, 0));
	REFUSED(CALL2(set_segment_base, ~0UL, 0));
	EXPECT(CALL2(set_segment_base, SEGBASE_FS, &words[0]), 0);
	EXPECT(CALL2(set_segment_base, SEGBASE_GS_KERNEL, &words[1]), 0);
	EXPECT(CALL2(set_segment_base, SEGBASE_GS_USER, 0x7777), 0);
	__asm__ volatile("mov %%fs:0, %0; mov %%gs:0, %1" : "=r"(fs), "=r"(gs));
	CHECK(fs == 0x1111 && gs == 0x2222, "through fs %#lx, through gs %#lx", fs, gs);
	EXPECT(CALL2(set_segment_base, SEGBASE_GS_USER_SEL, 0xffff),
	       0); /* a selector that does not exist is made null */
	EXPECT(CALL2(set_segment_base, SEGBASE_GS_USER_SEL, 0), 0);
	__asm__ volatile("mov %%gs:0, %0" : "=r"(gs));
	CHECK(gs == 0x2222, "the kernel's gs changed with the user's: %#lx", gs);
	EXPECT(CALL2(set_segment_base, SEGBASE_FS, 0), 0);
	EXPECT(CALL2(set_segment_base, SEGBASE_GS_KERNEL, 0), 0);
}

static void debug_registers(void)
{
	static uint64_t word;
	struct outcome o;

	for (uint64_t reg = 0; reg < 4; reg++) {
		REFUSED(CALL2(set_debugreg, reg, NONCANONICAL));
		REFUSED(CALL2(set_debugreg, reg, 0xffff830000000000));
		EXPECT(CALL2(set_debugreg, reg, &word), 0);
		EXPECT(CALL1(get_debugreg, reg), (long)&word);
	}
	REFUSED(CALL2(set_debugreg, 8, 0));
	REFUSED(CALL2(set_debugreg, ~0UL, 0));
	REFUSED(CALL2(set_debugreg, 7, 0x00020002)); /* ports */
	EXPECT(CALL2(set_debugreg, 7, 0x2000), 0);   /* general detect is dropped */
	CHECK(!(CALL1(get_debugreg, 7) & 0x2000), "general detect stays");
	EXPECT(CALL2(set_debugreg, 7, 0x000d0001), 0);
	o = TRY("movq $1, %0" : "=m"(word));
	CHECK(o.vector == TRAP_DB, "a watched word is written: trap %d", o.vector);
	CHECK((CALL1(get_debugreg, 6) & 15) == 1, "dr6 is %#lx", CALL1(get_debugreg, 6));
	EXPECT(CALL2(set_debugreg, 6, 0), 0);
	CHECK((CALL1(get_debugreg, 6) & 15) == 0, "dr6 sticks: %#lx", CALL1(get_debugreg, 6));
	o = TRY("pushfq; orl $0x100, (%%rsp); popfq; nop" ::: "memory", "cc");
	CHECK(o.vector == TRAP_DB && (CALL1(get_debugreg, 6) & 0x4000), "a step: trap %d, dr6 %#lx", o.vector,
	      CALL1(get_debugreg, 6));
	EXPECT(CALL2(set_debugreg, 7, 0), 0);
	o = TRY("movq $2, %0" : "=m"(word));
	CHECK(o.vector == TRAP_NONE, "a word that is watched no more: trap %d", o.vector);
}

static void control_registers(void)
{
	struct outcome o;
	uint64_t cr0, cr3, cr4, after;

	__asm__ volatile("mov %%cr0, %0; mov %%cr3, %1; mov %%cr4, %2" : "=r"(cr0), "=r"(cr3), "=r"(cr4));
	CHECK(cr3 == machine_of((void *)start_info->pt_base), "cr3 is %#lx", cr3);
	o = TRY("mov %0, %%cr0" ::"r"(0x80010033UL));
	__asm__ volatile("mov %%cr0, %0" : "=r"(after));
	CHECK((after & 0x80010001) == 0x80010001, "cr0 is %#lx", after);
	o = TRY("mov %0, %%cr0" ::"r"(0UL));
	CHECK(o.vector == TRAP_GP, "cr0 = 0: trap %d", o.vector);
	o = TRY("mov %0, %%cr0" ::"r"(~0UL));
	CHECK(o.vector == TRAP_GP, "cr0 = ~0: trap %d", o.vector);
	o = TRY("mov %0, %%cr3" ::"r"(0UL));
	CHECK(o.vector == TRAP_GP, "cr3 = 0: trap %d", o.vector);
	(void)TRY("mov %0, %%cr4" ::"r"(~0UL));
	__asm__ volatile("mov %%cr4, %0" : "=r"(after));
	CHECK(!(after & 0x7020) || (after & 0x20), "cr4 is %#lx", after);
	(void)TRY("mov %0, %%cr4" ::"r"(cr4));
	for (unsigned i = 0; i < 2; i++) {
		o = TRY("invlpg (%0)" ::"r"(0xffff830000000000UL) : "memory");
		CHECK(o.vector == TRAP_NONE || o.vector == TRAP_GP, "invlpg: trap %d", o.vector);
		o = TRY("invlpg (%0)" ::"r"(NONCANONICAL) : "memory");
		CHECK(o.vector == TRAP_NONE || o.vector == TRAP_GP, "invlpg: trap %d", o.vector);
	}
	EXPECT(mmuext(MMUEXT_INVLPG_LOCAL, NONCANONICAL), 0);
	EXPECT(mmuext(MMUEXT_INVLPG_ALL, 0xffff830000000000), 0);
	CHECK(TRY("lgdt (%0)" ::"r"(start_info)).vector == TRAP_GP, "lgdt");
	CHECK(TRY("lidt (%0)" ::"r"(start_info)).vector == TRAP_GP, "lidt");
	CHECK(TRY("ltr %w0" ::"r"(0xe040)).vector == TRAP_GP, "ltr");
	CHECK(TRY("lldt %w0" ::"r"(0)).vector == TRAP_GP, "lldt");
	CHECK(TRY("swapgs").vector == TRAP_GP, "swapgs");
	CHECK(TRY("iretq" ::"r"(0)).vector != TRAP_NONE, "iretq");
	CHECK(TRY("sysretq").vector == TRAP_GP, "sysretq");
	CHECK(TRY("vmmcall").vector == TRAP_UD, "vmmcall");
	CHECK(TRY("sti; cli; sti; cli").vector == TRAP_NONE, "sti, cli");
	CHECK(vcpu0->evtchn_upcall_mask == 1, "cli does not mask upcalls");
}

static void ports(void)
{
	uint8_t value;

	for (unsigned port = 0x20; port < 0x22; port++)
		__asm__ volatile("in %%dx, %0" : "=a"(value) : "d"(port));
	__asm__ volatile("in %%dx, %0" : "=a"(value) : "d"(0x3fd)); /* the hypervisor's console */
	CHECK(value == 0xff, "the console's status port reads %#x", value);
	__asm__ volatile("out %0, %%dx" ::"a"((uint8_t)'X'), "d"(0x3f8));
	for (unsigned i = 0; i < 3; i++) /* the whole width, at the end of all ports */
		CHECK(TRY("mov $0xffff, %%edx; in %%dx, %%eax" ::: "rax", "rdx").vector == TRAP_NONE, "port 0xffff");
}

static void lazy_fpu(void)
{
	struct outcome o;

	EXPECT(CALL1(fpu_taskswitch, 1), 0);
	o = TRY("fninit");
	CHECK(o.vector == TRAP_NM, "the FPU with TS: trap %d", o.vector);
	o = TRY("fninit"); /* #NM clears it */
	CHECK(o.vector == TRAP_NONE, "the FPU after #NM: trap %d", o.vector);
	EXPECT(CALL1(fpu_taskswitch, 1), 0);
	EXPECT(CALL1(fpu_taskswitch, 0), 0);
	CHECK(TRY("fninit").vector == TRAP_NONE, "the FPU without TS");
}

void test_main(void)
{
	msrs();
	bases();
	debug_registers();
	control_registers();
	ports();
	lazy_fpu();
}
