/* callback.c - HYPERVISOR_callback_op: where the guest kernel is entered */
#include <xen/callback.h>

#include "call/call.h"

static long register_callback(const struct callback_register *arg)
{
	struct pv_vcpu *pv = &current->pv;
	struct callback_register op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	if (!is_canonical(op.address))
		return -EINVAL;
	bool masks = op.flags & CALLBACKF_mask_events;

	switch (op.type) {
	case CALLBACKTYPE_event:
		pv->event_callback = op.address;
		return 0;
	case CALLBACKTYPE_failsafe:
		pv->failsafe_callback = op.address;
		pv->failsafe_masks_events = masks;
		return 0;
	case CALLBACKTYPE_syscall:
		pv->syscall_callback = op.address;
		pv->syscall_masks_events = masks;
		return 0;
	case CALLBACKTYPE_syscall32:
		pv->syscall32_callback = op.address;
		pv->syscall32_masks_events = masks;
		return 0;
	case CALLBACKTYPE_sysenter:
		pv->sysenter_callback = op.address;
		pv->sysenter_masks_events = masks;
		return 0;
	case CALLBACKTYPE_nmi:
		pv->nmi_callback = op.address;
		return 0;
	default:
		return -ENOSYS;
	}
}

/* A kernel cannot do without most of them. */
static long unregister_callback(const struct callback_unregister *arg)
{
	struct callback_unregister op;
	long rc = copy_from_guest(&op, arg);

	if (rc)
		return rc;
	switch (op.type) {
	case CALLBACKTYPE_nmi:
		current->pv.nmi_callback = 0;
		return 0;
	case CALLBACKTYPE_event:
	case CALLBACKTYPE_failsafe:
	case CALLBACKTYPE_syscall:
	case CALLBACKTYPE_syscall32:
	case CALLBACKTYPE_sysenter:
		return -EINVAL;
	default:
		return -ENOSYS;
	}
}

long call_callback_op(uint64_t cmd, uint64_t arg)
{
	switch (cmd) {
	case CALLBACKOP_register:
		return register_callback((const void *)arg);
	case CALLBACKOP_unregister:
		return unregister_callback((const void *)arg);
	default:
		return call_missing(__HYPERVISOR_callback_op, (unsigned)cmd);
	}
}
