/* event_fifo.c - a domain's event words and control blocks: pages of its own that we keep writable
 *
 * Each page holds a reference and a writable type from the moment the guest names it until the domain goes back to
 * two-level delivery or ends, so that it cannot become a page table or somebody else's while we write to it.
 */
#include "event-channel/fifo.h"

#include "event-channel/deliver.h"
#include "event-channel/ports.h"
#include "kern/event.h"
#include "kern/event_ops.h"
#include "kern/memory.h"
#include "kern/mm.h"
#include "lib/errno.h"

/* Ports made under two-level delivery keep what is pending, and are raised again in the new way. */
static void carry_over(struct domain *d, struct fifo *fifo)
{
	struct evtchn_table *t = d->events;

	for (uint32_t port = 1; port < t->nr_buckets * PORTS_PER_BUCKET; port++) {
		struct port *p = ports_get(t, port);

		if (p->state != PORT_FREE && deliver_is_pending(t, d->shared_info, port))
			p->pended = true;
		p->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	}
	t->fifo = fifo;
	ports_set_limit(t, EVTCHN_FIFO_NR_CHANNELS);
}

/* Ports that were raised when there was no word or no control block for them. */
static void raise_pended(struct domain *d)
{
	struct evtchn_table *t = d->events;
	uint32_t words = t->fifo->nr_pages * (uint32_t)FIFO_WORDS_PER_PAGE;

	for (uint32_t port = 1; port < MIN(words, t->nr_buckets * PORTS_PER_BUCKET); port++) {
		struct port *p = ports_get(t, port);

		if (p->pended) {
			p->pended = false;
			event_raise_port(d, port);
		}
	}
}

/* The first control block of a domain switches it over. */
static int add_control(struct domain *d, uint32_t vcpu, struct evtchn_fifo_control_block *control)
{
	struct fifo *fifo = d->events->fifo, *fresh = NULL;
	struct fifo_vcpu *state = heap_alloc(sizeof(*state));

	if (!state)
		return -ENOMEM;
	if (!fifo)
		fifo = fresh = heap_alloc(sizeof(*fifo));
	int rc = fifo ? fifo_add_vcpu(fifo, vcpu, state, control) : -ENOMEM;

	if (rc) {
		heap_free(state, sizeof(*state));
		if (fresh)
			heap_free(fresh, sizeof(*fresh));
		return rc;
	}
	if (fresh)
		carry_over(d, fresh);
	else
		raise_pended(d);
	return 0;
}

int event_fifo_init_control(struct domain *d, uint32_t vcpu, uint64_t gfn, uint32_t offset)
{
	if (vcpu >= d->max_vcpus || !d->vcpu[vcpu])
		return -ENOENT;
	if (offset % 8 || offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block))
		return -EINVAL;
	mfn_t m;
	int rc = gfn_get(d, gfn, true, &m);

	if (rc)
		return rc;
	spin_lock(&d->event_lock);
	rc = d->dying ? -EINVAL : add_control(d, vcpu, (void *)((uint8_t *)mfn_to_virt(m) + offset));
	spin_unlock(&d->event_lock);
	if (rc)
		page_put_writable(m);
	return rc;
}

int event_fifo_expand_array(struct domain *d, uint64_t gfn)
{
	mfn_t m;
	int rc = gfn_get(d, gfn, true, &m);

	if (rc)
		return rc;
	spin_lock(&d->event_lock);
	if (d->dying)
		rc = -EINVAL;
	else if (!d->events->fifo)
		rc = -EOPNOTSUPP;
	else
		rc = fifo_add_page(d->events->fifo, mfn_to_virt(m));
	if (!rc)
		raise_pended(d);
	spin_unlock(&d->event_lock);
	if (rc)
		page_put_writable(m);
	return rc;
}

int event_fifo_set_priority(struct domain *d, uint32_t port, uint32_t priority)
{
	int rc = -EINVAL;

	spin_lock(&d->event_lock);
	struct port *p = ports_get(d->events, port);

	if (!d->events->fifo) {
		rc = -ENOSYS;
	} else if (p && p->state != PORT_FREE && p->state != PORT_RESERVED && priority <= EVTCHN_FIFO_PRIORITY_MIN) {
		p->priority = (uint8_t)priority;
		rc = 0;
	}
	spin_unlock(&d->event_lock);
	return rc;
}

void event_fifo_end(struct domain *d)
{
	struct fifo *fifo = d->events->fifo;

	d->events->fifo = NULL;
	if (!fifo)
		return;
	for (uint32_t i = 0; i < fifo->nr_pages; i++)
		page_put_writable(virt_to_mfn(fifo->page[i]));
	for (uint32_t i = 0; i < FIFO_VCPUS; i++) {
		if (!fifo->vcpu[i])
			continue;
		page_put_writable(virt_to_mfn(fifo->vcpu[i]->control));
		heap_free(fifo->vcpu[i], sizeof(*fifo->vcpu[i]));
	}
	heap_free(fifo, sizeof(*fifo));
}
