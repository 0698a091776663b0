/* memmap.h - what is where in the machine's physical memory */
#ifndef CORE_MEMMAP_H
#define CORE_MEMMAP_H

#include "lib/types.h"

/*
 * What a range is for. The first five have the firmware's numbers (E820); the others are RAM that
 * the boot code has set aside. Where claims overlap, the stricter one holds: in this order from the
 * mildest RAM, MODULE, OWN, ACPI, NVS, RESERVED, UNUSABLE.
 */
enum memmap_type {
	MEMMAP_RAM = 1,
	MEMMAP_RESERVED = 2,
	MEMMAP_ACPI = 3, /* tables: RAM again for who has read them */
	MEMMAP_NVS = 4,
	MEMMAP_UNUSABLE = 5, /* RAM with errors */
	MEMMAP_MODULE = 6,   /* RAM with a boot module in it */
	MEMMAP_OWN = 7,	     /* RAM the hypervisor keeps */
};

#define MEMMAP_MAX	 256
#define MEMMAP_TOP	 (UINT64_C(1) << 52) /* physical addresses end here */
#define MEMMAP_LOW_LIMIT UINT64_C(0x100000)  /* below: the world of the BIOS */

struct memmap_entry {
	paddr_t start, end; /* whole pages; end is the first byte behind */
	enum memmap_type type;
};

/*
 * Sorted, without overlaps; neighbours of one type are one entry. Addresses in no entry are a hole.
 * An all-zero map is an empty one. No locks: the map is made by the boot CPU, and constant from
 * then on.
 */
struct memmap {
	unsigned int count;
	struct memmap_entry entry[MEMMAP_MAX];
};

/*
 * Adds a claim of any alignment: RAM shrinks to the whole pages in it, all else grows to whole
 * pages. What lies beyond MEMMAP_TOP is cut off; an empty claim does nothing; a type unknown here
 * counts as RESERVED. -ENOSPC when the map might not hold the result; it is then unchanged.
 */
int memmap_add(struct memmap *map, paddr_t start, uint64_t length, uint32_t type);

/*
 * Memory maps as boot loaders hand them over: length bytes at entries, which nobody has checked.
 * -EINVAL when the structure is damaged (entries before the damage have been added), -ENOSPC as
 * above. multiboot1: struct { u32 size_of_the_rest; u64 start, length; u32 type }, one behind the
 * other; multiboot2: { u64 start, length; u32 type, 0 } of entry_size bytes each; efi: memory
 * descriptors of entry_size bytes each. Boot services are over by then: their memory is RAM.
 */
int memmap_add_multiboot1(struct memmap *map, const void *entries, size_t length);
int memmap_add_multiboot2(struct memmap *map, const void *entries, size_t length, uint32_t entry_size);
int memmap_add_efi(struct memmap *map, const void *entries, size_t length, uint32_t entry_size);

/*
 * Sets aside the RAM in start..end-1 (grown to whole pages) for MEMMAP_MODULE or MEMMAP_OWN; what
 * is not RAM stays what it is. -EINVAL if end < start or for another type; -ENOSPC as above.
 */
int memmap_reserve(struct memmap *map, paddr_t start, paddr_t end, enum memmap_type as);

/* Turns a range set aside into plain RAM again (a module that has been used). Errors as above. */
int memmap_release(struct memmap *map, paddr_t start, paddr_t end);

/*
 * Finds size bytes of RAM in low..high-1 at a multiple of align (a power of two, at least a page),
 * as high as possible. -EINVAL for a size of 0 or a bad alignment, -ENOMEM if there is no such
 * place. Nothing is set aside by this.
 */
int memmap_find(const struct memmap *map, uint64_t size, uint64_t align, paddr_t low, paddr_t high, paddr_t *start);

/* The entry an address is in, or NULL. */
const struct memmap_entry *memmap_lookup(const struct memmap *map, paddr_t address);

/* Bytes of one type; end of the highest RAM of any use (0: there is none). */
uint64_t memmap_total(const struct memmap *map, enum memmap_type type);
paddr_t memmap_ram_end(const struct memmap *map);

#define memmap_for_each(e, map) for ((e) = (map)->entry; (e) < (map)->entry + (map)->count; (e)++)

/* One entry as the hypercalls that give memory maps have it. */
struct memmap_e820 {
	uint64_t start, length;
	uint32_t type;
} __packed;
static_assert(sizeof(struct memmap_e820) == 20, "the ABI's size");

/*
 * The machine's map for Dom0, with all that was set aside shown as RAM: it is the layout of the
 * machine, not of what Dom0 may have. Returns the number of entries; the first room of them are
 * written.
 */
unsigned int memmap_e820(const struct memmap *map, struct memmap_e820 *out, unsigned int room);

#endif
