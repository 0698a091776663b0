/* refusals.c - what is not there says so
 *
 * Mechanism: a hypercall, or one of its operations, that Plinth does not have is named in the log once.
 * Promise: I16: the answer is -ENOSYS, or the error that docs/abi.md names; nothing is done, whatever the arguments.
 * Probe: every operation which that page says is for nobody, as Dom0, to whom nothing is refused for want of rights.
 */
#include <xen/arch-x86/xen-mca.h>
#include <xen/domctl.h>
#include <xen/hvm/hvm_op.h>
#include <xen/platform.h>
#include <xen/sysctl.h>

#include "runtime/guest.h"

const char test_title[] = "operations that are not there";

static void whole_calls(void)
{
	static const uint8_t calls[] = {
		__HYPERVISOR_sched_op_compat,
		__HYPERVISOR_event_channel_op_compat,
		__HYPERVISOR_physdev_op_compat,
		__HYPERVISOR_xsm_op,
		__HYPERVISOR_nmi_op,
		__HYPERVISOR_xenoprof_op,
		__HYPERVISOR_kexec_op,
		__HYPERVISOR_tmem_op,
		__HYPERVISOR_argo_op,
		__HYPERVISOR_xenpmu_op,
		__HYPERVISOR_hypfs_op,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
		for (uint64_t op = 0; op < 10; op++)
			EXPECT(hypercall(calls[i], op, 0, 0, 0), -XEN_ENOSYS);
}

#define NOSYS(call, ...)                                                                                               \
	({                                                                                                             \
		static const uint8_t ops_[] = {__VA_ARGS__};                                                           \
		for (unsigned i_ = 0; i_ < ARRAY_SIZE(ops_); i_++) {                                                   \
			long got_ = hypercall(__HYPERVISOR_##call, ops_[i_], (uint64_t)words, 1, 0);                   \
			CHECK(got_ == -XEN_ENOSYS, #call " %u: %ld", ops_[i_], got_);                                  \
		}                                                                                                      \
	})

static uint64_t words[64];

static void operations(void)
{
	NOSYS(memory_op, XENMEM_paging_op, XENMEM_access_op, XENMEM_sharing_op, XENMEM_machphys_compat_mfn_list, 8, 29,
	      63);
	NOSYS(grant_table_op, GNTTABOP_dump_table, GNTTABOP_transfer, GNTTABOP_cache_flush, 13, 255);
	NOSYS(sched_op, SCHEDOP_pin_override, 8, 255);
	EXPECT(CALL3(vcpu_op, 14, 0, words), -XEN_ENOSYS);
	NOSYS(event_channel_op, 14, 255);
	NOSYS(callback_op, 3, 255);
	NOSYS(physdev_op, PHYSDEVOP_IRQ_UNMASK_NOTIFY, PHYSDEVOP_apic_write, PHYSDEVOP_free_irq_vector,
	      PHYSDEVOP_pirq_eoi_gmfn_v1, PHYSDEVOP_prepare_msix, PHYSDEVOP_release_msix, 255);
	NOSYS(hvm_op, HVMOP_set_pci_intx_level, HVMOP_set_isa_irq_level, HVMOP_set_pci_link_route,
	      HVMOP_pagetable_dying, HVMOP_xentrace, HVMOP_set_mem_access, HVMOP_get_mem_access, 13, HVMOP_get_mem_type,
	      HVMOP_guest_request_vm_event, HVMOP_altp2m, 255);
	/* What only domains under hardware virtualization have. */
	EXPECT(CALL2(hvm_op, HVMOP_flush_tlbs, words), -XEN_EINVAL);
	EXPECT(CALL2(hvm_op, HVMOP_get_time, words), -XEN_EINVAL);
	EXPECT(CALL2(hvm_op, HVMOP_set_evtchn_upcall_vector, words), -XEN_EINVAL);
	NOSYS(xen_version, 12, 255);
	NOSYS(console_io, 2, 255);
	EXPECT(CALL2(memory_op, XENMEM_add_to_physmap, words), -XEN_EACCES);
	EXPECT(CALL2(memory_op, XENMEM_add_to_physmap_batch, words), -XEN_EACCES);
	EXPECT(CALL2(memory_op, XENMEM_remove_from_physmap, words), -XEN_EACCES);
	EXPECT(CALL2(memory_op, XENMEM_set_pod_target, words), -XEN_EINVAL);
	EXPECT(CALL2(memory_op, XENMEM_get_pod_target, words), -XEN_EINVAL);
	EXPECT(CALL2(memory_op, XENMEM_get_vnumainfo, words), -XEN_EOPNOTSUPP);
	EXPECT(CALL2(xen_version, XENVER_build_id, words), -XEN_ENODATA);
}

#define TOOL_GETS(want, call, version, ...)                                                                            \
	({                                                                                                             \
		static const uint16_t ops_[] = {__VA_ARGS__};                                                          \
		for (unsigned i_ = 0; i_ < ARRAY_SIZE(ops_); i_++) {                                                   \
			memset(words, 0, sizeof(words));                                                               \
			words[0] = ops_[i_] | (uint64_t)(version) << 32;                                               \
			long got_ = CALL1(call, words);                                                                \
			CHECK(got_ == (want), #call " %u: %ld", ops_[i_], got_);                                       \
		}                                                                                                      \
	})
#define TOOL(call, version, ...) TOOL_GETS(-XEN_ENOSYS, call, version, __VA_ARGS__)

static void for_tools(void)
{
	TOOL(sysctl, XEN_SYSCTL_INTERFACE_VERSION, XEN_SYSCTL_tbuf_op, XEN_SYSCTL_perfc_op, XEN_SYSCTL_debug_keys,
	     XEN_SYSCTL_get_pmstat, XEN_SYSCTL_cpu_hotplug, XEN_SYSCTL_pm_op, XEN_SYSCTL_page_offline_op,
	     XEN_SYSCTL_lockprof_op, XEN_SYSCTL_scheduler_op, XEN_SYSCTL_coverage_op, XEN_SYSCTL_psr_cmt_op,
	     XEN_SYSCTL_pcitopoinfo, XEN_SYSCTL_psr_alloc, XEN_SYSCTL_get_cpu_featureset, XEN_SYSCTL_livepatch_op,
	     XEN_SYSCTL_get_cpu_policy, 999);
	TOOL(platform_op, XENPF_INTERFACE_VERSION, XENPF_add_memtype, XENPF_del_memtype, XENPF_read_memtype,
	     XENPF_microcode_update, XENPF_platform_quirk, XENPF_efi_runtime_call, XENPF_change_freq, XENPF_getidletime,
	     XENPF_set_processor_pminfo, XENPF_cpu_offline, XENPF_cpu_hotadd, XENPF_mem_hotadd, XENPF_core_parking,
	     XENPF_resource_op, XENPF_get_symbol, 999);
	TOOL(domctl, XEN_DOMCTL_INTERFACE_VERSION, XEN_DOMCTL_setdebugging, XEN_DOMCTL_real_mode_area,
	     XEN_DOMCTL_gethvmcontext_partial, XEN_DOMCTL_assign_device, XEN_DOMCTL_test_assign_device,
	     XEN_DOMCTL_deassign_device, XEN_DOMCTL_get_device_group, XEN_DOMCTL_bind_pt_irq, XEN_DOMCTL_unbind_pt_irq,
	     XEN_DOMCTL_memory_mapping, XEN_DOMCTL_ioport_mapping, XEN_DOMCTL_set_target, XEN_DOMCTL_debug_op,
	     XEN_DOMCTL_vm_event_op, XEN_DOMCTL_mem_sharing_op, XEN_DOMCTL_setvcpuextstate, XEN_DOMCTL_getvcpuextstate,
	     XEN_DOMCTL_set_access_required, XEN_DOMCTL_audit_p2m, XEN_DOMCTL_cacheflush, XEN_DOMCTL_get_vcpu_msrs,
	     XEN_DOMCTL_set_opt_feature, XEN_DOMCTL_set_broken_page_p2m, XEN_DOMCTL_set_vcpu_msrs,
	     XEN_DOMCTL_setvnumainfo, XEN_DOMCTL_psr_cmt_op, XEN_DOMCTL_monitor_op, XEN_DOMCTL_psr_alloc,
	     XEN_DOMCTL_soft_reset, XEN_DOMCTL_vuart_op, XEN_DOMCTL_get_cpu_policy, XEN_DOMCTL_set_cpu_policy,
	     XEN_DOMCTL_vmtrace_op, XEN_DOMCTL_gdbsx_guestmemio, XEN_DOMCTL_gdbsx_pausevcpu,
	     XEN_DOMCTL_gdbsx_unpausevcpu, XEN_DOMCTL_gdbsx_domstatus, 999);
	/* A PV domain has no such state and no such tables. */
	TOOL_GETS(-XEN_EINVAL, domctl, XEN_DOMCTL_INTERFACE_VERSION, XEN_DOMCTL_gethvmcontext, XEN_DOMCTL_sethvmcontext,
		  XEN_DOMCTL_shadow_op, XEN_DOMCTL_get_paging_mempool_size, XEN_DOMCTL_set_paging_mempool_size);
	TOOL(mca, XEN_MCA_INTERFACE_VERSION, XEN_MC_notifydomain, XEN_MC_msrinject, XEN_MC_mceinject, XEN_MC_inject_v2,
	     999);
	words[0] = XEN_DOMCTL_getdomaininfo | (XEN_DOMCTL_INTERFACE_VERSION + 1UL) << 32;
	EXPECT(CALL1(domctl, words), -XEN_EACCES);
}

void test_main(void)
{
	whole_calls();
	operations();
	for_tools();
}
