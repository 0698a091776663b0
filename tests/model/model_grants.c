/* model_grants.c - grants used, withdrawn and converted by several CPUs at once (XSA-218, -230, -236, -255, -384, -486, -500)
 *
 * ALICE grants a frame; BOB maps and copies it through the hypercall as his guest makes it. The promises: the entry says "in use"
 * as long as anybody uses it and no longer; every use ends on the frame on which it began, whatever ALICE writes meanwhile; the
 * table's version does not change under a use; a handle can be given back once.
 */
#include "machine.h"

#include <xen/grant_table.h>

#include "call/call.h"
#include "core/maptrack.h"
#include "core/pte.h"
#include "kern/grant.h"

#define REF 9 /* none of those that outlive a change of version */

static mfn_t granted, another, bobs;
static unsigned unmapped; /* successful unmaps */
static unsigned mapped;	  /* maps that BOB has now */

/* The entry, and with version 2 its status word: NULL otherwise. */
static struct grant_entry_v1 *entry_v1;
static union grant_entry_v2 *entry_v2;
static grant_status_t *status_v2;

static uint16_t use_bits(void)
{
	return (status_v2 ? *status_v2 : entry_v1->flags) & (GTF_reading | GTF_writing);
}

/* ---- what BOB does ------------------------------------------------------------------------------------------------ */

static int16_t map(uint64_t at, uint32_t flags, uint32_t *handle)
{
	struct gnttab_map_grant_ref op = {.host_addr = at, .flags = flags, .ref = REF, .dom = ALICE};

	if (call_grant_table_op(GNTTABOP_map_grant_ref, (uint64_t)&op, 1))
		interleave_wrong("the call failed");
	*handle = op.handle;
	return op.status;
}

static int16_t unmap(uint64_t at, uint64_t device, uint32_t handle)
{
	struct gnttab_unmap_grant_ref op = {.host_addr = at, .dev_bus_addr = device, .handle = handle};

	if (call_grant_table_op(GNTTABOP_unmap_grant_ref, (uint64_t)&op, 1))
		interleave_wrong("the call failed");
	return op.status;
}

static void map_and_unmap(uint64_t at, bool write)
{
	uint16_t bits = (uint16_t)(GTF_reading | (write ? GTF_writing : 0));
	uint32_t handle;

	if (map(at, GNTMAP_host_map | (write ? 0 : GNTMAP_readonly), &handle) == GNTST_okay) {
		mapped++;
		if ((use_bits() & bits) != bits)
			interleave_wrong("the entry does not say that it is in use");
		mapped--;
		if (unmap(at, 0, handle) != GNTST_okay)
			interleave_wrong("what was mapped cannot be unmapped");
		if (write && use_bits() & GTF_writing)
			interleave_wrong("the only one who wrote is gone, and the entry still speaks of him");
	}
}

static void writes(void)
{
	map_and_unmap(1, true);
}

static void reads(void)
{
	map_and_unmap(2, false);
}

static void copy(bool from)
{
	struct gnttab_copy_ptr grant = {.u.ref = REF, .domid = ALICE}, own = {.u.gmfn = bobs.n, .domid = DOMID_SELF};
	struct gnttab_copy op = {.source = from ? grant : own,
				 .dest = from ? own : grant,
				 .len = 8,
				 .flags = from ? GNTCOPY_source_gref : GNTCOPY_dest_gref};

	if (call_grant_table_op(GNTTABOP_copy, (uint64_t)&op, 1))
		interleave_wrong("the call failed");
}

static void copies(void)
{
	copy(true);
}

static void copies_to(void)
{
	copy(false);
}

/* ---- the world ---------------------------------------------------------------------------------------------------- */

static void permit(mfn_t m)
{
	if (status_v2) {
		entry_v2->full_page.frame = m.n;
		entry_v2->hdr = (struct grant_entry_header){GTF_permit_access, BOB};
	} else {
		*entry_v1 = (struct grant_entry_v1){GTF_permit_access, BOB, (uint32_t)m.n};
	}
}

static void start(unsigned version)
{
	model_machine(3);
	granted = model_page(&alice);
	another = model_page(&alice);
	bobs = model_page(&bob);
	if (grant_set_version(&alice, version))
		abort();
	/* BOB has mapped something before: there is a page of handles, of which 0 is the next. */
	grant_free_handle(&bob, (uint32_t)grant_take_handle(&bob));
	entry_v1 = (struct grant_entry_v1 *)mfn_to_virt(grant_frame(&alice, 0, false)) + REF;
	entry_v2 = (union grant_entry_v2 *)mfn_to_virt(grant_frame(&alice, 0, false)) + REF;
	if (version == 2)
		status_v2 = (grant_status_t *)mfn_to_virt(grant_frame(&alice, 0, true)) + REF;
	permit(granted);
	model_runs(0, &bob, 0);
	model_runs(1, &bob, 1);
	model_runs(2, &alice, 0);
	/* Who flushes when is model_tables.c's subject, and this file's last test. */
	alice.cpu_mask = bob.cpu_mask = 0;
}

static void version_1(void)
{
	start(1);
}

static void version_2(void)
{
	start(2);
}

static const char *nothing_is_left(void)
{
	const mfn_t all[] = {granted, another, bobs};
	const char *wrong = NULL;

	for (unsigned i = 0; i < 3 && !wrong; i++)
		wrong = model_only_owned(all[i]);
	if (wrong)
		return wrong;
	if (use_bits())
		return "the entry says that it is in use for ever";
	for (unsigned i = 0; i < INTERLEAVE_THREADS; i++)
		if (model_entry[i])
			return "a mapping stays";
	for (uint32_t handle = 0; handle < grant_handles(&bob); handle++)
		if (grant_handle_parts(&bob, handle))
			return "a handle stays";
	return alice.refs != 1 || bob.refs != 1 ? "a reference to a domain stays" : NULL;
}

/* ---- rows 18 and 17: several uses of one grant -------------------------------------------------------------------- */

TEST(map_unmap_and_copy_of_one_grant)
{
	static const struct interleave m[] = {
		{.name = "map and map read-only, version 1",
		 .setup = version_1,
		 .thread = {writes, reads},
		 .finally = nothing_is_left},
		{.name = "map and map read-only, version 2",
		 .setup = version_2,
		 .thread = {writes, reads},
		 .finally = nothing_is_left},
		{.name = "map and copy, version 1",
		 .setup = version_1,
		 .thread = {writes, copies},
		 .finally = nothing_is_left},
		{.name = "map and copy, version 2",
		 .setup = version_2,
		 .thread = {writes, copies},
		 .finally = nothing_is_left},
		{.name = "three copies",
		 .setup = version_1,
		 .thread = {copies, copies, copies},
		 .finally = nothing_is_left},
	};

	for (size_t i = 0; i < sizeof(m) / sizeof(m[0]); i++)
		CU_ASSERT_TRUE(interleave(&m[i]));
}

static void unmaps_once(void)
{
	if (unmap(1, 0, 0) == GNTST_okay)
		__atomic_add_fetch(&unmapped, 1, __ATOMIC_SEQ_CST);
}

static void maps_and_unmaps(void)
{
	uint32_t handle;

	if (map(1, GNTMAP_host_map, &handle) != GNTST_okay || handle)
		interleave_wrong("the grant cannot be mapped");
	unmaps_once();
}

static const char *unmapped_once(void)
{
	return unmapped == 1 ? nothing_is_left() : "one mapping was undone twice, or never";
}

TEST(a_handle_is_given_back_once)
{
	static const struct interleave m = {.name = "a handle is unmapped by two vcpus",
					    .setup = version_1,
					    .thread = {maps_and_unmaps, unmaps_once, unmaps_once},
					    .finally = unmapped_once};

	CU_ASSERT_TRUE(interleave(&m));
}

static void maps_for_both(void)
{
	uint32_t handle;

	if (map(1, GNTMAP_host_map | GNTMAP_device_map, &handle) != GNTST_okay || handle)
		interleave_wrong("the grant cannot be mapped");
	unmaps_once();
	while (grant_handle_parts(&bob, 0)) /* the other one was too early */
		unmap(0, granted.n << PAGE_SHIFT, 0);
}

static void unmaps_device(void)
{
	unmap(0, granted.n << PAGE_SHIFT, 0);
}

TEST(host_and_device_mapping_end_apart)
{
	static const struct interleave m = {.name = "the two parts of a handle, by two vcpus",
					    .setup = version_1,
					    .thread = {maps_for_both, unmaps_device},
					    .finally = unmapped_once};

	CU_ASSERT_TRUE(interleave(&m));
}

/* ---- row 20: a change of version ---------------------------------------------------------------------------------- */

/* Status words stay where they are, for whoever has them mapped. */
static void looks_at_status(void)
{
	mfn_t m = grant_frame(&alice, 0, true);

	if (!page_get_writable(&alice, m)) {
		for (unsigned i = 0; i < 3; i++) {
			model_guest();
			if (model_is_freed(m))
				interleave_wrong("a status frame that is mapped was freed");
		}
		page_put_writable(m);
	}
}

static void changes_version(void)
{
	int err = grant_set_version(&alice, 1);

	if (!err && mapped)
		interleave_wrong("the version changed under a use");
}

static const char *version_is_sane(void)
{
	if (model_is_freed(grant_frame(&alice, 0, true)))
		return "a status frame was freed";
	return nothing_is_left();
}

static void version_2_two_vcpus(void)
{
	start(2);
	model_runs(1, &alice, 1);
	alice.cpu_mask = 0;
}

TEST(the_version_does_not_change_under_a_use)
{
	static const struct interleave m = {.name = "a map, version 2 to 1, status frames mapped",
					    .setup = version_2_two_vcpus,
					    .thread = {writes, looks_at_status, changes_version},
					    .finally = version_is_sane};

	CU_ASSERT_TRUE(interleave(&m));
}

/* ---- row 22: the owner writes meanwhile ---------------------------------------------------------------------------- */

static void owner_changes_frame(void)
{
	permit(another);
	permit(granted);
}

/* ALICE has overwritten the marks, so they say nothing; the counts must be right all the same. */
static const char *frames_are_right(void)
{
	const char *wrong = model_only_owned(granted);

	return wrong ? wrong : model_only_owned(another);
}

static void maps_whatever_it_is(void)
{
	uint32_t handle;
	uint64_t is;

	if (map(1, GNTMAP_host_map | GNTMAP_readonly, &handle) == GNTST_okay) {
		is = pte_mfn(model_entry[0]).n;
		if (is != granted.n && is != another.n)
			interleave_wrong("what is mapped was never granted");
		if (unmap(1, 0, handle) != GNTST_okay)
			interleave_wrong("what was mapped cannot be unmapped");
	}
}

TEST(a_use_ends_on_the_frame_it_began_on)
{
	static const struct interleave one = {.name = "a map and a copy while the owner writes, version 1",
					      .setup = version_1,
					      .thread = {maps_whatever_it_is, copies_to, owner_changes_frame},
					      .finally = frames_are_right};
	static const struct interleave two = {.name = "a map and a copy while the owner writes, version 2",
					      .setup = version_2,
					      .thread = {maps_whatever_it_is, copies_to, owner_changes_frame},
					      .finally = frames_are_right};

	CU_ASSERT_TRUE(interleave(&one));
	CU_ASSERT_TRUE(interleave(&two));
}

/* As Linux does it: nobody's entry is changed while it says that it is in use. Then what is withdrawn stays so. */
static bool withdrawn;

static void owner_withdraws(void)
{
	struct grant_entry_v1 *e = entry_v1;
	uint16_t flags = __atomic_load_n(&e->flags, __ATOMIC_SEQ_CST);

	while (!(flags & (GTF_reading | GTF_writing)))
		if (__atomic_compare_exchange_n(&e->flags, &flags, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
			withdrawn = true;
			break;
		}
	if (withdrawn && mapped)
		interleave_wrong("a grant was withdrawn that is mapped");
}

TEST(what_is_in_use_cannot_be_withdrawn)
{
	static const struct interleave m = {.name = "a map, a copy, and the owner withdraws",
					    .setup = version_1,
					    .thread = {writes, copies, owner_withdraws},
					    .finally = nothing_is_left};

	CU_ASSERT_TRUE(interleave(&m));
}

/* ---- flushes before the owner has the frame back ------------------------------------------------------------------- */

static void maps_and_lets_go(void)
{
	writes();
	model_idle();
}

static void uses_the_mapping(void)
{
	bool *can_write = &model_tlb[this_cpu()->id][granted.n];

	*can_write = model_entry[0] != 0;
	for (unsigned i = 0; i < 2; i++) {
		model_guest();
		if (!(use_bits() & GTF_writing) && *can_write)
			interleave_wrong("a CPU can still write what its owner sees unused");
	}
	model_idle();
}

static void version_1_flushing(void)
{
	start(1);
	nr_cpus = 2;
	bob.cpu_mask = 3;
}

TEST(all_have_flushed_when_the_owner_sees_it_unused)
{
	static const struct interleave m = {.name = "an unmap while another vcpu writes",
					    .setup = version_1_flushing,
					    .thread = {maps_and_lets_go, uses_the_mapping},
					    .finally = nothing_is_left};

	CU_ASSERT_TRUE(interleave(&m));
}
