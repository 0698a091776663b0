/* foreign.c - whose page tables and whose frames a page-table call is about */
#include <xen/xen.h>

#include "call/call.h"
#include "call/foreign.h"

/* DOMID_SELF is the caller; any other needs privilege, and a reference is taken. */
static int find(uint16_t id, struct domain **d)
{
	struct domain *self = current->domain;

	if (id == DOMID_SELF || id == self->id) {
		domain_ref(self);
		*d = self;
		return 0;
	}
	if (!self->privileged)
		return -EPERM;
	*d = domain_get(id);
	return *d ? 0 : -ESRCH;
}

int foreign_begin(struct foreign *f, uint32_t word)
{
	uint16_t frames = word & 0xffff, tables = word >> 16;
	int ret = find((uint16_t)(tables ? tables - 1u : DOMID_SELF), &f->tables);

	if (ret)
		return ret;
	if (domain_is_hvm(f->tables)) { /* it has none that we know of */
		domain_put(f->tables);
		return -EINVAL;
	}
	if (frames == DOMID_IO) {
		f->frames = NULL;
		f->target = DOMID_IO;
		return 0;
	}
	ret = find(frames, &f->frames);
	if (ret)
		domain_put(f->tables);
	else
		f->target = f->frames->id;
	return ret;
}

void foreign_end(struct foreign *f)
{
	if (f->frames)
		domain_put(f->frames);
	domain_put(f->tables);
}

int foreign_vcpus_to_cpus(struct domain *d, const void *vcpu_bitmap, uint64_t *mask)
{
	uint64_t bits[MAX_VCPUS / 64] = {0};
	struct vcpu *v;

	*mask = 0;
	if (guest_read(bits, vcpu_bitmap, DIV_ROUND_UP(d->max_vcpus, 8)))
		return -EFAULT;
	for_each_vcpu (d, v)
		if (bits[v->id / 64] >> (v->id % 64) & 1)
			*mask |= BIT(v->processor);
	*mask &= __atomic_load_n(&d->cpu_mask, __ATOMIC_SEQ_CST);
	return 0;
}
