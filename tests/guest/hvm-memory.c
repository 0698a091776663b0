/* hvm-memory.c - the physical memory of a domain under hardware virtualization, and what is not memory in it
 *
 * Mechanism: populate, decrease, add_to_physmap and its batch, remove_from_physmap; grants mapped at physical addresses; ports, holes
 * and the APIC's page by emulated instructions.
 * Promise: what a domain gives back is gone at once, what it gets is clean, and nothing of anybody else's can be reached; a grant
 * shows the granted page, for reading alone if that is what was granted; a hole reads as ones and forgets.
 * Probe: each of them from the inside, with Dom0 granting and mapping.
 */
#include <xen/domctl.h>

#include "runtime/hvm.h"

const char test_title[] = "physical memory under hardware virtualization";
TEST_HVM("+npt");
TEST_SECONDS(40);

#define HOLE	 0xe0000000UL
#define HOLE_GFN (HOLE >> 12)
#define OURS	 9 /* Dom0's grant to it; and */
#define ITS	 9 /* its grant to Dom0 */
enum { STEP };

/* ---- devices ------------------------------------------------------------------------------------------------------------ */

static void ports(void)
{
	static uint8_t bytes[96], *to;
	uint64_t count = 5, in;

	__asm__ volatile("in %%dx, %%al" : "=a"(in) : "a"(0x1200), "d"(0x60));
	CHECK(in == 0x12ff, "a port of 8 bits: %#lx", in);
	__asm__ volatile("in %%dx, %%ax" : "=a"(in) : "a"(0x12340000), "d"(0x64));
	CHECK(in == 0x1234ffff, "a port of 16 bits: %#lx", in);
	__asm__ volatile("in %%dx, %%eax" : "=a"(in) : "a"(-1L), "d"(0xcfc));
	CHECK(in == 0xffffffff, "a port of 32 bits: %#lx", in);
	__asm__ volatile("in $0x61, %%al" : "=a"(in) : "a"(0));
	CHECK(in == 0xff, "a port by its number: %#lx", in);
	__asm__ volatile("out %%al, %%dx; out %%eax, $0x80" ::"a"(0xfe), "d"(0x64));
	to = bytes;
	__asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(0x60) : "memory");
	CHECK(to == bytes + 5 && !count && bytes[4] == 0xff && !bytes[5], "REP INSB: %#x behind it", bytes[5]);
	to = bytes + 92, count = 20; /* more than is done at a time */
	__asm__ volatile("std; rep insl; cld" : "+D"(to), "+c"(count) : "d"(0x60) : "memory");
	CHECK(to == bytes + 12 && !count && bytes[16] == 0xff && !bytes[15], "REP INSL downwards");
	to = bytes, count = 7;
	__asm__ volatile("rep outsw" : "+S"(to), "+c"(count) : "d"(0x60) : "memory");
	CHECK(to == bytes + 14 && !count, "REP OUTSW");
	CHECK(TRY("insb" ::"D"(0x123456789000), "d"(0x60) : "memory").vector != TRAP_NONE, "INSB to nowhere");
}

static void holes(void)
{
	volatile uint64_t *hole = (uint64_t *)HOLE;
	uint64_t v, flags;

	CHECK(*hole == ~0UL, "8 bytes: %#lx", *hole);
	*hole = 0;
	CHECK(*hole == ~0UL, "it remembers");
	__asm__ volatile("mov $0x11223344, %%eax; mov (%1), %%al" : "=&a"(v) : "r"(hole));
	CHECK(v == 0x112233ff, "1 byte: %#lx", v);
	__asm__ volatile("mov $0x1122, %%eax; mov (%1), %%ah" : "=&a"(v) : "r"(hole));
	CHECK(v == 0xff22, "AH: %#lx", v);
	__asm__ volatile("movzbl (%1), %k0" : "=r"(v) : "r"(hole), "0"(-1L));
	CHECK(v == 0xff, "MOVZX: %#lx", v);
	__asm__ volatile("movzwq 2(%1), %q0" : "=r"(v) : "r"(hole));
	CHECK(v == 0xffff, "MOVZX of 2: %#lx", v);
	__asm__ volatile("movabs 0xe0000000, %%eax" : "=a"(v));
	CHECK(v == 0xffffffff, "by its offset: %#lx", v);
	__asm__ volatile("movsbw (%1), %w0" : "=r"(v) : "r"(hole), "0"(0L));
	CHECK(v == 0xffff, "MOVSX: %#lx", v);
	__asm__ volatile("movswq 2(%1), %0" : "=r"(v) : "r"(hole));
	CHECK(v == ~0UL, "MOVSX of 2: %#lx", v);
	__asm__ volatile("cmpw $0xaa55, (%1); pushf; pop %0" : "=r"(flags) : "r"(hole) : "cc");
	CHECK(!(flags & 0x41), "CMP of more: %#lx", flags);
	__asm__ volatile("cmp (%1), %2; pushf; pop %0" : "=r"(flags) : "r"(hole), "r"(-1L) : "cc");
	CHECK((flags & 0x41) == 0x40, "CMP of equal: %#lx", flags);
	__asm__ volatile("testb $0x80, (%1); pushf; pop %0" : "=r"(flags) : "r"(hole) : "cc");
	CHECK((flags & 0xc1) == 0x80, "TEST: %#lx", flags);
	v = 0x1234;
	__asm__ volatile("andb (%1), %b0; add 8(%1), %0" : "+r"(v) : "r"(hole) : "cc");
	CHECK(v == 0x1233, "AND and ADD to a register: %#lx", v);
	v = 5;
	__asm__ volatile("xchg %0, (%1)" : "+r"(v) : "r"(hole) : "memory");
	CHECK(v == ~0UL, "XCHG: %#lx", v);
	__asm__ volatile("lock addl $1, (%1); pushf; pop %0" : "=r"(flags) : "r"(hole) : "memory");
	CHECK((flags & 0x51) == 0x51, "flags of ones plus one: %#lx", flags);
	v = 7;
	__asm__ volatile("lock cmpxchg %2, (%1)" : "+a"(v) : "r"(hole), "r"(9UL) : "memory");
	CHECK(v == ~0UL, "CMPXCHG: %#lx", v);
	__asm__ volatile("movl $3, (%0, %1, 8); movb $4, 8(%0, %1, 4); movw $9, (%0)" ::"r"(hole), "r"(2UL) : "memory");
	__asm__ volatile("rep stosl" : "+D"(hole), "=c"(v) : "1"(10UL), "a"(0) : "memory");
	CHECK((uint64_t)hole == HOLE + 40 && !v, "REP STOS: at %#lx", (uint64_t)hole);
}

static void apic_page(void)
{
	volatile uint32_t *lapic = (uint32_t *)0xfee00000;
	uint32_t v = 0x10;

	CHECK((lapic[12] & 0xff) == 0x14, "its version: %#x", lapic[12]);
	lapic[32] = 0x20;
	CHECK(lapic[32] == 0x20, "its priority: %#x", lapic[32]);
	__asm__ volatile("xchg %0, (%1)" : "+r"(v) : "r"(lapic + 32) : "memory");
	CHECK(v == 0x20 && lapic[32] == 0x10, "XCHG: %#x, %#x", v, lapic[32]);
	__asm__ volatile("andl $0, (%0)" ::"r"(lapic + 32) : "memory");
	CHECK(!lapic[32], "AND: %#x", lapic[32]);
}

/* ---- memory -------------------------------------------------------------------------------------------------------------- */

static uint8_t page[3][4096] __attribute__((aligned(4096)));

static uint64_t gfn_of(const volatile void *address)
{
	return physical(address) >> 12;
}

static long reservation(void)
{
	struct xen_memory_domain d = {.domid = DOMID_SELF};

	return CALL2(memory_op, XENMEM_current_reservation, &d);
}

static void back_and_again(void)
{
	xen_pfn_t gfn = gfn_of(page[0]);
	struct xen_memory_reservation r = {.extent_start = &gfn, .nr_extents = 1, .domid = DOMID_SELF};
	struct xen_memory_exchange x = {.in = r, .out = r};
	long before = reservation();

	page[0][0] = 1;
	EXPECT(CALL2(memory_op, XENMEM_decrease_reservation, &r), 1);
	EXPECT(CALL2(memory_op, XENMEM_decrease_reservation, &r), 0);
	EXPECT(reservation(), before - 1);
	CHECK(*(volatile uint8_t *)page[0] == 0xff, "what went away reads %#x", page[0][0]);
	EXPECT(CALL2(memory_op, XENMEM_populate_physmap, &r), 1);
	CHECK(*(volatile uint8_t *)page[0] == 0, "it comes back with %#x", page[0][0]);
	EXPECT(CALL2(memory_op, XENMEM_populate_physmap, &r), 0); /* over memory */
	EXPECT(reservation(), before);
	r.mem_flags = XENMEMF_populate_on_demand;
	REFUSED(CALL2(memory_op, XENMEM_populate_physmap, &r));
	EXPECT(reservation(), before);
	EXPECT(CALL2(memory_op, XENMEM_increase_reservation, &r), -XEN_EINVAL);
	EXPECT(CALL2(memory_op, XENMEM_exchange, &x), -XEN_EOPNOTSUPP);
	r.mem_flags = 0;
	EXPECT(CALL2(memory_op, XENMEM_increase_reservation, &r), 0); /* it would be nowhere */
	EXPECT(reservation(), before);
	gfn = 1UL << 50;
	EXPECT(CALL2(memory_op, XENMEM_populate_physmap, &r), 0);
	EXPECT(reservation(), before);
}

static long add(unsigned space, uint64_t index, uint64_t gfn)
{
	struct xen_add_to_physmap a = {.domid = DOMID_SELF, .space = (uint16_t)space, .idx = index, .gpfn = gfn};

	return CALL2(memory_op, XENMEM_add_to_physmap, &a);
}

static long take_away(uint64_t gfn)
{
	struct xen_remove_from_physmap r = {.domid = DOMID_SELF, .gpfn = gfn};

	return CALL2(memory_op, XENMEM_remove_from_physmap, &r);
}

static void moves(void)
{
	volatile uint64_t *at = (uint64_t *)HOLE;
	long before = reservation();

	EXPECT(add(XENMAPSPACE_shared_info, 0, HOLE_GFN), 0);
	CHECK(((volatile struct shared_info *)at)->wc_sec == ((volatile struct shared_info *)shared)->wc_sec,
	      "another shared page");
	EXPECT(add(XENMAPSPACE_shared_info, 1, HOLE_GFN), -XEN_EINVAL);
	EXPECT(take_away(HOLE_GFN), 0);
	EXPECT(take_away(HOLE_GFN), -XEN_EINVAL);
	CHECK(at[0] == ~0UL, "it is still there: %#lx", at[0]);
	*(volatile uint64_t *)page[1] = 0x77;
	EXPECT(add(XENMAPSPACE_gmfn, gfn_of(page[1]), HOLE_GFN), 0);
	CHECK(at[0] == 0x77 && *(volatile uint64_t *)page[1] == ~0UL, "moved: %#lx", at[0]);
	EXPECT(reservation(), before);
	EXPECT(add(XENMAPSPACE_gmfn, gfn_of(page[1]), HOLE_GFN), -XEN_EINVAL); /* there is none to move */
	EXPECT(add(XENMAPSPACE_gmfn, HOLE_GFN, gfn_of(page[1])), 0);
	CHECK(*(volatile uint64_t *)page[1] == 0x77, "and back: %#x", page[1][0]);
	EXPECT(add(XENMAPSPACE_gmfn_foreign, 0, HOLE_GFN), -XEN_EPERM);
	EXPECT(add(XENMAPSPACE_gmfn_range, 0, HOLE_GFN), -XEN_EOPNOTSUPP);
	REFUSED(add(77, 0, HOLE_GFN));
	REFUSED(add(XENMAPSPACE_shared_info, 0, 1UL << 50));
}

static void batch(void)
{
	static xen_pfn_t gfn[600] = {HOLE_GFN, HOLE_GFN + 2, HOLE_GFN + 3};
	static xen_ulong_t index[600];
	static int errors[600];
	struct xen_add_to_physmap_batch b = {.domid = DOMID_SELF,
					     .space = XENMAPSPACE_gmfn,
					     .size = 600,
					     .idxs = index,
					     .gpfns = gfn,
					     .errs = errors};
	unsigned failed = 0;

	index[0] = gfn_of(page[1]);
	index[1] = HOLE_GFN + 1;
	index[2] = gfn_of(page[2]);
	/* The rest, from a hole into a hole, makes it longer than what is done without a break. */
	for (unsigned i = 3; i < 600; i++)
		index[i] = gfn[i] = HOLE_GFN + 4;
	*(volatile uint64_t *)page[2] = 0x88;
	EXPECT(CALL2(memory_op, XENMEM_add_to_physmap_batch, &b), 0);
	for (unsigned i = 3; i < 600; i++)
		failed += errors[i] == -XEN_EINVAL;
	EXPECT(failed, 597);
	CHECK(b.size == 600 && b.idxs == index && b.gpfns == gfn && b.errs == errors, "the question was changed: %u",
	      b.size);
	CHECK(!errors[0] && errors[1] == -XEN_EINVAL && !errors[2], "errors %d, %d, %d", errors[0], errors[1],
	      errors[2]);
	CHECK(*(volatile uint64_t *)(HOLE + 0x3000) == 0x88, "the third was not moved");
	EXPECT(add(XENMAPSPACE_gmfn, HOLE_GFN, gfn_of(page[1])), 0);
	EXPECT(add(XENMAPSPACE_gmfn, HOLE_GFN + 3, gfn_of(page[2])), 0);
	b.size = 3;
	b.idxs = (xen_ulong_t *)0x123456789000;
	REFUSED(CALL2(memory_op, XENMEM_add_to_physmap_batch, &b));
}

/* ---- calls ----------------------------------------------------------------------------------------------------------------- */

/* By the instruction itself: not through the page. */
static long direct(uint64_t nr, uint64_t a, uint64_t b)
{
	long ret;

	if (is_intel())
		__asm__ volatile("vmcall"
				 : "=a"(ret)
				 : "a"(nr), "D"(a), "S"(b)
				 : "memory", "r8", "r9", "r10", "r11", "rcx", "rdx");
	else
		__asm__ volatile("vmmcall"
				 : "=a"(ret)
				 : "a"(nr), "D"(a), "S"(b)
				 : "memory", "r8", "r9", "r10", "r11", "rcx", "rdx");
	return ret;
}

static void calls(void)
{
	EXPECT(direct(__HYPERVISOR_mmu_update, 0, 0), -XEN_ENOSYS);
	EXPECT(direct(__HYPERVISOR_domctl, 0, 0), -XEN_ENOSYS);
	EXPECT(direct(63, 0, 0), -XEN_ENOSYS);
	EXPECT(direct(0xffffffff, 0, 0), -XEN_ENOSYS);
	EXPECT(direct(~0UL, 0, 0), -XEN_ENOSYS);
	EXPECT(direct(__HYPERVISOR_sched_op, SCHEDOP_shutdown, HOLE), -XEN_EFAULT);
	EXPECT(direct(__HYPERVISOR_xen_version, XENVER_version, 0), 4 << 16 | 17);
	EXPECT(CALL2(sched_op, SCHEDOP_shutdown, 0x123456789000), -XEN_EFAULT);
}

/* ---- grants ---------------------------------------------------------------------------------------------------------------- */

static uint8_t granted[4096] __attribute__((aligned(4096)));
static volatile struct grant_entry_v1 *table;

static struct gnttab_map_grant_ref map_ref(uint16_t dom, uint64_t at, uint32_t flags, uint32_t ref)
{
	struct gnttab_map_grant_ref m = {.host_addr = at, .flags = flags, .ref = ref, .dom = dom, .status = 1};

	EXPECT(CALL3(grant_table_op, GNTTABOP_map_grant_ref, &m, 1), 0);
	return m;
}

static int unmap_ref(uint64_t at, uint32_t handle)
{
	struct gnttab_unmap_grant_ref u = {.host_addr = at, .handle = handle, .status = 1};

	EXPECT(CALL3(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1), 0);
	return u.status;
}

static void wait_step(struct area *a, uint64_t step)
{
	while (a->word[STEP] < step)
		yield();
}

static void grants(struct area *a)
{
	volatile uint64_t *at = (uint64_t *)HOLE, *other = (uint64_t *)(HOLE + 4096);
	struct gnttab_map_grant_ref m, n;

	EXPECT(add(XENMAPSPACE_grant_table, 0, HOLE_GFN + 16), 0);
	REFUSED(add(XENMAPSPACE_grant_table, 4, HOLE_GFN + 17)); /* more than it may have */
	table = (struct grant_entry_v1 *)(HOLE + 0x10000);
	table[ITS] = (struct grant_entry_v1){GTF_permit_access, 0, (uint32_t)gfn_of(granted)};
	*(volatile uint64_t *)granted = 0x1111;
	a->word[STEP] = 1;
	wait_step(a, 2); /* Dom0 has mapped it and written there, and has granted us a page */
	CHECK(*(volatile uint64_t *)granted == 0x2222, "Dom0's mapping shows another page: %#x", granted[0]);

	m = map_ref(0, HOLE, GNTMAP_host_map, OURS);
	CHECK(!m.status && at[0] == 0x3333, "map: %d, %#lx", m.status, at[0]);
	at[1] = 0x4444;
	n = map_ref(0, HOLE + 4096, GNTMAP_host_map | GNTMAP_readonly, OURS);
	CHECK(!n.status && other[1] == 0x4444, "read-only: %d, %#lx", n.status, other[1]);
	other[1] = 5;
	CHECK(other[1] == 0x4444, "a read-only mapping was written to");
	CHECK(map_ref(0, HOLE, GNTMAP_host_map, OURS).status < 0, "mapped over a mapping");
	CHECK(map_ref(0, physical(page[0]), GNTMAP_host_map, OURS).status < 0, "mapped over memory");
	CHECK(map_ref(0, HOLE + 0x2008, GNTMAP_host_map, OURS).status < 0, "mapped off a page's beginning");
	CHECK(map_ref(0, 1UL << 62, GNTMAP_host_map, OURS).status < 0, "mapped where no memory can be");
	CHECK(map_ref(0, HOLE + 0x2000, GNTMAP_host_map, OURS + 1).status < 0, "mapped what was granted to nobody");
	CHECK(map_ref(0, HOLE + 0x2000, GNTMAP_host_map | GNTMAP_contains_pte, OURS).status < 0, "mapped by an entry");
	EXPECT(take_away(HOLE_GFN), -XEN_EINVAL);
	EXPECT(add(XENMAPSPACE_gmfn, HOLE_GFN, HOLE_GFN + 5), -XEN_EINVAL);
	CHECK(unmap_ref(HOLE + 4096, m.handle) < 0, "unmapped at another address");
	CHECK(!unmap_ref(HOLE, m.handle) && at[0] == ~0UL, "unmap: %#lx", at[0]);
	CHECK(unmap_ref(HOLE, m.handle) < 0, "unmapped twice");
	CHECK(other[1] == 0x4444, "the other went, too");
	/* Its end takes the read-only one. */
	a->word[STEP] = 3;
}

static void memory(struct area *a)
{
	ports();
	holes();
	apic_page();
	back_and_again();
	moves();
	batch();
	calls();
	grants(a);
}

/* ---- Dom0's side ------------------------------------------------------------------------------------------------------------- */

static uint8_t window[4096] __attribute__((aligned(4096))), entries[4096] __attribute__((aligned(4096)));

static volatile struct grant_entry_v1 *our_grants(void)
{
	uint64_t frame = 0;
	struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = 1, .frame_list = &frame};

	NEED(!CALL3(grant_table_op, GNTTABOP_setup_table, &s, 1) && !s.status, "no grant table: %d", s.status);
	NEED(!map(entries, frame << 12 | PTE_PLAIN), "the grant table cannot be mapped");
	return (struct grant_entry_v1 *)entries;
}

static void exchange(struct partner *p, volatile struct grant_entry_v1 *ours)
{
	volatile uint64_t *at = (uint64_t *)window;
	struct gnttab_map_grant_ref m;

	wait_step(p->area, 1);
	m = map_ref(p->id, (uint64_t)window, GNTMAP_host_map, ITS);
	CHECK(!m.status && at[0] == 0x1111, "its grant: %d, %#lx", m.status, at[0]);
	at[0] = 0x2222;
	CHECK(!unmap_ref((uint64_t)window, m.handle), "unmap");
	EXPECT(make_writable(window), 0);
	*(uint64_t *)granted = 0x3333;
	ours[OURS] = (struct grant_entry_v1){GTF_permit_access, p->id, (uint32_t)mfn_of(granted)};
	p->area->word[STEP] = 2;
	wait_step(p->area, 3);
	CHECK(*(uint64_t *)granted == 0x3333 && ((uint64_t *)granted)[1] == 0x4444, "what it wrote: %#lx",
	      ((uint64_t *)granted)[1]);
}

static struct xen_domctl paging(const struct partner *p, uint32_t shadow_op, uint32_t mib, long want)
{
	struct xen_domctl op = {.u.shadow_op = {.op = shadow_op, .mb = mib}};

	EXPECT(domctl(p->id, XEN_DOMCTL_shadow_op, &op), want);
	return op;
}

/* How much its nested tables may take: the newer calls in bytes, the older in MiB, both about the same. */
static void paging_memory(const struct partner *p)
{
	struct xen_domctl op = {.u.paging_mempool.size = MIB(3)};

	EXPECT(domctl(p->id, XEN_DOMCTL_set_paging_mempool_size, &op), 0);
	EXPECT(paging(p, XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION, 0, 0).u.shadow_op.mb, 3);
	paging(p, XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION, 5, 0);
	EXPECT(domctl(p->id, XEN_DOMCTL_get_paging_mempool_size, &op), 0);
	EXPECT((long)op.u.paging_mempool.size, (long)MIB(5));
	op.u.paging_mempool.size = 4097;
	EXPECT(domctl(p->id, XEN_DOMCTL_set_paging_mempool_size, &op), -XEN_EINVAL);
	paging(p, XEN_DOMCTL_SHADOW_OP_CLEAN, 0, -XEN_EOPNOTSUPP);
	EXPECT(paging(p, XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION, 0, 0).u.shadow_op.mb, 5);
}

static void round(volatile struct grant_entry_v1 *ours)
{
	struct partner *p = partner_new_hvm(memory, 1);

	paging_memory(p);
	partner_go(p);
	exchange(p, ours);
	partner_wait(p);
	partner_end(p);
	CHECK(ours[OURS].flags == GTF_permit_access, "flags of the grant after its end: %#x", ours[OURS].flags);
}

void test_main(void)
{
	volatile struct grant_entry_v1 *ours = our_grants();
	uint64_t before;

	round(ours);
	before = free_pages(); /* what Dom0 itself needs for mapping, it has now */
	round(ours);
	CHECK(free_pages() == before, "%lu pages are free, and %lu were", free_pages(), before);
}
