/* exit.c - exits that need little: CPUID, HLT, ports; and what the handlers of the others share */
#include "arch/x86/hvm/exit.h"
#include "arch/x86/control.h"
#include "arch/x86/guest_view.h"
#include "core/guest_walk.h"
#include "kern/guest.h"
#include "kern/sched.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PORT_CHUNK 64 /* bytes of a string instruction at a time */

unsigned hvm_cpl(const struct vcpu *v)
{
	struct hvm_segment ss;

	hvm->get_segment(v, HVM_SS, &ss);
	return ss.access >> 5 & 3;
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

/* Outside of 64-bit mode the decoder knows those instructions that look the same there: they have no REX prefix in
 * front, as what would be one is an instruction of its own, and no memory operand. */
bool hvm_fetch(struct vcpu *v, struct insn *insn)
{
	uint8_t bytes[INSN_MAX_LENGTH];
	struct hvm_segment cs;
	uint64_t at = v->regs.rip;
	size_t got;

	if (!hvm_is_64bit(v)) {
		hvm->get_segment(v, HVM_CS, &cs);
		at = (uint32_t)(at + cs.base);
	}
	got = sizeof(bytes) - hvm_copy(bytes, at, sizeof(bytes), false);
	return got && !insn_decode(bytes, got, insn);
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

void hvm_go_on(struct vcpu *v, uint64_t rip)
{
	v->regs.rip = hvm_is_64bit(v) ? rip : (uint32_t)rip;
	hvm->end_shadow(v);
}

/* ---- CPUID, HLT ------------------------------------------------------------------------------------------------ */

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

/* ---- ports ----------------------------------------------------------------------------------------------------- */

/* There is no device behind any port: reading gives ones, and writing is forgotten. */
static void read_port(struct vcpu *v, unsigned size)
{
	uint64_t ones = BIT(8 * size) - 1;

	v->regs.rax = size == 4 ? ones : v->regs.rax | ones;
}

static uint64_t address_mask(unsigned address_size)
{
	return address_size == 8 ? ~0ULL : BIT(8 * address_size) - 1;
}

static unsigned default_address_size(const struct vcpu *v)
{
	struct hvm_segment cs;

	if (hvm_is_64bit(v))
		return 8;
	hvm->get_segment(v, HVM_CS, &cs);
	return cs.access & HVM_SEGMENT_BIG ? 4 : 2;
}

static void add_to(uint64_t *reg, uint64_t step, uint64_t mask)
{
	*reg = (*reg & ~mask) | ((*reg + step) & mask);
}

/* A page at most; a repetition goes on with the next exit. False: it met a page fault. */
static bool string_port(struct vcpu *v, const struct hvm_port *p)
{
	uint64_t mask = address_mask(p->address_size ? p->address_size : default_address_size(v));
	uint64_t left = p->repeat ? v->regs.rcx & mask : 1;
	uint64_t step = v->regs.rflags & RFLAGS_DF ? -(uint64_t)p->size : p->size, ones = ~0ULL, at;
	struct hvm_segment es;

	for (unsigned done = 0; left && done < PORT_CHUNK; done += p->size, left--) {
		if (p->in) {
			hvm->get_segment(v, HVM_ES, &es);
			at = (v->regs.rdi & mask) + (hvm_is_64bit(v) ? 0 : es.base);
			if (hvm_copy(&ones, at, p->size, true)) {
				hvm_inject(v, 13, 0);
				return false;
			}
		}
		add_to(p->in ? &v->regs.rdi : &v->regs.rsi, step, mask);
		if (p->repeat)
			add_to(&v->regs.rcx, -1ULL, mask);
	}
	return !left;
}

void hvm_exit_port(struct vcpu *v, const struct hvm_port *p)
{
	if (p->string && !string_port(v, p))
		return;
	if (p->in && !p->string)
		read_port(v, p->size);
	hvm_go_on(v, p->next_rip);
}
