/* vcpus.c - a test guest's other vcpus */
#include "hvm.h"

extern uint8_t guest_stacks[GUEST_VCPUS][GUEST_STACK_SIZE];
extern struct trap_info guest_traps[257];
void guest_vcpu_entry(void), guest_event_callback(void), guest_failsafe_callback(void), guest_syscall_callback(void);
void guest_vcpu_main(void) __attribute__((noreturn));
void hvm_start_vcpu(unsigned id);

static struct job {
	bool initialised;
	void (*f)(void *);
	void *argument;
} jobs[GUEST_VCPUS];

unsigned my_vcpu(void)
{
	uint64_t sp = (uint64_t)__builtin_frame_address(0) - (uint64_t)guest_stacks;

	return sp < sizeof(guest_stacks) ? (unsigned)(sp / GUEST_STACK_SIZE) : 0;
}

/* A vcpu that comes up again goes on behind its going down. */
void guest_vcpu_main(void)
{
	for (;;) {
		struct job *job = &jobs[my_vcpu()];

		job->f(job->argument);
		(void)CALL3(vcpu_op, VCPUOP_down, my_vcpu(), NULL);
	}
}

static void initialise(unsigned id)
{
	static struct vcpu_guest_context c;
	long ret;

	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel;
	c.user_regs.rip = (uint64_t)guest_vcpu_entry;
	c.user_regs.cs = GUEST_CS;
	c.user_regs.ss = GUEST_SS;
	c.user_regs.rflags = 0x202;
	c.user_regs.rsp = (uint64_t)guest_stacks[id] + GUEST_STACK_SIZE / 2;
	memcpy(c.trap_ctxt, guest_traps, sizeof(c.trap_ctxt));
	c.kernel_ss = GUEST_SS;
	c.kernel_sp = (uint64_t)guest_stacks[id] + GUEST_STACK_SIZE;
	c.ctrlreg[3] = machine_of((void *)start_info->pt_base);
	c.event_callback_eip = (uint64_t)guest_event_callback;
	c.failsafe_callback_eip = (uint64_t)guest_failsafe_callback;
	c.syscall_callback_eip = (uint64_t)guest_syscall_callback;
	shared->vcpu_info[id].evtchn_upcall_mask = 1;
	ret = CALL3(vcpu_op, VCPUOP_initialise, id, &c);
	if (ret == -XEN_ENOENT)
		skip("there is no vcpu %u", id);
	NEED(!ret, "vcpu %u: %ld", id, ret);
}

void start_vcpu(unsigned id, void (*f)(void *), void *argument)
{
	struct job *job = &jobs[id];

	NEED(id && id < GUEST_VCPUS, "no stack for vcpu %u", id);
	if (!job->initialised && guest_is_hvm)
		hvm_start_vcpu(id);
	else if (!job->initialised)
		initialise(id);
	*job = (struct job){true, f, argument};
	NEED(!CALL3(vcpu_op, VCPUOP_up, id, NULL), "vcpu %u does not come up", id);
}

void join_vcpu(unsigned id)
{
	while (CALL3(vcpu_op, VCPUOP_is_up, id, NULL) == 1)
		yield();
}

void meet(struct barrier *b, unsigned n)
{
	unsigned round = __atomic_load_n(&b->round, __ATOMIC_SEQ_CST);

	if (__atomic_add_fetch(&b->come, 1, __ATOMIC_SEQ_CST) == n) {
		b->come = 0;
		__atomic_store_n(&b->round, round + 1, __ATOMIC_SEQ_CST);
		return;
	}
	while (__atomic_load_n(&b->round, __ATOMIC_SEQ_CST) == round)
		relax();
}

void yield(void)
{
	(void)CALL2(sched_op, SCHEDOP_yield, NULL);
}

void nap(uint64_t ns)
{
	struct sched_poll poll = {.timeout = now() + ns};

	(void)CALL2(sched_op, SCHEDOP_poll, &poll);
}

uint64_t now(void)
{
	const volatile struct vcpu_time_info *t = &my_info->time;
	uint64_t ticks, ns;
	uint32_t version, low, high;

	do {
		version = t->version;
		__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
		ticks = ((uint64_t)high << 32 | low) - t->tsc_timestamp;
		ticks = t->tsc_shift < 0 ? ticks >> -t->tsc_shift : ticks << t->tsc_shift;
		ns = t->system_time + (uint64_t)((unsigned __int128)ticks * t->tsc_to_system_mul >> 32);
		__asm__ volatile("lfence" ::: "memory");
	} while ((version & 1) || version != t->version);
	return ns;
}
