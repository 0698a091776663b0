/* memory.c - machine memory: the frame table, pages for the hypervisor and for domains
 *
 * Free memory holds what was last in it. Pages are zeroed when they are given out (I8): where they are given back they are many
 * at once, a whole domain's, and who does that waits.
 */
#include "arch/x86/boot/boot.h"
#include "arch/x86/boot/info.h"
#include "arch/x86/paging.h"
#include "core/buddy.h"
#include "kern/domain.h"
#include "kern/lock.h"
#include "kern/memory.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/string.h"

#define CHUNK_FRAMES BIT(FRAME_CHUNK_SHIFT)
#define MAX_CHUNKS   (DIRECT_SIZE >> (PAGE_SHIFT + FRAME_CHUNK_SHIFT))
#define TABLE_SIZE   MIB(2) /* a chunk's words or M2P entries; two chunks' aux */

struct frames frames;

static BITMAP(chunks, MAX_CHUNKS);
static struct buddy buddy;
static spinlock_t buddy_lock = SPINLOCK_INIT;
static bool buddy_ready;
static uint64_t total_pages;   /* RAM, before the hypervisor takes anything */
static uint64_t boot_pages;    /* taken before the allocator was there */
static uint64_t claimed_pages; /* [buddy_lock] the sum of all domains' target_pages */
static uint64_t own_pages;     /* [a] pages_alloc()ed since */

/* --- Setting up ------------------------------------------------------------------------------- */

/* RAM from the map itself: for the tables that must be there before the allocator can be. */
static void *boot_alloc(uint64_t size, uint64_t align)
{
	/* The early page tables reach 4 GiB far; the final ones map this memory again in any case. */
	paddr_t start, limit = GIB(4);

	if (memmap_find(&boot_info.map, size, align, MIB(1), limit, &start) ||
	    memmap_reserve(&boot_info.map, start, start + size, MEMMAP_OWN))
		return NULL;
	boot_pages += size >> PAGE_SHIFT;
	return memset(paddr_to_virt(start), 0, size);
}

static void *table_alloc(void)
{
	void *table = boot_alloc(TABLE_SIZE, TABLE_SIZE);

	if (!table)
		refuse("There is too little memory: the hypervisor's tables do not fit into %lu MiB.",
		       (unsigned long)(total_pages >> (20 - PAGE_SHIFT)));
	return table;
}

/* Where a chunk has no RAM, words read as 0 (not free), so that whoever looks at a neighbour's needs not ask. */
static void map_absent_chunk(uint64_t chunk)
{
	static uint8_t zeroes[4096] __aligned(4096);

	for (uint64_t page = 0; page < TABLE_SIZE; page += PAGE_SIZE)
		paging_map(FRAME_WORD_VIRT + chunk * TABLE_SIZE + page, image_paddr(zeroes), PAGE_SIZE, PAGE_READ_ONLY);
}

static void map_chunk(uint64_t chunk)
{
	uint64_t offset = chunk * TABLE_SIZE;
	void *m2p = table_alloc();

	memset(m2p, 0xff, TABLE_SIZE);
	paging_map(M2P_VIRT + offset, paddr_of_mfn(virt_to_mfn(m2p)), TABLE_SIZE, PAGE_READ_ONLY | PTE_US);
	paging_map(M2P_RW_VIRT + offset, paddr_of_mfn(virt_to_mfn(m2p)), TABLE_SIZE, PAGE_READ_WRITE);
	paging_map(FRAME_WORD_VIRT + offset, paddr_of_mfn(virt_to_mfn(table_alloc())), TABLE_SIZE, PAGE_READ_WRITE);
	/* An even chunk may have made the aux of this one too. */
	if (chunk % 2 == 0 || !bit_test(chunks, chunk - 1))
		paging_map(FRAME_AUX_VIRT + chunk / 2 * TABLE_SIZE, paddr_of_mfn(virt_to_mfn(table_alloc())),
			   TABLE_SIZE, PAGE_READ_WRITE);
	bit_set(chunks, chunk);
	for (uint64_t n = chunk * CHUNK_FRAMES; n < (chunk + 1) * CHUNK_FRAMES; n++)
		frames.aux[n] = (uint32_t)OWNER_IO << 16;
}

static bool is_ram(const struct memmap_entry *e)
{
	return e->type == MEMMAP_RAM || e->type == MEMMAP_MODULE || e->type == MEMMAP_OWN;
}

static void map_frame_table(void)
{
	BITMAP(wanted, MAX_CHUNKS) = {0};
	const struct memmap_entry *e;

	memmap_for_each(e,
			&boot_info.map) for (uint64_t n = e->start >> PAGE_SHIFT; is_ram(e) && n < e->end >> PAGE_SHIFT;
					     n = ROUND_UP(n + 1, CHUNK_FRAMES)) bit_set(wanted, n >> FRAME_CHUNK_SHIFT);
	for (uint64_t chunk = 0; chunk < frames.max >> FRAME_CHUNK_SHIFT; chunk++) {
		if (bit_test(wanted, chunk))
			map_chunk(chunk);
		else
			map_absent_chunk(chunk);
	}
	memmap_for_each(e, &boot_info.map) for (uint64_t n = e->start >> PAGE_SHIFT;
						is_ram(e) && n < e->end >> PAGE_SHIFT; n++) frames.aux[n] =
		(uint32_t)OWNER_NONE << 16;
}

/* What lies beyond the direct map's reach is given up. */
static void clip_memory(void)
{
	paddr_t end = memmap_ram_end(&boot_info.map);
	const struct memmap_entry *e;

	if (end > DIRECT_SIZE) {
		log_warning("Memory above %lu GiB is not used.", (unsigned long)DIRECT_SIZE >> 30);
		memmap_add(&boot_info.map, DIRECT_SIZE, end - DIRECT_SIZE, MEMMAP_UNUSABLE);
		end = DIRECT_SIZE;
	}
	frames = (struct frames){
		.word = (uint64_t *)FRAME_WORD_VIRT,
		.aux = (uint32_t *)FRAME_AUX_VIRT,
		.chunks = chunks,
		.max = ROUND_UP(end >> PAGE_SHIFT, CHUNK_FRAMES),
		.direct = (uint8_t *)DIRECT_VIRT,
		.clock = &flush_clock,
	};
	memmap_for_each(e, &boot_info.map) if (is_ram(e)) total_pages += (e->end - e->start) >> PAGE_SHIFT;
}

void memory_init(void)
{
	const struct memmap_entry *e;

	clip_memory();
	paging_init();
	map_frame_table();
	if (buddy_init(&buddy, frames.word, 0, frames.max))
		refuse("The frame numbers of this machine do not fit into the allocator's.");
	memmap_for_each(e, &boot_info.map) if (e->type == MEMMAP_RAM)
		BUG_ON(buddy_add_range(&buddy, e->start >> PAGE_SHIFT, e->end >> PAGE_SHIFT));
	buddy_ready = true;
}

void memory_release(paddr_t start, paddr_t end)
{
	BUG_ON(memmap_release(&boot_info.map, start, end));
	memset(paddr_to_virt(start), 0, end - start);
	spin_lock(&buddy_lock);
	BUG_ON(buddy_add_range(&buddy, start >> PAGE_SHIFT, end >> PAGE_SHIFT));
	spin_unlock(&buddy_lock);
}

void memory_report(void)
{
	uint64_t image = (paddr_t)(image_end - init_end) >> PAGE_SHIFT;

	log_info(
		"Memory: %lu MiB, %lu KiB of them the hypervisor's (%lu image, %lu tables, %lu heap), "
		"%lu MiB free",
		(unsigned long)(total_pages >> 8), (unsigned long)((image + boot_pages + own_pages) * 4),
		(unsigned long)(image * 4), (unsigned long)(boot_pages * 4), (unsigned long)(own_pages * 4),
		(unsigned long)(buddy_free_frames(&buddy) >> 8));
}

uint64_t memory_free_pages(void)
{
	return buddy_free_frames(&buddy);
}

uint64_t memory_total_pages(void)
{
	return total_pages;
}

uint64_t memory_max_mfn(void)
{
	return (memmap_ram_end(&boot_info.map) >> PAGE_SHIFT) - 1;
}

mfn_t memory_m2p_chunk(uint64_t n)
{
	return n < MAX_CHUNKS && bit_test(chunks, n) ? paging_large_page(M2P_VIRT + n * TABLE_SIZE) : INVALID_MFN;
}

/* --- The hypervisor's own pages ---------------------------------------------------------------- */

/* A free frame's stamp is from when it was freed: until all CPUs have flushed since, some guest may still reach it by a
 * translation that is gone from its tables only. */
static void forget_translations(mfn_t m, uint64_t count)
{
	uint64_t all = UINT64_MAX >> (64 - nr_cpus);
	uint64_t stale = 0;

	for (uint64_t i = 0; i < count && stale != all; i++)
		stale |= flushclock_stale(&flush_clock, all, frame_stamp(&frames, mfn_add(m, i)));
	if (stale)
		tlb_flush_cpus(stale);
}

/* d: whose claim may be used, NULL: nobody's, and claims do not count, as what is for the hypervisor comes first. */
static bool take(struct domain *d, unsigned order, unsigned address_bits, mfn_t *m)
{
	uint64_t count = BIT(order), own;
	int err = -ENOMEM;

	spin_lock(&buddy_lock);
	if (!d || buddy_free_frames(&buddy) - MIN(buddy_free_frames(&buddy), claimed_pages - d->target_pages) >= count)
		err = buddy_alloc(&buddy, order, address_bits, m);
	if (!err && d) {
		own = MIN(d->target_pages, count);
		d->target_pages -= own;
		claimed_pages -= own;
	}
	spin_unlock(&buddy_lock);
	if (!err)
		forget_translations(*m, count);
	return !err;
}

static void give_back(mfn_t m, unsigned order)
{
	int err;

	spin_lock(&buddy_lock);
	err = buddy_free(&buddy, m, order);
	spin_unlock(&buddy_lock);
	BUG_ON(err);
}

static void *own_alloc(unsigned order, unsigned address_bits)
{
	mfn_t m;

	if (!buddy_ready)
		return boot_alloc(PAGE_SIZE << order, PAGE_SIZE << order);
	if (!take(NULL, order, address_bits, &m))
		return NULL;
	__atomic_add_fetch(&own_pages, BIT(order), __ATOMIC_RELAXED);
	return memset(mfn_to_virt(m), 0, PAGE_SIZE << order);
}

void *pages_alloc(unsigned order)
{
	return own_alloc(order, BUDDY_ANYWHERE);
}

void *pages_alloc_below(unsigned order, paddr_t limit)
{
	return own_alloc(order, bit_highest(limit));
}

void pages_free(void *pages, unsigned order)
{
	mfn_t m = virt_to_mfn(pages);

	for (uint64_t i = 0; i < BIT(order); i++)
		frames.aux[m.n + i] = (uint32_t)OWNER_NONE << 16;
	__atomic_sub_fetch(&own_pages, BIT(order), __ATOMIC_RELAXED);
	give_back(m, order);
}

/* --- Domains' pages ---------------------------------------------------------------------------- */

static void atomic_lower(uint64_t *to, uint64_t value)
{
	uint64_t old = __atomic_load_n(to, __ATOMIC_RELAXED);

	while (value < old && !__atomic_compare_exchange_n(to, &old, value, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static void atomic_raise(uint64_t *to, uint64_t value)
{
	uint64_t old = __atomic_load_n(to, __ATOMIC_RELAXED);

	while (value > old && !__atomic_compare_exchange_n(to, &old, value, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static void drop_pages(struct domain *d, uint32_t count)
{
	if (!__atomic_sub_fetch(&d->pages, count, __ATOMIC_ACQ_REL))
		domain_frames_gone(d);
}

static void assign(struct domain *d, mfn_t m, uint64_t count)
{
	atomic_lower(&d->frame_low, m.n);
	atomic_raise(&d->frame_high, m.n + count);
	for (uint64_t i = 0; i < count; i++)
		frame_assign(&frames, mfn_add(m, i), d->id);
}

int domain_alloc_pages(struct domain *d, unsigned order, unsigned addr_bits, bool zero, mfn_t *first)
{
	uint32_t count = (uint32_t)BIT(order);
	mfn_t m;

	if (__atomic_load_n(&d->dying, __ATOMIC_ACQUIRE))
		return -EINVAL;
	if (__atomic_add_fetch(&d->pages, count, __ATOMIC_ACQ_REL) > d->max_pages ||
	    !take(d, order, addr_bits ? addr_bits : BUDDY_ANYWHERE, &m)) {
		drop_pages(d, count);
		return -ENOMEM;
	}
	if (zero)
		memset(mfn_to_virt(m), 0, PAGE_SIZE << order);
	assign(d, m, count);
	*first = m;
	return 0;
}

void domain_adopt_pages(struct domain *d, mfn_t first, uint64_t count)
{
	BUG_ON(memmap_release(&boot_info.map, paddr_of_mfn(first), paddr_of_mfn(mfn_add(first, count))));
	__atomic_add_fetch(&d->pages, (uint32_t)count, __ATOMIC_ACQ_REL);
	assign(d, first, count);
}

int domain_free_page(struct domain *d, mfn_t m)
{
	bool last;
	int err;

	if (frame_owner(&frames, m) != d->id)
		return -EINVAL;
	err = frame_unallocate(&frames, m, &last);
	if (!err && last)
		frame_release(m);
	return err;
}

int domain_take_page(struct domain *d, mfn_t m)
{
	int err = frame_exists(&frames, m) ? frame_take(&frames, m, d->id) : -EINVAL;

	if (!err)
		drop_pages(d, 1);
	return err;
}

void domain_return_page(struct domain *d, mfn_t m)
{
	__atomic_add_fetch(&d->pages, 1, __ATOMIC_ACQ_REL);
	forget_translations(m, 1); /* its type is, so nobody would ask for that flush later */
	assign(d, m, 1);
}

int domain_claim_pages(struct domain *d, uint64_t pages)
{
	uint64_t owned = __atomic_load_n(&d->pages, __ATOMIC_ACQUIRE), wanted = pages > owned ? pages - owned : 0;
	uint64_t others;
	int err = 0;

	spin_lock(&buddy_lock);
	others = claimed_pages - d->target_pages;
	if (wanted && (d->dying || pages > d->max_pages))
		err = -EINVAL;
	else if (wanted && (others > buddy_free_frames(&buddy) || wanted > buddy_free_frames(&buddy) - others))
		err = -ENOMEM;
	if (!err) {
		claimed_pages = others + wanted;
		d->target_pages = wanted;
	}
	spin_unlock(&buddy_lock);
	return err;
}

void frame_release(mfn_t m)
{
	uint16_t owner = frame_owner(&frames, m);
	struct domain *d;

	m2p_rw[m.n] = INVALID_PFN.n;
	frames.aux[m.n] = (uint32_t)OWNER_NONE << 16 | flushclock_stamp(&flush_clock);
	__atomic_store_n(&frames.word[m.n], 0, __ATOMIC_RELEASE);
	give_back(m, 0);
	if (owner == OWNER_NONE) /* a page of ours that was shared, or one taken from its domain */
		return;
	d = domain_get(owner);
	BUG_ON(!d);
	drop_pages(d, 1);
	domain_put(d);
}

/* --- Pages of ours that a domain maps ------------------------------------------------------------ */

void page_share(void *page, struct domain *d, bool writable)
{
	frame_share(&frames, virt_to_mfn(page), d->id, writable);
}

/* From here on nobody gets new references: the frame belongs to no domain. Those that have one keep it. */
void page_unshare(void *page)
{
	mfn_t m = virt_to_mfn(page);

	__atomic_store_n(&frames.aux[m.n], (uint32_t)OWNER_NONE << 16, __ATOMIC_RELEASE);
	__atomic_sub_fetch(&own_pages, 1, __ATOMIC_RELAXED);
	if (frame_unshare(&frames, m))
		frame_release(m);
}
