/* mode.c - the two modes of a PV guest: its kernel's and its user space's
 *
 * Both run in ring 3. What differs is the L4 table, the active GS base, and whether ports may be used. entry.S does the same
 * on its two short ways.
 */
#include "arch/x86/control.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/pv/pv.h"

static void toggle(struct vcpu *v, bool kernel)
{
	v->pv.kernel_mode = kernel;
	cr3_write(kernel ? v->pv.kernel_cr3 : v->pv.user_cr3);
	__asm__ volatile("swapgs" ::: "memory");
	*v->pv.iomap = kernel ? IOMAP_ON : IOMAP_OFF;
}

void pv_enter_kernel(struct vcpu *v)
{
	if (!v->pv.kernel_mode)
		toggle(v, true);
}

void pv_enter_user(struct vcpu *v)
{
	if (v->pv.kernel_mode)
		toggle(v, false);
}

void pv_load_cr3(struct vcpu *v)
{
	cr3_write(v->pv.kernel_mode ? v->pv.kernel_cr3 : v->pv.user_cr3);
	tlb_flush_local();
}
