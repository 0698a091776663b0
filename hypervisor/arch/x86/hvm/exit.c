/* exit.c - exits that need little: CPUID, HLT, PAUSE; and what the handlers of the others share */
#include "arch/x86/hvm/exit.h"
#include "arch/x86/control.h"
#include "arch/x86/guest_view.h"
#include "core/guest_walk.h"
#include "core/string_insn.h"
#include "kern/guest.h"
#include "kern/sched.h"
#include "lib/errno.h"
#include "lib/string.h"

unsigned hvm_cpl(const struct vcpu *v)
{
	struct hvm_segment ss;

	hvm->get_segment(v, HVM_SS, &ss);
	return ss.access >> 5 & 3;
}

unsigned hvm_code_bits(const struct vcpu *v)
{
	struct hvm_segment cs;

	hvm->get_segment(v, HVM_CS, &cs);
	if ((v->hvm->efer & HVM_EFER_LMA) && cs.access & HVM_SEGMENT_LONG)
		return 64;
	return cs.access & HVM_SEGMENT_BIG ? 32 : 16;
}

bool hvm_is_64bit(const struct vcpu *v)
{
	struct hvm_segment cs;

	if (!(v->hvm->efer & HVM_EFER_LMA))
		return false;
	hvm->get_segment(v, HVM_CS, &cs);
	return cs.access & HVM_SEGMENT_LONG;
}

/* ---- the instruction ------------------------------------------------------------------------------------------- */

bool hvm_fetch(struct vcpu *v, struct insn *insn)
{
	uint8_t bytes[INSN_MAX_LENGTH];
	struct hvm_segment cs;
	uint64_t at = v->regs.rip;
	unsigned bits = hvm_code_bits(v);
	size_t got;

	if (bits != 64) {
		hvm->get_segment(v, HVM_CS, &cs);
		at = (uint32_t)(at + cs.base);
	}
	got = sizeof(bytes) - hvm_copy(bytes, at, sizeof(bytes), false);
	return got && !insn_decode_in(bits, bytes, got, insn);
}

bool hvm_find_next(struct vcpu *v, enum insn_kind kind, uint64_t *next_rip)
{
	struct insn insn;

	if (*next_rip)
		return true;
	if (!hvm_fetch(v, &insn) || insn.kind != kind)
		return false;
	*next_rip = v->regs.rip + insn.length;
	return true;
}

/* What is read is in DS, or where a prefix says; what is written in ES. In 64-bit code only FS and GS have a base. */
uint64_t hvm_string_linear(struct vcpu *v, const struct insn *i, bool write)
{
	static const uint8_t names[] = {
		[INSN_SEGMENT_FLAT] = HVM_DS, [INSN_SEGMENT_FS] = HVM_FS, [INSN_SEGMENT_GS] = HVM_GS,
		[INSN_SEGMENT_ES] = HVM_ES,   [INSN_SEGMENT_CS] = HVM_CS, [INSN_SEGMENT_SS] = HVM_SS,
		[INSN_SEGMENT_DS] = HVM_DS,
	};
	enum hvm_segment_name name = write ? HVM_ES : (enum hvm_segment_name)names[i->segment];
	uint64_t offset = write ? string_insn_target(i, &v->regs) : string_insn_source(i, &v->regs);
	bool wide = hvm_is_64bit(v);
	struct hvm_segment segment;

	if (wide && name != HVM_FS && name != HVM_GS)
		return offset;
	hvm->get_segment(v, name, &segment);
	return wide ? offset + segment.base : (uint32_t)(offset + segment.base);
}

void hvm_go_on(struct vcpu *v, uint64_t rip)
{
	v->regs.rip = hvm_is_64bit(v) ? rip : (uint32_t)rip;
	hvm->end_shadow(v);
}

/* ---- CPUID, HLT, PAUSE ----------------------------------------------------------------------------------------- */

struct cpuid_leaf hvm_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub)
{
	struct cpuid_leaf r = guest_host_cpuid(leaf, sub);
	struct cpuid_guest g = guest_cpuid_facts(v);

	g.osxsave = v->hvm->cr4 & CR4_OSXSAVE;
	g.fsgsbase = true;
	cpuid_policy_hvm(leaf, sub, &g, &r);
	return r;
}

void hvm_exit_cpuid(struct vcpu *v, uint64_t next_rip)
{
	struct cpuid_leaf r;

	if (!hvm_find_next(v, INSN_CPUID, &next_rip))
		return;
	r = hvm_cpuid(v, v->regs.eax, v->regs.ecx);
	v->regs.rax = r.a;
	v->regs.rbx = r.b;
	v->regs.rcx = r.c;
	v->regs.rdx = r.d;
	hvm_go_on(v, next_rip);
}

/* With interrupts masked only an NMI or INIT would wake it. No guest waits for an NMI: this is how a kernel stops its
 * CPUs in the end, where it has no other way of switching the machine off. */
void hvm_exit_halt(struct vcpu *v, uint64_t next_rip)
{
	if (!hvm_find_next(v, INSN_HLT, &next_rip))
		return;
	hvm_go_on(v, next_rip);
	if (v->regs.rflags & RFLAGS_IF)
		vcpu_block();
	else
		vcpu_go_down(v);
}

/* It spins, for something that another vcpu may do in this time. */
void hvm_exit_pause(struct vcpu *v, uint64_t next_rip)
{
	if (!hvm_find_next(v, INSN_PAUSE, &next_rip))
		return;
	hvm_go_on(v, next_rip);
	vcpu_yield();
}
