/* vm_assist.c - HYPERVISOR_vm_assist: behaviours that a domain switches on */
#include "call/call.h"

/* Segments of 4 GiB and page directories above it mean nothing to a 64-bit guest, so those two always hold. Hiding the M2P
 * from user space (m2p_strict) is not offered, nor is an IOPL in the flags of frames (architectural_iopl): physdev_op sets
 * it. */
#define KNOWN                                                                                                          \
	(BIT(VMASST_TYPE_4gb_segments) | BIT(VMASST_TYPE_pae_extended_cr3) | BIT(VMASST_TYPE_writable_pagetables) |    \
	 BIT(VMASST_TYPE_runstate_update_flag))

long call_vm_assist(uint64_t cmd, uint64_t type)
{
	struct domain *d = current->domain;

	if (type >= 64 || !(KNOWN & BIT(type)))
		return -EINVAL;
	switch (cmd) {
	case VMASST_CMD_enable:
		__atomic_fetch_or(&d->vm_assist, BIT(type), __ATOMIC_SEQ_CST);
		return 0;
	case VMASST_CMD_disable:
		__atomic_fetch_and(&d->vm_assist, ~BIT(type), __ATOMIC_SEQ_CST);
		return 0;
	default:
		return call_missing(__HYPERVISOR_vm_assist, (unsigned)cmd);
	}
}
