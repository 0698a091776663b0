/* walk.c - the current guest's memory by linear address: copies in and out for hypercalls and emulation
 *
 * Its page tables are walked anew each time (core/guest_walk.h). The p2m lock is held over a page's walk and copy, so
 * that no frame that is being read or written can go away meanwhile.
 */
#include "arch/x86/hvm/hvm.h"
#include "core/guest_walk.h"
#include "kern/memory.h"
#include "lib/string.h"

/* What the guest's kernel may write. p2m_lock held. */
static void *frame_for(struct domain *d, uint64_t gfn, bool write)
{
	struct p2m_entry e = p2m_lookup(&d->hvm->p2m, gfn);

	if (e.type == P2M_HOLE || (write && e.type == P2M_GRANT_RO))
		return NULL;
	return mfn_to_virt(e.mfn);
}

static void *table_frame(void *domain, uint64_t gfn)
{
	return frame_for(domain, gfn, true);
}

/* False: it is not mapped so, and *error is the page fault's code. p2m_lock held. */
static bool to_physical(struct vcpu *v, uint64_t linear, unsigned access, uint64_t *physical, uint32_t *error)
{
	struct guest_tables t = {
		.cr0 = v->hvm->cr0,
		.cr3 = hvm->get_cr3(v),
		.cr4 = v->hvm->cr4,
		.efer = v->hvm->efer,
		.frame = table_frame,
		.context = v->domain,
	};

	return !guest_walk(&t, linear, access, physical, error);
}

bool hvm_walk(struct vcpu *v, uint64_t linear, unsigned access, uint64_t *physical, uint32_t *error)
{
	struct hvm_domain *h = v->domain->hvm;
	bool there;

	spin_lock(&h->p2m_lock);
	there = to_physical(v, linear, access, physical, error);
	spin_unlock(&h->p2m_lock);
	return there;
}

/* Where `linear` is, for up to a page's end; or NULL. p2m_lock held. */
static uint8_t *translate(struct vcpu *v, uint64_t linear, bool write)
{
	uint64_t physical;
	uint32_t error;
	uint8_t *frame;

	if (!to_physical(v, linear, write ? WALK_WRITE : 0, &physical, &error))
		return NULL;
	frame = frame_for(v->domain, physical >> PAGE_SHIFT, write);
	return frame ? frame + (physical & ~PAGE_MASK) : NULL;
}

bool hvm_translate(struct vcpu *v, uint64_t linear, bool write, uint64_t *physical)
{
	struct hvm_domain *h = v->domain->hvm;
	uint32_t error;
	bool there;

	spin_lock(&h->p2m_lock);
	there = to_physical(v, linear, write ? WALK_WRITE : 0, physical, &error) &&
		frame_for(v->domain, *physical >> PAGE_SHIFT, write);
	spin_unlock(&h->p2m_lock);
	return there;
}

/* One after the other, the parts of [guest, guest + size) that lie in a page. What remains when one is not there is
 * returned. */
static size_t for_each_part(uint64_t guest, size_t size, bool write,
			    void (*fn)(uint8_t *there, size_t part, void *ours), void *ours)
{
	struct vcpu *v = current;
	struct hvm_domain *h = v->domain->hvm;
	uint8_t *at = ours;

	while (size) {
		size_t part = MIN(size, PAGE_SIZE - (guest & ~PAGE_MASK));
		uint8_t *there;

		spin_lock(&h->p2m_lock);
		there = translate(v, guest, write);
		if (there)
			fn(there, part, at);
		spin_unlock(&h->p2m_lock);
		if (!there)
			break;
		guest += part;
		size -= part;
		if (at)
			at += part;
	}
	return size;
}

static void copy_in(uint8_t *there, size_t part, void *ours)
{
	memcpy(ours, there, part);
}

static void copy_out(uint8_t *there, size_t part, void *ours)
{
	memcpy(there, ours, part);
}

static void zero(uint8_t *there, size_t part, void *ours __unused)
{
	memset(there, 0, part);
}

size_t hvm_copy(void *ours, uint64_t guest, size_t size, bool to_guest)
{
	return for_each_part(guest, size, to_guest, to_guest ? copy_out : copy_in, ours);
}

size_t hvm_zero(uint64_t guest, size_t size)
{
	return for_each_part(guest, size, true, zero, NULL);
}
