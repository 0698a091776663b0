/* fifo.c - delivery by queues: an event word for each port, linked into a queue for each priority of a vcpu [pure] */
#include "event-channel/fifo.h"

#include "event-channel/ports.h"
#include "lib/errno.h"
#include "lib/types.h"

#define PENDING ((event_word_t)1 << EVTCHN_FIFO_PENDING)
#define MASKED	((event_word_t)1 << EVTCHN_FIFO_MASKED)
#define LINKED	((event_word_t)1 << EVTCHN_FIFO_LINKED)
#define BUSY	((event_word_t)1 << EVTCHN_FIFO_BUSY)

/* How often we try to write a link while the guest changes the same word, before we let the event wait. */
#define LINK_TRIES 4

static event_word_t *word_of(const struct fifo *f, uint32_t port)
{
	uint32_t page = port / FIFO_WORDS_PER_PAGE;

	return page < f->nr_pages ? &f->page[page][port % FIFO_WORDS_PER_PAGE] : NULL;
}

static event_word_t read_word(const event_word_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/*
 * Make the tail point at a new port. False: the guest has taken the tail off the queue, so the head must point there.
 * BUSY asks the guest to wait while it unmasks or clears. A guest that ignores it and changes the word all the time
 * gives itself an event it does not find; nobody else is concerned.
 */
static bool link_behind(event_word_t *tail, uint32_t port)
{
	event_word_t old = read_word(tail);

	for (int tries = 0; tries < LINK_TRIES; tries++) {
		if (!(old & LINKED)) {
			if (old & BUSY)
				__atomic_fetch_and(tail, ~BUSY, __ATOMIC_SEQ_CST);
			return false;
		}
		event_word_t new = (old & ~(BUSY | (event_word_t)EVTCHN_FIFO_LINK_MASK)) | port;

		if (__atomic_compare_exchange_n(tail, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return true;
		if (tries == 0)
			old = __atomic_or_fetch(tail, BUSY, __ATOMIC_SEQ_CST);
	}
	/* The last change may have been that it took the tail off. */
	return __atomic_fetch_and(tail, ~BUSY, __ATOMIC_SEQ_CST) & LINKED;
}

/* Append the port to its queue. True: the queue had been empty and its vcpu must look. */
static bool enqueue(struct fifo *f, struct port *p, uint32_t port, event_word_t *word)
{
	struct fifo_vcpu *v = p->vcpu < FIFO_VCPUS ? f->vcpu[p->vcpu] : NULL;

	if (!v) { /* its control block comes later */
		p->pended = true;
		return false;
	}
	/* If this port is still the tail of the queue it was in before, that queue must not be appended to behind it. */
	struct fifo_vcpu *before = p->queued_vcpu < FIFO_VCPUS ? f->vcpu[p->queued_vcpu] : NULL;
	bool moved = p->queued_vcpu != p->vcpu || p->queued_priority != p->priority;

	if (moved && before && before->tail[p->queued_priority] == port)
		before->tail[p->queued_priority] = 0;
	p->queued_vcpu = (uint16_t)p->vcpu;
	p->queued_priority = p->priority;

	/* LINKED before anybody can reach it, and no link of its own. */
	if (__atomic_fetch_or(word, LINKED, __ATOMIC_SEQ_CST) & LINKED)
		return false;
	__atomic_fetch_and(word, ~(event_word_t)EVTCHN_FIFO_LINK_MASK, __ATOMIC_SEQ_CST);

	uint32_t tail = v->tail[p->priority];
	event_word_t *tail_word = tail && tail != port ? word_of(f, tail) : NULL;
	bool linked = tail_word && link_behind(tail_word, port);

	if (!linked)
		__atomic_store_n(&v->control->head[p->priority], port, __ATOMIC_SEQ_CST);
	v->tail[p->priority] = port;
	if (linked)
		return false;
	uint32_t ready = __atomic_fetch_or(&v->control->ready, 1u << p->priority, __ATOMIC_SEQ_CST);

	return !(ready & (1u << p->priority));
}

bool fifo_raise(struct fifo *f, struct port *p, uint32_t port, bool *newly)
{
	event_word_t *word = word_of(f, port);

	if (!word) { /* the guest has not given us its page yet */
		*newly = !p->pended;
		p->pended = true;
		return false;
	}
	event_word_t old = __atomic_fetch_or(word, PENDING, __ATOMIC_SEQ_CST);

	*newly = !(old & PENDING);
	if (old & (MASKED | LINKED))
		return false;
	return enqueue(f, p, port, word);
}

bool fifo_unmask(struct fifo *f, struct port *p, uint32_t port)
{
	event_word_t *word = word_of(f, port);

	if (!word)
		return false;
	event_word_t old = __atomic_fetch_and(word, ~MASKED, __ATOMIC_SEQ_CST);

	if (!(old & PENDING) || (old & LINKED))
		return false;
	return enqueue(f, p, port, word);
}

void fifo_clear(struct fifo *f, struct port *p, uint32_t port)
{
	event_word_t *word = word_of(f, port);

	p->pended = false;
	if (word)
		__atomic_fetch_and(word, ~PENDING, __ATOMIC_SEQ_CST);
}

bool fifo_is_pending(const struct fifo *f, const struct port *p, uint32_t port)
{
	const event_word_t *word = word_of(f, port);

	return word ? read_word(word) & PENDING : p->pended;
}

bool fifo_is_masked(const struct fifo *f, uint32_t port)
{
	const event_word_t *word = word_of(f, port);

	return !word || read_word(word) & MASKED;
}

bool fifo_is_linked(const struct fifo *f, uint32_t port)
{
	const event_word_t *word = word_of(f, port);

	return word && read_word(word) & LINKED;
}

int fifo_add_page(struct fifo *f, event_word_t *page)
{
	if (f->nr_pages >= FIFO_PAGES)
		return -ENOSPC;
	f->page[f->nr_pages] = page;
	f->nr_pages++;
	return 0;
}

int fifo_add_vcpu(struct fifo *f, uint32_t vcpu, struct fifo_vcpu *state, struct evtchn_fifo_control_block *control)
{
	if (vcpu >= FIFO_VCPUS || f->vcpu[vcpu])
		return -EINVAL;
	*state = (struct fifo_vcpu){.control = control};
	f->vcpu[vcpu] = state;
	return 0;
}
