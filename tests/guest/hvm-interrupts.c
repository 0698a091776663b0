/* hvm-interrupts.c - what arrives at a domain under hardware virtualization, and when
 *
 * Mechanism: local APIC in memory and as x2APIC, its timer, priorities, IPIs and NMIs; HLT; event channels as a vector for all vcpus
 * and for one; INIT and start-up interrupts; windows and shadows (STI, MOV SS).
 * Promise: an interrupt arrives once, when it may: not while IF is clear, its priority is held back, or an instruction shadows it.
 * An NMI waits for the IRET of the one before.
 * Probe: one of each, counted; then a second vcpu that begins in real mode.
 */
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#include "runtime/hvm.h"

const char test_title[] = "interrupts, timers, NMIs, events and start-up under hardware virtualization";
TEST_CPUS(2);
TEST_HVM("+npt");
TEST_SECONDS(40);

enum { LOW = 0x41, HIGH = 0x91, CALLBACK = 0xf3, UPCALL = 0xe1 };
enum {
	ID = 2,
	TPR = 8,
	EOI = 0xb,
	SVR = 0xf,
	ISR = 0x10,
	IRR = 0x20,
	ESR = 0x28,
	ICR = 0x30,
	ICR_HIGH,
	TIMER,
	INITIAL = 0x38,
	CURRENT,
	DIVIDE = 0x3e,
	SELF = 0x3f
};
#define TO_SELF	 (1UL << 18)
#define PERIODIC (1UL << 17)
#define MASKED	 (1UL << 16)
#define NMI	 (4UL << 8)
#define INIT	 (5UL << 8)
#define STARTUP	 (6UL << 8)
#define ASSERT	 (1UL << 14)

static volatile uint32_t *const lapic = (volatile uint32_t *)0xfee00000;
static bool x2;
static volatile unsigned came[256], nmi_depth, nmi_deepest;
static uint8_t order[8];
static unsigned ordered;

static uint64_t apic_read(unsigned reg)
{
	return x2 ? rdmsr(0x800 + reg) : lapic[reg * 4];
}

static void apic_write(unsigned reg, uint64_t value)
{
	if (x2)
		wrmsr(0x800 + reg, value);
	else
		lapic[reg * 4] = (uint32_t)value;
}

static bool on_interrupt(struct trap_frame *f)
{
	if (f->vector != 2 && f->vector < 32)
		return false;
	came[f->vector]++;
	if (ordered < sizeof(order))
		order[ordered++] = (uint8_t)f->vector;
	if (f->vector == 2) {
		if (++nmi_depth > nmi_deepest)
			nmi_deepest = nmi_depth;
		if (came[2] == 1) /* the next one waits until our IRET */
			apic_write(ICR, TO_SELF | NMI);
		for (unsigned i = 0; i < 20; i++)
			(void)cpuid(1, 0);
		nmi_depth--;
	} else if (f->vector == CALLBACK) {
		shared->vcpu_info[my_vcpu()].evtchn_upcall_pending = 0;
	} else {
		if (f->vector == UPCALL)
			shared->vcpu_info[my_vcpu()].evtchn_upcall_pending = 0;
		apic_write(EOI, 0);
	}
	return true;
}

static void forget(void)
{
	memset((void *)(uintptr_t)came, 0, sizeof(came));
	ordered = nmi_depth = nmi_deepest = 0;
}

/* Until `vector` has come `n` times, at most half a second. */
static void wait_for(unsigned vector, unsigned n)
{
	uint64_t end = now() + 500000000;

	while (came[vector] < n && now() < end)
		__asm__ volatile("sti; nop; nop; cli");
	CHECK(came[vector] == n, "vector %#x came %u times, not %u", vector, came[vector], n);
}

static void open_shortly(void)
{
	__asm__ volatile("sti; nop; nop; nop; cli");
}

static void self(void)
{
	forget();
	apic_write(SVR, 0x1ff);
	apic_write(ICR, TO_SELF | LOW);
	CHECK(!came[LOW] && apic_read(IRR + LOW / 32) >> LOW % 32 & 1, "an interrupt came while they are masked");
	open_shortly();
	CHECK(came[LOW] == 1 && !apic_read(IRR + LOW / 32) && !apic_read(ISR + LOW / 32), "it came %u times",
	      came[LOW]);
	/* The higher first, in the same moment. */
	forget();
	apic_write(ICR, TO_SELF | LOW);
	apic_write(ICR, TO_SELF | HIGH);
	open_shortly();
	CHECK(ordered == 2 && order[0] == HIGH && order[1] == LOW, "%u came, first %#x", ordered, order[0]);
	forget();
	apic_write(TPR, 0x50);
	apic_write(ICR, TO_SELF | LOW);
	open_shortly();
	CHECK(!came[LOW], "the task priority does not hold it back");
	apic_write(TPR, 0);
	open_shortly();
	CHECK(came[LOW] == 1, "lowering the task priority lets %u in", came[LOW]);
	/* What STI and MOV SS shadow is over before it comes. */
	forget();
	apic_write(ICR, TO_SELF | LOW);
	__asm__ volatile("sti; cli");
	CHECK(!came[LOW], "it came between STI and CLI");
	__asm__ volatile("sti; hlt; cli"); /* already pending: HLT ends at once */
	CHECK(came[LOW] == 1, "HLT with one pending: %u", came[LOW]);
	/* An error of its own: a vector below 16. */
	apic_write(ESR, 0);
	apic_write(ICR, TO_SELF | 5);
	apic_write(ESR, 0);
	CHECK(apic_read(ESR) == 0x20, "ESR: %#lx", apic_read(ESR));
	apic_write(ESR, 0);
}

static void timer(void)
{
	uint64_t start, count;

	forget();
	apic_write(DIVIDE, 0xb);
	apic_write(TIMER, LOW);
	start = now();
	apic_write(INITIAL, 2000000); /* of 10 ns */
	count = apic_read(CURRENT);
	CHECK(count && count <= 2000000, "the current count: %lu", count);
	wait_for(LOW, 1);
	CHECK(now() - start >= 19000000, "20 ms took %lu ns", now() - start);
	CHECK(!apic_read(CURRENT), "it goes on: %lu", apic_read(CURRENT));
	apic_write(TIMER, PERIODIC | LOW);
	apic_write(INITIAL, 500000);
	for (unsigned i = 0; i < 4; i++)
		wait_interrupt();
	apic_write(INITIAL, 0);
	CHECK(came[LOW] >= 5, "a periodic timer came %u times", came[LOW] - 1);
	open_shortly();
	forget();
	apic_write(TIMER, MASKED | LOW);
	apic_write(INITIAL, 1000);
	for (start = now(); now() - start < 2000000;)
		open_shortly();
	CHECK(!came[LOW], "masked, it comes all the same");
}

static void nmis(void)
{
	forget();
	apic_write(ICR, TO_SELF | NMI); /* with interrupts masked */
	for (unsigned i = 0; i < 50 && came[2] < 2; i++)
		(void)cpuid(1, 0);
	CHECK(came[2] == 2 && nmi_deepest == 1, "%u NMIs, %u deep", came[2], nmi_deepest);
}

static void to_x2apic(void)
{
	CHECK(rdmsr(0x1b) == 0xfee00900, "APIC_BASE: %#lx", rdmsr(0x1b));
	EXPECT(try_wrmsr(0x1b, 0xfed00900), TRAP_GP);
	EXPECT(try_rdmsr(0x802), TRAP_GP); /* no x2APIC yet */
	EXPECT(try_wrmsr(0x1b, 0xfee00d00), TRAP_NONE);
	EXPECT(try_wrmsr(0x1b, 0xfee00900), TRAP_GP);
	x2 = true;
	EXPECT(try_rdmsr(0x805), TRAP_GP);
	EXPECT(try_wrmsr(0x803, 0), TRAP_GP);
	EXPECT(try_wrmsr(0x80b, 1), TRAP_GP);
	EXPECT(try_wrmsr(0x80f, 0x100000), TRAP_GP);
	EXPECT(try_rdmsr(0x831), TRAP_GP); /* ICR's upper half is in one with the lower one */
	CHECK(lapic[ID * 4] == 0xffffffff, "its page is still there: %#x", lapic[ID * 4]);
	CHECK(apic_read(ID) == 0, "its id: %lu", apic_read(ID));
	forget();
	wrmsr(0x800 + SELF, LOW);
	open_shortly();
	CHECK(came[LOW] == 1, "SELF IPI: %u", came[LOW]);
}

/* ---- event channels ---------------------------------------------------------------------------------------------------- */

static evtchn_port_t new_port(unsigned vcpu)
{
	struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
	struct evtchn_bind_interdomain bind = {.remote_dom = DOMID_SELF};
	struct evtchn_bind_vcpu to = {.vcpu = vcpu};

	NEED(!CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), "no port");
	bind.remote_port = alloc.port;
	NEED(!CALL2(event_channel_op, EVTCHNOP_bind_interdomain, &bind), "it cannot be bound");
	to.port = alloc.port;
	NEED(!CALL2(event_channel_op, EVTCHNOP_bind_vcpu, &to), "nor to a vcpu");
	shared->evtchn_mask[alloc.port / 64] &= ~(1UL << alloc.port % 64);
	return bind.local_port;
}

static void send(evtchn_port_t port)
{
	struct evtchn_send op = {port};

	EXPECT(CALL2(event_channel_op, EVTCHNOP_send, &op), 0);
}

static void again(void)
{
	memset(shared->evtchn_pending, 0, sizeof(shared->evtchn_pending));
	shared->vcpu_info[0].evtchn_pending_sel = 0;
}

static void events(void)
{
	struct xen_hvm_evtchn_upcall_vector v = {.vcpu = 0, .vector = UPCALL};
	evtchn_port_t port = new_port(0);

	forget();
	EXPECT(hvm_set_parameter(HVM_PARAM_CALLBACK_IRQ, 2UL << 56 | 0xf), -XEN_EINVAL);
	EXPECT(hvm_set_parameter(HVM_PARAM_CALLBACK_IRQ, 5), -XEN_EOPNOTSUPP); /* a GSI */
	EXPECT(hvm_set_parameter(HVM_PARAM_CALLBACK_IRQ, 2UL << 56 | CALLBACK), 0);
	send(port);
	CHECK(!came[CALLBACK], "an event came while interrupts are masked");
	open_shortly();
	CHECK(came[CALLBACK] == 1, "an event by the callback's vector: %u", came[CALLBACK]);
	again();
	send(port);
	wait_interrupt(); /* it ends HLT */
	CHECK(came[CALLBACK] == 2, "and out of HLT: %u", came[CALLBACK]);
	/* By its own vector, with an end of interrupt. */
	EXPECT(CALL2(hvm_op, HVMOP_set_evtchn_upcall_vector, &((struct xen_hvm_evtchn_upcall_vector){0, 15})),
	       -XEN_EINVAL);
	EXPECT(CALL2(hvm_op, HVMOP_set_evtchn_upcall_vector, &((struct xen_hvm_evtchn_upcall_vector){77, UPCALL})),
	       -XEN_ENOENT);
	EXPECT(CALL2(hvm_op, HVMOP_set_evtchn_upcall_vector, &v), 0);
	again();
	send(port);
	CHECK(!came[UPCALL] && came[CALLBACK] == 2, "it came at once");
	open_shortly();
	CHECK(came[UPCALL] == 1 && came[CALLBACK] == 2, "by the vcpu's vector: %u, %u", came[UPCALL], came[CALLBACK]);
}

/* ---- another vcpu -------------------------------------------------------------------------------------------------------- */

#define REAL 0x90000UL /* behind the image */

static volatile unsigned second_came, second_rounds;
extern uint8_t real_start[], real_start_end[], guest_end[];
void second_main(void);

/* At REAL, in real mode: to 64-bit mode, and to second_main. */
__asm__(".pushsection .text\n"
	".code16\n"
	"real_start:\n"
	"	cli\n"
	"	mov %cs, %ax\n"
	"	mov %ax, %ds\n"
	"	lgdtl real_gdtr - real_start\n"
	"	mov $0x620, %eax\n"
	"	mov %eax, %cr4\n"
	"	mov real_cr3 - real_start, %eax\n"
	"	mov %eax, %cr3\n"
	"	mov $0xc0000080, %ecx\n"
	"	mov $0x901, %eax\n"
	"	xor %edx, %edx\n"
	"	wrmsr\n"
	"	mov $0x80010031, %eax\n"
	"	mov %eax, %cr0\n"
	"	ljmpl $8, $0x90000 + real_long - real_start\n"
	".code64\n"
	"real_long:\n"
	"	mov $16, %eax\n"
	"	mov %eax, %ss\n"
	"	mov %eax, %ds\n"
	"	mov %eax, %es\n"
	"	mov real_stack - real_start + 0x90000, %rsp\n"
	"	mov real_main - real_start + 0x90000, %rax\n"
	"	call *%rax\n"
	"	ud2\n"
	"	.balign 8\n"
	"real_gdt: .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff\n"
	"real_gdtr: .word 23\n"
	"	.long 0x90000 + real_gdt - real_start\n"
	"	.balign 8\n"
	"real_cr3: .quad 0\n"
	"real_stack: .quad 0\n"
	"real_main: .quad 0\n"
	"real_start_end:\n"
	".popsection");
extern uint64_t real_cr3, real_stack, real_main;
extern uint8_t guest_stacks[GUEST_VCPUS][GUEST_STACK_SIZE];

void second_main(void)
{
	hvm_set_up();
	wrmsr(0x1b, rdmsr(0x1b) | 0xc00);
	apic_write(SVR, 0x1ff);
	second_came++;
	for (;;) {
		__asm__ volatile("sti; hlt; cli");
		second_rounds++;
	}
}

static bool second_reaches(volatile unsigned *what, unsigned n)
{
	uint64_t end = now() + 1000000000;

	while (*what < n && now() < end)
		relax();
	return *what >= n;
}

static void start_second(void)
{
	uint64_t *at = (uint64_t *)(REAL + ((uint8_t *)&real_cr3 - real_start));

	NEED(physical(guest_end) <= REAL, "the image is in the way");
	memcpy((void *)REAL, real_start, (size_t)(real_start_end - real_start));
	__asm__ volatile("mov %%cr3, %0" : "=r"(at[0]));
	at[1] = (uint64_t)guest_stacks[1] + GUEST_STACK_SIZE / 2;
	at[2] = (uint64_t)second_main;
	wrmsr(0x800 + ICR, 2UL << 32 | ASSERT | INIT);
	wrmsr(0x800 + ICR, 2UL << 32 | ASSERT | STARTUP | REAL >> 12);
}

static void second_vcpu(void)
{
	struct xen_hvm_evtchn_upcall_vector v = {.vcpu = 1, .vector = UPCALL};
	evtchn_port_t port;

	EXPECT(CALL3(vcpu_op, VCPUOP_is_up, 1, NULL), 0);
	start_second();
	CHECK(second_reaches(&second_came, 1), "the second vcpu does not start");
	EXPECT(CALL3(vcpu_op, VCPUOP_is_up, 1, NULL), 1);
	forget();
	wrmsr(0x800 + ICR, 2UL << 32 | LOW);
	CHECK(second_reaches(&came[LOW], 1), "an interrupt to it does not come");
	wrmsr(0x800 + ICR, 3UL << 18 | HIGH); /* all but self */
	CHECK(second_reaches(&came[HIGH], 1), "nor one to all others");
	EXPECT(CALL2(hvm_op, HVMOP_set_evtchn_upcall_vector, &v), 0);
	port = new_port(1);
	send(port);
	CHECK(second_reaches(&came[UPCALL], 1), "an event for it does not come");
	wrmsr(0x800 + ICR, 2UL << 32 | NMI);
	CHECK(second_reaches(&came[2], 1), "nor an NMI");
	/* Once more from the start. */
	start_second();
	CHECK(second_reaches(&second_came, 2), "INIT and start-up do not start it again");
}

static void everything(struct area *a)
{
	(void)a;
	on_trap = on_interrupt;
	self();
	timer();
	nmis();
	to_x2apic();
	self();
	timer();
	nmis();
	events();
	second_vcpu();
}

void test_main(void)
{
	struct partner *p = partner_new_hvm(everything, 2);

	partner_go(p);
	partner_wait(p);
	partner_end(p);
}
