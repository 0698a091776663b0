/* vcpu-ops.c - a vcpu's areas, states and places; behaviours that a domain switches on
 *
 * Mechanism: a guest names memory of its own that the hypervisor keeps up to date: a vcpu's info, its runstate, a copy of its time. It
 * starts and stops vcpus, and chooses behaviours (vm_assist).
 * Promise: what docs/abi.md says of vcpu_op, vm_assist and the cache flushes of mmuext_op, with its errors; row 20's cousin: the page
 * that holds a vcpu's info is held as writable until the vcpu is gone.
 * Probe: each of them, rightly and wrongly; the wrong calls change nothing.
 */
#include <xen/domctl.h>

#include "runtime/guest.h"

const char test_title[] = "vcpu_op, vm_assist, cache flushes";
TEST_CPUS(2);

static table_t info_page, area_page;
static const struct vcpu_info *const moved_to = (struct vcpu_info *)(void *)((uint8_t *)info_page + 512);
static volatile unsigned ran;

static void count(void *none)
{
	(void)none;
	ran++;
}

static long assist(unsigned cmd, uint64_t type)
{
	return CALL2(vm_assist, cmd, type);
}

static void assists(void)
{
	static const unsigned there[] = {VMASST_TYPE_4gb_segments, VMASST_TYPE_writable_pagetables,
					 VMASST_TYPE_pae_extended_cr3, VMASST_TYPE_runstate_update_flag};

	for (unsigned i = 0; i < ARRAY_SIZE(there); i++) {
		EXPECT(assist(VMASST_CMD_enable, there[i]), 0);
		EXPECT(assist(VMASST_CMD_disable, there[i]), 0);
		EXPECT(assist(99, there[i]), -XEN_ENOSYS);
	}
	EXPECT(assist(VMASST_CMD_enable, VMASST_TYPE_m2p_strict), -XEN_EINVAL);
	EXPECT(assist(VMASST_CMD_enable, VMASST_TYPE_architectural_iopl), -XEN_EINVAL);
	EXPECT(assist(VMASST_CMD_enable, VMASST_TYPE_4gb_segments_notify), -XEN_EINVAL);
	EXPECT(assist(VMASST_CMD_enable, 64), -XEN_EINVAL);
	EXPECT(assist(VMASST_CMD_enable, ~0UL), -XEN_EINVAL);
}

static void runstate(void)
{
	struct vcpu_runstate_info now_is, *area = (struct vcpu_runstate_info *)(void *)area_page;
	struct vcpu_register_runstate_memory_area r = {.addr.v = area};
	uint64_t sum = 0, entry;

	EXPECT(CALL3(vcpu_op, VCPUOP_get_runstate_info, 0, &now_is), 0);
	CHECK(now_is.state == RUNSTATE_running, "our state is %d", now_is.state);
	for (unsigned i = 0; i < 4; i++)
		sum += now_is.time[i];
	CHECK(sum > 1000000 && sum <= now() + 1000000000, "we have been there for %lu ns of %lu", sum, now());
	EXPECT(CALL3(vcpu_op, VCPUOP_get_runstate_info, 0, 8), -XEN_EFAULT);
	r.addr.p = 8;
	EXPECT(CALL3(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &r), -XEN_EFAULT);
	r.addr.v = area;
	EXPECT(CALL3(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &r), 0);
	CHECK(area->state == RUNSTATE_running && area->state_entry_time, "the area says %d", area->state);
	entry = area->time[RUNSTATE_blocked];
	for (unsigned i = 0; i < 100 && area->time[RUNSTATE_blocked] < entry + 2000000; i++)
		nap(3000000); /* on a busy host this may be over before it has begun */
	CHECK(area->state == RUNSTATE_running && area->time[RUNSTATE_blocked] >= entry + 2000000,
	      "after a sleep the area says %d, %lu ns more asleep", area->state, area->time[RUNSTATE_blocked] - entry);
	/* Where nothing is mapped nothing is written, and nobody is harmed. */
	EXPECT(map(area_page, 0), 0);
	nap(1000000);
	EXPECT(make_writable(area_page), 0);
	r.addr.p = 0;
	EXPECT(CALL3(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &r), 0);
}

static void second_time(void)
{
	struct vcpu_time_info *copy = (struct vcpu_time_info *)(void *)((uint8_t *)area_page + 1024);
	struct vcpu_register_time_memory_area r = {.addr.p = 8};

	EXPECT(CALL3(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, &r), -XEN_EFAULT);
	r.addr.v = copy;
	EXPECT(CALL3(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 1, &r), -XEN_EINVAL);
	EXPECT(CALL3(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, &r), 0);
	CHECK(copy->tsc_to_system_mul == my_info->time.tsc_to_system_mul &&
		      copy->tsc_timestamp == my_info->time.tsc_timestamp && !(copy->version & 1),
	      "the copy of time is another");
	r.addr.p = 0;
	EXPECT(CALL3(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, &r), 0);
}

static long move_info(unsigned vcpu, uint64_t mfn, uint32_t offset)
{
	struct vcpu_register_vcpu_info r = {.mfn = mfn, .offset = offset};

	return CALL3(vcpu_op, VCPUOP_register_vcpu_info, vcpu, &r);
}

/* vcpu 1 is down; ours stays where it is. */
static void moved_info(void)
{
	uint64_t m = mfn_of(info_page);

	EXPECT(move_info(1, m, 4096), -XEN_EINVAL);
	EXPECT(move_info(1, m, 4096 - 8), -XEN_EINVAL);
	EXPECT(move_info(1, m, 4), -XEN_EINVAL);
	EXPECT(move_info(1, m, ~7u), -XEN_EINVAL);
	EXPECT(move_info(1, 0x7fffffff, 0), -XEN_EINVAL);
	EXPECT(move_info(1, mfn_of(entry_of(info_page, 1)), 0), -XEN_EBUSY);
	EXPECT(CALL3(vcpu_op, VCPUOP_register_vcpu_info, 1, 8), -XEN_EFAULT);
	EXPECT(move_info(1, m, 512), 0);
	CHECK(moved_to->evtchn_upcall_pending, "vcpu 1 is not to look whether it has events");
	EXPECT(move_info(1, m, 1024), -XEN_EINVAL);
	EXPECT(make_readonly(info_page), 0);
	REFUSED(mmuext(MMUEXT_PIN_L1_TABLE, m));
	EXPECT(make_writable(info_page), 0);
}

static void states(void)
{
	static struct vcpu_guest_context c;
	struct vcpu_get_physid id = {0};

	for (unsigned op = VCPUOP_initialise; op <= VCPUOP_register_vcpu_time_memory_area; op++)
		EXPECT(CALL3(vcpu_op, op, 5000, &c), -XEN_ENOENT);
	EXPECT(CALL3(vcpu_op, VCPUOP_is_up, 0, NULL), 1);
	EXPECT(CALL3(vcpu_op, VCPUOP_is_up, 1, NULL), 0);
	EXPECT(CALL3(vcpu_op, VCPUOP_up, 1, NULL), -XEN_EINVAL); /* it has nothing to begin with */
	EXPECT(CALL3(vcpu_op, VCPUOP_initialise, 1, 8), -XEN_EFAULT);
	c.user_regs.rip = 0x800000000000;
	EXPECT(CALL3(vcpu_op, VCPUOP_initialise, 1, &c), -XEN_EINVAL);
	EXPECT(CALL3(vcpu_op, VCPUOP_initialise, 0, &c), -XEN_EEXIST);
	start_vcpu(1, count, NULL);
	join_vcpu(1);
	EXPECT(CALL3(vcpu_op, VCPUOP_initialise, 1, &c), -XEN_EEXIST);
	EXPECT(CALL3(vcpu_op, VCPUOP_up, 1, NULL), 0);
	join_vcpu(1);
	CHECK(ran == 2, "vcpu 1 ran %u times", ran);
	CHECK(moved_to->time.tsc_to_system_mul == vcpu0->time.tsc_to_system_mul,
	      "its time is not where its information is");
	EXPECT(CALL3(vcpu_op, VCPUOP_send_nmi, 0, 1), -XEN_EINVAL);
	EXPECT(CALL3(vcpu_op, VCPUOP_get_physid, 0, &id), -XEN_EINVAL); /* it may run anywhere */
	pin_vcpu(0, 0, 1);
	EXPECT(CALL3(vcpu_op, VCPUOP_get_physid, 0, &id), 0);
	CHECK(id.phys_id == (1UL << 32 | 1), "it is on CPU %#lx",
	      (unsigned long)id.phys_id); /* whose APIC has its number */
}

static void no_devices(struct area *a)
{
	struct vcpu_get_physid id;

	(void)a;
	EXPECT(mmuext(MMUEXT_FLUSH_CACHE, 0), -XEN_EACCES);
	EXPECT(mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0), -XEN_EACCES);
	EXPECT(CALL3(vcpu_op, VCPUOP_get_physid, 0, &id), -XEN_EINVAL);
}

void test_main(void)
{
	struct partner *p = partner_new(no_devices, 1);

	assists();
	runstate();
	second_time();
	moved_info();
	states();
	EXPECT(mmuext(MMUEXT_FLUSH_CACHE, 0), 0);
	EXPECT(mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0), 0);
	partner_go(p);
	partner_wait(p);
	partner_end(p);
}
