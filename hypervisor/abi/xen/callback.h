/* callback.h - callback_op(cmd, arg): where the guest kernel is entered */
#ifndef ABI_CALLBACK_H
#define ABI_CALLBACK_H

#include <xen/xen.h>

#define CALLBACKOP_register   0
#define CALLBACKOP_unregister 1 /* -EINVAL for event, failsafe and syscall, which must exist */

#define CALLBACKTYPE_event		 0
#define CALLBACKTYPE_failsafe		 1 /* a segment could not be loaded on the way to the guest */
#define CALLBACKTYPE_syscall		 2
#define CALLBACKTYPE_sysenter_deprecated 3
#define CALLBACKTYPE_nmi		 4
#define CALLBACKTYPE_sysenter		 5
#define CALLBACKTYPE_syscall32		 7

#define CALLBACKF_mask_events (1U << 0) /* evtchn_upcall_mask is set on entry */

struct callback_register {
	uint16_t type;
	uint16_t flags;
	xen_callback_t address;
};
typedef struct callback_register callback_register_t;

struct callback_unregister {
	uint16_t type;
	uint16_t _unused;
};
typedef struct callback_unregister callback_unregister_t;

#endif
