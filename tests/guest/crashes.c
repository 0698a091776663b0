/* crashes.c - a guest kernel that cannot be entered ends its own domain, and nothing else
 *
 * Mechanism: exceptions, events, NMIs and system calls push a frame on the guest kernel's stack and go on at its handler; what cannot
 * be returned to is the guest's failsafe callback or #GP, which need a stack and a code segment, too.
 * Promise: I10: where there is no way in, the domain crashes, at once: neither does the hypervisor fault, nor does it try for ever.
 * Probe: partners that take their own stacks, handlers and code segments away, and then need them.
 */
#include <xen/domctl.h>

#include "runtime/guest.h"

const char test_title[] = "domains that cannot be entered any more";
TEST_SECONDS(60);

#define NOWHERE 0x12345678000UL
#define NO_CODE 0x1003 /* a selector of a table that is not there */

__asm__(".pushsection .text\n"
	"user_hlt: hlt\n ud2\n"
	"user_syscall: syscall\n ud2\n"
	"user_spin: jmp user_spin\n"
	".popsection");
extern const char user_hlt[], user_syscall[], user_spin[];

static table_t page, two[2];
void guest_event_callback(void), guest_failsafe_callback(void), guest_syscall_callback(void), guest_nmi_callback(void);

static void user(const char *code)
{
	(void)use_user_tables();
	EXPECT(CALL2(stack_switch, GUEST_SS, NOWHERE), 0);
	guest_iret(&(struct iret_context){.rip = user_low(code),
					  .cs = FLAT_USER_CS64,
					  .rflags = 0x202,
					  .rsp = user_low(page + 256),
					  .ss = FLAT_USER_SS64});
}

static void exception_from_user(struct area *a)
{
	(void)a;
	user(user_hlt);
}

static void syscall_from_user(struct area *a)
{
	(void)a;
	user(user_syscall);
}

static void event_in_user(struct area *a)
{
	struct evtchn_bind_virq b = {.virq = VIRQ_TIMER};

	(void)a;
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_virq, &b), 0);
	EXPECT(CALL1(set_timer_op, now() + 3000000), 0);
	user(user_spin);
}

static void nmi_in_user(struct area *a)
{
	struct callback_register r = {.type = CALLBACKTYPE_nmi, .address = (uint64_t)guest_nmi_callback};

	EXPECT(CALL2(callback_op, CALLBACKOP_register, &r), 0);
	a->word[0] = 1; /* Dom0 sends it */
	user(user_spin);
}

static void exception_in_kernel(struct area *a)
{
	(void)a;
	__asm__ volatile("mov %0, %%rsp; ud2" ::"r"(NOWHERE));
}

static void frame_not_there(struct area *a)
{
	(void)a;
	guest_iret((const struct iret_context *)NOWHERE);
}

static void user_without_tables(struct area *a)
{
	(void)a;
	guest_iret(&(struct iret_context){.rip = (uint64_t)user_spin,
					  .cs = FLAT_USER_CS64,
					  .rflags = 0x202,
					  .rsp = (uint64_t)page,
					  .ss = FLAT_USER_SS64});
}

/* The #GP that this is would have to be told to a handler with the same defect. */
static void handler_without_code(struct area *a)
{
	struct trap_info t[2] = {{TRAP_GP, 0, NO_CODE, trap_stub(TRAP_GP)}};

	EXPECT(CALL1(set_trap_table, t), 0);
	if (a->word[1])
		EXPECT(CALL3(set_callbacks, guest_event_callback, 0, guest_syscall_callback), 0);
	__asm__ volatile("ltr %w0" ::"r"(0xe040));
}

/* The frame cannot be returned to, and there is no stack to say so on. */
static void failsafe_without_stack(struct area *a)
{
	static const struct iret_context frame = {.rip = (uint64_t)user_spin,
						  .cs = FLAT_KERNEL_CS64 & ~3UL,
						  .rflags = 0x202,
						  .rsp = NOWHERE,
						  .ss = 0xe033};

	(void)a;
	guest_iret(&frame);
}

static void failsafe_without_callback(struct area *a)
{
	EXPECT(CALL3(set_callbacks, guest_event_callback, 0, guest_syscall_callback), 0);
	EXPECT(CALL1(set_trap_table, NULL), 0);
	failsafe_without_stack(a);
}

/* From here on what is pushed takes more and more of the upper page, until it comes to the lower one. */
static void end_of_stack(void)
{
	set_trap_gate(TRAP_PF, 0, NOWHERE);
	EXPECT(map(two[0], 0), 0);
}

static void handler_that_faults(struct area *a)
{
	(void)a;
	end_of_stack();
	__asm__ volatile("mov %0, %%rsp; mov (%1), %%rax" ::"r"(two[1] + 500), "r"(NOWHERE));
}

static void event_in_kernel(struct area *a)
{
	(void)a;
	EXPECT(CALL3(set_callbacks, NOWHERE, guest_failsafe_callback, guest_syscall_callback), 0);
	end_of_stack();
	vcpu0->evtchn_upcall_pending = 1;
	__asm__ volatile("mov %0, %%rsp; movb $0, (%1); syscall; ud2" ::"r"(two[1] + 500),
			 "r"(&vcpu0->evtchn_upcall_mask), "a"(__HYPERVISOR_sched_op), "D"(SCHEDOP_yield), "S"(0)
			 : "rcx", "r11", "memory");
}

static void ends(const char *what, void (*role)(struct area *), uint64_t word)
{
	uint64_t before = free_pages();
	struct partner *p = partner_new(role, 1);
	uint64_t end = now() + 10000000000;
	unsigned code = ~0u;

	p->area->word[1] = word;
	partner_go(p);
	while (partner_runs(p, &code) && now() < end)
		if (p->area->word[0]) {
			struct xen_domctl nmi = {.u.sendtrigger = {.trigger = XEN_DOMCTL_SENDTRIGGER_NMI}};

			EXPECT(domctl(p->id, XEN_DOMCTL_sendtrigger, &nmi), 0);
			nap(1000000);
		} else {
			yield();
		}
	CHECK(code == SHUTDOWN_crash, "%s: %s", what, code == ~0u ? "it goes on" : "no crash");
	CHECK(!p->area->done && !p->area->failures, "%s: it was not tried", what);
	partner_end(p);
	CHECK(free_pages() == before, "%s: %ld pages are missing", what, (long)(before - free_pages()));
}

void test_main(void)
{
	partner_end(partner_new(user_without_tables, 1)); /* what is allocated once and stays */
#define ENDS(role, word) ends(#role, role, word)
	ENDS(exception_from_user, 0);
	ENDS(syscall_from_user, 0);
	ENDS(event_in_user, 0);
	ENDS(nmi_in_user, 0);
	ENDS(exception_in_kernel, 0);
	ENDS(frame_not_there, 0);
	ENDS(user_without_tables, 0);
	ENDS(handler_without_code, 0);
	ENDS(handler_without_code, 1);
	ENDS(failsafe_without_stack, 0);
	ENDS(failsafe_without_callback, 0);
	ENDS(event_in_kernel, 0);
	ENDS(handler_that_faults, 0);
}
