/* paging.c - the hypervisor's own part of every address space
 *
 * All tables below the L4 entries are made at boot, so a guest's L4 table needs its copy of them only once; what is added
 * later (device mappings, windows) goes into lower tables, which all address spaces share.
 */
#include "arch/x86/boot/boot.h"
#include "arch/x86/boot/info.h"
#include "arch/x86/cpu.h"
#include "arch/x86/paging.h"
#include "kern/lock.h"
#include "kern/memory.h"
#include "kern/printk.h"
#include "lib/errno.h"

#define LEVEL_SHIFT(level) (PAGE_SHIFT + 9 * ((level)-1))
#define WINDOWS_PER_TABLE  (512 * PAGE_SIZE / WINDOW_SIZE)

uint64_t idle_l4[512] __aligned(4096);

static uint64_t *window_tables[MAX_CPUS / WINDOWS_PER_TABLE];
static uint64_t device_next = DEVICE_VIRT;
static spinlock_t device_lock = SPINLOCK_INIT;

/* The entry of `level` that translates va; tables on the way are made. NULL: no memory. */
static uint64_t *entry_for(uint64_t va, unsigned level)
{
	uint64_t *table = idle_l4;
	uint64_t user = pte_index(va, 4) == pte_index(M2P_VIRT, 4) ? PTE_US : 0;

	for (unsigned l = 4; l > level; l--) {
		uint64_t *entry = &table[pte_index(va, l)];

		if (!(*entry & PTE_P)) {
			void *below = pages_alloc(0);

			if (!below)
				return NULL;
			*entry = pte_make(virt_to_mfn(below), PTE_P | PTE_RW | PTE_A | user);
		}
		table = mfn_to_virt(pte_mfn(*entry));
	}
	return &table[pte_index(va, level)];
}

static unsigned largest_level(uint64_t va, paddr_t pa, uint64_t size)
{
	for (unsigned level = cpu_has(CPU_PAGE1G) ? 3 : 2; level > 1; level--) {
		uint64_t bytes = BIT(LEVEL_SHIFT(level));

		if (size >= bytes && !((va | pa) & (bytes - 1)))
			return level;
	}
	return 1;
}

static int map_range(uint64_t va, paddr_t pa, uint64_t size, uint64_t flags)
{
	while (size) {
		unsigned level = largest_level(va, pa, size);
		uint64_t bytes = BIT(LEVEL_SHIFT(level));
		uint64_t *entry = entry_for(va, level);

		if (!entry)
			return -ENOMEM;
		*entry = pa | flags | (level > 1 ? PTE_PS : 0);
		va += bytes;
		pa += bytes;
		size -= bytes;
	}
	return 0;
}

void paging_map(uint64_t va, paddr_t pa, uint64_t size, uint64_t flags)
{
	if (map_range(va, pa, size, flags))
		refuse("There is too little memory for the hypervisor's page tables.");
}

mfn_t paging_large_page(uint64_t va)
{
	return pte_mfn(*entry_for(va, 2));
}

void paging_unmap(uint64_t va, uint64_t size)
{
	for (uint64_t end = va + size; va < end; va += PAGE_SIZE)
		*entry_for(va, 1) = 0;
	cr4_write(cr4_read() & ~(uint64_t)CR4_PGE);
	cr4_write(cr4_read() | CR4_PGE);
}

static void map_image(const char *start, const char *end, uint64_t flags)
{
	for (; start < end; start += PAGE_SIZE)
		paging_map((uint64_t)start, image_paddr(start), PAGE_SIZE, flags);
}

/* RAM and firmware tables. The image's code and constants must not become writable by this second way to them. */
static void map_direct(paddr_t start, paddr_t end)
{
	paddr_t constant_start = image_paddr(text_start), constant_end = image_paddr(rodata_end);
	paddr_t edge[4] = {start, MAX(start, MIN(end, constant_start)), MAX(start, MIN(end, constant_end)), end};

	for (unsigned i = 0; i < 3; i++)
		paging_map(DIRECT_VIRT + edge[i], edge[i], edge[i + 1] - edge[i],
			   i == 1 ? PAGE_READ_ONLY : PAGE_READ_WRITE);
}

/* RAM whatever it is used for, and where the firmware keeps its tables. */
static bool is_memory(const struct memmap_entry *e)
{
	return e->type != MEMMAP_RESERVED && e->type != MEMMAP_UNUSABLE && e->end <= DIRECT_SIZE;
}

/* L4 entries must not appear later: what a slot will need is there from the start, even if it is still empty. */
static void make_slots(void)
{
	static const uint64_t later[] = {M2P_VIRT, FRAME_WORD_VIRT, WINDOW_VIRT, DEVICE_VIRT};

	for (unsigned i = 0; i < ARRAY_SIZE(later); i++)
		if (!entry_for(later[i], 3))
			refuse("There is too little memory for the hypervisor's page tables.");
}

void paging_init(void)
{
	const struct memmap_entry *e;

	make_slots();
	map_direct(0, MEMMAP_LOW_LIMIT); /* the BIOS areas and the VGA's memory, which MTRRs keep uncached */
	memmap_for_each(e, &boot_info.map) if (is_memory(e) && e->end > MEMMAP_LOW_LIMIT)
		map_direct(MAX(e->start, MEMMAP_LOW_LIMIT), e->end);
	map_image(init_text_start, init_text_end, PAGE_EXECUTE);
	map_image(init_text_end, init_end, PAGE_READ_WRITE);
	map_image(text_start, text_end, PAGE_EXECUTE);
	map_image(text_end, rodata_end, PAGE_READ_ONLY);
	map_image(rodata_end, image_end, PAGE_READ_WRITE);

	paging_load_idle();
}

void paging_load_idle(void)
{
	cr4_write(cr4_read() & ~(uint64_t)CR4_PGE); /* switching PGE drops what the early tables left */
	cr3_write(image_paddr(idle_l4));
	cr4_write(cr4_read() | CR4_PGE);
}

int window_init(unsigned cpu)
{
	uint64_t *entry = entry_for(window_address(cpu, 0), 1);

	if (!entry)
		return -ENOMEM;
	window_tables[cpu / WINDOWS_PER_TABLE] = (uint64_t *)ROUND_DOWN((uint64_t)entry, PAGE_SIZE);
	return 0;
}

static void window_set(unsigned cpu, unsigned offset, uint64_t entry)
{
	unsigned index = cpu % WINDOWS_PER_TABLE * (WINDOW_SIZE >> PAGE_SHIFT) + (offset >> PAGE_SHIFT);

	__atomic_store_n(&window_tables[cpu / WINDOWS_PER_TABLE][index], entry, __ATOMIC_RELAXED);
}

void window_map(unsigned cpu, unsigned offset, mfn_t m, bool writable)
{
	window_set(cpu, offset, pte_make(m, writable ? PAGE_READ_WRITE : PAGE_READ_ONLY));
}

void window_unmap(unsigned cpu, unsigned offset)
{
	window_set(cpu, offset, 0);
}

/* ACPI tables and the like lie in memory: a second, uncached mapping would quarrel with the direct map's. */
static bool in_direct_map(paddr_t start, size_t size)
{
	const struct memmap_entry *e = memmap_lookup(&boot_info.map, start);

	return start + size <= MEMMAP_LOW_LIMIT || (e && is_memory(e) && start + size <= e->end);
}

void *map_device(paddr_t start, size_t size)
{
	paddr_t first = ROUND_DOWN(start, PAGE_SIZE);
	uint64_t bytes = ROUND_UP(start + size, PAGE_SIZE) - first;
	uint64_t va;
	int err = -ENOMEM;

	if (in_direct_map(start, size))
		return paddr_to_virt(start);
	spin_lock(&device_lock);
	va = ROUND_UP(device_next, MIB(2)) | (first & (MIB(2) - 1)); /* large pages, where the size allows */
	if (bytes < MIB(2))
		va = device_next;
	if (va + bytes <= DEVICE_VIRT + BIT(LEVEL_SHIFT(4)))
		err = map_range(va, first, bytes, PAGE_READ_WRITE | PAGE_UNCACHED);
	if (!err)
		device_next = va + bytes;
	spin_unlock(&device_lock);
	return err ? NULL : (void *)(va + (start - first));
}
