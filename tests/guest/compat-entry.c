/* compat-entry.c - 32-bit user programs enter a 64-bit kernel
 *
 * Mechanism: in compatibility mode SYSCALL (of AMD's) and SYSENTER come to the callbacks that callback_op, or a toolstack by
 * set_ext_vcpucontext, has registered; a toolstack also says with which code segment the kernel goes on there.
 * Promise: I10, I11, row 27: without a callback they are #UD; with one the kernel gets the user's frame; and whatever code segment a
 * toolstack names, it is entered in ring 3, or there is one clean exception.
 * Probe: a partner's user space does both; Dom0 sets callbacks with all kinds of code segments, the hypervisor's own among them.
 */
#include <xen/domctl.h>

#include "runtime/guest.h"

const char test_title[] = "entries from 32-bit user space";
TEST_CPUS(2);
TEST_SECONDS(60);

enum { TURN, HOW, TRAP, CS, RIP };
enum { SYSCALL32, SYSENTER, END };

/* 32-bit code; the opcodes are the same. */
__asm__(".pushsection .text\n"
	"compat_syscall: syscall\n ud2\n"
	"compat_sysenter: sysenter\n ud2\n"
	".popsection");
extern const char compat_syscall[], compat_sysenter[];

static table_t stack;
static struct area *mine;
void guest_syscall_callback(void);

static bool note_cs(struct trap_frame *f)
{
	uint64_t cs;

	(void)f;
	__asm__ volatile("mov %%cs, %0" : "=r"(cs));
	mine->word[CS] = cs;
	return false;
}

static void compat_user(struct area *a)
{
	(void)use_user_tables();
	mine = a;
	on_trap = note_cs;
	for (uint64_t turn = 1;; turn++) {
		struct outcome o;

		while (a->word[TURN] < 2 * turn - 1)
			yield();
		if (a->word[HOW] == END)
			return;
		vcpu0->evtchn_upcall_mask = 0;
		o = attempt_iret((struct iret_context){
			.rip = user_low(a->word[HOW] == SYSCALL32 ? compat_syscall : compat_sysenter),
			.cs = FLAT_USER_CS32,
			.rflags = 0x202,
			.rsp = user_low(stack + 256),
			.ss = FLAT_USER_SS32});
		vcpu0->evtchn_upcall_mask = 1;
		a->word[TRAP] = (uint64_t)o.vector;
		a->word[RIP] = o.at.rip;
		a->word[TURN] = 2 * turn;
	}
}

/* What the partner's user space comes to. */
static uint64_t enter(struct partner *p, uint64_t how)
{
	uint64_t turn = p->area->word[TURN] + 1;
	unsigned code;

	p->area->word[HOW] = how;
	p->area->word[TURN] = turn;
	while (how != END && p->area->word[TURN] == turn)
		NEED(partner_runs(p, &code), "it has ended, by %u", code);
	return p->area->word[TRAP];
}

static void set_callbacks(struct partner *p, uint64_t address, uint16_t cs)
{
	struct xen_domctl op = {.u.ext_vcpucontext = {.size = sizeof(op.u.ext_vcpucontext),
						      .syscall32_callback_eip = address,
						      .sysenter_callback_eip = address,
						      .syscall32_callback_cs = cs,
						      .sysenter_callback_cs = cs}};

	EXPECT(domctl(p->id, XEN_DOMCTL_set_ext_vcpucontext, &op), 0);
}

void test_main(void)
{
	static const uint16_t good[] = {0, 0xe033, 0xe030, 0xe031},
			      bad[] = {0xe008, 0xe00b, 0xe010, 0xe02b, 3, 0x1003, 0xffff};
	struct partner *p = partner_new(compat_user, 1);

	partner_go(p);
	for (uint64_t how = SYSCALL32; how <= SYSENTER; how++) {
		set_callbacks(p, 0, 0);
		EXPECT((long)enter(p, how), TRAP_UD);
		if (how == SYSCALL32) /* the other one does not say where it was */
			EXPECT((long)p->area->word[RIP], (long)user_low(compat_syscall));
		for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
			set_callbacks(p, (uint64_t)guest_syscall_callback, good[i]);
			EXPECT((long)enter(p, how), TRAP_SYSCALL);
			CHECK(p->area->word[CS] == GUEST_CS, "cs %#x became %#lx", good[i], p->area->word[CS]);
			if (how == SYSCALL32)
				EXPECT((long)p->area->word[RIP], (long)user_low(compat_syscall) + 2);
		}
		for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
			long trap;

			set_callbacks(p, (uint64_t)guest_syscall_callback, bad[i]);
			trap = (long)enter(p, how);
			CHECK(trap == TRAP_FAILSAFE || trap == TRAP_GP, "cs %#x: trap %#lx", bad[i], trap);
			CHECK(p->area->word[CS] == GUEST_CS, "cs %#x became %#lx", bad[i], p->area->word[CS]);
		}
	}
	(void)enter(p, END);
	partner_wait(p);
	partner_end(p);
}
