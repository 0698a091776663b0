/* cpu-entry.c - odd ways between guest kernel, guest user space and hypervisor end in one clean exception
 *
 * Mechanism: exceptions are bounced to the handlers of set_trap_table; iret takes a frame from the guest's stack; user space
 * enters its kernel by syscall, int n, sysenter.
 * Promise: I10, I11, and rows 26 and 27: a bad rip, cs, ss or flags on the guest's account is a fault of the guest's and nothing
 * else; `int n` is #GP unless its gate's DPL allows it; IF stays on and IOPL 0 in user mode; NT does no harm.
 * Probe: make each of them, and look at what comes.
 */
#include "runtime/guest.h"

const char test_title[] = "iret, int n, syscall, sysenter: the edges";

__asm__(".pushsection .text\n"
	"user_syscall: mov $0x1234, %eax\n syscall\n ud2\n"
	"user_int80: int $0x80\n ud2\n"
	"user_int81: int $0x81\n ud2\n"
	"user_int13: int $13\n ud2\n"
	"user_int14: int $14\n ud2\n"
	"user_int3: int3\n ud2\n"
	"user_flags: pushfq\n pop %rbx\n syscall\n"
	"user_cli: cli\n ud2\n"
	"user_sti: sti\n ud2\n"
	"user_hlt: hlt\n ud2\n"
	"user_in: in $0x70, %al\n syscall\n"
	"user_in_wide: mov $0x47, %edx\n in %dx, %eax\n syscall\n"
	"user_rdmsr: xor %ecx, %ecx\n rdmsr\n ud2\n"
	"user_sysenter: pushfq\n orl $0x4000, (%rsp)\n popfq\n sysenter\n ud2\n"
	".popsection");
#define CODE(name) extern const char user_##name[]
CODE(syscall);
CODE(int80);
CODE(int81);
CODE(int13);
CODE(int14);
CODE(int3);
CODE(flags);
CODE(cli);
CODE(sti);
CODE(hlt);
CODE(in);
CODE(in_wide);
CODE(rdmsr);
CODE(sysenter);

void guest_nmi_callback(void);
static uint8_t user_stack[4096] __attribute__((aligned(4096)));

static struct outcome user(const char *code)
{
	return attempt_user(user_low(code), user_low(user_stack + 2048));
}

#define COMES(try, trap)                                                                                               \
	({                                                                                                             \
		struct outcome o_ = (try);                                                                             \
		CHECK(o_.vector == (trap), "%s: trap %#x, and it should be %#x", #try, o_.vector, trap);               \
		o_;                                                                                                    \
	})

static void from_user(void)
{
	struct outcome o;

	o = COMES(user(user_syscall), TRAP_SYSCALL);
	CHECK(o.at.rax == 0x1234, "syscall's rax is %#lx", o.at.rax);
	CHECK(o.at.rip == user_low(user_syscall) + 7, "syscall's rip is %#lx", o.at.rip);
	CHECK((o.at.cs & 3) == 3, "user mode's cs is %#x", o.at.cs);
	o = COMES(user(user_int80), TRAP_GP);
	CHECK(o.at.rip == user_low(user_int80), "int 0x80's #GP is at %#lx", o.at.rip);
	set_trap_gate(0x80, 3, trap_stub(0x80));
	o = COMES(user(user_int80), 0x80);
	CHECK(o.at.rip == user_low(user_int80) + 2, "int 0x80 returns to %#lx", o.at.rip);
	COMES(user(user_int81), TRAP_GP);
	COMES(user(user_int13), TRAP_GP);
	o = COMES(user(user_int14), TRAP_GP);
	COMES(user(user_int3), TRAP_BP);
	COMES(user(user_cli), TRAP_GP);
	COMES(user(user_sti), TRAP_GP);
	COMES(user(user_hlt), TRAP_GP);
	COMES(user(user_in), TRAP_GP);
	COMES(user(user_rdmsr), TRAP_GP);
	COMES(user(user_sysenter), TRAP_UD);
	o = COMES(user(user_flags), TRAP_SYSCALL);
	CHECK((o.at.rbx & 0x27200) == 0x200, "user mode's flags are %#lx", o.at.rbx);
}

/* The kernel lends its ports: all of them, by the IOPL, or those that are clear in a bitmap; what frames say of it counts nothing. */
static void ports_of_user(void)
{
	static uint8_t bitmap[16];
	struct physdev_set_iobitmap ports = {.bitmap = bitmap, .nr_ports = 8 * sizeof(bitmap)};
	struct physdev_set_iopl iopl = {3};

	EXPECT(CALL2(physdev_op, PHYSDEVOP_set_iopl, &iopl), 0);
	COMES(user(user_in), TRAP_SYSCALL);
	COMES(user(user_cli), TRAP_GP);
	COMES(user(user_in), TRAP_SYSCALL);
	for (iopl.iopl = 0; iopl.iopl < 3; iopl.iopl++) {
		EXPECT(CALL2(physdev_op, PHYSDEVOP_set_iopl, &iopl), 0);
		COMES(user(user_in), TRAP_GP);
	}
	iopl.iopl = 4;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_set_iopl, &iopl), -XEN_EINVAL);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_set_iopl, 8), -XEN_EFAULT);

	EXPECT(CALL2(physdev_op, PHYSDEVOP_set_iobitmap, &ports), 0);
	COMES(user(user_in), TRAP_SYSCALL);
	COMES(user(user_in_wide), TRAP_SYSCALL);
	bitmap[0x70 / 8] = 1 << (0x70 % 8);
	COMES(user(user_in), TRAP_GP);
	bitmap[0x4a / 8] = 1 << (0x4a % 8); /* the last of four */
	COMES(user(user_in_wide), TRAP_GP);
	bitmap[0x4a / 8] = bitmap[0x70 / 8] = 0;
	ports.nr_ports = 0x4a;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_set_iobitmap, &ports), 0);
	COMES(user(user_in), TRAP_GP);
	COMES(user(user_in_wide), TRAP_GP);
	ports.nr_ports = 65537;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_set_iobitmap, &ports), -XEN_EINVAL);
	ports = (struct physdev_set_iobitmap){.bitmap = (uint8_t *)0x800000000000, .nr_ports = 65536};
	EXPECT(CALL2(physdev_op, PHYSDEVOP_set_iobitmap, &ports), 0);
	COMES(user(user_in), TRAP_GP);
	ports.bitmap = NULL;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_set_iobitmap, &ports), 0);
	COMES(user(user_in), TRAP_GP);
}

static struct iret_context plain(void)
{
	return (struct iret_context){.rip = user_low(user_flags),
				     .cs = FLAT_USER_CS64,
				     .rflags = 0x202,
				     .rsp = user_low(user_stack + 2048),
				     .ss = FLAT_USER_SS64,
				     .rcx = 0x77,
				     .r11 = 0x88};
}

/* By rows: all of a frame's fields, with and without VGCF_in_syscall. */
static void odd_irets(uint64_t in_syscall)
{
	static const uint64_t bad_rips[] = {0x800000000000,
					    0xffff7fffffffffff,
					    0x8000000000000000,
					    0xffff800000000000,
					    0xffff830000000000,
					    0x7fffffffffff,
					    0};
	static const uint16_t bad_cs[] = {3, 0xe02b, 0xe00b, 0xe013, 0xe03b, 0x7, 0xffff, 0xe043, 0x1003};
	static const uint16_t bad_ss[] = {0xe033, 0xe023, 0x7, 0xffff, 0xe043, 0x1003};
	struct iret_context f;
	struct outcome o;

	for (unsigned i = 0; i < ARRAY_SIZE(bad_rips); i++) {
		f = plain();
		f.flags = in_syscall;
		f.rip = bad_rips[i];
		o = attempt_iret(f);
		CHECK(o.vector == TRAP_GP || o.vector == TRAP_PF, "iret to rip %#lx: trap %#x", f.rip, o.vector);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(bad_cs); i++) {
		f = plain();
		f.flags = in_syscall;
		f.cs = bad_cs[i];
		o = attempt_iret(f);
		CHECK(in_syscall ? o.vector == TRAP_SYSCALL || o.vector == TRAP_FAILSAFE
				 : o.vector == TRAP_FAILSAFE || o.vector == TRAP_GP,
		      "iret to cs %#lx: trap %#x", f.cs, o.vector);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(bad_ss); i++) {
		f = plain();
		f.flags = in_syscall;
		f.ss = bad_ss[i];
		o = attempt_iret(f);
		CHECK(in_syscall ? o.vector == TRAP_SYSCALL || o.vector == TRAP_FAILSAFE
				 : o.vector == TRAP_FAILSAFE || o.vector == TRAP_GP,
		      "iret to ss %#lx: trap %#x", f.ss, o.vector);
	}
	for (unsigned bit = 0; bit < 64; bit++) {
		f = plain();
		f.flags = in_syscall;
		f.rflags = 0x202 | BIT(bit);
		o = attempt_iret(f);
		CHECK(o.vector == TRAP_SYSCALL || (bit == 8 && o.vector == TRAP_DB), "iret with flags %#lx: trap %#x",
		      f.rflags, o.vector);
		if (o.vector == TRAP_SYSCALL)
			CHECK((o.at.rbx & 0x27200) == 0x200, "flags %#lx became %#lx", f.rflags, o.at.rbx);
	}
	f = plain();
	f.flags = in_syscall;
	f.rflags = 0;
	o = COMES(attempt_iret(f), TRAP_SYSCALL);
	CHECK(o.at.rbx & 0x200, "user mode without IF");
	vcpu0->evtchn_upcall_mask = 1;
}

static void failsafe_frame(void)
{
	struct iret_context f = plain();
	struct outcome o;

	f.ss = 0xe033;
	guest_failsafe_selectors[0] = ~0UL;
	o = COMES(attempt_iret(f), TRAP_FAILSAFE);
	CHECK(o.at.rip == f.rip, "the failsafe callback's frame has rip %#lx, and it should be %#lx", o.at.rip, f.rip);
	CHECK(o.at.rcx == 0x77 && o.at.r11 == 0x88, "its rcx is %#lx, its r11 %#lx", o.at.rcx, o.at.r11);
	for (unsigned i = 0; i < 4; i++)
		CHECK(guest_failsafe_selectors[i] < 0x10000, "selector %u is %#lx", i, guest_failsafe_selectors[i]);
}

static void from_kernel(void)
{
	COMES(TRY("int $0x82"), TRAP_GP);
	set_trap_gate(0x82, 1, trap_stub(0x82));
	COMES(TRY("int $0x82"), 0x82);
	COMES(TRY("int3"), TRAP_BP);
	COMES(TRY("ud2"), TRAP_UD);
	COMES(TRY("pushfq; orl $0x4000, (%%rsp); popfq; sysenter" ::: "memory", "cc"), TRAP_UD);
	__asm__ volatile("pushfq; andl $~0x4000, (%%rsp); popfq" ::: "memory", "cc");
	COMES(TRY("pushfq; orl $0x100, (%%rsp); popfq; nop" ::: "memory", "cc"), TRAP_DB);
	COMES(TRY("mov (%0), %%rax" ::"r"(0x800000000000UL) : "rax"), TRAP_GP);
	COMES(TRY("jmp *%0" ::"r"(0xffff830000000000UL)), TRAP_PF);
	COMES(TRY("jmp *%0" ::"r"(0x800000000000UL)), TRAP_GP);
	COMES(TRY("mov %%rax, (%0)" ::"r"(HYPERVISOR_VIRT_START) : "memory"), TRAP_PF);
	COMES(TRY("mov %w0, %%ds" ::"r"(0xe007)), TRAP_GP);
	COMES(TRY("mov %w0, %%ss" ::"r"(0)), TRAP_GP);
}

/* MOV SS holds a watchpoint back until after the next instruction: here, until the hypervisor has been entered. */
static void mov_ss_debug(void)
{
	static uint16_t selector = GUEST_SS;
	struct outcome o;

	EXPECT(CALL2(set_debugreg, 0, &selector), 0);
	EXPECT(CALL2(set_debugreg, 7, 0x000f0001), 0);
	o = TRY("mov %0, %%ss; syscall" ::"m"(selector), "a"(__HYPERVISOR_xen_version), "D"(0), "S"(0)
		: "rcx", "r11", "memory");
	CHECK(o.vector == TRAP_DB || o.vector == TRAP_NONE, "mov ss, syscall: trap %#x", o.vector);
	EXPECT(CALL2(set_debugreg, 7, 0x000f0001), 0);
	o = TRY("mov %0, %%ss; int $0x83" ::"m"(selector) : "memory");
	CHECK(o.vector == TRAP_DB || o.vector == TRAP_GP, "mov ss, int: trap %#x", o.vector);
	EXPECT(CALL2(set_debugreg, 7, 0), 0);
}

static void nmi_to_oneself(void *none)
{
	EXPECT(CALL3(vcpu_op, VCPUOP_send_nmi, 0, none), 0);
	for (unsigned i = 0; i < 1000; i++)
		yield();
}

/* Both ways out unmask NMIs again, or the second would never come. */
static void nmi_after_iret(void)
{
	struct callback_register r = {.type = CALLBACKTYPE_nmi, .address = (uint64_t)guest_nmi_callback};

	EXPECT(CALL2(callback_op, CALLBACKOP_register, &r), 0);
	for (unsigned i = 0; i < 4; i++) {
		struct iret_context f = plain();
		struct outcome o = attempt(nmi_to_oneself, NULL);

		CHECK(o.vector == TRAP_NMI, "NMI number %u: trap %#x", i, o.vector);
		f.flags = i & 1 ? VGCF_in_syscall : 0;
		COMES(attempt_iret(f), TRAP_SYSCALL);
	}
	EXPECT(CALL2(callback_op, CALLBACKOP_unregister, &(struct callback_unregister){.type = CALLBACKTYPE_nmi}), 0);
	EXPECT(CALL2(callback_op, CALLBACKOP_unregister, &(struct callback_unregister){.type = CALLBACKTYPE_event}),
	       -XEN_EINVAL);
	EXPECT(CALL2(callback_op, CALLBACKOP_unregister, &(struct callback_unregister){.type = 99}), -XEN_ENOSYS);
	r.type = 99;
	EXPECT(CALL2(callback_op, CALLBACKOP_register, &r), -XEN_ENOSYS);
	r = (struct callback_register){.type = CALLBACKTYPE_nmi, .address = 0xffff830000000000};
	EXPECT(CALL2(callback_op, CALLBACKOP_register, &r), -XEN_EINVAL);
	EXPECT(CALL2(callback_op, CALLBACKOP_register, 8), -XEN_EFAULT);
}

void test_main(void)
{
	(void)use_user_tables();
	from_user();
	ports_of_user();
	odd_irets(0);
	odd_irets(VGCF_in_syscall);
	failsafe_frame();
	from_kernel();
	mov_ss_debug();
	nmi_after_iret();
}
