/* params.c - HVM_PARAM_*: what the tools tell a domain, and what it tells us about how it wants its events */
#include "arch/x86/hvm/hvm.h"
#include "kern/event.h"
#include "lib/errno.h"

#define CALLBACK_TYPE(value) ((value) >> 56)
#define CALLBACK_TYPE_VECTOR 2
#define FIRST_VECTOR	     0x10

/* Who may set a parameter, and whether its value is more than a note to the guest. */
enum kind {
	NOT_THERE,
	TOOLS, /* the tools set it, the guest may read it */
	GUEST, /* both */
};

static const uint8_t kinds[HVM_NR_PARAMS] = {
	[HVM_PARAM_CALLBACK_IRQ] = GUEST,
	[HVM_PARAM_STORE_PFN] = TOOLS,
	[HVM_PARAM_STORE_EVTCHN] = TOOLS,
	[HVM_PARAM_PAE_ENABLED] = TOOLS,
	[HVM_PARAM_CONSOLE_PFN] = TOOLS,
	[HVM_PARAM_CONSOLE_EVTCHN] = TOOLS,
	[HVM_PARAM_TIMER_MODE] = TOOLS,
	[HVM_PARAM_TRIPLE_FAULT_REASON] = TOOLS,
	[HVM_PARAM_VM_GENERATION_ID_ADDR] = TOOLS,
};

static long set_callback(struct domain *d, uint64_t value)
{
	struct vcpu *v;

	if (!value) {
		d->hvm->callback_vector = 0;
		return 0;
	}
	/* GSIs and INTx lines come from an interrupt controller, of which there is none. */
	if (CALLBACK_TYPE(value) != CALLBACK_TYPE_VECTOR)
		return -EOPNOTSUPP;
	if ((value & 0xff) < FIRST_VECTOR)
		return -EINVAL;
	__atomic_store_n(&d->hvm->callback_vector, (uint8_t)value, __ATOMIC_SEQ_CST);
	for_each_vcpu (d, v)
		vcpu_kick(v);
	return 0;
}

/* Values that mean something to us. */
static long check(struct domain *d, uint32_t index, uint64_t value)
{
	switch (index) {
	case HVM_PARAM_CALLBACK_IRQ:
		return set_callback(d, value);
	case HVM_PARAM_TIMER_MODE:
		return value > HVMPTM_one_missed_tick_pending ? -EINVAL : 0;
	case HVM_PARAM_TRIPLE_FAULT_REASON:
		return value > 5 ? -EINVAL : 0; /* SHUTDOWN_* */
	default:
		return 0;
	}
}

long hvm_set_param(struct domain *d, uint32_t index, uint64_t value)
{
	long ret;

	if (index >= HVM_NR_PARAMS)
		return -EINVAL;
	if (kinds[index] == NOT_THERE)
		return -EOPNOTSUPP;
	if (kinds[index] == TOOLS && !current->domain->privileged)
		return -EPERM;
	ret = check(d, index, value);
	if (!ret)
		__atomic_store_n(&d->hvm->params[index], value, __ATOMIC_RELEASE);
	return ret;
}

long hvm_get_param(struct domain *d, uint32_t index, uint64_t *value)
{
	if (index >= HVM_NR_PARAMS)
		return -EINVAL;
	if (kinds[index] == NOT_THERE)
		return -EOPNOTSUPP;
	*value = __atomic_load_n(&d->hvm->params[index], __ATOMIC_ACQUIRE);
	return 0;
}

int hvm_set_upcall_vector(struct domain *d, uint32_t vcpu, uint8_t vector)
{
	struct vcpu *v = vcpu < d->max_vcpus ? d->vcpu[vcpu] : NULL;

	if (!v)
		return -ENOENT;
	if (vector < FIRST_VECTOR)
		return -EINVAL;
	v->hvm->upcall_vector = vector;
	/* What is pending already comes by the new way. */
	if (__atomic_load_n(&v->info->evtchn_upcall_pending, __ATOMIC_ACQUIRE)) {
		hvm_upcall(v);
		vcpu_kick(v);
	}
	return 0;
}
