/* grants-two.c - two domains share pages, and one of them does not keep to what was agreed
 *
 * Mechanism: a grant names a frame and a domain; the first use takes down which frame is meant. Version 2 has the marks of use in
 * frames of their own, parts of pages, and grants that pass on another's grant.
 * Promise: rows 16 to 22 of the table of regressions, between two domains: only what is granted can be used, by whom and as it
 * is granted; what is in use stays the same frame, whatever the owner writes, frees, or changes the version to; each use is
 * given back once; a dead owner's page stays as long as it is mapped, and not longer.
 * Probe: the partner grants, Dom0 uses; first in turn, then both as fast as they can.
 */
#include "runtime/guest.h"

const char test_title[] = "grants between two domains";
TEST_CPUS(2);
TEST_SECONDS(60);

enum { STEP, ANSWER };
enum { REF = 20, REF_READONLY, REF_OTHERS, REF_PART, REF_PASSED_ON };

static table_t entries, status_page, shared_one, shared_two, window, other_window, buffer;
static struct partner *p;

/* ---- the partner ------------------------------------------------------------------------------------------------------- */

static struct grant_entry_v1 *v1(unsigned ref)
{
	return (struct grant_entry_v1 *)entries + ref;
}

static union grant_entry_v2 *v2(unsigned ref)
{
	return (union grant_entry_v2 *)(void *)entries + ref;
}

static long set_version(uint32_t version)
{
	struct gnttab_set_version v = {version};

	return CALL3(grant_table_op, GNTTABOP_set_version, &v, 1);
}

static void write_v1(void)
{
	*v1(REF) = (struct grant_entry_v1){GTF_permit_access, 0, (uint32_t)mfn_of(shared_one)};
	*v1(REF_READONLY) = (struct grant_entry_v1){GTF_permit_access | GTF_readonly, 0, (uint32_t)mfn_of(shared_two)};
	*v1(REF_OTHERS) = (struct grant_entry_v1){GTF_permit_access, 77, (uint32_t)mfn_of(shared_two)};
}

static void write_v2(void)
{
	v2(REF)->full_page.frame = mfn_of(shared_one);
	v2(REF)->hdr = (struct grant_entry_header){GTF_permit_access, 0};
	v2(REF_READONLY)->full_page.frame = mfn_of(shared_two);
	v2(REF_READONLY)->hdr = (struct grant_entry_header){GTF_permit_access | GTF_readonly, 0};
	v2(REF_PART)->sub_page.frame = mfn_of(shared_two);
	v2(REF_PART)->sub_page.page_off = 256;
	v2(REF_PART)->sub_page.length = 512;
	v2(REF_PART)->hdr = (struct grant_entry_header){GTF_permit_access | GTF_sub_page, 0};
	v2(REF_PASSED_ON)->transitive.trans_domid = 0;
	v2(REF_PASSED_ON)->transitive.gref = REF;
	v2(REF_PASSED_ON)->hdr = (struct grant_entry_header){GTF_transitive, 0};
}

/* Dom0 has shared_one mapped: nothing makes it something else. */
static void break_the_agreement(void)
{
	uint64_t mfn = mfn_of(shared_one);
	struct xen_memory_reservation r = {.extent_start = &mfn, .nr_extents = 1, .domid = DOMID_SELF};

	CHECK(v1(REF)->flags == (GTF_permit_access | GTF_reading | GTF_writing), "flags in use: %#x", v1(REF)->flags);
	v1(REF)->frame = (uint32_t)mfn_of(entries);
	v1(REF)->flags = 0;
	EXPECT(set_version(2), -XEN_EBUSY);
	memset(shared_one, 0, 4096);
	EXPECT(make_readonly(shared_one), 0);
	REFUSED(mmuext(MMUEXT_PIN_L1_TABLE, mfn));
	EXPECT(make_writable(shared_one), 0);
	shared_one[9] = 0x99;
	EXPECT(map(shared_one, 0), 0);
	EXPECT(CALL2(memory_op, XENMEM_decrease_reservation, &r), 1);
	mfn = 0;
	EXPECT(CALL2(memory_op, XENMEM_populate_physmap, &r), 1);
	CHECK(mfn != mfn_of(shared_one), "a frame that is still mapped was given again");
	EXPECT(map(shared_one, mfn << 12 | PTE_PLAIN), 0);
	((uint64_t *)start_info->mfn_list)[((uint64_t)shared_one - GUEST_BASE) >> 12] = mfn;
}

static void change_to_v2(void)
{
	uint64_t frame = 0;
	struct gnttab_get_status_frames s = {.nr_frames = 1, .dom = DOMID_SELF, .frame_list = &frame};

	EXPECT(set_version(2), 0);
	CHECK(!v2(REF)->hdr.flags, "an entry outlived the change of version");
	EXPECT(CALL3(grant_table_op, GNTTABOP_get_status_frames, &s, 1), 0);
	NEED(!s.status && !map(status_page, frame << 12 | PTE_PLAIN), "no status frame: %d", s.status);
	write_v2();
}

static void change_all_the_time(struct area *a)
{
	for (unsigned i = 0; a->word[STEP] == 5; i++) {
		long ret = set_version(1 + i % 2);

		CHECK(!ret || ret == -XEN_EBUSY, "set_version: %ld", ret);
		if (i % 2)
			write_v2();
		else
			write_v1();
		v1(REF)->flags = (uint16_t)(i % 5 ? GTF_permit_access : 0);
	}
	(void)set_version(1);
	write_v1();
}

static void grantor(struct area *a)
{
	uint64_t frame = 0;
	struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = 1, .frame_list = &frame};

	NEED(!CALL3(grant_table_op, GNTTABOP_setup_table, &s, 1) && !s.status, "no grant table");
	NEED(!map(entries, frame << 12 | PTE_PLAIN), "the grant table cannot be mapped");
	for (uint64_t step = 1; step < 7; step++) {
		while (a->word[STEP] != step)
			yield();
		switch (step) {
		case 1:
			write_v1();
			break;
		case 2:
			CHECK(shared_one[3] == 0x1234, "what Dom0 wrote is not here: %lx", shared_one[3]);
			break_the_agreement();
			break;
		case 3:
			change_to_v2();
			break;
		case 4: /* Dom0 has REF mapped and copies to REF_PART */
			CHECK(((grant_status_t *)status_page)[REF] == (GTF_reading | GTF_writing), "status: %#x",
			      ((grant_status_t *)status_page)[REF]);
			CHECK(v2(REF)->hdr.flags == GTF_permit_access, "flags of version 2: %#x", v2(REF)->hdr.flags);
			EXPECT(set_version(1), -XEN_EBUSY);
			CHECK(shared_two[256 / 8] == 0x4242, "the copy has not come");
			break;
		case 5:
			a->word[ANSWER] = step;
			change_all_the_time(a);
			step++;
			break;
		}
		a->word[ANSWER] = step;
	}
	while (a->word[STEP] != 7)
		yield();
	shared_one[5] = 0x7777;
	a->word[ANSWER] = 7;
	for (;;)
		yield();
}

/* ---- Dom0 -------------------------------------------------------------------------------------------------------------- */

static void step(uint64_t n)
{
	unsigned code;

	p->area->word[STEP] = n;
	while (p->area->word[ANSWER] != n) {
		NEED(partner_runs(p, &code), "the partner has ended");
		yield();
	}
}

static struct gnttab_map_grant_ref try_map(void *where, uint32_t flags, uint32_t ref)
{
	struct gnttab_map_grant_ref m = {
		.host_addr = (uint64_t)where, .flags = GNTMAP_host_map | flags, .ref = ref, .dom = p->id, .status = 1};

	EXPECT(CALL3(grant_table_op, GNTTABOP_map_grant_ref, &m, 1), 0);
	return m;
}

static int unmap(void *where, uint32_t handle)
{
	struct gnttab_unmap_grant_ref u = {.host_addr = (uint64_t)where, .handle = handle, .status = 1};

	EXPECT(CALL3(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1), 0);
	return u.status;
}

/* From the grant into `buffer`, or the other way round. */
static int copy(uint32_t ref, uint16_t offset, uint16_t length, bool write)
{
	struct gnttab_copy c = {.len = length, .flags = write ? GNTCOPY_dest_gref : GNTCOPY_source_gref, .status = 1};
	struct gnttab_copy_ptr grant = {.u.ref = ref, .domid = p->id, .offset = offset};
	struct gnttab_copy_ptr own = {.u.gmfn = mfn_of(buffer), .domid = DOMID_SELF, .offset = 0};

	c.source = write ? own : grant;
	c.dest = write ? grant : own;
	EXPECT(CALL3(grant_table_op, GNTTABOP_copy, &c, 1), 0);
	return c.status;
}

static void version_1(void)
{
	struct gnttab_map_grant_ref m, n;

	step(1);
	m = try_map(window, 0, REF);
	NEED(!m.status, "map: %d", m.status);
	window[3] = 0x1234;
	n = try_map(other_window, GNTMAP_readonly, REF_READONLY);
	CHECK(!n.status, "read-only: %d", n.status);
	CHECK(try_map(buffer, 0, REF_READONLY).status < 0, "a read-only grant was mapped writable");
	CHECK(copy(REF_READONLY, 0, 8, true) < 0 && !copy(REF_READONLY, 0, 8, false), "copies with a read-only grant");
	CHECK(try_map(buffer, 0, REF_OTHERS).status < 0 && copy(REF_OTHERS, 0, 8, false) < 0,
	      "another's grant was used");
	CHECK(!unmap(other_window, n.handle), "unmap");
	step(2);
	CHECK(window[9] == 0x99, "what is mapped has changed: %lx", window[9]);
	window[9] = 1;
	CHECK(!unmap(window, m.handle), "unmap of what the owner has given back");
}

static table_t list[2];

/* So many copies, of which the last one ends on a page that is not there: how many were done. */
static unsigned copies_done(unsigned count)
{
	struct gnttab_copy *c = (struct gnttab_copy *)(void *)list[1] - count + 1;
	unsigned done = 0;

	c = (struct gnttab_copy *)(void *)((uint8_t *)c - 8);
	for (unsigned i = 0; i + 1 < count; i++)
		c[i] = (struct gnttab_copy){
			.source = {.u.ref = REF, .domid = p->id, .offset = 3 * 8},
			.dest = {.u.gmfn = mfn_of(buffer), .domid = DOMID_SELF, .offset = (uint16_t)(i * 8)},
			.len = 8,
			.flags = GNTCOPY_source_gref,
			.status = 1};
	memset(buffer, 0, sizeof(buffer));
	EXPECT(CALL3(grant_table_op, GNTTABOP_copy, c, count), -XEN_EFAULT);
	for (unsigned i = 0; i + 1 < count; i++) {
		bool copied = buffer[i] == 0x1616;

		CHECK(c[i].status == (copied ? GNTST_okay : 1), "copy %u of %u: %d", i, count, c[i].status);
		done += copied;
	}
	return done;
}

/* They are read sixteen at a time. */
static void broken_lists(void)
{
	uint64_t second = mfn_of(list[1]);

	window[3] = 0x1616;
	EXPECT(map(list[1], 0), 0);
	EXPECT(copies_done(16), 0);
	EXPECT(copies_done(17), 16);
	EXPECT(map(list[1], second << 12 | PTE_PLAIN), 0);
}

static void version_2(void)
{
	struct gnttab_map_grant_ref m;

	step(3);
	m = try_map(window, 0, REF);
	CHECK(!m.status, "map: %d", m.status);
	EXPECT(try_map(other_window, 0, REF_PART).status, GNTST_general_error);
	EXPECT(try_map(other_window, 0, REF_PASSED_ON).status, GNTST_bad_gntref);
	EXPECT(copy(REF_PASSED_ON, 0, 8, false), GNTST_bad_gntref);
	broken_lists();
	buffer[0] = 0x4242;
	CHECK(!copy(REF_PART, 256, 512, true), "a copy to a part of a page");
	CHECK(copy(REF_PART, 248, 16, true) < 0 && copy(REF_PART, 256, 520, true) < 0 &&
		      copy(REF_PART, 768, 8, true) < 0 && copy(REF_PART, 0, 4096, false) < 0,
	      "a copy beyond its part");
	step(4);
	CHECK(!unmap(window, m.handle), "unmap");
}

static void both_at_once(void)
{
	uint64_t end = now() + 1500000000;
	unsigned mapped = 0, copied = 0;

	step(5);
	while (now() < end) {
		struct gnttab_map_grant_ref m = try_map(window, mapped % 3 ? 0 : GNTMAP_readonly, REF);

		copied += !copy(REF, 8, 8, mapped & 1);
		if (m.status)
			continue;
		mapped++;
		(void)*(volatile uint64_t *)window;
		CHECK(!unmap(window, m.handle), "unmap number %u", mapped);
	}
	step(6);
	say("%u maps, %u copies while the version changed", mapped, copied);
	NEED(mapped > 10 && copied > 10, "that is too few");
}

static void after_death(void)
{
	struct gnttab_map_grant_ref m;

	step(7);
	m = try_map(window, 0, REF);
	NEED(!m.status, "map: %d", m.status);
	partner_kill(p);
	CHECK(window[5] == 0x7777, "the page of a dead domain: %lx", window[5]);
	window[5] = 1;
	CHECK(try_map(other_window, 0, REF).status < 0, "a dead domain's grant was mapped");
	CHECK(!unmap(window, m.handle), "unmap after its death");
}

void test_main(void)
{
	uint64_t before;

	p = partner_new(grantor, 1);
	partner_end(p);
	before = free_pages();
	p = partner_new(grantor, 1);
	partner_go(p);
	version_1();
	version_2();
	both_at_once();
	CHECK(!p->area->failures, "the partner found %u promises broken", p->area->failures);
	after_death();
	partner_end(p);
	CHECK(free_pages() + 4 > before, "%ld pages are missing", (long)(before - free_pages()));
}
