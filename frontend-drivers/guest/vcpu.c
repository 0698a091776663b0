/* vcpu.c - the other vcpus: each is described as a whole, and then started */
#include "frontend-drivers/guest/kernel.h"
#include "frontend-drivers/guest/library.h"

static uint32_t nr_up = 1;

void vcpu_main(void);

uint32_t os_vcpus(void)
{
	return __atomic_load_n(&nr_up, __ATOMIC_ACQUIRE);
}

/* Where a new vcpu begins (entry.S): its first thread has nothing to do, and leaves the vcpu to others. */
void vcpu_main(void)
{
	__atomic_fetch_add(&nr_up, 1, __ATOMIC_ACQ_REL);
	events_restore(false);
	thread_exit();
}

static bool start(uint32_t vcpu)
{
	static struct vcpu_guest_context context;
	struct thread *t;

	if (CALL3(vcpu_op, VCPUOP_is_up, vcpu, NULL) < 0)
		return false; /* there are no more */
	t = thread_of_vcpu(vcpu);
	vcpu_timers_init(vcpu);
	context = (struct vcpu_guest_context){.flags = VGCF_in_kernel | VGCF_online};
	context.user_regs.rip = (uint64_t)vcpu_entry;
	context.user_regs.rsp = (uint64_t)stack_top(t);
	context.user_regs.rflags = 0x200;
	context.user_regs.cs = FLAT_KERNEL_CS64;
	context.user_regs.ss = FLAT_KERNEL_SS64;
	context.kernel_ss = FLAT_KERNEL_SS64;
	context.kernel_sp = (uint64_t)stack_top(t);
	context.ctrlreg[3] = xen_pfn_to_cr3(mfn_of((void *)start_info->pt_base));
	context.fs_base = library_fs_base();
	trap_describe(&context);
	if (CALL3(vcpu_op, VCPUOP_initialise, vcpu, &context) || CALL3(vcpu_op, VCPUOP_up, vcpu, NULL))
		panic("vcpu %u cannot be started", vcpu);
	return true;
}

void vcpus_start(void)
{
	uint32_t vcpu = 1;

	while (vcpu < VCPUS_MOST && start(vcpu)) {
		vcpu++;
		while (os_vcpus() < vcpu)
			CALL2(sched_op, SCHEDOP_yield, NULL);
	}
}
