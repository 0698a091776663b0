/* dom0_memory.c - how much memory Dom0 gets, and which page is what
 *
 * The p2m and the M2P are filled along with each block of frames, in one loop: there are half a million of them in 2 GiB.
 */
#include "kern/dom0_parts.h"
#include "kern/memory.h"
#include "kern/options.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/string.h"

#define BLOCK_ORDER_MAX 18 /* as large as the allocator has them */
#define RESERVE_MAX	(MIB(128) >> PAGE_SHIFT)
#define RESERVE_MIN	(MIB(2) >> PAGE_SHIFT) /* without this we could not even give it event channels */

static uint64_t in_mib(uint64_t pages)
{
	return pages >> (20 - PAGE_SHIFT);
}

/* --- how much ------------------------------------------------------------------------------------ */

/* All but a sixteenth, which is for DMA buffers below 4 GiB and for our own tables; or what options say. */
static uint64_t choose_size(uint64_t available)
{
	const struct options_dom0_mem *want = &options.dom0_mem;
	uint64_t pages = want->size >> PAGE_SHIFT, min = want->min >> PAGE_SHIFT, max = want->max >> PAGE_SHIFT;

	if (!pages)
		pages = available - MIN(available / 16, RESERVE_MAX);
	pages = MAX(pages, min);
	if (max)
		pages = MIN(pages, max);
	if (pages <= available - RESERVE_MIN)
		return pages;
	if (min > available - RESERVE_MIN)
		refuse("There is too little memory for dom0_mem=min:%luM: %lu MiB can be given to Dom0.",
		       (unsigned long)in_mib(min), (unsigned long)in_mib(available - RESERVE_MIN));
	log_warning("Dom0 gets %lu MiB, not the %lu MiB it should: there is no more.",
		    (unsigned long)in_mib(available - RESERVE_MIN), (unsigned long)in_mib(pages));
	return available - RESERVE_MIN;
}

void dom0_size_memory(struct dom0_build *b)
{
	uint64_t initrd_size = b->initrd ? b->initrd->size : 0;
	/* The unpacked kernel goes back before the last of Dom0's memory is allocated; the initrd's pages become Dom0's. */
	uint64_t available = memory_free_pages() + BIT(b->unpacked_order) + DIV_ROUND_UP(initrd_size, PAGE_SIZE);
	int err;

	if (available <= RESERVE_MIN)
		refuse("There is too little memory for Dom0.");
	b->nr_pages = choose_size(available);
	b->d->max_pages =
		options.dom0_mem.max ? (uint32_t)MAX(options.dom0_mem.max >> PAGE_SHIFT, b->nr_pages) : UINT32_MAX;
	err = pv_layout_plan(&(struct pv_layout_request){.virt_base = b->notes.virt_base,
							 .kernel_end = b->notes.virt_end,
							 .p2m_address = b->notes.init_p2m,
							 .nr_pages = b->nr_pages,
							 .initrd_size = initrd_size,
							 .initrd_unmapped = b->notes.mod_start_pfn},
			     &b->layout);
	if (err == -ENOMEM)
		refuse("There is too little memory: %lu MiB for Dom0, whose kernel and initramfs alone fill %lu MiB.",
		       (unsigned long)in_mib(b->nr_pages), (unsigned long)in_mib(b->layout.pages));
	if (err)
		refuse("Dom0's kernel wants to be at addresses that a PV guest cannot have.");
}

/* --- which ---------------------------------------------------------------------------------------- */

/* Frames from m on are pages from pfn on. */
static void place(struct dom0_build *b, uint64_t pfn, mfn_t m, uint64_t count)
{
	uint64_t *to = b->p2m + pfn, *back = m2p_rw + m.n;

	for (uint64_t i = 0; i < count; i++) {
		to[i] = m.n + i;
		back[i] = pfn + i;
	}
}

/* Frames for pages pfn to end, in blocks as large as there are. */
static void allocate(struct dom0_build *b, uint64_t pfn, uint64_t end)
{
	unsigned order = BLOCK_ORDER_MAX;
	mfn_t m;

	while (pfn < end) {
		order = MIN(order, bit_highest(end - pfn));
		if (!domain_alloc_pages(b->d, order, 0, false, &m)) {
			place(b, pfn, m, BIT(order));
			pfn += BIT(order);
		} else if (order-- == 0) {
			refuse("There is too little memory for Dom0: it ended %lu MiB early.",
			       (unsigned long)in_mib(b->nr_pages - pfn));
		}
	}
}

/* The list is written before anything else, by us at one stretch: one block, whose end goes back. */
static void allocate_p2m(struct dom0_build *b)
{
	uint64_t pages = b->layout.p2m.pages;
	unsigned order = bit_highest(pages);
	mfn_t m;

	if (pages & (pages - 1))
		order++;
	if (domain_alloc_pages(b->d, order, 0, false, &m))
		refuse("There is too little memory in one piece for Dom0's p2m: %lu MiB.",
		       (unsigned long)in_mib(pages) + 1);
	for (uint64_t i = pages; i < BIT(order); i++)
		domain_free_page(b->d, mfn_add(m, i));
	b->p2m = mfn_to_virt(m);
	memset(b->p2m + b->nr_pages, 0xff, (pages << PAGE_SHIFT) - b->nr_pages * sizeof(*b->p2m));
	place(b, b->layout.p2m.pfn, m, pages);
}

static void adopt_initrd(struct dom0_build *b)
{
	const struct boot_module *module = b->initrd;
	mfn_t m = mfn_of_paddr(module->start);

	if (module->start & (PAGE_SIZE - 1))
		refuse("The boot loader put Dom0's initramfs at 0x%lx, which is not the beginning of a page.",
		       (unsigned long)module->start);
	domain_adopt_pages(b->d, m, b->layout.initrd.pages);
	place(b, b->layout.initrd.pfn, m, b->layout.initrd.pages);
	dom0_write(b, (b->layout.initrd.pfn << PAGE_SHIFT) + module->size, NULL,
		   (b->layout.initrd.pages << PAGE_SHIFT) - module->size);
}

/* Everything below layout.pages but the two ranges that have their frames already. */
void dom0_allocate_start(struct dom0_build *b)
{
	const struct pv_layout *l = &b->layout;
	const struct pv_range *first = &l->p2m, *second = &l->initrd;

	allocate_p2m(b);
	if (b->initrd)
		adopt_initrd(b);
	/* Without an initrd its empty range stands where the p2m begins, and comes first. */
	if (first->pfn + first->pages > second->pfn)
		first = &l->initrd, second = &l->p2m;
	allocate(b, 0, first->pfn);
	allocate(b, first->pfn + first->pages, second->pfn);
	allocate(b, second->pfn + second->pages, l->pages);
}

void dom0_allocate_rest(struct dom0_build *b)
{
	allocate(b, b->layout.pages, b->nr_pages);
}

void dom0_write(const struct dom0_build *b, uint64_t address, const void *from, uint64_t size)
{
	while (size) {
		uint64_t offset = address & (PAGE_SIZE - 1), piece = MIN(size, PAGE_SIZE - offset);
		char *to = (char *)mfn_to_virt(MFN(b->p2m[address >> PAGE_SHIFT])) + offset;

		if (from) {
			memcpy(to, from, piece);
			from = (const char *)from + piece;
		} else {
			memset(to, 0, piece);
		}
		address += piece;
		size -= piece;
	}
}
