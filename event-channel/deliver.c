/* deliver.c - making an event pending where its guest looks for it [pure] */
#include "event-channel/deliver.h"

#include "event-channel/fifo.h"
#include "lib/bitmap.h"

/* True: the upcall had not been pending. */
static bool upcall(struct vcpu_info *info)
{
	return !__atomic_exchange_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}

/* Tell the vcpu that the port's word has something. */
static bool select_word(struct vcpu_info *info, uint32_t port)
{
	return !bit_test_and_set_atomic(&info->evtchn_pending_sel, port / BITS_PER_LONG) && upcall(info);
}

struct delivery deliver_raise(const struct evtchn_table *t, struct shared_info *shared, struct vcpu_info *info,
			      uint32_t port)
{
	struct delivery result = {false, false};

	if (t->fifo) {
		if (fifo_raise(t->fifo, ports_get(t, port), port, &result.newly))
			result.kick = upcall(info);
		return result;
	}
	if (port >= EVTCHN_2L_NR_CHANNELS || bit_test_and_set_atomic(shared->evtchn_pending, port))
		return result;
	result.newly = true;
	if (!bit_test_atomic(shared->evtchn_mask, port))
		result.kick = select_word(info, port);
	return result;
}

struct delivery deliver_unmask(const struct evtchn_table *t, struct shared_info *shared, struct vcpu_info *info,
			       uint32_t port)
{
	struct delivery result = {false, false};

	if (t->fifo) {
		if (fifo_unmask(t->fifo, ports_get(t, port), port))
			result.kick = upcall(info);
		return result;
	}
	if (port < EVTCHN_2L_NR_CHANNELS && bit_test_and_clear_atomic(shared->evtchn_mask, port) &&
	    bit_test_atomic(shared->evtchn_pending, port))
		result.kick = select_word(info, port);
	return result;
}

void deliver_clear(const struct evtchn_table *t, struct shared_info *shared, uint32_t port)
{
	if (t->fifo)
		fifo_clear(t->fifo, ports_get(t, port), port);
	else if (port < EVTCHN_2L_NR_CHANNELS)
		bit_clear_atomic(shared->evtchn_pending, port);
}

bool deliver_is_pending(const struct evtchn_table *t, const struct shared_info *shared, uint32_t port)
{
	if (t->fifo)
		return fifo_is_pending(t->fifo, ports_get(t, port), port);
	return port < EVTCHN_2L_NR_CHANNELS && bit_test_atomic(shared->evtchn_pending, port);
}

bool deliver_is_masked(const struct evtchn_table *t, const struct shared_info *shared, uint32_t port)
{
	if (t->fifo)
		return fifo_is_masked(t->fifo, port);
	return port >= EVTCHN_2L_NR_CHANNELS || bit_test_atomic(shared->evtchn_mask, port);
}

void deliver_rescan(struct vcpu_info *info)
{
	__atomic_store_n(&info->evtchn_pending_sel, ~0UL, __ATOMIC_SEQ_CST);
	__atomic_store_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}
