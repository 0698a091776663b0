/* segment.c - a PV vcpu's data segment registers and the FS and GS bases */
#include "arch/x86/msr.h"
#include "arch/x86/pv/pv.h"

/* entry.S: false and a null selector, if the guest's descriptor tables do not have it. */
bool pv_load_ds(uint16_t selector);
bool pv_load_es(uint16_t selector);
bool pv_load_fs(uint16_t selector);
bool pv_load_gs(uint16_t selector);

#define READ_SELECTOR(name)                                                                                            \
	({                                                                                                             \
		uint16_t selector_;                                                                                    \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(selector_));                                             \
		selector_;                                                                                             \
	})

void pv_save_segments(struct vcpu *v)
{
	uint64_t active = msr_read(MSR_GS_BASE), other = msr_read(MSR_KERNEL_GS_BASE);

	v->pv.ds = READ_SELECTOR(ds);
	v->pv.es = READ_SELECTOR(es);
	v->pv.fs = READ_SELECTOR(fs);
	v->pv.gs = READ_SELECTOR(gs);
	v->pv.fs_base = msr_read(MSR_FS_BASE);
	v->pv.gs_base_kernel = v->pv.kernel_mode ? active : other;
	v->pv.gs_base_user = v->pv.kernel_mode ? other : active;
}

/* Loading a selector changes its base, so the bases come after. */
void pv_load_segments(struct vcpu *v)
{
	bool kernel = v->pv.kernel_mode;

	(void)pv_load_ds(v->pv.ds);
	(void)pv_load_es(v->pv.es);
	(void)pv_load_fs(v->pv.fs);
	(void)pv_load_gs(v->pv.gs);
	msr_write(MSR_FS_BASE, v->pv.fs_base);
	msr_write(MSR_GS_BASE, kernel ? v->pv.gs_base_kernel : v->pv.gs_base_user);
	msr_write(MSR_KERNEL_GS_BASE, kernel ? v->pv.gs_base_user : v->pv.gs_base_kernel);
}

/* For the guest kernel: its own base must be out of the way. */
void pv_load_user_gs(uint16_t selector)
{
	__asm__ volatile("swapgs" ::: "memory");
	(void)pv_load_gs(selector);
	__asm__ volatile("swapgs" ::: "memory");
}
