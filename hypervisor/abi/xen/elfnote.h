/* elfnote.h - ELF notes (owner "Xen") in which a kernel says how it wants to be started */
#ifndef ABI_ELFNOTE_H
#define ABI_ELFNOTE_H

#define XEN_ELFNOTE_INFO	       0
#define XEN_ELFNOTE_ENTRY	       1  /* address: the PV entry point */
#define XEN_ELFNOTE_HYPERCALL_PAGE     2  /* address of a page to fill with hypercall stubs */
#define XEN_ELFNOTE_VIRT_BASE	       3  /* address at which pseudo-physical 0 is mapped */
#define XEN_ELFNOTE_PADDR_OFFSET       4  /* subtracted from the program headers' p_paddr */
#define XEN_ELFNOTE_XEN_VERSION	       5  /* string: "xen-3.0" */
#define XEN_ELFNOTE_GUEST_OS	       6  /* string */
#define XEN_ELFNOTE_GUEST_VERSION      7  /* string */
#define XEN_ELFNOTE_LOADER	       8  /* string: "generic" */
#define XEN_ELFNOTE_PAE_MODE	       9  /* string: "yes", "no", "bimodal" */
#define XEN_ELFNOTE_FEATURES	       10 /* string of names, "!name" where required, "|" between */
#define XEN_ELFNOTE_BSD_SYMTAB	       11 /* "yes": load the symbol table behind the kernel */
#define XEN_ELFNOTE_HV_START_LOW       12 /* lowest address the hypervisor may be moved to (32-bit) */
#define XEN_ELFNOTE_L1_MFN_VALID       13 /* pairs of mask and value: a present L1 entry */
#define XEN_ELFNOTE_SUSPEND_CANCEL     14 /* 1: resuming after a cancelled suspend works */
#define XEN_ELFNOTE_INIT_P2M	       15 /* address to put the p2m at, outside the kernel's own map */
#define XEN_ELFNOTE_MOD_START_PFN      16 /* 1: takes the initrd unmapped, by frame number */
#define XEN_ELFNOTE_SUPPORTED_FEATURES 17 /* XENFEAT_* bits, a number */
#define XEN_ELFNOTE_PHYS32_ENTRY       18 /* address: the PVH entry point, 32-bit, paging off */
#define XEN_ELFNOTE_MAX		       XEN_ELFNOTE_PHYS32_ENTRY

/* Written by the hypervisor or the tools, into crash notes and core dumps. */
#define XEN_ELFNOTE_CRASH_INFO		    0x1000001
#define XEN_ELFNOTE_CRASH_REGS		    0x1000002
#define XEN_ELFNOTE_DUMPCORE_NONE	    0x2000000
#define XEN_ELFNOTE_DUMPCORE_HEADER	    0x2000001
#define XEN_ELFNOTE_DUMPCORE_XEN_VERSION    0x2000002
#define XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION 0x2000003

#endif
