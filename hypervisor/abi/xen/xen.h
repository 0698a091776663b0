/* xen.h - hypercall numbers, and the structures every guest shares with the hypervisor */
#ifndef ABI_XEN_H
#define ABI_XEN_H

#include <stdint.h>
#include <xen/arch-x86/xen.h>

/*
 * A 64-bit PV guest makes a hypercall with `syscall`: number in rax, arguments in rdi, rsi, rdx,
 * r10, r8, r9; rcx and r11 are lost, the result is in rax, errors as -XEN_E* (errno.h).
 */
#define __HYPERVISOR_set_trap_table		   0
#define __HYPERVISOR_mmu_update			   1
#define __HYPERVISOR_set_gdt			   2
#define __HYPERVISOR_stack_switch		   3
#define __HYPERVISOR_set_callbacks		   4
#define __HYPERVISOR_fpu_taskswitch		   5
#define __HYPERVISOR_sched_op_compat		   6
#define __HYPERVISOR_platform_op		   7
#define __HYPERVISOR_set_debugreg		   8
#define __HYPERVISOR_get_debugreg		   9
#define __HYPERVISOR_update_descriptor		   10
#define __HYPERVISOR_memory_op			   12
#define __HYPERVISOR_multicall			   13
#define __HYPERVISOR_update_va_mapping		   14
#define __HYPERVISOR_set_timer_op		   15
#define __HYPERVISOR_event_channel_op_compat	   16
#define __HYPERVISOR_xen_version		   17
#define __HYPERVISOR_console_io			   18
#define __HYPERVISOR_physdev_op_compat		   19
#define __HYPERVISOR_grant_table_op		   20
#define __HYPERVISOR_vm_assist			   21
#define __HYPERVISOR_update_va_mapping_otherdomain 22
#define __HYPERVISOR_iret			   23
#define __HYPERVISOR_vcpu_op			   24
#define __HYPERVISOR_set_segment_base		   25
#define __HYPERVISOR_mmuext_op			   26
#define __HYPERVISOR_xsm_op			   27
#define __HYPERVISOR_nmi_op			   28
#define __HYPERVISOR_sched_op			   29
#define __HYPERVISOR_callback_op		   30
#define __HYPERVISOR_xenoprof_op		   31
#define __HYPERVISOR_event_channel_op		   32
#define __HYPERVISOR_physdev_op			   33
#define __HYPERVISOR_hvm_op			   34
#define __HYPERVISOR_sysctl			   35
#define __HYPERVISOR_domctl			   36
#define __HYPERVISOR_kexec_op			   37
#define __HYPERVISOR_tmem_op			   38
#define __HYPERVISOR_argo_op			   39
#define __HYPERVISOR_xenpmu_op			   40
#define __HYPERVISOR_dm_op			   41
#define __HYPERVISOR_hypfs_op			   42
#define __HYPERVISOR_arch_0			   48 /* machine checks, arch-x86/xen-mca.h */
#define __HYPERVISOR_arch_1			   49
#define __HYPERVISOR_arch_2			   50
#define __HYPERVISOR_arch_3			   51
#define __HYPERVISOR_arch_4			   52
#define __HYPERVISOR_arch_5			   53
#define __HYPERVISOR_arch_6			   54
#define __HYPERVISOR_arch_7			   55

/* Virtual interrupts: V is one for each vcpu, G one for the machine, bound by one domain. */
#define VIRQ_TIMER	0  /* V  the vcpu's timer or time-slice */
#define VIRQ_DEBUG	1  /* V  asks the guest to print its state */
#define VIRQ_CONSOLE	2  /* G  input on the hypervisor's console */
#define VIRQ_DOM_EXC	3  /* G  a domain shut down, crashed or is gone */
#define VIRQ_TBUF	4  /* G  trace buffers have records */
#define VIRQ_DEBUGGER	6  /* G  a domain stopped for its debugger */
#define VIRQ_XENOPROF	7  /* V  a profiling sample */
#define VIRQ_CON_RING	8  /* G  the console ring has new text */
#define VIRQ_PCPU_STATE 9  /* G  a physical CPU came or went */
#define VIRQ_MEM_EVENT	10 /* G  a memory event */
#define VIRQ_ARGO	11 /* G  an Argo message */
#define VIRQ_ENOMEM	12 /* G  the hypervisor is short of memory */
#define VIRQ_XENPMU	13 /* V  a performance counter overflowed */
#define VIRQ_ARCH_0	16 /* machine check */
#define VIRQ_ARCH_1	17
#define VIRQ_ARCH_2	18
#define VIRQ_ARCH_3	19
#define VIRQ_ARCH_4	20
#define VIRQ_ARCH_5	21
#define VIRQ_ARCH_6	22
#define VIRQ_ARCH_7	23
#define NR_VIRQS	24

typedef uint16_t domid_t;

/* From DOMID_FIRST_RESERVED on, numbers mean something else than a domain of that number. */
#define DOMID_FIRST_RESERVED 0x7FF0U
#define DOMID_SELF	     0x7FF0U /* the caller */
#define DOMID_IO	     0x7FF1U /* owner of MMIO and other machine memory outside RAM */
#define DOMID_XEN	     0x7FF2U /* owner of the hypervisor's pages that guests may map */
#define DOMID_COW	     0x7FF3U /* owner of shared (copy on write) pages */
#define DOMID_INVALID	     0x7FF4U /* no domain */
#define DOMID_IDLE	     0x7FFFU /* the idle domain */
#define DOMID_MASK	     0x7FFFU

/*
 * mmu_update(reqs, count, done *, foreigndom). The low two bits of ptr select the operation, the
 * rest is the machine address of a page-table entry, or for MACHPHYS of a frame. foreigndom's low
 * half: whose frames are mapped; high half, if not 0: 1 + the domain whose tables are written.
 */
struct mmu_update {
	uint64_t ptr;
	uint64_t val;
};
typedef struct mmu_update mmu_update_t;

#define MMU_NORMAL_PT_UPDATE	   0 /* checked write of a page-table entry */
#define MMU_MACHPHYS_UPDATE	   1 /* m2p[frame of ptr] = val */
#define MMU_PT_UPDATE_PRESERVE_AD  2 /* as 0, but accessed and dirty stay as the CPU has them */
#define MMU_PT_UPDATE_NO_TRANSLATE 3 /* as 0, val holds a machine frame even if translated */

/*
 * mmuext_op(ops, count, done *, foreigndom). Pins, roots and copies take arg1.mfn; the INVLPG
 * family and SET_LDT take arg1.linear_addr. The MULTI flushes take a bitmap of vcpus.
 */
struct mmuext_op {
	unsigned int cmd;
	union {
		xen_pfn_t mfn;
		unsigned long linear_addr;
	} arg1;
	union {
		unsigned int nr_ents; /* SET_LDT: 0 unloads it */
		XEN_GUEST_HANDLE(const void) vcpumask;
		xen_pfn_t src_mfn; /* COPY_PAGE */
	} arg2;
};
typedef struct mmuext_op mmuext_op_t;

#define MMUEXT_PIN_L1_TABLE	  0
#define MMUEXT_PIN_L2_TABLE	  1
#define MMUEXT_PIN_L3_TABLE	  2
#define MMUEXT_PIN_L4_TABLE	  3
#define MMUEXT_UNPIN_TABLE	  4
#define MMUEXT_NEW_BASEPTR	  5
#define MMUEXT_TLB_FLUSH_LOCAL	  6
#define MMUEXT_INVLPG_LOCAL	  7
#define MMUEXT_TLB_FLUSH_MULTI	  8
#define MMUEXT_INVLPG_MULTI	  9
#define MMUEXT_TLB_FLUSH_ALL	  10
#define MMUEXT_INVLPG_ALL	  11
#define MMUEXT_FLUSH_CACHE	  12
#define MMUEXT_SET_LDT		  13
#define MMUEXT_NEW_USER_BASEPTR	  15
#define MMUEXT_CLEAR_PAGE	  16
#define MMUEXT_COPY_PAGE	  17
#define MMUEXT_FLUSH_CACHE_GLOBAL 18
#define MMUEXT_MARK_SUPER	  19
#define MMUEXT_UNMARK_SUPER	  20

/*
 * update_va_mapping(va, pte, flags): what to flush, and where: on this CPU, on all of the domain's,
 * or on the vcpus of the bitmap whose address stands in flags' place beside the low bits.
 */
#define UVMF_NONE	    (0UL << 0)
#define UVMF_TLB_FLUSH	    (1UL << 0)
#define UVMF_INVLPG	    (2UL << 0)
#define UVMF_FLUSHTYPE_MASK (3UL << 0)
#define UVMF_MULTI	    (0UL << 2)
#define UVMF_LOCAL	    (0UL << 2)
#define UVMF_ALL	    (1UL << 2)

/* console_io(cmd, count, buffer): bytes moved, or an error. */
#define CONSOLEIO_write 0
#define CONSOLEIO_read	1

/* vm_assist(cmd, type): behaviours a guest switches on. */
#define VMASST_CMD_enable		 0
#define VMASST_CMD_disable		 1
#define VMASST_TYPE_4gb_segments	 0
#define VMASST_TYPE_4gb_segments_notify	 1
#define VMASST_TYPE_writable_pagetables	 2 /* writes to page tables are trapped and emulated */
#define VMASST_TYPE_pae_extended_cr3	 3
#define VMASST_TYPE_architectural_iopl	 4  /* the IOPL in the guest's flags is honoured */
#define VMASST_TYPE_runstate_update_flag 5  /* XEN_RUNSTATE_UPDATE is used */
#define VMASST_TYPE_m2p_strict		 32 /* no m2p in the user-mode tables */

/* multicall(calls, count): each is made in turn; the call's own result goes into result. */
struct multicall_entry {
	xen_ulong_t op, result;
	xen_ulong_t args[6];
};
typedef struct multicall_entry multicall_entry_t;

/*
 * Time for one vcpu. Writers make version odd, change the rest, and make it even again.
 * ns now = system_time + (((tsc - tsc_timestamp) << tsc_shift) * tsc_to_system_mul >> 32),
 * where a negative shift is one to the right.
 */
struct vcpu_time_info {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time; /* ns since the hypervisor booted */
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags;
	uint8_t pad1[2];
};
typedef struct vcpu_time_info vcpu_time_info_t;
#define XEN_PVCLOCK_TSC_STABLE_BIT (1 << 0) /* monotonic across vcpus */
#define XEN_PVCLOCK_GUEST_STOPPED  (1 << 1)

/* One for each vcpu, in shared_info or where VCPUOP_register_vcpu_info puts it. */
struct vcpu_info {
	uint8_t evtchn_upcall_pending;
	uint8_t evtchn_upcall_mask;
	xen_ulong_t evtchn_pending_sel; /* bit n: look into evtchn_pending[n] (2-level) */
	struct arch_vcpu_info arch;
	vcpu_time_info_t time;
};
typedef struct vcpu_info vcpu_info_t;
_Static_assert(sizeof(struct vcpu_info) == 64, "vcpu_info never crosses a cache line");

/* The page that a domain and the hypervisor share; wc_* is wall-clock time at system time 0. */
struct shared_info {
	struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8];
	xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];
	uint32_t wc_version; /* odd while it is written */
	uint32_t wc_sec;
	uint32_t wc_nsec;
	uint32_t wc_sec_hi;
	struct arch_shared_info arch;
};
typedef struct shared_info shared_info_t;
_Static_assert(sizeof(struct shared_info) <= 4096, "shared_info is one page");
#define xen_wc_sec_hi wc_sec_hi

/* What a PV kernel finds in the page that rsi points to when its first vcpu starts. */
#define MAX_GUEST_CMDLINE 1024
struct start_info {
	char magic[32];		   /* "xen-3.0-x86_64" */
	unsigned long nr_pages;	   /* of the domain */
	unsigned long shared_info; /* machine address */
	uint32_t flags;		   /* SIF_* */
	xen_pfn_t store_mfn;	   /* xenstore's ring and port; 0 for Dom0 */
	uint32_t store_evtchn;
	union {
		struct {
			xen_pfn_t mfn;
			uint32_t evtchn;
		} domU;
		struct {
			uint32_t info_off; /* of a dom0_vga_console_info in this page; bytes */
			uint32_t info_size;
		} dom0;
	} console;
	unsigned long pt_base;	    /* address of the root page table */
	unsigned long nr_pt_frames; /* of the initial tables */
	unsigned long mfn_list;	    /* address of the p2m */
	unsigned long mod_start;    /* initrd, 0: none; see SIF_MOD_START_PFN */
	unsigned long mod_len;	    /* bytes */
	int8_t cmd_line[MAX_GUEST_CMDLINE];
	unsigned long first_p2m_pfn; /* of the p2m, if mfn_list is beyond the kernel's map */
	unsigned long nr_p2m_frames;
};
typedef struct start_info start_info_t;

#define SIF_PRIVILEGED	    (1 << 0)
#define SIF_INITDOMAIN	    (1 << 1)
#define SIF_MULTIBOOT_MOD   (1 << 2)	/* mod_start is a xen_multiboot_mod_list */
#define SIF_MOD_START_PFN   (1 << 3)	/* mod_start is a pfn, not an address */
#define SIF_VIRT_P2M_4TOOLS (1 << 4)	/* the tools understand arch_shared_info.p2m_vaddr */
#define SIF_PM_MASK	    (0xFF << 8) /* XEN_PROCESSOR_PM_* that the hypervisor wants */

struct xen_multiboot_mod_list {
	uint32_t mod_start;
	uint32_t mod_end;
	uint32_t cmdline;
	uint32_t pad;
};

/* The screen as the boot loader left it, for Dom0. Later fields may be beyond info_size. */
#define XEN_VGATYPE_TEXT_MODE_3 0x03
#define XEN_VGATYPE_VESA_LFB	0x23
#define XEN_VGATYPE_EFI_LFB	0x70
typedef struct dom0_vga_console_info {
	uint8_t video_type;
	union {
		struct {
			uint16_t font_height;
			uint16_t cursor_x, cursor_y;
			uint16_t rows, columns;
		} text_mode_3;
		struct {
			uint16_t width, height; /* pixels */
			uint16_t bytes_per_line;
			uint16_t bits_per_pixel;
			uint32_t lfb_base;
			uint32_t lfb_size; /* 64 KiB each */
			uint8_t red_pos, red_size;
			uint8_t green_pos, green_size;
			uint8_t blue_pos, blue_size;
			uint8_t rsvd_pos, rsvd_size;
			uint32_t gbl_caps;
			uint16_t mode_attrs;
			uint16_t pad;
			uint32_t ext_lfb_base; /* bits 32-63 of lfb_base */
		} vesa_lfb;
	} u;
} dom0_vga_console_info_t;
#define xen_vga_console_info   dom0_vga_console_info
#define xen_vga_console_info_t dom0_vga_console_info_t

typedef uint8_t xen_domain_handle_t[16]; /* a domain's UUID, as the tools give it */

typedef struct {
	uint8_t a[16];
} xen_uuid_t;

/* A set of CPUs or nodes: the caller's buffer and how many bits it has room for. */
struct xenctl_bitmap {
	XEN_GUEST_HANDLE_64(uint8_t) bitmap;
	uint32_t nr_bits;
};
typedef struct xenctl_bitmap xenctl_bitmap_t;

#endif
