/* grants.c - runs in Dom0: grants pages to itself, maps them, copies from and to them, and is
 * refused what it may not
 *
 * By the kernel's own gntalloc and gntdev drivers, so it is their way of using grant_table_op that
 * is tried: mapping by the addresses of page-table entries, unmapping in batches, copies. Prints
 * what failed; ends with 0 if nothing did.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE   4096
#define PAGES  32
#define ROUNDS 100
#define SELF   0 /* Dom0's number */

/* The drivers' interfaces (Linux, include/uapi/xen). */
struct alloc_gref {
	uint16_t domid, flags;
	uint32_t count;
	uint64_t index;
	uint32_t refs[PAGES];
};
struct dealloc_gref {
	uint64_t index;
	uint32_t count;
};
struct map_ref {
	uint32_t count, pad;
	uint64_t index;
	struct {
		uint32_t domid, ref;
	} refs[PAGES];
};
struct unmap_ref {
	uint64_t index;
	uint32_t count, pad;
};
union copy_end {
	void *virt;
	struct {
		uint32_t ref;
		uint16_t offset, domid;
	} foreign;
};
struct copy_segment {
	union copy_end source, dest;
	uint16_t len, flags;
	int16_t status;
};
struct copy {
	unsigned int count;
	struct copy_segment *segments;
};

#define ALLOC_GREF   _IOC(_IOC_NONE, 'G', 5, 24)
#define DEALLOC_GREF _IOC(_IOC_NONE, 'G', 6, sizeof(struct dealloc_gref))
#define MAP_REF	     _IOC(_IOC_NONE, 'G', 0, 24)
#define UNMAP_REF    _IOC(_IOC_NONE, 'G', 1, sizeof(struct unmap_ref))
#define GRANT_COPY   _IOC(_IOC_NONE, 'G', 8, sizeof(struct copy))
#define FROM_GRANT   1
#define TO_GRANT     2

static int gntalloc, gntdev, failures;

#define CHECK(what, cond)                                                                                              \
	do {                                                                                                           \
		if (!(cond)) {                                                                                         \
			printf("grants: %s: %m\n", what);                                                              \
			failures++;                                                                                    \
		}                                                                                                      \
	} while (0)

/* Pages of ours, granted; their references are in g. */
static unsigned char *grant(struct alloc_gref *g, unsigned count, int writable)
{
	void *p;

	*g = (struct alloc_gref){.domid = SELF, .flags = (uint16_t)writable, .count = count};
	if (ioctl(gntalloc, ALLOC_GREF, g))
		return NULL;
	p = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, gntalloc, (off_t)g->index);
	return p == MAP_FAILED ? NULL : p;
}

static void withdraw(struct alloc_gref *g, unsigned char *pages)
{
	struct dealloc_gref d = {g->index, g->count};

	munmap(pages, g->count * PAGE);
	CHECK("withdrawing grants", ioctl(gntalloc, DEALLOC_GREF, &d) == 0);
}

/* The granted pages again, through the grants. */
static unsigned char *map(const struct alloc_gref *g, int prot, uint64_t *index)
{
	struct map_ref m = {.count = g->count};
	void *p;

	for (unsigned i = 0; i < g->count; i++) {
		m.refs[i].domid = g->domid;
		m.refs[i].ref = g->refs[i];
	}
	if (ioctl(gntdev, MAP_REF, &m))
		return NULL;
	*index = m.index;
	p = mmap(NULL, g->count * PAGE, prot, MAP_SHARED, gntdev, (off_t)m.index);
	return p == MAP_FAILED ? NULL : p;
}

static void unmap(unsigned char *p, uint64_t index, unsigned count)
{
	struct unmap_ref u = {index, count, 0};

	if (p)
		munmap(p, count * PAGE);
	CHECK("unmapping", ioctl(gntdev, UNMAP_REF, &u) == 0);
}

static void map_and_unmap(void)
{
	struct alloc_gref g;
	uint64_t index;

	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned count = round % PAGES + 1;
		unsigned char *ours = grant(&g, count, 1), *mapped;

		CHECK("granting", ours != NULL);
		if (!ours)
			return;
		memset(ours, (int)(round & 0xff), count * PAGE);
		mapped = map(&g, PROT_READ | PROT_WRITE, &index);
		CHECK("mapping", mapped != NULL);
		if (mapped) {
			CHECK("reading a mapping", memcmp(mapped, ours, count * PAGE) == 0);
			mapped[count * PAGE - 1] = 0x5a;
			CHECK("writing a mapping", ours[count * PAGE - 1] == 0x5a);
			unmap(mapped, index, count);
		}
		withdraw(&g, ours);
	}
}

static void read_only(void)
{
	struct alloc_gref g;
	unsigned char *ours = grant(&g, 1, 0), *mapped;
	uint64_t index;

	CHECK("granting read only", ours != NULL);
	if (!ours)
		return;
	ours[7] = 77;
	mapped = map(&g, PROT_READ | PROT_WRITE, &index);
	CHECK("a read-only grant is not mapped writable", mapped == NULL);
	unmap(mapped, index, 1);
	mapped = map(&g, PROT_READ, &index);
	CHECK("mapping read only", mapped && mapped[7] == 77);
	unmap(mapped, index, 1);
	withdraw(&g, ours);
}

/* The hypervisor's status of one copy. */
static int copy(uint16_t flags, union copy_end source, union copy_end dest, uint16_t len)
{
	struct copy_segment s = {.source = source, .dest = dest, .len = len, .flags = flags, .status = 99};
	struct copy c = {1, &s};

	return ioctl(gntdev, GRANT_COPY, &c) ? -99 : s.status;
}

static union copy_end granted(uint32_t ref, uint16_t offset)
{
	return (union copy_end){.foreign = {.ref = ref, .offset = offset, .domid = SELF}};
}

static union copy_end own(void *p)
{
	return (union copy_end){.virt = p};
}

static void copies(void)
{
	static unsigned char buffer[PAGE] __attribute__((aligned(PAGE)));
	struct alloc_gref g, r;
	unsigned char *ours = grant(&g, 2, 1), *readonly = grant(&r, 1, 0);

	CHECK("granting for copies", ours && readonly);
	if (!ours || !readonly)
		return;
	for (unsigned i = 0; i < 2 * PAGE; i++)
		ours[i] = (unsigned char)(i * 7 + i / 256);
	CHECK("copying from a grant", copy(FROM_GRANT, granted(g.refs[0], 100), own(buffer), 1000) == 0);
	CHECK("what was copied", memcmp(buffer, ours + 100, 1000) == 0);
	memset(buffer, 0xee, sizeof(buffer));
	CHECK("copying to a grant", copy(TO_GRANT, own(buffer + 5), granted(g.refs[1], 4000), 96) == 0);
	CHECK("what arrived", ours[PAGE + 3999] != 0xee && ours[PAGE + 4000] == 0xee && ours[2 * PAGE - 1] == 0xee);
	CHECK("from grant to grant",
	      copy(FROM_GRANT | TO_GRANT, granted(r.refs[0], 0), granted(g.refs[0], 0), PAGE) == 0);
	CHECK("to a read-only grant", copy(TO_GRANT, own(buffer), granted(r.refs[0], 0), 16) < 0);
	CHECK("beyond the page", copy(FROM_GRANT, granted(g.refs[0], 4090), own(buffer), 16) < 0);
	CHECK("from no grant", copy(FROM_GRANT, granted(0x7fffffff, 0), own(buffer), 16) == -3);
	withdraw(&g, ours);
	withdraw(&r, readonly);
}

static void nonsense(void)
{
	struct alloc_gref none = {.domid = SELF, .count = 1, .refs = {0x7ffffff0}};
	uint64_t index;
	unsigned char *mapped = map(&none, PROT_READ, &index);

	CHECK("a grant that does not exist is not mapped", mapped == NULL);
	unmap(mapped, index, 1);
	none.refs[0] = 0;
	none.domid = 4711;
	mapped = map(&none, PROT_READ, &index);
	CHECK("a grant of no domain is not mapped", mapped == NULL);
	unmap(mapped, index, 1);
}

/* ---- straight to the hypervisor ------------------------------------------------------------- */

struct hypercall {
	uint64_t op, arg[5];
};
#define HYPERCALL	  _IOC(_IOC_NONE, 'P', 0, sizeof(struct hypercall))
#define GRANT_TABLE_OP	  20
#define OP_MAP		  0
#define OP_UNMAP	  1
#define OP_COPY		  5
#define OP_SET_VERSION	  8
#define MAP_DEVICE	  1
#define MAP_HOST	  2
#define MAP_READONLY	  4
#define MAP_BY_PTE	  16
#define BAD_GNTREF	  -3
#define BAD_HANDLE	  -4
#define BAD_DEV_ADDR	  -6
#define PERMISSION_DENIED -8
#define BAD_COPY_ARG	  -10

/* As in xen/grant_table.h. */
struct op_map {
	uint64_t host_addr;
	uint32_t flags, ref;
	uint16_t dom;
	int16_t status;
	uint32_t handle;
	uint64_t dev_bus_addr;
};
struct op_unmap {
	uint64_t host_addr, dev_bus_addr;
	uint32_t handle;
	int16_t status;
};
struct op_copy_end {
	uint64_t ref_or_frame;
	uint16_t domid, offset;
};
struct op_copy {
	struct op_copy_end source, dest;
	uint16_t len, flags;
	int16_t status;
};

static int privcmd;

static long grant_table_op(unsigned op, void *arg, unsigned long count)
{
	struct hypercall h = {GRANT_TABLE_OP, {op, (uintptr_t)arg, count}};

	return ioctl(privcmd, HYPERCALL, &h);
}

static int raw_map(struct op_map *m, uint64_t host_addr, uint32_t flags, uint32_t ref)
{
	*m = (struct op_map){.host_addr = host_addr, .flags = flags, .ref = ref, .dom = SELF, .status = 99};
	return grant_table_op(OP_MAP, m, 1) ? -99 : m->status;
}

static int raw_unmap(uint64_t host_addr, uint64_t dev_bus_addr, uint32_t handle)
{
	struct op_unmap u = {host_addr, dev_bus_addr, handle, 99};

	return grant_table_op(OP_UNMAP, &u, 1) ? -99 : u.status;
}

/* Addresses at which nothing may be mapped: the table entries they name are not, or not whole, or
 * not a table's. */
static void bad_addresses(uint32_t ref)
{
	struct op_map m;

	CHECK("an entry at an odd address", raw_map(&m, 0x1001, MAP_HOST | MAP_BY_PTE, ref) < 0);
	CHECK("an entry across two", raw_map(&m, 0x100004, MAP_HOST | MAP_BY_PTE, ref) < 0);
	CHECK("an entry in no table", raw_map(&m, 0x1000, MAP_HOST | MAP_BY_PTE, ref) < 0);
	CHECK("an entry beyond memory", raw_map(&m, 0xffffffffff000, MAP_HOST | MAP_BY_PTE, ref) < 0);
	CHECK("the hypervisor's address", raw_map(&m, 0xffff830000000000, MAP_HOST, ref) < 0);
	CHECK("a non-canonical address", raw_map(&m, 0x8000000000000000, MAP_HOST, ref) < 0);
	CHECK("neither host nor device", raw_map(&m, 0, MAP_READONLY, ref) == BAD_GNTREF);
}

static void handles(uint32_t ref)
{
	struct op_map m;

	CHECK("a handle that was never given", raw_unmap(0, 0x1000, 0x7fffffff) == BAD_HANDLE);
	CHECK("mapping for devices", raw_map(&m, 0, MAP_DEVICE | MAP_READONLY, ref) == 0);
	CHECK("unmapping nothing of it", raw_unmap(0, 0, m.handle) == BAD_HANDLE);
	CHECK("unmapping what is not mapped", raw_unmap(0x400000, 0, m.handle) == BAD_HANDLE);
	CHECK("the wrong device address", raw_unmap(0, m.dev_bus_addr + PAGE, m.handle) == BAD_DEV_ADDR);
	CHECK("the right one", raw_unmap(0, m.dev_bus_addr, m.handle) == 0);
	CHECK("once more", raw_unmap(0, m.dev_bus_addr, m.handle) == BAD_HANDLE);
}

static int raw_copy(uint16_t domid, uint16_t offset, uint16_t len, uint32_t ref)
{
	struct op_copy c = {.source = {ref, SELF, offset},
			    .dest = {0xfffffff, domid, 0},
			    .len = len,
			    .flags = FROM_GRANT,
			    .status = 99};

	return grant_table_op(OP_COPY, &c, 1) ? -99 : c.status;
}

static void raw(void)
{
	struct alloc_gref g;
	unsigned char *ours = grant(&g, 1, 1);
	uint32_t version = 3;

	CHECK("granting for hypercalls", ours != NULL);
	if (!ours)
		return;
	bad_addresses(g.refs[0]);
	handles(g.refs[0]);
	CHECK("a copy to a frame that is not ours", raw_copy(0x7ff0, 0, 16, g.refs[0]) < 0);
	CHECK("a copy to another domain's frame", raw_copy(4711, 0, 16, g.refs[0]) == PERMISSION_DENIED);
	CHECK("a copy from beyond the page", raw_copy(0x7ff0, 4096, 1, g.refs[0]) == BAD_COPY_ARG);
	CHECK("a copy of 65535 bytes", raw_copy(0x7ff0, 0, 65535, g.refs[0]) == BAD_COPY_ARG);
	CHECK("operations that are nowhere", grant_table_op(OP_UNMAP, (void *)0x10, 1000000) < 0);
	CHECK("more of them than there can be", grant_table_op(OP_COPY, &g, 0x80000000UL) < 0);
	CHECK("a version that does not exist", grant_table_op(OP_SET_VERSION, &version, 1) < 0);
	withdraw(&g, ours);
}

int main(void)
{
	gntalloc = open("/dev/xen/gntalloc", O_RDWR);
	gntdev = open("/dev/xen/gntdev", O_RDWR);
	CHECK("opening gntalloc", gntalloc >= 0);
	CHECK("opening gntdev", gntdev >= 0);
	privcmd = open("/dev/xen/privcmd", O_RDWR);
	CHECK("opening privcmd", privcmd >= 0);
	if (failures)
		return 1;
	map_and_unmap();
	read_only();
	copies();
	nonsense();
	raw();
	printf("grants: %d failures\n", failures);
	return failures != 0;
}
