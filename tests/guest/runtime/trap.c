/* trap.c - a test guest's exceptions and callbacks, and code that is expected to end in one */
#include "guest.h"

struct attempt {
	uint64_t rsp; /* entry.S */
	struct outcome outcome;
};

bool attempt_at(struct attempt *a, void (*f)(void *), void *argument);
void attempt_ended(const struct attempt *a) __attribute__((noreturn));
void guest_trap(struct trap_frame *f);
void guest_trap_init(void);
void guest_event_callback(void), guest_failsafe_callback(void), guest_syscall_callback(void);
extern const uint8_t guest_trap_stubs[256][16];
extern uint8_t guest_stacks[GUEST_VCPUS][GUEST_STACK_SIZE];

struct trap_info guest_traps[257];
bool (*on_trap)(struct trap_frame *f);
uint64_t guest_failsafe_selectors[4];
static struct attempt *current_attempt[GUEST_VCPUS];

uint64_t trap_stub(uint8_t vector)
{
	return (uint64_t)guest_trap_stubs[vector];
}

void guest_trap(struct trap_frame *f)
{
	unsigned id = my_vcpu();
	struct attempt *a = current_attempt[id];
	struct vcpu_info *info = &shared->vcpu_info[id];

	if (on_trap && on_trap(f))
		return;
	if (!a) {
		uint64_t cr2;

		__asm__ volatile("mov %%cr2, %0" : "=r"(cr2)); /* the vcpu_info may be elsewhere */
		failure("trap %#lx (error code %#lx) at %#lx, rsp %#lx, cr2 %#lx", f->vector, f->error_code, f->rip,
			f->rsp, cr2);
		skip("nothing can be said after that");
	}
	current_attempt[id] = NULL;
	a->outcome = (struct outcome){.vector = (int)f->vector, .cr2 = info->arch.cr2, .at = *f};
	info->evtchn_upcall_mask = (uint8_t)f->saved_mask;
	attempt_ended(a);
}

struct outcome attempt(void (*f)(void *), void *argument)
{
	struct attempt a = {.outcome.vector = TRAP_NONE};

	struct attempt **mine = &current_attempt[my_vcpu()];

	NEED(!*mine, "attempts do not nest");
	*mine = &a;
	(void)attempt_at(&a, f, argument);
	*mine = NULL;
	return a.outcome;
}

static void do_iret(void *frame)
{
	guest_iret(frame);
}

struct outcome attempt_iret(struct iret_context frame)
{
	/* Below the frame nothing is lost when the hypervisor puts a frame of its own there. */
	static struct iret_context copies[GUEST_VCPUS][8] __attribute__((aligned(64)));
	struct iret_context *copy = copies[my_vcpu()];

	copy[7] = frame;
	return attempt(do_iret, &copy[7]);
}

struct outcome attempt_user(uint64_t rip, uint64_t rsp)
{
	return attempt_iret((struct iret_context){
		.rip = rip, .cs = FLAT_USER_CS64, .rflags = 0x202, .rsp = rsp, .ss = FLAT_USER_SS64});
}

void set_trap_gate(uint8_t vector, uint8_t flags, uint64_t address)
{
	struct trap_info t[2] = {{vector, flags, GUEST_CS, address}};

	NEED(!CALL1(set_trap_table, t), "vector %u cannot be set", vector);
}

void guest_trap_init(void)
{
	struct trap_info *table = guest_traps;

	for (unsigned i = 0; i < 256; i++)
		table[i] = (struct trap_info){(uint8_t)i, i == TRAP_BP || i == TRAP_OF ? 3 : 0, GUEST_CS,
					      trap_stub((uint8_t)i)};
	NEED(!CALL1(set_trap_table, table), "the trap table is refused");
	NEED(!CALL3(set_callbacks, guest_event_callback, guest_failsafe_callback, guest_syscall_callback),
	     "the callbacks are refused");
	NEED(!CALL2(stack_switch, GUEST_SS, guest_stacks[1]), "the stack is refused");
}
