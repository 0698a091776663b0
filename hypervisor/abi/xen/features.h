/* features.h - bits of XENVER_get_features, and of a kernel's FEATURES notes */
#ifndef ABI_FEATURES_H
#define ABI_FEATURES_H

#define XENFEAT_writable_page_tables	   0 /* the guest need not make its page tables read-only */
#define XENFEAT_writable_descriptor_tables 1 /* nor its descriptor tables */
#define XENFEAT_auto_translated_physmap	   2 /* the guest sees pseudo-physical addresses only */
#define XENFEAT_supervisor_mode_kernel	   3 /* the guest kernel runs in ring 0 */
#define XENFEAT_pae_pgdir_above_4gb	   4
#define XENFEAT_mmu_pt_update_preserve_ad  5 /* MMU_PT_UPDATE_PRESERVE_AD works */
#define XENFEAT_highmem_assist		   6 /* MMUEXT_CLEAR_PAGE and _COPY_PAGE work */
#define XENFEAT_gnttab_map_avail_bits	   7 /* GNTMAP_guest_avail_mask is honoured */
#define XENFEAT_hvm_callback_vector	   8
#define XENFEAT_hvm_safe_pvclock	   9  /* vcpu_time_info may be used under HVM */
#define XENFEAT_hvm_pirqs		   10 /* HVM guests may turn interrupts into event channels */
#define XENFEAT_dom0			   11 /* the guest is Dom0, or able to be */
#define XENFEAT_memory_op_vnode_supported  13
#define XENFEAT_ARM_SMCCC_supported	   14
#define XENFEAT_linux_rsdp_unrestricted	   15 /* the PVH RSDP may be anywhere */
#define XENFEAT_not_direct_mapped	   16 /* set: pfn != mfn */
#define XENFEAT_direct_mapped		   17

#define XENFEAT_NR_SUBMAPS 1 /* words of 32 bits that XENVER_get_features has */

#endif
