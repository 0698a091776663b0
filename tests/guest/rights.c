/* rights.c - what is Dom0's to ask for is refused to others
 *
 * Mechanism: an operation of the tools, or about the machine, asks call_privileged() before it looks at anything; one about a domain
 * asks whether that is the caller.
 * Promise: all that docs/abi.md says is for privileged domains answers -EPERM to others, and so does what they ask for about a domain
 * that is not themselves; a grant table's answer is GNTST_permission_denied. Nothing of Dom0's has changed afterwards.
 * Probe: a domain asks for each of them, with arguments that would do for Dom0.
 */
#include <xen/arch-x86/xen-mca.h>
#include <xen/domctl.h>
#include <xen/hvm/dm_op.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/platform.h>
#include <xen/sysctl.h>

#include "runtime/guest.h"

const char test_title[] = "what others than Dom0 may not ask for";

#define DENIED(call) EXPECT(call, -XEN_EPERM)

enum { PORT, FRAME };

static uint64_t words[32];

/* Its number comes first, its version second, except in mca. */
#define ALL_DENIED(call, version, last)                                                                                \
	({                                                                                                             \
		for (unsigned op_ = 0; op_ <= (last); op_++) {                                                         \
			memset(words, 0, sizeof(words));                                                               \
			words[0] = op_ | (uint64_t)(version) << 32;                                                    \
			long got_ = CALL1(call, words);                                                                \
			CHECK(got_ == -XEN_EPERM, #call " %u: %ld", op_, got_);                                        \
		}                                                                                                      \
	})

static void the_tools(void)
{
	ALL_DENIED(domctl, XEN_DOMCTL_INTERFACE_VERSION, 90);
	ALL_DENIED(sysctl, XEN_SYSCTL_INTERFACE_VERSION, 30);
	ALL_DENIED(platform_op, XENPF_INTERFACE_VERSION, 64);
	ALL_DENIED(mca, XEN_MCA_INTERFACE_VERSION, 8);
	for (unsigned op = 0; op < 3; op++)
		DENIED(CALL3(console_io, op, 1, words));
	DENIED(CALL2(xen_version, XENVER_commandline, words));
}

static void the_machine(void)
{
	static const uint8_t ops[] = {
		PHYSDEVOP_alloc_irq_vector,   PHYSDEVOP_apic_read,	PHYSDEVOP_setup_gsi,
		PHYSDEVOP_map_pirq,	      PHYSDEVOP_unmap_pirq,	PHYSDEVOP_pci_device_add,
		PHYSDEVOP_pci_device_remove,  PHYSDEVOP_manage_pci_add, PHYSDEVOP_manage_pci_add_ext,
		PHYSDEVOP_manage_pci_remove,  PHYSDEVOP_restore_msi,	PHYSDEVOP_restore_msi_ext,
		PHYSDEVOP_pci_mmcfg_reserved, PHYSDEVOP_dbgp_op};
	struct evtchn_bind_pirq b = {.pirq = 1};

	memset(words, 0, sizeof(words));
	for (unsigned i = 0; i < ARRAY_SIZE(ops); i++) {
		long got = CALL2(physdev_op, ops[i], words);

		CHECK(got == -XEN_EPERM, "physdev_op %u: %ld", ops[i], got);
	}
	/* It may bind an interrupt, but it has been given none. */
	REFUSED(CALL2(event_channel_op, EVTCHNOP_bind_pirq, &b));
	EXPECT(CALL2(physdev_op, PHYSDEVOP_eoi, &(struct physdev_eoi){1}), -XEN_EINVAL);
}

static void memory_of_others(const struct area *a)
{
	uint64_t frame = a->word[FRAME];
	struct xen_memory_reservation r = {.extent_start = &frame, .nr_extents = 1, .domid = 0};
	struct xen_memory_exchange x = {.in = r, .out = r};
	struct mmu_update u = {frame << 12 | MMU_NORMAL_PT_UPDATE, 0};
	struct mmuext_op op = {.cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = frame};
	static const uint8_t ops[] = {XENMEM_machine_memory_map, XENMEM_set_memory_map, XENMEM_claim_pages,
				      XENMEM_acquire_resource, XENMEM_machphys_mfn_list};

	memset(words, 0, sizeof(words));
	for (unsigned i = 0; i < ARRAY_SIZE(ops); i++) {
		long got = CALL2(memory_op, ops[i], words);

		CHECK(got == -XEN_EPERM, "memory_op %u: %ld", ops[i], got);
	}
	DENIED(CALL2(memory_op, XENMEM_increase_reservation, &r));
	DENIED(CALL2(memory_op, XENMEM_decrease_reservation, &r));
	DENIED(CALL2(memory_op, XENMEM_populate_physmap, &r));
	DENIED(CALL2(memory_op, XENMEM_exchange, &x));
	for (unsigned op_about = XENMEM_current_reservation; op_about <= XENMEM_maximum_reservation; op_about++)
		DENIED(CALL2(memory_op, op_about, &(struct xen_memory_domain){0}));
	DENIED(CALL2(memory_op, XENMEM_maximum_gpfn, &(struct xen_memory_domain){0}));
	DENIED(CALL4(mmu_update, &u, 1, NULL, 0));
	DENIED(CALL4(mmu_update, &u, 1, NULL, DOMID_XEN));
	DENIED(CALL4(mmuext_op, &op, 1, NULL, 0));
	DENIED(CALL4(update_va_mapping_otherdomain, words, frame << 12 | PTE_PLAIN, UVMF_INVLPG, 0));
	/* As if it were its own. */
	REFUSED(CALL4(mmu_update, &u, 1, NULL, DOMID_SELF));
	REFUSED(mmuext(MMUEXT_PIN_L1_TABLE, frame));
	REFUSED(map(words, frame << 12 | PTE_PLAIN));
	REFUSED(map(words, frame << 12 | PTE_READONLY));
}

static void events_of_others(const struct area *a)
{
	uint32_t port = (uint32_t)a->word[PORT];
	struct evtchn_alloc_unbound u = {.dom = 0, .remote_dom = DOMID_SELF};
	struct evtchn_status s = {.dom = 0, .port = port};
	struct evtchn_bind_interdomain i = {.remote_dom = 0, .remote_port = port};

	DENIED(CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &u));
	DENIED(CALL2(event_channel_op, EVTCHNOP_status, &s));
	DENIED(CALL2(event_channel_op, EVTCHNOP_reset, &(struct evtchn_reset){0}));
	/* A port that waits for somebody else. */
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_interdomain, &i), -XEN_EINVAL);
	/* VIRQs that are Dom0's until it gives them away may be bound, and are not raised here. */
	REFUSED(CALL2(event_channel_op, EVTCHNOP_bind_virq, &(struct evtchn_bind_virq){.virq = 24}));
}

static void grants_of_others(void)
{
	uint64_t list = 0;
	struct gnttab_setup_table t = {.dom = 0, .nr_frames = 1, .frame_list = &list};
	struct gnttab_query_size q = {.dom = 0};
	struct gnttab_get_version v = {.dom = 0};
	struct gnttab_get_status_frames f = {.dom = 0, .nr_frames = 1, .frame_list = &list};

	EXPECT(CALL3(grant_table_op, GNTTABOP_setup_table, &t, 1), 0);
	EXPECT(t.status, GNTST_permission_denied);
	EXPECT(CALL3(grant_table_op, GNTTABOP_query_size, &q, 1), 0);
	EXPECT(q.status, GNTST_permission_denied);
	DENIED(CALL3(grant_table_op, GNTTABOP_get_version, &v, 1));
	EXPECT(CALL3(grant_table_op, GNTTABOP_get_status_frames, &f, 1), 0);
	EXPECT(f.status, GNTST_permission_denied);
	CHECK(!list, "a frame was told: %#lx", list);
}

static void domains(void)
{
	struct sched_remote_shutdown r = {.domain_id = 0, .reason = SHUTDOWN_crash};
	struct xen_hvm_param p = {.domid = 0, .index = HVM_PARAM_STORE_PFN};

	DENIED(CALL2(sched_op, SCHEDOP_remote_shutdown, &r));
	EXPECT(CALL3(vcpu_op, VCPUOP_get_physid, 0, words), -XEN_EINVAL); /* as for one that is not pinned */
	DENIED(CALL2(hvm_op, HVMOP_set_param, &p));
	DENIED(CALL2(hvm_op, HVMOP_get_param, &p));
	DENIED(CALL3(dm_op, 0, 0, NULL));
}

static void asks(struct area *a)
{
	the_tools();
	the_machine();
	memory_of_others(a);
	events_of_others(a);
	grants_of_others();
	domains();
}

void test_main(void)
{
	static table_t secret;
	struct evtchn_alloc_unbound u = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
	struct partner *p = partner_new(asks, 1);
	struct evtchn_status s = {.dom = DOMID_SELF};

	EXPECT(CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &u), 0);
	secret[3] = 42;
	p->area->word[PORT] = s.port = u.port;
	p->area->word[FRAME] = mfn_of(secret);
	partner_go(p);
	partner_wait(p);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_status, &s), 0);
	EXPECT(s.status, EVTCHNSTAT_unbound);
	EXPECT((long)secret[3], 42);
	EXPECT(map(secret, 0), 0);
	EXPECT(map(secret, mfn_of(secret) << 12 | PTE_PLAIN), 0); /* it is ours still, and nobody's table */
	partner_end(p);
}
