/* grants.c - a guest grants pages to itself, and every mapping is counted exactly
 *
 * Mechanism: map_grant_ref puts a granted frame into a page-table entry of the mapper's, by linear address or by the entry's
 * machine address, and gives a handle to undo it by.
 * Promise: rows 15 to 17, 20 to 22: a misaligned or foreign entry is refused and the table intact; an entry changed meanwhile is
 * not undone as if it were not; what is undone twice is refused the second time; flags of a grant in use stay until the last
 * mapping goes; what takes a mapping's place came from where it is said to; only grants that nobody uses change places; set_version
 * while there are mappings is -EBUSY. The books of the debug build agree at the end.
 * Probe: domain 0 grants to domain 0.
 */
#include "runtime/guest.h"

const char test_title[] = "grants to oneself";

#define REF 20

static table_t entries, granted, window, other;

static struct gnttab_map_grant_ref map_ref(uint64_t address, uint32_t flags, uint32_t ref)
{
	struct gnttab_map_grant_ref m = {.host_addr = address, .flags = flags, .ref = ref, .dom = 0, .status = 1};

	EXPECT(CALL3(grant_table_op, GNTTABOP_map_grant_ref, &m, 1), 0);
	return m;
}

static int unmap_ref(uint64_t address, uint64_t bus, uint32_t handle)
{
	struct gnttab_unmap_grant_ref u = {.host_addr = address, .dev_bus_addr = bus, .handle = handle, .status = 1};

	EXPECT(CALL3(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1), 0);
	return u.status;
}

static volatile struct grant_entry_v1 *grant(uint32_t ref)
{
	return (volatile struct grant_entry_v1 *)entries + ref;
}

static void set_up(void)
{
	uint64_t frame = 0;
	struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = 1, .frame_list = &frame};

	NEED(!CALL3(grant_table_op, GNTTABOP_setup_table, &s, 1) && !s.status, "no grant table: %d", s.status);
	NEED(!map(entries, frame << 12 | PTE_PLAIN), "the grant table cannot be mapped");
	grant(REF)->domid = 0;
	grant(REF)->frame = (uint32_t)mfn_of(granted);
	grant(REF)->flags = GTF_permit_access;
}

static void ordinary(void)
{
	struct gnttab_map_grant_ref m = map_ref((uint64_t)window, GNTMAP_host_map, REF), n;

	CHECK(!m.status, "map: %d", m.status);
	window[1] = 0x5555;
	CHECK(granted[1] == 0x5555, "the mapping shows another page");
	CHECK(grant(REF)->flags == (GTF_permit_access | GTF_reading | GTF_writing), "flags in use: %#x",
	      grant(REF)->flags);
	n = map_ref((uint64_t)other, GNTMAP_host_map | GNTMAP_readonly, REF);
	CHECK(!n.status && other[1] == 0x5555, "the second map: %d", n.status);
	CHECK(TRY("movq $1, %0" : "=m"(other[0])).vector == TRAP_PF, "a read-only mapping is writable");
	CHECK(unmap_ref((uint64_t)other, 0, m.handle) < 0, "unmapped at another address");
	CHECK(!unmap_ref((uint64_t)window, 0, m.handle), "unmap");
	CHECK(grant(REF)->flags == (GTF_permit_access | GTF_reading), "flags with one reader: %#x", grant(REF)->flags);
	CHECK(unmap_ref((uint64_t)window, 0, m.handle) < 0, "unmapped twice");
	CHECK(!unmap_ref((uint64_t)other, 0, n.handle), "unmap of the second");
	CHECK(grant(REF)->flags == GTF_permit_access, "flags out of use: %#x", grant(REF)->flags);
	CHECK(unmap_ref((uint64_t)other, 0, ~0u) < 0 && unmap_ref(0, 0, 0x10000) < 0, "a wild handle");
	EXPECT(make_writable(window), 0);
	EXPECT(make_writable(other), 0);
}

/* Row 15. */
static void by_entry(void)
{
	uint64_t *entry = entry_of(window, 1), at = machine_of(entry), before = *entry;
	static const uint64_t off[] = {1, 2, 4, 7};
	struct gnttab_map_grant_ref m;

	for (unsigned i = 0; i < ARRAY_SIZE(off); i++) {
		m = map_ref(at + off[i], GNTMAP_host_map | GNTMAP_contains_pte, REF);
		CHECK(m.status < 0 && *entry == before && grant(REF)->flags == GTF_permit_access,
		      "an entry off by %lu: %d", off[i], m.status);
	}
	m = map_ref(machine_of(entry_of(window, 2)), GNTMAP_host_map | GNTMAP_contains_pte, REF);
	CHECK(m.status < 0, "an L2 entry: %d", m.status);
	m = map_ref(machine_of(other), GNTMAP_host_map | GNTMAP_contains_pte, REF);
	CHECK(m.status < 0, "an entry in no table: %d", m.status);
	m = map_ref(0x7fffffffff000, GNTMAP_host_map | GNTMAP_contains_pte, REF);
	CHECK(m.status < 0, "an entry that is not there: %d", m.status);
	CHECK(grant(REF)->flags == GTF_permit_access, "a failed map leaves flags %#x", grant(REF)->flags);
	m = map_ref(at, GNTMAP_host_map | GNTMAP_contains_pte, REF);
	CHECK(!m.status && (*entry >> 12 & 0xffffffffff) == mfn_of(granted), "by entry: %d", m.status);
	CHECK(unmap_ref(machine_of(entry_of(other, 1)), 0, m.handle) < 0, "unmapped at another entry");
	CHECK(!unmap_ref(at, 0, m.handle), "unmap by entry");
	EXPECT(make_writable(window), 0);
}

/* Row 16. */
static void changed_meanwhile(void)
{
	struct gnttab_map_grant_ref m = map_ref((uint64_t)window, GNTMAP_host_map, REF);
	uint64_t *entry = entry_of(window, 1), mapped = *entry;
	long ret;
	int first;

	CHECK(!m.status, "map: %d", m.status);
	ret = mmu_write(machine_of(entry), mapped & ~PTE_WRITABLE);
	first = unmap_ref((uint64_t)window, 0, m.handle);
	CHECK(ret < 0 || first < 0, "a mapping that became read-only was undone as a writable one");
	if (first) {
		EXPECT(mmu_write(machine_of(entry), mapped), 0);
		CHECK(!unmap_ref((uint64_t)window, 0, m.handle), "put back, it cannot be undone");
	}
	m = map_ref((uint64_t)window, GNTMAP_host_map, REF);
	grant(REF)->frame = (uint32_t)mfn_of(other); /* row 22: the recorded frame counts */
	CHECK(!unmap_ref((uint64_t)window, 0, m.handle), "undone after the grant's frame changed");
	grant(REF)->frame = (uint32_t)mfn_of(granted);
	EXPECT(make_writable(window), 0);
}

/* Row 17. */
static void host_and_device(void)
{
	struct gnttab_map_grant_ref m = map_ref((uint64_t)window, GNTMAP_host_map | GNTMAP_device_map, REF);

	CHECK(!m.status, "host and device: %d", m.status);
	CHECK(!unmap_ref(0, m.dev_bus_addr, m.handle), "the device's");
	CHECK(grant(REF)->flags & GTF_writing, "the device's unmap took the host's use: %#x", grant(REF)->flags);
	CHECK(!unmap_ref((uint64_t)window, 0, m.handle), "the host's");
	CHECK(grant(REF)->flags == GTF_permit_access, "flags: %#x", grant(REF)->flags);
	CHECK(unmap_ref((uint64_t)window, m.dev_bus_addr, m.handle) < 0, "a third time");
	EXPECT(make_writable(window), 0);
}

static void bad_grants(void)
{
	static const uint32_t refs[] = {REF + 1, 511, 512, 0x10000, 0x7fffffff, ~0u};
	struct gnttab_map_grant_ref m;

	for (unsigned i = 0; i < ARRAY_SIZE(refs); i++)
		CHECK(map_ref((uint64_t)window, GNTMAP_host_map, refs[i]).status < 0, "grant %#x was mapped", refs[i]);
	CHECK(map_ref(0xffff830000000000, GNTMAP_host_map, REF).status < 0, "mapped in the hypervisor");
	CHECK(map_ref(0x7fff00000000, GNTMAP_host_map, REF).status < 0, "mapped where there is no table");
	CHECK(map_ref((uint64_t)window, 0, REF).status < 0, "mapped for nobody");
	*grant(REF + 2) = (struct grant_entry_v1){GTF_permit_access | GTF_readonly, 0, (uint32_t)mfn_of(granted)};
	CHECK(map_ref((uint64_t)window, GNTMAP_host_map, REF + 2).status < 0, "a read-only grant was mapped writable");
	*grant(REF + 3) = (struct grant_entry_v1){GTF_permit_access, 5, (uint32_t)mfn_of(granted)};
	CHECK(map_ref((uint64_t)window, GNTMAP_host_map, REF + 3).status < 0, "another's grant was mapped");
	*grant(REF + 4) = (struct grant_entry_v1){GTF_permit_access, 0, ~0u};
	CHECK(map_ref((uint64_t)window, GNTMAP_host_map, REF + 4).status < 0, "a frame that is not there was mapped");
	*grant(REF + 5) = (struct grant_entry_v1){GTF_permit_access, 0, (uint32_t)mfn_of(entry_of(window, 1))};
	m = map_ref((uint64_t)window, GNTMAP_host_map, REF + 5);
	CHECK(m.status < 0, "a page table was mapped writable by a grant");
	CHECK(!(grant(REF + 5)->flags & (GTF_reading | GTF_writing)), "a failed map leaves flags %#x",
	      grant(REF + 5)->flags);
}

static int replace(uint64_t host, uint64_t with, uint32_t handle)
{
	struct gnttab_unmap_and_replace r = {.host_addr = host, .new_addr = with, .handle = handle, .status = 1};

	EXPECT(CALL3(grant_table_op, GNTTABOP_unmap_and_replace, &r, 1), 0);
	return r.status;
}

/* A page of the mapper's own takes the mapping's place, and leaves its old one. */
static void replaced(void)
{
	struct gnttab_map_grant_ref m = map_ref((uint64_t)window, GNTMAP_host_map, REF);

	CHECK(!m.status, "map: %d", m.status);
	other[3] = 0x77;
	granted[3] = 0x88;
	CHECK(replace((uint64_t)window, (uint64_t)other, ~0u) < 0, "replaced by a wild handle");
	CHECK(replace((uint64_t)other, (uint64_t)window, m.handle) < 0, "replaced where it is not mapped");
	CHECK(replace((uint64_t)window, 0x7fff00000000, m.handle) < 0, "replaced by an entry where there is no table");
	CHECK(replace((uint64_t)window, 0xffff830000000000, m.handle) < 0, "replaced by the hypervisor's");
	CHECK(window[3] == 0x88 && other[3] == 0x77, "what was refused was done: %#lx, %#lx", window[3], other[3]);
	CHECK(grant(REF)->flags & GTF_writing, "what was refused let go of the grant: %#x", grant(REF)->flags);
	CHECK(!replace((uint64_t)window, (uint64_t)other, m.handle), "replace");
	CHECK(window[3] == 0x77, "the page in the mapping's place is another: %#lx", window[3]);
	CHECK(!*entry_of(other, 1), "it stays where it was, too: %#lx", *entry_of(other, 1));
	CHECK(grant(REF)->flags == GTF_permit_access, "flags after that: %#x", grant(REF)->flags);
	CHECK(replace((uint64_t)window, (uint64_t)other, m.handle) < 0, "replaced twice");
	EXPECT(make_writable(other), 0);
	EXPECT(make_writable(window), 0);
	m = map_ref((uint64_t)window, GNTMAP_host_map, REF);
	CHECK(!replace((uint64_t)window, 0, m.handle) && !*entry_of(window, 1), "replaced by nothing");
	m = map_ref((uint64_t)window, GNTMAP_host_map, REF);
	CHECK(!replace((uint64_t)window, (uint64_t)window, m.handle) && !*entry_of(window, 1), "replaced by itself");
	CHECK(grant(REF)->flags == GTF_permit_access, "flags at last: %#x", grant(REF)->flags);
	EXPECT(make_writable(window), 0);
}

static int swap(uint32_t a, uint32_t b)
{
	struct gnttab_swap_grant_ref s = {.ref_a = a, .ref_b = b, .status = 1};

	EXPECT(CALL3(grant_table_op, GNTTABOP_swap_grant_ref, &s, 1), 0);
	return s.status;
}

static void swapped(void)
{
	struct gnttab_map_grant_ref m;

	*grant(REF + 6) = (struct grant_entry_v1){GTF_permit_access | GTF_readonly, 7, (uint32_t)mfn_of(other)};
	CHECK(!swap(REF, REF + 6), "swap");
	CHECK(grant(REF)->domid == 7 && grant(REF)->frame == mfn_of(other) &&
		      grant(REF)->flags == (GTF_permit_access | GTF_readonly),
	      "swapped, the first is %#x for %u", grant(REF)->flags, grant(REF)->domid);
	m = map_ref((uint64_t)window, GNTMAP_host_map, REF + 6);
	granted[4] = 0x99;
	CHECK(!m.status && window[4] == 0x99, "map of what was swapped: %d", m.status);
	EXPECT(swap(REF, REF + 6), GNTST_eagain);
	EXPECT(swap(REF + 6, REF), GNTST_eagain);
	CHECK(grant(REF)->domid == 7 && grant(REF + 6)->frame == mfn_of(granted), "what was refused was done");
	CHECK(!unmap_ref((uint64_t)window, 0, m.handle), "unmap");
	EXPECT(swap(REF, 0x10000), GNTST_bad_gntref);
	EXPECT(swap(~0u, REF), GNTST_bad_gntref);
	CHECK(!swap(REF, REF) && grant(REF)->domid == 7, "swapped with itself");
	CHECK(!swap(REF + 6, REF) && grant(REF)->frame == mfn_of(granted), "swapped back");
	EXPECT(make_writable(window), 0);
}

/* Row 20. */
static void versions(void)
{
	struct gnttab_map_grant_ref m = map_ref((uint64_t)window, GNTMAP_host_map, REF);
	struct gnttab_get_version is = {.dom = DOMID_SELF};
	struct gnttab_set_version v = {2};
	uint64_t frame = 0;
	struct gnttab_get_status_frames s = {.nr_frames = 1, .dom = DOMID_SELF, .frame_list = &frame};

	EXPECT(CALL3(grant_table_op, GNTTABOP_get_version, &is, 1), 0);
	CHECK(is.version == 1, "get_version: %u", is.version);
	EXPECT(CALL3(grant_table_op, GNTTABOP_get_status_frames, &s, 1), 0);
	CHECK(s.status == GNTST_general_error && !frame, "status frames of version 1: %d", s.status);
	is.dom = 0x7000;
	EXPECT(CALL3(grant_table_op, GNTTABOP_get_version, &is, 1), -XEN_ESRCH);
	CHECK(!m.status, "map: %d", m.status);
	EXPECT(CALL3(grant_table_op, GNTTABOP_set_version, &v, 1), -XEN_EBUSY);
	CHECK(v.version == 1, "the version is %u", v.version);
	CHECK(!unmap_ref((uint64_t)window, 0, m.handle), "unmap");
	v.version = 3;
	EXPECT(CALL3(grant_table_op, GNTTABOP_set_version, &v, 1), -XEN_EINVAL);
	CHECK(v.version == 1, "after version 3 was refused it is %u", v.version);
	EXPECT(make_writable(window), 0);
}

void test_main(void)
{
	set_up();
	ordinary();
	by_entry();
	changed_meanwhile();
	host_and_device();
	bad_grants();
	replaced();
	swapped();
	versions();
}
