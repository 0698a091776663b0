/* audit.c - debug builds count every reference again and compare
 *
 * From all page tables, pins, roots, descriptor pages and registered areas it is worked out anew what each frame's counts
 * should be. Other CPUs may be in the middle of something meanwhile: so what looks wrong is counted again, and only a
 * difference that stays the same is one.
 */
#include "kern/audit.h"

#if PLINTH_DEBUG

#include "arch/x86/pv/pv.h"
#include "event-channel/fifo.h"
#include "event-channel/ports.h"
#include "kern/grant.h"
#include "kern/mm.h"
#include "lib/string.h"

#define ROUNDS     4
#define SUSPECTS   16   /* differences that are looked at again */

struct counts {
	uint32_t refs, types;
};

struct suspect {
	mfn_t mfn;
	uint64_t word;
	struct counts should;
};

static struct counts *counts; /* by mfn; made at the first audit */
static uint32_t busy, batches;

/* A use of frame m; one that is device memory has no counts. */
static void use(mfn_t m, bool typed)
{
	if (!frame_exists(&frames, m) || !frame_word(&frames, m))
		return;
	counts[m.n].refs++;
	counts[m.n].types += typed;
}

static void use_page(const void *page)
{
	use(virt_to_mfn(page), true);
}

static void count_entries(mfn_t table, unsigned level, unsigned entries)
{
	const uint64_t *entry = mfn_to_virt(table);

	for (unsigned i = 0; i < entries; i++) {
		if (!(entry[i] & PTE_P))
			continue;
		if (level == 4 && i >= HYPERVISOR_FIRST_SLOT && i <= HYPERVISOR_LAST_SLOT)
			continue;
		use(pte_mfn(entry[i]), level > 1 || (entry[i] & PTE_RW));
	}
}

static void count_frame(mfn_t m)
{
	uint64_t word = frame_word(&frames, m);
	unsigned level = frame_type(word);

	if ((word & FRAME_IS_FREE) || !word)
		return;
	if (word & FRAME_ALLOCATED)
		use(m, false);
	if (word & FRAME_PINNED)
		use(m, true);
	if (level >= FRAME_L1 && level <= FRAME_L4 && (word & (FRAME_VALID | FRAME_PARTIAL)))
		count_entries(m, level, word & FRAME_PARTIAL ? frame_stamp(&frames, m) : PTES_PER_TABLE);
}

static void count_vcpu(const struct vcpu *v)
{
	if (v->pv.kernel_cr3)
		use(mfn_of_paddr(v->pv.kernel_cr3), true);
	if (v->pv.user_cr3)
		use(mfn_of_paddr(v->pv.user_cr3), true);
	if (v->pv.parked.mfn.n)
		use(v->pv.parked.mfn, true);
	if (!mfn_eq(v->info_mfn, INVALID_MFN))
		use(v->info_mfn, true);
	for (unsigned i = 0; i < ARRAY_SIZE(v->pv.gdt_frames); i++)
		if (v->pv.gdt_frames[i])
			use(MFN(v->pv.gdt_frames[i]), true);
	for (unsigned i = 0; i < ARRAY_SIZE(v->pv.ldt_frames); i++)
		if (v->pv.ldt_frames[i])
			use(MFN(v->pv.ldt_frames[i]), true);
}

static void count_events(struct domain *d)
{
	const struct fifo *f = d->events ? d->events->fifo : NULL;

	for (unsigned i = 0; f && i < f->nr_pages; i++)
		use_page(f->page[i]);
	for (unsigned i = 0; f && i < FIFO_VCPUS; i++)
		if (f->vcpu[i])
			use_page(f->vcpu[i]->control);
}

static void count_grants(struct domain *d)
{
	struct grant_hold h;
	mfn_t m;

	if (!d->grants)
		return;
	for (unsigned status = 0; status < 2; status++)
		for (unsigned i = 0; !mfn_eq(m = grant_frame(d, i, status), INVALID_MFN); i++)
			use(m, true);
	for (uint32_t handle = 0; handle < grant_handles(d); handle++)
		if (grant_device_use(d, handle, &h))
			use(mfn_of_paddr(h.address), h.write);
}

static void count_all(void)
{
	struct domain *d;
	struct vcpu *v;

	memset(counts, 0, frames.max * sizeof(*counts));
	for (uint64_t n = 0; n < frames.max; n++)
		if (frame_exists(&frames, MFN(n)))
			count_frame(MFN(n));
	for (uint32_t id = 0; (d = domain_get_next((uint16_t)id)); id = d->id + 1u) {
		if (d->shared_info)
			use_page(d->shared_info);
		if (d->pv.pirq_eoi_mfn)
			use(MFN(d->pv.pirq_eoi_mfn), true);
		for_each_vcpu(d, v)
			count_vcpu(v);
		count_events(d);
		count_grants(d);
		domain_put(d);
	}
}

static bool differs(mfn_t m, struct suspect *s)
{
	uint64_t word = frame_word(&frames, m);
	uint64_t should = counts[m.n].refs + counts[m.n].types * FRAME_TCOUNT_ONE;

	*s = (struct suspect){ m, word, counts[m.n] };
	if (word & FRAME_IS_FREE)
		return counts[m.n].refs;
	return (word & (FRAME_REF_MASK | FRAME_TCOUNT_MASK)) != should;
}

static bool same_difference(const struct suspect *a, const struct suspect *b)
{
	return a->word == b->word && a->should.refs == b->should.refs && a->should.types == b->should.types;
}

/* A CPU that waits for us to flush keeps the references of what it does until we have: serve it, and let it go on. */
static void let_others_go_on(void)
{
	uint64_t until = time_now() + 2000000;

	while (time_now() < until)
		machine_relax();
}

/* Those of the suspects that differ again, in the same way. */
static unsigned confirm(struct suspect *list, unsigned n)
{
	unsigned left = 0;
	struct suspect now;

	let_others_go_on();
	count_all();
	for (unsigned i = 0; i < n; i++)
		if (differs(list[i].mfn, &now) && same_difference(&now, &list[i]))
			list[left++] = now;
	return left;
}

static void tell(const struct suspect *s)
{
	log_error("audit: frame %lx of d%u: %lu references, %lu uses as type %u, should be %u and %u (word %016lx)",
		  (unsigned long)s->mfn.n, frame_owner(&frames, s->mfn), (unsigned long)(s->word & FRAME_REF_MASK),
		  (unsigned long)((s->word & FRAME_TCOUNT_MASK) / FRAME_TCOUNT_ONE), frame_type(s->word),
		  s->should.refs, s->should.types, (unsigned long)s->word);
}

/* The number of differences, each told. */
static unsigned audit_all(void)
{
	struct suspect list[SUSPECTS];
	unsigned order = 0, n = 0;

	while (PAGE_SIZE << order < frames.max * sizeof(*counts))
		order++;
	if (!counts)
		counts = pages_alloc(order);
	if (!counts)
		return 0;
	count_all();
	for (uint64_t m = 0; m < frames.max && n < SUSPECTS; m++)
		if (frame_exists(&frames, MFN(m)) && differs(MFN(m), &list[n]))
			n++;
	for (unsigned round = 1; n && round < ROUNDS; round++)
		n = confirm(list, n);
	for (unsigned i = 0; i < n; i++)
		tell(&list[i]);
	return n;
}

static bool begin(void)
{
	uint32_t idle = 0;

	return __atomic_compare_exchange_n(&busy, &idle, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void run(void)
{
	if (audit_all())
		panic("The frames' counts are wrong");
	__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
}

void audit_step(struct domain *d)
{
	uint32_t every = (uint32_t)MAX(frames.max >> 7, 4096u); /* the more there is to count, the more seldom */

	(void)d;
	if (__atomic_add_fetch(&batches, 1, __ATOMIC_RELAXED) % every == 0 && begin())
		run();
}

void audit_end(void)
{
	if (!begin())
		return;
	run();
	log_info("audit: the counts of all frames are right, after %u batches", batches);
}

#endif
