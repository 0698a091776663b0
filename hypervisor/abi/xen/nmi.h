/* nmi.h - nmi_op(cmd, arg): Dom0's NMI handler */
#ifndef ABI_NMI_H
#define ABI_NMI_H

#include <xen/xen.h>

#define XENNMI_register_callback   0 /* struct xennmi_callback */
#define XENNMI_unregister_callback 1 /* no arg */

struct xennmi_callback {
	unsigned long handler_address;
	unsigned long pad;
};
typedef struct xennmi_callback xennmi_callback_t;

/* arch_shared_info.nmi_reason */
#define XEN_NMIREASON_io_error (1UL << 0)
#define XEN_NMIREASON_pci_serr (1UL << 1)
#define XEN_NMIREASON_unknown  (1UL << 2)

#endif
