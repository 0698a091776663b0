/* event.c - event channels, delivered in two levels: a bit for each port, and one for each word of these */
#include "frontend-drivers/guest/kernel.h"
#include "lib/errno.h"

#define PORTS 256 /* a port beyond is refused: nothing here has so many */

static struct {
	void (*handler)(void *);
	void *argument;
} ports[PORTS];

static struct vcpu_info *this_vcpu(void)
{
	return &shared->vcpu_info[os_vcpu()];
}

bool events_mask(void)
{
	struct vcpu_info *v = this_vcpu();
	bool was = v->evtchn_upcall_mask;

	__atomic_store_n(&v->evtchn_upcall_mask, 1, __ATOMIC_SEQ_CST);
	return was;
}

void events_restore(bool masked)
{
	struct vcpu_info *v = this_vcpu();

	if (masked)
		return;
	__atomic_store_n(&v->evtchn_upcall_mask, 0, __ATOMIC_SEQ_CST);
	/* What came meanwhile is delivered on the next way out of the hypervisor, so go there. */
	if (v->evtchn_upcall_pending)
		CALL2(xen_version, XENVER_version, NULL);
}

void events_init(void)
{
	for (unsigned int i = 0; i < 64; i++)
		shared->evtchn_mask[i] = ~0ul;
	for (unsigned int i = 0; i < VCPUS_MOST; i++)
		shared->vcpu_info[i].evtchn_upcall_mask = 1;
}

void events_deliver(void)
{
	struct vcpu_info *v = this_vcpu();
	unsigned long words, bits;

	while (__atomic_exchange_n(&v->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST)) {
		words = __atomic_exchange_n(&v->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
		for (; words; words &= words - 1) {
			unsigned int word = (unsigned int)__builtin_ctzl(words);

			bits = shared->evtchn_pending[word] & ~shared->evtchn_mask[word];
			__atomic_fetch_and(&shared->evtchn_pending[word], ~bits, __ATOMIC_SEQ_CST);
			for (; bits; bits &= bits - 1) {
				unsigned int port = word * 64 + (unsigned int)__builtin_ctzl(bits);

				if (port < PORTS && ports[port].handler)
					ports[port].handler(ports[port].argument);
			}
		}
	}
}

void os_event_handle(uint32_t port, void (*handler)(void *), void *argument)
{
	struct evtchn_unmask unmask = {port};

	if (port >= PORTS)
		panic("port %u is beyond what this kernel has", port);
	ports[port].argument = argument;
	__atomic_store_n(&ports[port].handler, handler, __ATOMIC_RELEASE);
	CALL2(event_channel_op, EVTCHNOP_unmask, &unmask);
}

int os_event_alloc(uint16_t domid, void (*handler)(void *), void *argument)
{
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = domid};
	long err = CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &a);

	if (err)
		return (int)err;
	os_event_handle(a.port, handler, argument);
	return (int)a.port;
}

void os_event_send(uint32_t port)
{
	struct evtchn_send send = {port};

	/* An error says that there is nobody at the other end: nothing is lost. */
	CALL2(event_channel_op, EVTCHNOP_send, &send);
}

void os_event_close(uint32_t port)
{
	struct evtchn_close close = {port};

	__atomic_fetch_or(&shared->evtchn_mask[port / 64], BIT(port % 64), __ATOMIC_SEQ_CST);
	ports[port].handler = NULL;
	CALL2(event_channel_op, EVTCHNOP_close, &close);
}

int event_bind_virq(uint32_t virq, uint32_t vcpu, void (*handler)(void *), void *argument)
{
	struct evtchn_bind_virq b = {.virq = virq, .vcpu = vcpu};
	long err = CALL2(event_channel_op, EVTCHNOP_bind_virq, &b);

	if (!err)
		os_event_handle(b.port, handler, argument);
	return err ? (int)err : (int)b.port;
}

int event_bind_ipi(uint32_t vcpu, void (*handler)(void *), void *argument)
{
	struct evtchn_bind_ipi b = {.vcpu = vcpu};
	long err = CALL2(event_channel_op, EVTCHNOP_bind_ipi, &b);

	if (!err)
		os_event_handle(b.port, handler, argument);
	return err ? (int)err : (int)b.port;
}
