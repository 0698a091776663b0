/* abi_names.c - names of hypercalls and their operations, as the ABI headers have them */
#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/domctl.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/nmi.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/pmu.h>
#include <xen/sched.h>
#include <xen/sysctl.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/arch-x86/xen-mca.h>
#include <xen/hvm/dm_op.h>
#include <xen/hvm/hvm_op.h>

#include "core/abi_names.h"
#include "lib/types.h"

struct name {
	unsigned int number;
	const char *text;
};

#define CALL(call) .number = __HYPERVISOR_##call, .text = #call
#define OP(op)	   .number = op, .text = #op

static const struct name hypercalls[] = {
	{CALL(set_trap_table)},
	{CALL(mmu_update)},
	{CALL(set_gdt)},
	{CALL(stack_switch)},
	{CALL(set_callbacks)},
	{CALL(fpu_taskswitch)},
	{CALL(sched_op_compat)},
	{CALL(platform_op)},
	{CALL(set_debugreg)},
	{CALL(get_debugreg)},
	{CALL(update_descriptor)},
	{CALL(memory_op)},
	{CALL(multicall)},
	{CALL(update_va_mapping)},
	{CALL(set_timer_op)},
	{CALL(event_channel_op_compat)},
	{CALL(xen_version)},
	{CALL(console_io)},
	{CALL(physdev_op_compat)},
	{CALL(grant_table_op)},
	{CALL(vm_assist)},
	{CALL(update_va_mapping_otherdomain)},
	{CALL(iret)},
	{CALL(vcpu_op)},
	{CALL(set_segment_base)},
	{CALL(mmuext_op)},
	{CALL(xsm_op)},
	{CALL(nmi_op)},
	{CALL(sched_op)},
	{CALL(callback_op)},
	{CALL(xenoprof_op)},
	{CALL(event_channel_op)},
	{CALL(physdev_op)},
	{CALL(hvm_op)},
	{CALL(sysctl)},
	{CALL(domctl)},
	{CALL(kexec_op)},
	{CALL(tmem_op)},
	{CALL(argo_op)},
	{CALL(xenpmu_op)},
	{CALL(dm_op)},
	{CALL(hypfs_op)},
	{CALL(mca)},
};

static const struct name memory_op[] = {
	{OP(XENMEM_increase_reservation)},
	{OP(XENMEM_decrease_reservation)},
	{OP(XENMEM_maximum_ram_page)},
	{OP(XENMEM_current_reservation)},
	{OP(XENMEM_maximum_reservation)},
	{OP(XENMEM_machphys_mfn_list)},
	{OP(XENMEM_populate_physmap)},
	{OP(XENMEM_add_to_physmap)},
	{OP(XENMEM_memory_map)},
	{OP(XENMEM_machine_memory_map)},
	{OP(XENMEM_exchange)},
	{OP(XENMEM_machphys_mapping)},
	{OP(XENMEM_set_memory_map)},
	{OP(XENMEM_maximum_gpfn)},
	{OP(XENMEM_remove_from_physmap)},
	{OP(XENMEM_set_pod_target)},
	{OP(XENMEM_get_pod_target)},
	{OP(XENMEM_get_sharing_freed_pages)},
	{OP(XENMEM_get_sharing_shared_pages)},
	{OP(XENMEM_paging_op)},
	{OP(XENMEM_access_op)},
	{OP(XENMEM_sharing_op)},
	{OP(XENMEM_add_to_physmap_batch)},
	{OP(XENMEM_claim_pages)},
	{OP(XENMEM_machphys_compat_mfn_list)},
	{OP(XENMEM_get_vnumainfo)},
	{OP(XENMEM_reserved_device_memory_map)},
	{OP(XENMEM_acquire_resource)},
};

static const struct name xen_version[] = {
	{OP(XENVER_version)},	   {OP(XENVER_extraversion)}, {OP(XENVER_compile_info)},
	{OP(XENVER_capabilities)}, {OP(XENVER_changeset)},    {OP(XENVER_platform_parameters)},
	{OP(XENVER_get_features)}, {OP(XENVER_pagesize)},     {OP(XENVER_guest_handle)},
	{OP(XENVER_commandline)},  {OP(XENVER_build_id)},
};

static const struct name console_io[] = {
	{OP(CONSOLEIO_write)},
	{OP(CONSOLEIO_read)},
};

static const struct name grant_table_op[] = {
	{OP(GNTTABOP_map_grant_ref)},	  {OP(GNTTABOP_unmap_grant_ref)},   {OP(GNTTABOP_setup_table)},
	{OP(GNTTABOP_dump_table)},	  {OP(GNTTABOP_transfer)},	    {OP(GNTTABOP_copy)},
	{OP(GNTTABOP_query_size)},	  {OP(GNTTABOP_unmap_and_replace)}, {OP(GNTTABOP_set_version)},
	{OP(GNTTABOP_get_status_frames)}, {OP(GNTTABOP_get_version)},	    {OP(GNTTABOP_swap_grant_ref)},
	{OP(GNTTABOP_cache_flush)},
};

static const struct name vm_assist[] = {
	{OP(VMASST_CMD_enable)},
	{OP(VMASST_CMD_disable)},
};

static const struct name vcpu_op[] = {
	{OP(VCPUOP_initialise)},
	{OP(VCPUOP_up)},
	{OP(VCPUOP_down)},
	{OP(VCPUOP_is_up)},
	{OP(VCPUOP_get_runstate_info)},
	{OP(VCPUOP_register_runstate_memory_area)},
	{OP(VCPUOP_set_periodic_timer)},
	{OP(VCPUOP_stop_periodic_timer)},
	{OP(VCPUOP_set_singleshot_timer)},
	{OP(VCPUOP_stop_singleshot_timer)},
	{OP(VCPUOP_register_vcpu_info)},
	{OP(VCPUOP_send_nmi)},
	{OP(VCPUOP_get_physid)},
	{OP(VCPUOP_register_vcpu_time_memory_area)},
};

static const struct name set_segment_base[] = {
	{OP(SEGBASE_FS)},
	{OP(SEGBASE_GS_USER)},
	{OP(SEGBASE_GS_KERNEL)},
	{OP(SEGBASE_GS_USER_SEL)},
};

static const struct name mmuext_op[] = {
	{OP(MMUEXT_PIN_L1_TABLE)},    {OP(MMUEXT_PIN_L2_TABLE)},  {OP(MMUEXT_PIN_L3_TABLE)},
	{OP(MMUEXT_PIN_L4_TABLE)},    {OP(MMUEXT_UNPIN_TABLE)},	  {OP(MMUEXT_NEW_BASEPTR)},
	{OP(MMUEXT_TLB_FLUSH_LOCAL)}, {OP(MMUEXT_INVLPG_LOCAL)},  {OP(MMUEXT_TLB_FLUSH_MULTI)},
	{OP(MMUEXT_INVLPG_MULTI)},    {OP(MMUEXT_TLB_FLUSH_ALL)}, {OP(MMUEXT_INVLPG_ALL)},
	{OP(MMUEXT_FLUSH_CACHE)},     {OP(MMUEXT_SET_LDT)},	  {OP(MMUEXT_NEW_USER_BASEPTR)},
	{OP(MMUEXT_CLEAR_PAGE)},      {OP(MMUEXT_COPY_PAGE)},	  {OP(MMUEXT_FLUSH_CACHE_GLOBAL)},
	{OP(MMUEXT_MARK_SUPER)},      {OP(MMUEXT_UNMARK_SUPER)},
};

static const struct name nmi_op[] = {
	{OP(XENNMI_register_callback)},
	{OP(XENNMI_unregister_callback)},
};

static const struct name sched_op[] = {
	{OP(SCHEDOP_yield)},	       {OP(SCHEDOP_block)},	    {OP(SCHEDOP_shutdown)}, {OP(SCHEDOP_poll)},
	{OP(SCHEDOP_remote_shutdown)}, {OP(SCHEDOP_shutdown_code)}, {OP(SCHEDOP_watchdog)}, {OP(SCHEDOP_pin_override)},
};

static const struct name callback_op[] = {
	{OP(CALLBACKOP_register)},
	{OP(CALLBACKOP_unregister)},
};

static const struct name event_channel_op[] = {
	{OP(EVTCHNOP_bind_interdomain)},
	{OP(EVTCHNOP_bind_virq)},
	{OP(EVTCHNOP_bind_pirq)},
	{OP(EVTCHNOP_close)},
	{OP(EVTCHNOP_send)},
	{OP(EVTCHNOP_status)},
	{OP(EVTCHNOP_alloc_unbound)},
	{OP(EVTCHNOP_bind_ipi)},
	{OP(EVTCHNOP_bind_vcpu)},
	{OP(EVTCHNOP_unmask)},
	{OP(EVTCHNOP_reset)},
	{OP(EVTCHNOP_init_control)},
	{OP(EVTCHNOP_expand_array)},
	{OP(EVTCHNOP_set_priority)},
};

static const struct name physdev_op[] = {
	{OP(PHYSDEVOP_IRQ_UNMASK_NOTIFY)},  {OP(PHYSDEVOP_irq_status_query)}, {OP(PHYSDEVOP_set_iopl)},
	{OP(PHYSDEVOP_set_iobitmap)},	    {OP(PHYSDEVOP_apic_read)},	      {OP(PHYSDEVOP_apic_write)},
	{OP(PHYSDEVOP_alloc_irq_vector)},   {OP(PHYSDEVOP_free_irq_vector)},  {OP(PHYSDEVOP_eoi)},
	{OP(PHYSDEVOP_map_pirq)},	    {OP(PHYSDEVOP_unmap_pirq)},	      {OP(PHYSDEVOP_manage_pci_add)},
	{OP(PHYSDEVOP_manage_pci_remove)},  {OP(PHYSDEVOP_pirq_eoi_gmfn_v1)}, {OP(PHYSDEVOP_restore_msi)},
	{OP(PHYSDEVOP_manage_pci_add_ext)}, {OP(PHYSDEVOP_setup_gsi)},	      {OP(PHYSDEVOP_get_free_pirq)},
	{OP(PHYSDEVOP_pci_mmcfg_reserved)}, {OP(PHYSDEVOP_pci_device_add)},   {OP(PHYSDEVOP_pci_device_remove)},
	{OP(PHYSDEVOP_restore_msi_ext)},    {OP(PHYSDEVOP_pirq_eoi_gmfn_v2)}, {OP(PHYSDEVOP_dbgp_op)},
	{OP(PHYSDEVOP_prepare_msix)},	    {OP(PHYSDEVOP_release_msix)},
};

static const struct name platform_op[] = {
	{OP(XENPF_settime32)},
	{OP(XENPF_add_memtype)},
	{OP(XENPF_del_memtype)},
	{OP(XENPF_read_memtype)},
	{OP(XENPF_microcode_update)},
	{OP(XENPF_platform_quirk)},
	{OP(XENPF_get_cpu_version)},
	{OP(XENPF_efi_runtime_call)},
	{OP(XENPF_firmware_info)},
	{OP(XENPF_enter_acpi_sleep)},
	{OP(XENPF_change_freq)},
	{OP(XENPF_getidletime)},
	{OP(XENPF_set_processor_pminfo)},
	{OP(XENPF_get_cpuinfo)},
	{OP(XENPF_cpu_online)},
	{OP(XENPF_cpu_offline)},
	{OP(XENPF_cpu_hotadd)},
	{OP(XENPF_mem_hotadd)},
	{OP(XENPF_core_parking)},
	{OP(XENPF_resource_op)},
	{OP(XENPF_settime64)},
	{OP(XENPF_get_symbol)},
};

static const struct name hvm_op[] = {
	{OP(HVMOP_set_param)},
	{OP(HVMOP_get_param)},
	{OP(HVMOP_set_pci_intx_level)},
	{OP(HVMOP_set_isa_irq_level)},
	{OP(HVMOP_set_pci_link_route)},
	{OP(HVMOP_flush_tlbs)},
	{OP(HVMOP_pagetable_dying)},
	{OP(HVMOP_get_time)},
	{OP(HVMOP_xentrace)},
	{OP(HVMOP_set_mem_access)},
	{OP(HVMOP_get_mem_access)},
	{OP(HVMOP_get_mem_type)},
	{OP(HVMOP_set_evtchn_upcall_vector)},
	{OP(HVMOP_guest_request_vm_event)},
	{OP(HVMOP_altp2m)},
};

static const struct name xenpmu_op[] = {
	{OP(XENPMU_mode_get)}, {OP(XENPMU_mode_set)}, {OP(XENPMU_feature_get)}, {OP(XENPMU_feature_set)},
	{OP(XENPMU_init)},     {OP(XENPMU_finish)},   {OP(XENPMU_lvtpc_set)},	{OP(XENPMU_flush)},
};

static const struct name dm_op[] = {
	{OP(XEN_DMOP_create_ioreq_server)},
	{OP(XEN_DMOP_get_ioreq_server_info)},
	{OP(XEN_DMOP_map_io_range_to_ioreq_server)},
	{OP(XEN_DMOP_unmap_io_range_from_ioreq_server)},
	{OP(XEN_DMOP_set_ioreq_server_state)},
	{OP(XEN_DMOP_destroy_ioreq_server)},
	{OP(XEN_DMOP_track_dirty_vram)},
	{OP(XEN_DMOP_set_pci_intx_level)},
	{OP(XEN_DMOP_set_isa_irq_level)},
	{OP(XEN_DMOP_set_pci_link_route)},
	{OP(XEN_DMOP_modified_memory)},
	{OP(XEN_DMOP_set_mem_type)},
	{OP(XEN_DMOP_inject_event)},
	{OP(XEN_DMOP_inject_msi)},
	{OP(XEN_DMOP_map_mem_type_to_ioreq_server)},
	{OP(XEN_DMOP_remote_shutdown)},
	{OP(XEN_DMOP_relocate_memory)},
	{OP(XEN_DMOP_pin_memory_cacheattr)},
	{OP(XEN_DMOP_set_irq_level)},
	{OP(XEN_DMOP_nr_vcpus)},
};

static const struct name mca[] = {
	{OP(XEN_MC_fetch)},	{OP(XEN_MC_notifydomain)}, {OP(XEN_MC_physcpuinfo)},
	{OP(XEN_MC_msrinject)}, {OP(XEN_MC_mceinject)},	   {OP(XEN_MC_inject_v2)},
};

static const struct name sysctl[] = {
	{OP(XEN_SYSCTL_readconsole)},
	{OP(XEN_SYSCTL_tbuf_op)},
	{OP(XEN_SYSCTL_physinfo)},
	{OP(XEN_SYSCTL_sched_id)},
	{OP(XEN_SYSCTL_perfc_op)},
	{OP(XEN_SYSCTL_getdomaininfolist)},
	{OP(XEN_SYSCTL_debug_keys)},
	{OP(XEN_SYSCTL_getcpuinfo)},
	{OP(XEN_SYSCTL_availheap)},
	{OP(XEN_SYSCTL_get_pmstat)},
	{OP(XEN_SYSCTL_cpu_hotplug)},
	{OP(XEN_SYSCTL_pm_op)},
	{OP(XEN_SYSCTL_page_offline_op)},
	{OP(XEN_SYSCTL_lockprof_op)},
	{OP(XEN_SYSCTL_cputopoinfo)},
	{OP(XEN_SYSCTL_numainfo)},
	{OP(XEN_SYSCTL_cpupool_op)},
	{OP(XEN_SYSCTL_scheduler_op)},
	{OP(XEN_SYSCTL_coverage_op)},
	{OP(XEN_SYSCTL_psr_cmt_op)},
	{OP(XEN_SYSCTL_pcitopoinfo)},
	{OP(XEN_SYSCTL_psr_alloc)},
	{OP(XEN_SYSCTL_get_cpu_levelling_caps)},
	{OP(XEN_SYSCTL_get_cpu_featureset)},
	{OP(XEN_SYSCTL_livepatch_op)},
	{OP(XEN_SYSCTL_get_cpu_policy)},
};

static const struct name domctl[] = {
	{OP(XEN_DOMCTL_createdomain)},
	{OP(XEN_DOMCTL_destroydomain)},
	{OP(XEN_DOMCTL_pausedomain)},
	{OP(XEN_DOMCTL_unpausedomain)},
	{OP(XEN_DOMCTL_getdomaininfo)},
	{OP(XEN_DOMCTL_setvcpuaffinity)},
	{OP(XEN_DOMCTL_shadow_op)},
	{OP(XEN_DOMCTL_max_mem)},
	{OP(XEN_DOMCTL_setvcpucontext)},
	{OP(XEN_DOMCTL_getvcpucontext)},
	{OP(XEN_DOMCTL_getvcpuinfo)},
	{OP(XEN_DOMCTL_max_vcpus)},
	{OP(XEN_DOMCTL_scheduler_op)},
	{OP(XEN_DOMCTL_setdomainhandle)},
	{OP(XEN_DOMCTL_setdebugging)},
	{OP(XEN_DOMCTL_irq_permission)},
	{OP(XEN_DOMCTL_iomem_permission)},
	{OP(XEN_DOMCTL_ioport_permission)},
	{OP(XEN_DOMCTL_hypercall_init)},
	{OP(XEN_DOMCTL_settimeoffset)},
	{OP(XEN_DOMCTL_getvcpuaffinity)},
	{OP(XEN_DOMCTL_real_mode_area)},
	{OP(XEN_DOMCTL_resumedomain)},
	{OP(XEN_DOMCTL_sendtrigger)},
	{OP(XEN_DOMCTL_subscribe)},
	{OP(XEN_DOMCTL_gethvmcontext)},
	{OP(XEN_DOMCTL_sethvmcontext)},
	{OP(XEN_DOMCTL_set_address_size)},
	{OP(XEN_DOMCTL_get_address_size)},
	{OP(XEN_DOMCTL_assign_device)},
	{OP(XEN_DOMCTL_bind_pt_irq)},
	{OP(XEN_DOMCTL_memory_mapping)},
	{OP(XEN_DOMCTL_ioport_mapping)},
	{OP(XEN_DOMCTL_set_ext_vcpucontext)},
	{OP(XEN_DOMCTL_get_ext_vcpucontext)},
	{OP(XEN_DOMCTL_set_opt_feature)},
	{OP(XEN_DOMCTL_test_assign_device)},
	{OP(XEN_DOMCTL_set_target)},
	{OP(XEN_DOMCTL_deassign_device)},
	{OP(XEN_DOMCTL_unbind_pt_irq)},
	{OP(XEN_DOMCTL_get_device_group)},
	{OP(XEN_DOMCTL_debug_op)},
	{OP(XEN_DOMCTL_gethvmcontext_partial)},
	{OP(XEN_DOMCTL_vm_event_op)},
	{OP(XEN_DOMCTL_mem_sharing_op)},
	{OP(XEN_DOMCTL_gettscinfo)},
	{OP(XEN_DOMCTL_settscinfo)},
	{OP(XEN_DOMCTL_getpageframeinfo3)},
	{OP(XEN_DOMCTL_setvcpuextstate)},
	{OP(XEN_DOMCTL_getvcpuextstate)},
	{OP(XEN_DOMCTL_set_access_required)},
	{OP(XEN_DOMCTL_audit_p2m)},
	{OP(XEN_DOMCTL_set_virq_handler)},
	{OP(XEN_DOMCTL_set_broken_page_p2m)},
	{OP(XEN_DOMCTL_setnodeaffinity)},
	{OP(XEN_DOMCTL_getnodeaffinity)},
	{OP(XEN_DOMCTL_cacheflush)},
	{OP(XEN_DOMCTL_get_vcpu_msrs)},
	{OP(XEN_DOMCTL_set_vcpu_msrs)},
	{OP(XEN_DOMCTL_setvnumainfo)},
	{OP(XEN_DOMCTL_psr_cmt_op)},
	{OP(XEN_DOMCTL_monitor_op)},
	{OP(XEN_DOMCTL_psr_alloc)},
	{OP(XEN_DOMCTL_soft_reset)},
	{OP(XEN_DOMCTL_vuart_op)},
	{OP(XEN_DOMCTL_get_cpu_policy)},
	{OP(XEN_DOMCTL_set_cpu_policy)},
	{OP(XEN_DOMCTL_vmtrace_op)},
	{OP(XEN_DOMCTL_get_paging_mempool_size)},
	{OP(XEN_DOMCTL_set_paging_mempool_size)},
	{OP(XEN_DOMCTL_gdbsx_guestmemio)},
	{OP(XEN_DOMCTL_gdbsx_pausevcpu)},
	{OP(XEN_DOMCTL_gdbsx_unpausevcpu)},
	{OP(XEN_DOMCTL_gdbsx_domstatus)},
};

#define FAMILY(call) .hypercall = __HYPERVISOR_##call, .names = call, .count = ARRAY_SIZE(call)

static const struct family {
	unsigned int hypercall;
	const struct name *names;
	size_t count;
} families[] = {
	{FAMILY(memory_op)},  {FAMILY(xen_version)}, {FAMILY(console_io)},	 {FAMILY(grant_table_op)},
	{FAMILY(vm_assist)},  {FAMILY(vcpu_op)},     {FAMILY(set_segment_base)}, {FAMILY(mmuext_op)},
	{FAMILY(nmi_op)},     {FAMILY(sched_op)},    {FAMILY(callback_op)},	 {FAMILY(event_channel_op)},
	{FAMILY(physdev_op)}, {FAMILY(platform_op)}, {FAMILY(hvm_op)},		 {FAMILY(xenpmu_op)},
	{FAMILY(dm_op)},      {FAMILY(mca)},	     {FAMILY(sysctl)},		 {FAMILY(domctl)},
};

static const char *find_name(const struct name *names, size_t count, unsigned int number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].text;
	return NULL;
}

const char *abi_hypercall_name(unsigned int hypercall)
{
	return find_name(hypercalls, ARRAY_SIZE(hypercalls), hypercall);
}

const char *abi_subop_name(unsigned int hypercall, unsigned int subop)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i].hypercall == hypercall)
			return find_name(families[i].names, families[i].count, subop);
	return NULL;
}
