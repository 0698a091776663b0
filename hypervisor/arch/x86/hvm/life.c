/* life.c - the beginning and the end of a domain under hardware virtualization and of its vcpus */
#include <xen/sched.h>

#include "arch/x86/cpu.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hvm/devices.h"
#include "arch/x86/hvm/ioreq.h"
#include "kern/memory.h"
#include "lib/errno.h"

int hvm_domain_init(struct domain *d)
{
	if (!hvm)
		return -EOPNOTSUPP;
	d->hvm = heap_alloc(sizeof(*d->hvm));
	if (!d->hvm)
		return -ENOMEM;
	d->hvm->params[HVM_PARAM_TRIPLE_FAULT_REASON] = SHUTDOWN_reboot;
	hvm_memory_init(d);
	return 0;
}

void hvm_stop_devices(struct domain *d)
{
	for (uint16_t id = 0; id < HVM_IOREQ_SERVERS; id++)
		(void)hvm_ioreq_destroy(d, id);
	hvm_devices_stop(d);
}

void hvm_domain_free(struct domain *d)
{
	struct work unlimited = WORK_UNLIMITED;

	if (!d->hvm)
		return;
	hvm_relinquish(d, &unlimited); /* of one that was discarded before it had anything there is little */
	hvm_devices_free(d);
	heap_free(d->hvm, sizeof(*d->hvm));
	d->hvm = NULL;
}

int hvm_vcpu_init(struct vcpu *v)
{
	int ret;

	v->hvm = heap_alloc(sizeof(*v->hvm));
	if (!v->hvm)
		return -ENOMEM;
	timer_init(&v->hvm->lapic_timer, hvm_lapic_timer, v);
	v->loaded_cpu = MAX_CPUS;
	v->info->evtchn_upcall_mask = 0; /* such a guest masks by its flags */
	ret = fpu_create(v);
	if (!ret)
		ret = hvm->create(v);
	if (!ret)
		hvm_reset(v);
	return ret;
}

void hvm_vcpu_free(struct vcpu *v)
{
	if (!v->hvm)
		return;
	timer_stop(&v->hvm->lapic_timer);
	hvm->destroy(v);
	fpu_destroy(v);
	heap_free(v->hvm, sizeof(*v->hvm));
	v->hvm = NULL;
}
