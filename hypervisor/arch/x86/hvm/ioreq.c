/* ioreq.c - a vcpu's accesses that a device model completes: asking, waiting, going on */
#include "arch/x86/hvm/ioreq.h"
#include "arch/x86/hvm/exit.h"
#include "arch/x86/hvm/ioreq_server.h"
#include "kern/event_ops.h"
#include "kern/sched.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLED BIT(31)

/* ---- asking ---------------------------------------------------------------------------------------------------- */

static bool has_server(const struct hvm_domain *h)
{
	for (unsigned i = 0; i < HVM_IOREQ_SERVERS; i++)
		if (__atomic_load_n(&h->ioreq[i], __ATOMIC_RELAXED))
			return true;
	return false;
}

/* Where there are device models, the register that chooses one of PCI's functions is kept here: none of them hears of it. */
static bool choose_function(struct vcpu *v, struct hvm_access *a)
{
	struct hvm_domain *h = v->domain->hvm;

	if (a->type != IOREQ_TYPE_PIO || a->address != CONFIG_ADDRESS || a->size != 4 || !has_server(h))
		return false;
	if (a->read)
		a->value = h->config_address;
	else
		h->config_address = (uint32_t)a->value;
	return true;
}

/* A port of PCI's configuration, once a function has been chosen, is that function's register. */
static void find_function(const struct vcpu *v, struct hvm_access *a)
{
	uint32_t chosen = v->domain->hvm->config_address;

	if (a->type != IOREQ_TYPE_PIO || a->address - CONFIG_DATA > 3 || !(chosen & CONFIG_ENABLED))
		return;
	a->type = IOREQ_TYPE_PCI_CONFIG;
	a->address = (uint64_t)(chosen >> 8 & 0xffff) << 32 | (chosen & 0xfc) | (a->address & 3);
}

static bool is_config_string(const struct hvm_access *a)
{
	return a->by_address && a->type == IOREQ_TYPE_PIO && a->address - CONFIG_ADDRESS < 8;
}

/* Fills the vcpu's slot. The lock of the servers is held. */
static void fill(struct ioreq *slot, const struct hvm_access *a)
{
	slot->addr = a->address;
	slot->data = a->value;
	slot->count = a->count;
	slot->size = a->size;
	slot->data_is_ptr = a->by_address;
	slot->dir = a->read ? IOREQ_READ : IOREQ_WRITE;
	slot->df = a->down;
	slot->type = a->type;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	slot->state = STATE_IOREQ_READY;
}

/* The event channel by which the server was asked; 0: there is none. */
static uint32_t ask(struct vcpu *v, struct hvm_access *a)
{
	struct hvm_domain *h = v->domain->hvm;
	struct hvm_ioreq_server *s;
	uint32_t port = 0;

	find_function(v, a);
	spin_lock(&h->ioreq_lock);
	s = ioreq_server_for(h, a);
	if (s) {
		port = s->port[v->id];
		fill(&s->slots->vcpu_ioreq[v->id], a);
		v->hvm->io.server = s->id;
	}
	spin_unlock(&h->ioreq_lock);
	return port;
}

bool hvm_io_has(struct vcpu *v, const struct hvm_access *a)
{
	struct hvm_domain *h = v->domain->hvm;
	bool has;

	spin_lock(&h->ioreq_lock);
	has = ioreq_server_for(h, a);
	spin_unlock(&h->ioreq_lock);
	return has;
}

enum hvm_io hvm_io(struct vcpu *v, struct hvm_access *a)
{
	struct hvm_io_state *io = &v->hvm->io;
	uint32_t port;

	if (is_config_string(a))
		return HVM_IO_NOBODY;
	if (choose_function(v, a))
		return HVM_IO_DONE;
	if (io->next < io->answered) {
		a->value = io->value[io->next++];
		return HVM_IO_DONE;
	}
	if (io->answered == HVM_IO_MOST)
		return HVM_IO_NOBODY;
	port = ask(v, a);
	if (!port)
		return HVM_IO_NOBODY;
	io->waiting = true;
	(void)event_send(v->domain, port); /* where nobody is bound to it any more, it waits for the server's end */
	return HVM_IO_WAIT;
}

/* ---- waiting and going on -------------------------------------------------------------------------------------- */

void hvm_io_begin(struct vcpu *v)
{
	v->hvm->io.next = v->hvm->io.answered = 0;
}

void hvm_io_answered(struct vcpu *v)
{
	uint32_t was = __atomic_fetch_and(&v->pause_flags, ~(uint32_t)VCPU_IOREQ, __ATOMIC_SEQ_CST);

	if (was & VCPU_IOREQ)
		vcpu_wake(v);
}

/* Is there an answer? If its server has gone: ones. */
static bool take_answer(struct vcpu *v)
{
	struct hvm_domain *h = v->domain->hvm;
	struct hvm_io_state *io = &v->hvm->io;
	uint64_t value = ~0ULL;
	bool there = true;

	spin_lock(&h->ioreq_lock);
	struct hvm_ioreq_server *s = ioreq_server(h, io->server);

	if (s) {
		struct ioreq *slot = &s->slots->vcpu_ioreq[v->id];

		there = slot->state == STATE_IORESP_READY;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		value = slot->data;
		if (there)
			slot->state = STATE_IOREQ_NONE;
	}
	spin_unlock(&h->ioreq_lock);
	if (there) {
		io->waiting = false;
		io->value[io->answered++] = value;
		io->next = 0;
	}
	return there;
}

static void handle_again(struct vcpu *v)
{
	struct hvm_io_state *io = &v->hvm->io;

	if (io->is_port)
		hvm_redo_port(v, &io->port);
	else
		hvm_redo_memory(v, io->address, io->write);
}

bool hvm_io_resume(struct vcpu *v)
{
	while (v->hvm->io.waiting) {
		__atomic_fetch_or(&v->pause_flags, VCPU_IOREQ, __ATOMIC_SEQ_CST);
		if (take_answer(v)) {
			__atomic_fetch_and(&v->pause_flags, ~(uint32_t)VCPU_IOREQ, __ATOMIC_SEQ_CST);
			handle_again(v);
			continue;
		}
		/* Whoever answers from here on takes the flag off, and wakes it. */
		vcpu_sleep(v);
		if (__atomic_load_n(&v->pause_flags, __ATOMIC_SEQ_CST) & VCPU_IOREQ)
			return false;
	}
	return true;
}
