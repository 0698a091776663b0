/* hvm.c - what of hardware virtualization this machine has, and switching it on */
#include "arch/x86/hvm/hvm.h"
#include "arch/x86/cpu.h"
#include "arch/x86/fpu.h"
#include "arch/x86/guest_view.h"
#include "arch/x86/hvm/exit.h"
#include "kern/printk.h"

const struct hvm_ops *hvm;
void (*hvm_run)(void);

static const struct hvm_ops *choose(void)
{
	if (svm_usable())
		return &svm_ops;
	return vmx_usable() ? &vmx_ops : NULL;
}

/* What may be switched on is what CPUID shows; the same for every guest. */
static void find_features(void)
{
	struct cpuid_guest g = {.xcr0_allowed = fpu_xcr0_allowed(), .fsgsbase = true};
	struct cpuid_leaf one = guest_host_cpuid(1, 0), seven = {0}, extended = guest_host_cpuid(0x80000001, 0);

	if (cpu_info.max_leaf >= 7)
		seven = guest_host_cpuid(7, 0);
	cpuid_policy_hvm(1, 0, &g, &one);
	cpuid_policy_hvm(7, 0, &g, &seven);
	cpuid_policy_hvm(0x80000001, 0, &g, &extended);
	hvm_features = (struct hvm_features){
		.cr4_allowed = hvm_cr4_offered(one.c, one.d, seven.b, seven.c),
		.nx = extended.d & BIT(20),
		.long_mode = extended.d & BIT(29),
	};
}

void hvm_show(const struct vcpu *v)
{
	const struct hvm_vcpu *h = v->hvm;
	struct hvm_state s;

	hvm->get_state(v, &s);
	log_error("domain %u vcpu %u on CPU %u, by %s:", v->domain->id, v->id, this_cpu()->id, hvm->name);
	log_error("cr0 %08lx  cr2 %016lx  cr3 %016lx  cr4 %08lx  efer %04lx", (unsigned long)h->cr0,
		  (unsigned long)s.cr2, (unsigned long)s.cr3, (unsigned long)h->cr4, (unsigned long)h->efer);
	log_error("cs %04x access %03x base %08lx  ss %04x  gs %016lx (kernel %016lx)", s.segment[HVM_CS].selector,
		  s.segment[HVM_CS].access, (unsigned long)s.segment[HVM_CS].base, s.segment[HVM_SS].selector,
		  (unsigned long)s.segment[HVM_GS].base, (unsigned long)s.kernel_gs_base);
}

void hvm_init(void)
{
	hvm = choose();
	if (hvm && hvm->init_this()) {
		log_error("Too little memory for hardware virtualization: it is not used");
		hvm = NULL;
	}
	if (!hvm) {
		log_info("Hardware virtualization: none that can be used; PV guests only");
		return;
	}
	hvm_run = hvm->run;
	find_features();
	log_info("Hardware virtualization: %s, with nested paging", hvm->name);
}

void hvm_init_this(void)
{
	if (hvm && hvm->init_this())
		panic("CPU %u: hardware virtualization cannot be switched on here, but could on the boot CPU",
		      this_cpu()->id);
}
