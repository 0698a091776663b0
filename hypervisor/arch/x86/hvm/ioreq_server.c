/* ioreq_server.c - the servers of a domain's accesses: their pages, ports and ranges */
#include <xen/memory.h>

#include "arch/x86/hvm/ioreq_server.h"
#include "kern/event.h"
#include "kern/event_ops.h"
#include "kern/memory.h"
#include "lib/errno.h"

_Static_assert(MAX_VCPUS * sizeof(struct ioreq) <= PAGE_SIZE, "a page has a slot for each vcpu");

struct hvm_ioreq_server *ioreq_server(struct hvm_domain *h, uint16_t id)
{
	return id < HVM_IOREQ_SERVERS ? h->ioreq[id] : NULL;
}

/* ---- ranges ---------------------------------------------------------------------------------------------------- */

static unsigned kind_of(const struct hvm_access *a)
{
	switch (a->type) {
	case IOREQ_TYPE_PIO:
		return XEN_DMOP_IO_RANGE_PORT;
	case IOREQ_TYPE_COPY:
		return XEN_DMOP_IO_RANGE_MEMORY;
	default:
		return XEN_DMOP_IO_RANGE_PCI;
	}
}

/* All that a string instruction touches from `address` on. */
static bool has_memory(const struct hvm_ioreq_server *s, uint64_t address, const struct hvm_access *a)
{
	uint64_t before = a->down ? (uint64_t)(a->count - 1) * a->size : 0;
	uint64_t first = address - before, last = first + (uint64_t)a->count * a->size - 1;

	return rangeset_contains(&s->ranges[XEN_DMOP_IO_RANGE_MEMORY], first, last);
}

static bool has_all(const struct hvm_ioreq_server *s, const struct hvm_access *a)
{
	unsigned kind = kind_of(a);

	if (kind == XEN_DMOP_IO_RANGE_MEMORY)
		return has_memory(s, a->address, a) && (!a->from_device || has_memory(s, a->value, a));
	if (kind == XEN_DMOP_IO_RANGE_PCI)
		return rangeset_contains(&s->ranges[kind], a->address >> 32, a->address >> 32);
	return rangeset_contains(&s->ranges[kind], a->address, a->address + a->size - 1);
}

struct hvm_ioreq_server *ioreq_server_for(struct hvm_domain *h, const struct hvm_access *a)
{
	for (unsigned i = 0; i < HVM_IOREQ_SERVERS; i++) {
		struct hvm_ioreq_server *s = h->ioreq[i];

		if (s && s->enabled && has_all(s, a))
			return s;
	}
	return NULL;
}

static int add_range(struct hvm_domain *h, struct hvm_ioreq_server *s, const struct xen_dm_op_ioreq_server_range *r)
{
	for (unsigned i = 0; i < HVM_IOREQ_SERVERS; i++)
		if (h->ioreq[i] && rangeset_overlaps(&h->ioreq[i]->ranges[r->type], r->start, r->end))
			return -EEXIST;
	return rangeset_add(&s->ranges[r->type], r->start, r->end);
}

static int remove_range(struct hvm_ioreq_server *s, const struct xen_dm_op_ioreq_server_range *r)
{
	if (!rangeset_contains(&s->ranges[r->type], r->start, r->end))
		return -ENOENT;
	return rangeset_remove(&s->ranges[r->type], r->start, r->end);
}

/* What is done to one server, by an expression of `s` that is 0 or an error. */
#define with_server(d, id, action)                                                                                     \
	({                                                                                                             \
		struct hvm_domain *h = (d)->hvm;                                                                       \
		spin_lock(&h->ioreq_lock);                                                                             \
		struct hvm_ioreq_server *s = ioreq_server(h, id);                                                      \
		int ret_ = s ? (action) : -ENOENT;                                                                     \
		spin_unlock(&h->ioreq_lock);                                                                           \
		ret_;                                                                                                  \
	})

int hvm_ioreq_add_range(struct domain *d, const struct xen_dm_op_ioreq_server_range *r)
{
	if (r->type >= IOREQ_KINDS)
		return -EINVAL;
	return with_server(d, r->id, add_range(h, s, r));
}

int hvm_ioreq_remove_range(struct domain *d, const struct xen_dm_op_ioreq_server_range *r)
{
	if (r->type >= IOREQ_KINDS)
		return -EINVAL;
	return with_server(d, r->id, remove_range(s, r));
}

int hvm_ioreq_enable(struct domain *d, uint16_t id, bool enabled)
{
	return with_server(d, id, (s->enabled = enabled, 0));
}

int hvm_ioreq_port(struct domain *d, uint16_t id, uint32_t *port)
{
	return with_server(d, id, (*port = s->buffered_port, 0));
}

static int frame_of(const struct hvm_ioreq_server *s, uint64_t frame, mfn_t *m)
{
	if (frame > XENMEM_resource_ioreq_server_frame_ioreq(0))
		return -EINVAL;
	*m = virt_to_mfn(frame == XENMEM_resource_ioreq_server_frame_bufioreq ? (void *)s->buffered : s->slots);
	return 0;
}

int hvm_ioreq_frame(struct domain *d, uint16_t id, uint64_t frame, mfn_t *m)
{
	return with_server(d, id, frame_of(s, frame, m));
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static void free_server(struct domain *d, struct hvm_ioreq_server *s)
{
	for (unsigned i = 0; i < d->max_vcpus; i++)
		if (s->port[i])
			(void)event_close(d, s->port[i]);
	if (s->buffered_port)
		(void)event_close(d, s->buffered_port);
	if (s->buffered)
		page_unshare(s->buffered);
	if (s->slots)
		page_unshare(s->slots);
	heap_free(s, sizeof(*s));
}

static void *shared_page(struct domain *d)
{
	void *page = pages_alloc(0);

	if (page)
		page_share(page, d, true);
	return page;
}

/* A port of each vcpu's, whose events wake it and are not the guest's. */
static int make_ports(struct domain *d, struct domain *by, struct hvm_ioreq_server *s)
{
	struct vcpu *v;
	int port = event_alloc_unbound(d, by->id);

	if (port < 0)
		return port;
	s->buffered_port = (uint32_t)port;
	for_each_vcpu (d, v) {
		port = event_alloc_answer(v, by->id);
		if (port < 0)
			return port;
		s->port[v->id] = s->slots->vcpu_ioreq[v->id].vp_eport = (uint32_t)port;
	}
	return 0;
}

static int fill_server(struct domain *d, struct domain *by, struct hvm_ioreq_server *s)
{
	for (unsigned i = 0; i < IOREQ_KINDS; i++)
		rangeset_init(&s->ranges[i], s->storage[i], IOREQ_RANGES);
	s->slots = shared_page(d);
	s->buffered = shared_page(d);
	return s->slots && s->buffered ? make_ports(d, by, s) : -ENOMEM;
}

/* Not in a dying domain: whoever takes its servers away has been there, or finds this one. */
static int enlist(struct domain *d, struct hvm_ioreq_server *s)
{
	struct hvm_domain *h = d->hvm;
	int ret = -ENOSPC;

	spin_lock(&h->ioreq_lock);
	if (__atomic_load_n(&d->dying, __ATOMIC_SEQ_CST))
		ret = -EINVAL;
	for (uint16_t i = 0; ret == -ENOSPC && i < HVM_IOREQ_SERVERS; i++) {
		if (h->ioreq[i])
			continue;
		s->id = i;
		h->ioreq[i] = s;
		ret = 0;
	}
	spin_unlock(&h->ioreq_lock);
	return ret;
}

int hvm_ioreq_create(struct domain *d, struct domain *by, uint16_t *id)
{
	struct hvm_ioreq_server *s = heap_alloc(sizeof(*s));
	int ret;

	if (!s)
		return -ENOMEM;
	ret = fill_server(d, by, s);
	if (!ret)
		ret = enlist(d, s);
	if (ret)
		free_server(d, s);
	else
		*id = s->id;
	return ret;
}

int hvm_ioreq_destroy(struct domain *d, uint16_t id)
{
	struct hvm_domain *h = d->hvm;
	struct hvm_ioreq_server *s;
	struct vcpu *v;

	spin_lock(&h->ioreq_lock);
	s = ioreq_server(h, id);
	if (s)
		h->ioreq[id] = NULL;
	spin_unlock(&h->ioreq_lock);
	if (!s)
		return -ENOENT;
	free_server(d, s);
	for_each_vcpu (d, v)
		hvm_io_answered(v); /* who waits for it finds that it has gone */
	return 0;
}
