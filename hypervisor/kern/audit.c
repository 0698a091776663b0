/* audit.c - debug builds count every reference again and compare
 *
 * From all page tables, pins, roots, descriptor pages and registered areas it is worked out anew what each frame's counts
 * should be. In the middle of an operation the books do not agree: a vcpu that changes its root holds the new one before it
 * has let go of the old. So all other CPUs first come to the end of what they do, and stand still on the way back to their
 * guests until everything has been counted.
 */
#include "kern/audit.h"

#if PLINTH_DEBUG

#include "arch/x86/hvm/hvm.h"
#include "arch/x86/hvm/ioreq.h"
#include "arch/x86/pv/pv.h"
#include "event-channel/fifo.h"
#include "event-channel/ports.h"
#include "kern/grant.h"
#include "kern/mm.h"
#include "kern/sched.h"
#include "lib/string.h"

#define TOLD_MAX 16 /* differences that are told of */

struct counts {
	uint32_t refs, types;
};

static struct counts *counts; /* by mfn; made at the first audit */
static uint32_t batches;      /* [a] */
static bool due = true,
	    ending;	  /* [a] the next batch shall count, the first one too; the last count of all is to be made */
static uint32_t counting; /* [a] number of the count under way, 0: none */
static uint32_t stands[MAX_CPUS]; /* [a] for which count the CPU stands still */

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
		if (!(entry[i] & PTE_US))
			panic("Entry %u of table %#lx is not for ring 3", i, table.n);
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

static void count_servers(struct domain *d)
{
	mfn_t m;

	for (uint16_t id = 0; domain_is_hvm(d) && id < HVM_IOREQ_SERVERS; id++)
		for (uint64_t i = 0; !hvm_ioreq_frame(d, id, i, &m); i++)
			use(m, true);
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

static void count_p2m(struct domain *d)
{
	struct p2m_entry e;

	if (!domain_is_hvm(d))
		return;
	for (uint64_t gfn = 0; p2m_next(&d->hvm->p2m, &gfn, &e); gfn += BIT(e.order))
		for (uint64_t i = 0; i < BIT(e.order); i++)
			use(mfn_add(e.mfn, i), e.type != P2M_GRANT_RO);
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
		if (d->pv.unpinning.mfn.n)
			use(d->pv.unpinning.mfn, true);
		for_each_vcpu (d, v)
			count_vcpu(v);
		count_events(d);
		count_grants(d);
		count_p2m(d);
		count_servers(d);
		domain_put(d);
	}
}

/* The frame's word says something else than was counted: told, and true. */
static bool differs(mfn_t m)
{
	uint64_t word = frame_word(&frames, m);
	uint64_t should = counts[m.n].refs + counts[m.n].types * FRAME_TCOUNT_ONE;

	if (word & FRAME_IS_FREE ? !counts[m.n].refs : (word & (FRAME_REF_MASK | FRAME_TCOUNT_MASK)) == should)
		return false;
	log_error("audit: frame %lx of d%u: %lu references, %lu uses as type %u, should be %u and %u (word %016lx)",
		  (unsigned long)m.n, frame_owner(&frames, m), (unsigned long)(word & FRAME_REF_MASK),
		  (unsigned long)((word & FRAME_TCOUNT_MASK) / FRAME_TCOUNT_ONE), frame_type(word), counts[m.n].refs,
		  counts[m.n].types, (unsigned long)word);
	return true;
}

static void compare_all(void)
{
	unsigned order = 0, n = 0;

	while (PAGE_SIZE << order < frames.max * sizeof(*counts))
		order++;
	if (!counts)
		counts = pages_alloc(order);
	if (!counts)
		return;
	count_all();
	for (uint64_t m = 0; m < frames.max && n < TOLD_MAX; m++)
		n += frame_exists(&frames, MFN(m)) && differs(MFN(m));
	if (n)
		panic("The frames' counts are wrong");
}

/* ---- all others stand still ---------------------------------------------------------------------------------------- */

void audit_stand(void)
{
	struct cpu *c = this_cpu();
	uint32_t number;

	while ((number = __atomic_load_n(&counting, __ATOMIC_ACQUIRE))) {
		__atomic_store_n(&stands[c->id], number, __ATOMIC_RELEASE);
		machine_relax();
		/* Who waits for our vcpu to stop cannot stand before it has. To choose another changes nothing that is counted. */
		if (__atomic_fetch_and(&c->pending, ~(uint32_t)CPU_PENDING_SCHEDULE, __ATOMIC_SEQ_CST) &
		    CPU_PENDING_SCHEDULE)
			(void)sched_choose();
	}
}

static bool all_stand(uint32_t number)
{
	for_each_cpu (i)
		if (i != this_cpu()->id && __atomic_load_n(&stands[i], __ATOMIC_ACQUIRE) != number)
			return false;
	return true;
}

/* False: somebody waits for this CPU, and so will never stand. `last`: nobody can any more. */
static bool wait_for_others(uint32_t number, bool last)
{
	struct cpu *c = this_cpu();

	for_each_cpu (i)
		if (i != c->id)
			cpu_request(i, CPU_PENDING_STAND);
	while (!all_stand(number)) {
		machine_relax();
		if (!last && ((__atomic_load_n(&c->pending, __ATOMIC_SEQ_CST) & CPU_PENDING_SCHEDULE) ||
			      __atomic_load_n(&ending, __ATOMIC_RELAXED)))
			return false;
	}
	return true;
}

/* True: everything has been counted, and is right. False: not now. */
static bool audit(bool last)
{
	static uint32_t last_number;
	uint32_t none = 0, number = __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED) | 1U << 31;
	bool all;

	if (!__atomic_compare_exchange_n(&counting, &none, number, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return false;
	all = wait_for_others(number, last);
	if (all)
		compare_all();
	__atomic_store_n(&counting, 0, __ATOMIC_RELEASE);
	return all;
}

void audit_step(struct domain *d)
{
	uint32_t every = (uint32_t)MAX(frames.max >> 7, 4096u); /* the more there is to count, the more seldom */

	(void)d;
	if (__atomic_add_fetch(&batches, 1, __ATOMIC_RELAXED) % every == 0)
		__atomic_store_n(&due, true, __ATOMIC_RELAXED);
	if (__atomic_load_n(&due, __ATOMIC_RELAXED) && audit(false))
		__atomic_store_n(&due, false, __ATOMIC_RELAXED);
}

void audit_end(void)
{
	__atomic_store_n(&ending, true, __ATOMIC_RELAXED);
	while (!audit(true))
		machine_relax();
	log_info("audit: the counts of all frames are right, after %u batches", batches);
}

#endif
