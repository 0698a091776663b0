/* test_abi_names.c - a refused operation is named in the log as the headers name it */
#include <xen/domctl.h>
#include <xen/memory.h>
#include <xen/sysctl.h>
#include <xen/arch-x86/xen-mca.h>

#include "core/abi_names.h"
#include "unit.h"

#define NUMBERS 1024 /* no operation has a higher number */

TEST(a_hypercall_has_the_name_of_its_number)
{
	CU_ASSERT_STRING_EQUAL(abi_hypercall_name(__HYPERVISOR_set_trap_table), "set_trap_table");
	CU_ASSERT_STRING_EQUAL(abi_hypercall_name(__HYPERVISOR_hypfs_op), "hypfs_op");
	CU_ASSERT_STRING_EQUAL(abi_hypercall_name(__HYPERVISOR_mca), "mca");
	CU_ASSERT_PTR_NULL(abi_hypercall_name(11));
	CU_ASSERT_PTR_NULL(abi_hypercall_name(~0U));
}

TEST(an_operation_has_the_name_of_its_number)
{
	CU_ASSERT_STRING_EQUAL(abi_subop_name(__HYPERVISOR_memory_op, XENMEM_exchange), "XENMEM_exchange");
	CU_ASSERT_STRING_EQUAL(abi_subop_name(__HYPERVISOR_domctl, XEN_DOMCTL_gdbsx_domstatus),
			       "XEN_DOMCTL_gdbsx_domstatus");
	CU_ASSERT_STRING_EQUAL(abi_subop_name(__HYPERVISOR_sysctl, XEN_SYSCTL_livepatch_op), "XEN_SYSCTL_livepatch_op");
	CU_ASSERT_PTR_NULL(abi_subop_name(__HYPERVISOR_domctl, 6));
	CU_ASSERT_PTR_NULL(abi_subop_name(__HYPERVISOR_multicall, 0));
	CU_ASSERT_PTR_NULL(abi_subop_name(~0U, ~0U));
}

/* An operation that is missing in the table, or stands there with another's number, has no name. */
TEST(as_many_are_named_as_there_are)
{
	static const struct {
		unsigned int hypercall, operations;
	} expected[] = {
		{__HYPERVISOR_memory_op, 28},	    {__HYPERVISOR_xen_version, 11}, {__HYPERVISOR_console_io, 2},
		{__HYPERVISOR_grant_table_op, 13},  {__HYPERVISOR_vm_assist, 2},    {__HYPERVISOR_vcpu_op, 14},
		{__HYPERVISOR_set_segment_base, 4}, {__HYPERVISOR_mmuext_op, 20},   {__HYPERVISOR_nmi_op, 2},
		{__HYPERVISOR_sched_op, 8},	    {__HYPERVISOR_callback_op, 2},  {__HYPERVISOR_event_channel_op, 14},
		{__HYPERVISOR_physdev_op, 26},	    {__HYPERVISOR_platform_op, 22}, {__HYPERVISOR_hvm_op, 15},
		{__HYPERVISOR_xenpmu_op, 8},	    {__HYPERVISOR_dm_op, 20},	    {__HYPERVISOR_mca, 6},
		{__HYPERVISOR_sysctl, 26},	    {__HYPERVISOR_domctl, 74},
	};

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		unsigned int named = 0;

		for (unsigned int op = 0; op < NUMBERS; op++)
			named += abi_subop_name(expected[i].hypercall, op) != NULL;
		CU_ASSERT_EQUAL(named, expected[i].operations);
	}
}
