/* paging.c - direct paging: the kernel's tables are the real ones, readable by it, and changed by the hypervisor for it
 *
 * A page can be a table only while nothing maps it writable. So a new table is filled while it is still plain memory, made
 * read-only, and only then named by a table above it, or pinned; at that moment the hypervisor checks every entry.
 */
#include "frontend-drivers/guest/kernel.h"
#include "lib/string.h"

#define LEVELS	   4
#define FRAME(pte) ((pte) >> 12 & 0xffffffffffUL)

uint64_t mfn_of(const volatile void *address)
{
	return ((uint64_t *)start_info->mfn_list)[((uint64_t)address - KERNEL_BASE) >> 12];
}

static uint64_t machine_of(const volatile void *address)
{
	return mfn_of(address) << 12 | ((uint64_t)address & 0xfff);
}

/* The hypervisor's table has the page number of each of our frames. */
static uint64_t *table_of(uint64_t pte)
{
	return (uint64_t *)(KERNEL_BASE + (machine_to_phys_mapping[FRAME(pte)] << 12));
}

static void write_entry(const uint64_t *entry, uint64_t value)
{
	struct mmu_update u = {machine_of(entry) | MMU_NORMAL_PT_UPDATE, value};

	if (CALL4(mmu_update, &u, 1, NULL, DOMID_SELF))
		panic("the hypervisor refuses a page-table entry: %#lx", value);
}

static void set_writable(const void *page, bool writable)
{
	uint64_t pte = mfn_of(page) << 12 | (writable ? PTE_PLAIN : PTE_READONLY);

	if (CALL3(update_va_mapping, page, pte, UVMF_INVLPG | UVMF_ALL))
		panic("the hypervisor refuses to make a page %s", writable ? "writable" : "read-only");
}

static unsigned int index_at(uint64_t address, unsigned int level)
{
	return address >> (12 + 9 * (level - 1)) & 511;
}

static uint64_t *new_table(void)
{
	uint64_t *table = page_alloc();

	if (!table)
		panic("no memory for page tables");
	set_writable(table, false);
	return table;
}

void map_page(uint64_t *root, uint64_t address, uint64_t pte)
{
	uint64_t *table = root;

	for (unsigned int level = LEVELS; level > 1; level--) {
		uint64_t *entry = &table[index_at(address, level)];

		if (!(*entry & PTE_PRESENT))
			write_entry(entry, mfn_of(new_table()) << 12 | PTE_PLAIN);
		table = table_of(*entry);
	}
	write_entry(&table[index_at(address, 1)], pte);
}

static bool is_mapped(uint64_t address)
{
	uint64_t *table = (uint64_t *)start_info->pt_base;

	for (unsigned int level = LEVELS;; level--) {
		uint64_t entry = table[index_at(address, level)];

		if (!(entry & PTE_PRESENT) || level == 1)
			return entry & PTE_PRESENT;
		table = table_of(entry);
	}
}

/* 2 MiB more of the kernel's range: a whole table, checked by the hypervisor in one go. */
static void map_table(uint64_t first, uint64_t count)
{
	const uint64_t *p2m = (uint64_t *)start_info->mfn_list;
	uint64_t *table = page_alloc(), *upper = (uint64_t *)start_info->pt_base;
	uint64_t address = KERNEL_BASE + (first << 12);

	if (!table)
		panic("no memory for page tables");
	for (uint64_t i = 0; i < count; i++)
		table[i] = p2m[first + i] << 12 | PTE_PLAIN;
	set_writable(table, false);
	for (unsigned int level = LEVELS; level > 2; level--)
		upper = table_of(upper[index_at(address, level)]);
	write_entry(&upper[index_at(address, 2)], mfn_of(table) << 12 | PTE_PLAIN);
}

/* Numbers of pages from which on the builder has put nothing. */
static uint64_t first_unused(void)
{
	uint64_t end = start_info->pt_base + (start_info->nr_pt_frames << 12) + 4096; /* and the first stack */
	uint64_t list = start_info->mfn_list + start_info->nr_pages * sizeof(uint64_t);

	end = MAX(end, (uint64_t)start_info + 4096);
	end = MAX(end, list);
	if (!(start_info->flags & SIF_MOD_START_PFN))
		end = MAX(end, start_info->mod_start + start_info->mod_len);
	return (ROUND_UP(end, 4096) - KERNEL_BASE) >> 12;
}

uint64_t paging_init(void)
{
	/* The kernel's range ends with the address space, and one table above it is there: 1 GiB. */
	uint64_t all = MIN(start_info->nr_pages, (uint64_t)1 << 18), mapped = 0;

	while (mapped < all && is_mapped(KERNEL_BASE + (mapped << 12)))
		mapped++;
	memory_init(first_unused(), mapped - first_unused());
	for (uint64_t next = ROUND_UP(mapped, 512); next < all; next += 512) {
		uint64_t count = MIN(all - next, (uint64_t)512);

		map_table(next, count);
		memory_init(next, count);
	}
	return all;
}

uint64_t *root_new(void)
{
	uint64_t *root = new_table();
	struct mmuext_op op = {.cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = mfn_of(root)};

	if (CALL4(mmuext_op, &op, 1, NULL, DOMID_SELF))
		panic("the hypervisor refuses a root");
	return root;
}

/* Slots 256 to 271 of a root are the hypervisor's; user mode has the lower half. */
static void free_tables(uint64_t *table, unsigned int level)
{
	for (unsigned int i = 0; level > 1 && i < (level == LEVELS ? 256 : 512); i++)
		if (table[i] & PTE_PRESENT)
			free_tables(table_of(table[i]), level - 1);
	set_writable(table, true);
	page_free(table);
}

void root_free(uint64_t *root)
{
	struct mmuext_op op[2] = {{.cmd = MMUEXT_NEW_USER_BASEPTR},
				  {.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = mfn_of(root)}};

	if (CALL4(mmuext_op, op, 2, NULL, DOMID_SELF))
		panic("the hypervisor keeps a root");
	free_tables(root, LEVELS);
}
