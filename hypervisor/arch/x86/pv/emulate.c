/* emulate.c - privileged instructions of a PV guest's kernel */
#include "arch/x86/pv/emulate.h"

#include "arch/x86/control.h"
#include "arch/x86/fpu.h"
#include "arch/x86/tlb.h"
#include "call/call.h"
#include "kern/event.h"
#include "kern/guest.h"
#include "kern/sched.h"
#include "lib/string.h"

#define CR4_GUEST_FIXED	 (CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT)
#define CR4_GUEST_CHOICE (CR4_TSD | CR4_DE | CR4_OSXSAVE | CR4_FSGSBASE)

/* CR0 as it is for every guest, but for TS. */
#define CR0_GUEST (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG)

/* The guest may have code segments of its own; the L bit tells (AMD APM vol. 2, 4.8.1). */
static bool is_64bit_code(uint16_t cs)
{
	uint32_t rights = 0;

	if (likely(cs == SEL_GUEST_CS64))
		return true;
	__asm__("lar %1, %0" : "+r"(rights) : "r"((uint32_t)cs) : "cc");
	return rights & BIT(21);
}

bool pv_fetch(const struct vcpu *v, struct insn *insn)
{
	uint8_t bytes[INSN_MAX_LENGTH];
	const uint8_t *rip = (const uint8_t *)v->regs.rip;
	size_t in_page = PAGE_SIZE - (v->regs.rip & ~PAGE_MASK);
	size_t n = MIN(in_page, sizeof(bytes));
	int err;

	if (!is_64bit_code(v->regs.cs) || guest_read(bytes, rip, n))
		return false;
	err = insn_decode(bytes, n, insn);
	if (err != -ENODATA)
		return err == 0;
	return guest_read(bytes + n, rip + n, sizeof(bytes) - n) == 0 && insn_decode(bytes, sizeof(bytes), insn) == 0;
}

static uint64_t guest_cr0(const struct vcpu *v)
{
	return CR0_GUEST | (v->pv.ts ? CR0_TS : 0);
}

uint64_t pv_guest_cr4(const struct vcpu *v)
{
	return CR4_GUEST_FIXED | (v->pv.cr4 & CR4_GUEST_CHOICE);
}

static bool read_cr(struct vcpu *v, const struct insn *insn)
{
	uint64_t value;

	switch (insn->reg) {
	case 0:
		value = guest_cr0(v);
		break;
	case 2:
		value = v->pv.cr2;
		break;
	case 3:
		value = v->pv.kernel_cr3;
		break;
	case 4:
		value = pv_guest_cr4(v);
		break;
	case 8: /* there is no task priority in ring 3 */
		value = 0;
		break;
	default:
		return false;
	}
	*insn_register(&v->regs, insn->rm) = value;
	return true;
}

/* Loading CR3 this way is refused: guests of this ABI use mmuext_op, which can be continued. */
static bool write_cr(struct vcpu *v, const struct insn *insn)
{
	uint64_t value = *insn_register(&v->regs, insn->rm);

	switch (insn->reg) {
	case 0:
		if ((value ^ CR0_GUEST) & ~(uint64_t)CR0_TS)
			return false;
		return call_fpu_taskswitch(!!(value & CR0_TS)) == 0;
	case 2:
		v->pv.cr2 = value;
		v->info->arch.cr2 = value;
		return true;
	case 4: /* kernels set bits that mean nothing here; reading tells what became of it */
		v->pv.cr4 = value & CR4_GUEST_CHOICE;
		/* Programs' CPUID is the CPU's, where OSXSAVE is on: so it is XCR0 that must not offer what their kernel
		 * does not switch. */
		if (!(value & CR4_OSXSAVE) && v->xcr0)
			fpu_set_xcr0(v, XSTATE_FP);
		return true;
	case 8:
		return value == 0;
	default:
		return false;
	}
}

/* 4 and 5 are other names of 6 and 7. */
static unsigned debug_register(const struct insn *insn)
{
	return insn->reg == 4 || insn->reg == 5 ? insn->reg + 2u : insn->reg;
}

static bool write_dr(struct vcpu *v, const struct insn *insn)
{
	return insn->reg < 8 && call_set_debugreg(debug_register(insn), *insn_register(&v->regs, insn->rm)) == 0;
}

static bool read_dr(struct vcpu *v, const struct insn *insn)
{
	if (insn->reg >= 8)
		return false;
	*insn_register(&v->regs, insn->rm) = (uint64_t)call_get_debugreg(debug_register(insn));
	return true;
}

/* LMSW may set what is set already, and change TS. */
static bool load_msw(struct vcpu *v, const struct insn *insn)
{
	uint16_t value;

	if (insn->memory) {
		if (insn->segment != INSN_SEGMENT_FLAT ||
		    guest_read(&value, (const void *)insn_address(insn, &v->regs), sizeof(value)))
			return false;
	} else {
		value = (uint16_t)insn_read_register(insn, &v->regs, insn->rm, 2);
	}
	if (!(value & CR0_MP) || value & CR0_EM)
		return false;
	return call_fpu_taskswitch(!!(value & CR0_TS)) == 0;
}

static bool store_msw(struct vcpu *v, const struct insn *insn)
{
	uint64_t value = guest_cr0(v);

	if (!insn->memory) {
		insn_write_register(insn, &v->regs, insn->rm, insn->size, value);
		return true;
	}
	return insn->segment == INSN_SEGMENT_FLAT && guest_write((void *)insn_address(insn, &v->regs), &value, 2) == 0;
}

static bool invalidate_page(struct vcpu *v, const struct insn *insn)
{
	uint64_t va = insn_address(insn, &v->regs);

	/* A non-canonical address is no fault for INVLPG, and ours are not the guest's to flush. */
	if (is_canonical(va) && (va < HYPERVISOR_VIRT_START || va >= HYPERVISOR_VIRT_END))
		tlb_flush_page_local(va);
	return true;
}

static bool set_xcr0(struct vcpu *v)
{
	uint64_t value = v->regs.rdx << 32 | v->regs.eax;

	if (v->regs.ecx != 0 || !(pv_guest_cr4(v) & CR4_OSXSAVE) || !fpu_xcr0_valid(value))
		return false;
	fpu_set_xcr0(v, value);
	return true;
}

static bool read_msr(struct vcpu *v)
{
	uint64_t value;

	if (!pv_read_msr(v, (uint32_t)v->regs.rcx, &value))
		return false;
	v->regs.rax = (uint32_t)value;
	v->regs.rdx = value >> 32;
	return true;
}

static void read_tsc(struct vcpu *v)
{
	uint64_t tsc = time_tsc();

	v->regs.rax = (uint32_t)tsc;
	v->regs.rdx = tsc >> 32;
}

/* Caches matter only to who has devices. */
static void write_back_caches(const struct vcpu *v)
{
	if (v->domain->privileged)
		__asm__ volatile("wbinvd" ::: "memory");
}

static bool emulate_control(struct vcpu *v, const struct insn *insn)
{
	switch (insn->kind) {
	case INSN_MOV_FROM_CR:
		return read_cr(v, insn);
	case INSN_MOV_TO_CR:
		return write_cr(v, insn);
	case INSN_MOV_FROM_DR:
		return read_dr(v, insn);
	case INSN_MOV_TO_DR:
		return write_dr(v, insn);
	case INSN_CLTS:
		return call_fpu_taskswitch(0) == 0;
	case INSN_LMSW:
		return load_msw(v, insn);
	case INSN_SMSW:
		return store_msw(v, insn);
	case INSN_INVLPG:
		return invalidate_page(v, insn);
	case INSN_XSETBV:
		return set_xcr0(v);
	default:
		return false;
	}
}

/* True: done, but for rip. */
static bool emulate_kernel(struct vcpu *v, const struct insn *insn)
{
	switch (insn->kind) {
	case INSN_RDMSR:
		return read_msr(v);
	case INSN_WRMSR:
		return pv_write_msr(v, (uint32_t)v->regs.rcx, v->regs.rdx << 32 | v->regs.eax);
	case INSN_CPUID: {
		struct cpuid_leaf r = pv_cpuid(v, v->regs.eax, v->regs.ecx);

		v->regs.rax = r.a;
		v->regs.rbx = r.b;
		v->regs.rcx = r.c;
		v->regs.rdx = r.d;
		return true;
	}
	case INSN_RDTSC:
		read_tsc(v);
		return true;
	case INSN_CLI: /* a guest's interrupts are events */
		v->info->evtchn_upcall_mask = 1;
		return true;
	case INSN_STI:
		v->info->evtchn_upcall_mask = 0;
		return true;
	case INSN_INVD:
	case INSN_WBINVD:
		write_back_caches(v);
		return true;
	default:
		return emulate_control(v, insn);
	}
}

#define VECTOR_DB	1
#define DR6_SINGLE_STEP BIT(14)

/* The instruction is done: a guest that goes step by step is told so, as the CPU would. */
static bool step_done(struct vcpu *v)
{
	if (unlikely(v->regs.rflags & RFLAGS_TF)) {
		v->pv.dr[6] |= DR6_SINGLE_STEP;
		pv_inject(v, VECTOR_DB, PV_NO_ERROR_CODE);
	}
	return true;
}

bool pv_emulate_privileged(struct vcpu *v)
{
	struct insn insn;

	if (!pv_fetch(v, &insn))
		return false;
	if (insn.kind >= INSN_IN && insn.kind <= INSN_OUTS)
		return pv_emulate_port(v, &insn) && step_done(v);
	if (!v->pv.kernel_mode)
		return false;
	if (insn.kind == INSN_HLT) {
		v->regs.rip += insn.length;
		vcpu_block();
		return true;
	}
	if (!emulate_kernel(v, &insn))
		return false;
	v->regs.rip += insn.length;
	return step_done(v);
}

bool pv_emulate_forced_cpuid(struct vcpu *v)
{
	static const uint8_t signature[] = {0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2};
	uint8_t bytes[sizeof(signature)];
	struct cpuid_leaf r;

	if (guest_read(bytes, (const void *)v->regs.rip, sizeof(bytes)) || memcmp(bytes, signature, sizeof(bytes)) != 0)
		return false;
	r = pv_cpuid(v, v->regs.eax, v->regs.ecx);
	v->regs.rax = r.a;
	v->regs.rbx = r.b;
	v->regs.rcx = r.c;
	v->regs.rdx = r.d;
	v->regs.rip += sizeof(bytes);
	return step_done(v);
}
