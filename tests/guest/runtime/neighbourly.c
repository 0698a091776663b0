/* neighbourly.c - which random calls leave the rest of a domain alive */
#include "neighbourly.h"

#include "playground.h"

/* An array of `count` structures, wholly in the room. */
static bool in_room(uint64_t at, uint64_t count, size_t size, const uint8_t *room)
{
	uint64_t offset = at - (uint64_t)room;

	return at >= (uint64_t)room && offset < WILD_ROOM && count < WILD_ROOM / size &&
	       offset + count * size <= WILD_ROOM;
}

static uint64_t playground(void)
{
	return ((uint64_t)play_pages - GUEST_BASE) >> 12;
}

/* All that the domain has had from the start, but the playground. (The room is checked by calls that name structures.) */
static bool is_siblings(uint64_t mfn)
{
	static uint64_t top;
	uint64_t pfn;

	if (!top)
		top = (uint64_t)CALL2(memory_op, XENMEM_maximum_ram_page, NULL);
	if (mfn > top)
		return false;
	pfn = machine_to_phys_mapping[mfn];
	return pfn < start_info->nr_pages && ((const uint64_t *)start_info->mfn_list)[pfn] == mfn &&
	       pfn - playground() >= PLAY_PAGES;
}

/* An entry of a table, by its machine address: those that map the playground are in the same table as those that map the rest. */
static bool good_entry(uint64_t at)
{
	uint64_t first = ((uint64_t)play_pages >> 12) & 511, index = at >> 3 & 511;
	bool plays = at >> 12 == (*entry_of(play_pages, 2) >> 12 & 0xffffffffff) && index - first < PLAY_PAGES &&
		     (at & 3) != MMU_MACHPHYS_UPDATE;

	return plays || !is_siblings(at >> 12);
}

/* Where something is mapped, or unmapped: page 0 of the image is nobody's. */
static bool good_address(uint64_t at)
{
	uint64_t page = (at - GUEST_BASE) >> 12;

	return !page || page >= start_info->nr_pages || page - playground() < PLAY_PAGES;
}

static bool good_updates(const struct mmu_update *u, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (!good_entry(u[i].ptr))
			return false;
	return true;
}

/* Another root is the vcpu's own business, but where it ends the domain ends with it. */
static bool good_extended(const struct mmuext_op *op, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (op[i].cmd == MMUEXT_NEW_BASEPTR || is_siblings(op[i].arg1.mfn))
			return false;
	return true;
}

/* What maps and unmaps begins with the address, or the entry's. */
static bool good_grants(uint32_t op, const uint8_t *at, uint64_t count)
{
	size_t size = op == GNTTABOP_map_grant_ref ? sizeof(struct gnttab_map_grant_ref)
						   : sizeof(struct gnttab_unmap_grant_ref);

	if (op != GNTTABOP_map_grant_ref && op != GNTTABOP_unmap_grant_ref && op != GNTTABOP_unmap_and_replace)
		return true;
	for (uint64_t i = 0; i < count; i++, at += size) {
		const struct gnttab_unmap_and_replace *u = (const void *)at;

		if (!good_address(u->host_addr) || !good_entry(u->host_addr))
			return false;
		if (op == GNTTABOP_unmap_and_replace && (!good_address(u->new_addr) || !good_entry(u->new_addr)))
			return false;
	}
	return true;
}

static bool good_ports(uint32_t op, uint64_t at, const uint8_t *room)
{
	if (op == EVTCHNOP_close || op == EVTCHNOP_bind_vcpu)
		return in_room(at, 1, sizeof(uint32_t), room) &&
		       *(const uint32_t *)at != start_info->console.domU.evtchn;
	return op != EVTCHNOP_reset && op != EVTCHNOP_init_control && op != EVTCHNOP_expand_array;
}

/* What comes back is written into the lists: they must end before other memory begins. */
static bool good_reservations(const struct xen_memory_exchange *x)
{
	return x->in.nr_extents <= 16 && x->in.extent_order <= 1 && x->out.nr_extents <= 16;
}

/* Into an area that is registered the hypervisor writes later: into a list that was looked at, or into the code. */
static bool good_vcpu_op(const struct wild_call *c, const uint8_t *room)
{
	switch (c->arg[0]) {
	case VCPUOP_initialise:
	case VCPUOP_down:
	case VCPUOP_register_runstate_memory_area:
	case VCPUOP_register_vcpu_time_memory_area:
		return false;
	case VCPUOP_register_vcpu_info:
		return in_room(c->arg[2], 1, sizeof(struct vcpu_register_vcpu_info), room) &&
		       !is_siblings(((const struct vcpu_register_vcpu_info *)c->arg[2])->mfn);
	default:
		return true;
	}
}

static bool all_neighbourly(const struct wild_call *c, const uint8_t *room)
{
	const multicall_entry_t *list = (const multicall_entry_t *)c->arg[0];

	if (!in_room(c->arg[0], c->arg[1], sizeof(*list), room))
		return false;
	for (uint64_t i = 0; i < c->arg[1]; i++) {
		struct wild_call one = {.nr = list[i].op};

		memcpy(one.arg, list[i].args, sizeof(one.arg));
		if (one.nr == __HYPERVISOR_multicall || !neighbourly(&one, room))
			return false;
	}
	return true;
}

bool neighbourly(const struct wild_call *c, const uint8_t *room)
{
	switch (c->nr) {
	case __HYPERVISOR_mmu_update:
		return in_room(c->arg[0], c->arg[1], sizeof(struct mmu_update), room) &&
		       good_updates((const struct mmu_update *)c->arg[0], c->arg[1]);
	case __HYPERVISOR_mmuext_op:
		return in_room(c->arg[0], c->arg[1], sizeof(struct mmuext_op), room) &&
		       good_extended((const struct mmuext_op *)c->arg[0], c->arg[1]);
	case __HYPERVISOR_update_va_mapping:
	case __HYPERVISOR_update_va_mapping_otherdomain:
		return good_address(c->arg[0]);
	case __HYPERVISOR_grant_table_op:
		return in_room(c->arg[1], (uint32_t)c->arg[2], 64, room) &&
		       good_grants((uint32_t)c->arg[0], (const uint8_t *)c->arg[1], (uint32_t)c->arg[2]);
	case __HYPERVISOR_memory_op:
		return in_room(c->arg[1], 1, sizeof(struct xen_memory_exchange), room) &&
		       good_reservations((const struct xen_memory_exchange *)c->arg[1]);
	case __HYPERVISOR_update_descriptor:
		return !is_siblings(c->arg[0] >> 12);
	case __HYPERVISOR_event_channel_op:
		return good_ports((uint32_t)c->arg[0], c->arg[1], room);
	case __HYPERVISOR_sched_op:
		return c->arg[0] == SCHEDOP_yield;
	case __HYPERVISOR_vcpu_op:
		return good_vcpu_op(c, room);
	case __HYPERVISOR_multicall:
		return all_neighbourly(c, room);
	case __HYPERVISOR_set_trap_table: /* how the kernel is entered; a list's end may name these, too */
	case __HYPERVISOR_set_callbacks:
	case __HYPERVISOR_callback_op:
	case __HYPERVISOR_stack_switch:
	case __HYPERVISOR_iret:
		return false;
	default:
		return true;
	}
}
