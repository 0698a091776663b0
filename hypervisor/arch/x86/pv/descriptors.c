/* descriptors.c - the guest's own pages of the GDT, and its LDT
 *
 * A page of descriptors is checked and counted like a page table (core/segdesc.h). Each CPU has one window of linear addresses
 * for GDT and LDT; the pages of the vcpu that is loaded are mapped there, before and beside our own page.
 */
#include "arch/x86/paging.h"
#include "arch/x86/pv/pv.h"
#include "kern/mm.h"
#include "lib/errno.h"

/* How much of its window each CPU has mapped. */
static uint8_t gdt_mapped[MAX_CPUS], ldt_mapped[MAX_CPUS];

static int acquire(struct domain *d, uint64_t frame)
{
	struct mm mm = mm_begin(d, d->id);
	struct parked none = {.mfn = MFN(0)};
	struct work w = WORK_UNLIMITED;
	int ret;

	do {
		ret = ptable_acquire(&mm, &none, MFN(frame), LEVEL_SEGDESC, &w);
	} while (mm_again(&mm, d, ret));
	mm_end(&mm);
	return ret;
}

static void drop(struct domain *d, const uint64_t *list, unsigned nr)
{
	struct mm mm = mm_begin(d, d->id);
	struct parked none = {.mfn = MFN(0)};
	struct work w = WORK_UNLIMITED;

	for (unsigned i = 0; i < nr; i++)
		if (list[i])
			(void)ptable_drop(&mm, &none, MFN(list[i]), LEVEL_SEGDESC, &w);
	mm_end(&mm);
}

static inline unsigned pages_of(unsigned entries)
{
	return DIV_ROUND_UP(entries, 512);
}

int pv_set_gdt(struct vcpu *v, const uint64_t *new_frames, unsigned entries)
{
	unsigned pages = pages_of(entries), i;

	for (i = 0; i < pages; i++) {
		int ret = acquire(v->domain, new_frames[i]);

		if (ret) {
			drop(v->domain, new_frames, i);
			return ret == -EBUSY ? -EINVAL : ret;
		}
	}
	drop(v->domain, v->pv.gdt_frames, pages_of(v->pv.gdt_entries));
	__builtin_memset(v->pv.gdt_frames, 0, sizeof(v->pv.gdt_frames));
	__builtin_memcpy(v->pv.gdt_frames, new_frames, pages * sizeof(new_frames[0]));
	v->pv.gdt_entries = entries;
	return 0;
}

static void load_ldt(struct vcpu *v, struct cpu *c);

/* A page that is not there, or not fit, is left out: what refers to it faults. */
int pv_set_ldt(struct vcpu *v, uint64_t base, unsigned entries)
{
	unsigned pages = pages_of(entries);

	if (entries > 8192 || (entries && ((base & (PAGE_SIZE - 1)) || !pv_address_ok(base))))
		return -EINVAL;
	drop(v->domain, v->pv.ldt_frames, LDT_PAGES);
	__builtin_memset(v->pv.ldt_frames, 0, sizeof(v->pv.ldt_frames));
	for (unsigned i = 0; i < pages; i++) {
		uint64_t pte = pv_read_l1(v, base + i * PAGE_SIZE);

		if (pte && !acquire(v->domain, pte_mfn(pte).n))
			v->pv.ldt_frames[i] = pte_mfn(pte).n;
	}
	v->pv.ldt_base = base;
	v->pv.ldt_entries = entries;
	load_ldt(v, this_cpu());
	return 0;
}

void pv_drop_descriptors(struct vcpu *v)
{
	drop(v->domain, v->pv.gdt_frames, pages_of(v->pv.gdt_entries));
	drop(v->domain, v->pv.ldt_frames, LDT_PAGES);
	__builtin_memset(v->pv.gdt_frames, 0, sizeof(v->pv.gdt_frames));
	__builtin_memset(v->pv.ldt_frames, 0, sizeof(v->pv.ldt_frames));
	v->pv.gdt_entries = v->pv.ldt_entries = 0;
}

static void map_pages(struct cpu *c, unsigned offset, const uint64_t *list, unsigned nr, uint8_t *mapped)
{
	unsigned i, end = MAX(nr, *mapped);

	for (i = 0; i < end; i++) {
		unsigned at = offset + i * (unsigned)PAGE_SIZE;

		if (i < nr && list[i])
			window_map(c->id, at, MFN(list[i]), true);
		else
			window_unmap(c->id, at);
		tlb_flush_page_local(window_address(c->id, at));
	}
	*mapped = (uint8_t)nr;
}

/* The LDT's own descriptor is in our page of the GDT (Intel SDM vol. 3, 8.2.3: type 2, 16 bytes). */
static void load_ldt(struct vcpu *v, struct cpu *c)
{
	unsigned nr = pages_of(v->pv.ldt_entries);
	uint64_t base = window_address(c->id, WINDOW_LDT), limit = 8 * (uint64_t)v->pv.ldt_entries - 1;
	uint64_t *descriptor = (uint64_t *)((uint8_t *)c->gdt_page + (SEL_LDT & 0xff8));

	if (!nr && !ldt_mapped[c->id])
		return;
	map_pages(c, WINDOW_LDT, v->pv.ldt_frames, nr, &ldt_mapped[c->id]);
	if (nr) {
		descriptor[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | 0x82ULL << 40 | (limit >> 16) << 48 |
				(base >> 24 & 0xff) << 56;
		descriptor[1] = base >> 32;
	}
	__asm__ volatile("lldt %w0" ::"r"(nr ? SEL_LDT : 0) : "memory");
}

void pv_load_descriptors(struct vcpu *v)
{
	struct cpu *c = this_cpu();

	map_pages(c, WINDOW_GDT, v->pv.gdt_frames, pages_of(v->pv.gdt_entries), &gdt_mapped[c->id]);
	load_ldt(v, c);
}
