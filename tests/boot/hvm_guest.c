/* hvm_guest.c - a tiny PVH kernel that does what its command line says: correct things and wrong ones
 *
 * "privileges" tries everything that a guest's kernel must be refused, or allowed, and says "privileges: right" on
 * the console, or what went otherwise. The other words each do one thing after which the guest ought to be no more,
 * or never ends; whoever survives it says so. Flat 64-bit code at its physical addresses, with no library.
 */
#include <stdbool.h>
#include <stdint.h>

#include <xen/arch-x86/hvm/start_info.h>
#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/memory.h>
#include <xen/sched.h>


/* The note that names the entry, and that entry: 32 bits, no paging. The first 4 GiB are mapped by pages of 2 MiB. */
__asm__(".pushsection .note.Xen, \"a\", @note\n"
	"	.balign 4\n"
	"	.long 4, 4, 18\n"
	"	.asciz \"Xen\"\n"
	"	.long start32\n"
	".popsection\n"
	".pushsection .text.start, \"ax\"\n"
	"	.code32\n"
	"	.globl start32\n"
	"start32:\n"
	"	mov $stack_top, %esp\n"
	"	mov %ebx, %esi\n"
	"	mov $level2, %edi\n"
	"	mov $0x83, %eax\n"
	"	mov $2048, %ecx\n"
	"1:	mov %eax, (%edi)\n"
	"	movl $0, 4(%edi)\n"
	"	add $0x200000, %eax\n"
	"	add $8, %edi\n"
	"	loop 1b\n"
	"	mov $level2 + 3, %eax\n"
	"	mov %eax, level3\n"
	"	add $0x1000, %eax\n"
	"	mov %eax, level3 + 8\n"
	"	add $0x1000, %eax\n"
	"	mov %eax, level3 + 16\n"
	"	add $0x1000, %eax\n"
	"	mov %eax, level3 + 24\n"
	"	movl $level3 + 3, level4\n"
	"	mov $level4, %eax\n"
	"	mov %eax, %cr3\n"
	"	mov $0x620, %eax\n" /* PAE, OSFXSR, OSXMMEXCPT */
	"	mov %eax, %cr4\n"
	"	mov $0xc0000080, %ecx\n"
	"	rdmsr\n"
	"	or $0x900, %eax\n" /* LME, NX */
	"	wrmsr\n"
	"	mov $0x80010011, %eax\n"
	"	mov %eax, %cr0\n"
	"	lgdt gdt_pointer\n"
	"	ljmp $8, $start64\n"
	"	.code64\n"
	"start64:\n"
	"	mov $16, %eax\n"
	"	mov %eax, %ds\n"
	"	mov %eax, %es\n"
	"	mov %eax, %ss\n"
	"	mov %esi, %edi\n"
	"	call guest_main\n"
	"	ud2\n"
	".popsection\n"
	".pushsection .data\n"
	"	.balign 8\n"
	"gdt:	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff\n"
	"gdt_pointer: .word 23\n"
	"	.long gdt\n"
	".popsection\n"
	".pushsection .bss\n"
	"	.balign 4096\n"
	"level4:	.skip 4096\n"
	"level3:	.skip 4096\n"
	"level2:	.skip 4 * 4096\n"
	"	.skip 16384\n"
	"stack_top:\n"
	".popsection\n");

/* ---- hypercalls and the console -------------------------------------------------------------------------------- */

static long hypercall(unsigned nr, uint64_t a, uint64_t b, uint64_t c)
{
	long result;

	__asm__ volatile("vmmcall"
			 : "=a"(result), "+D"(a), "+S"(b), "+d"(c)
			 : "a"((uint64_t)nr)
			 : "rcx", "r8", "r10", "r11", "memory");
	return result;
}

static uint64_t param(uint32_t index)
{
	struct xen_hvm_param p = { .domid = DOMID_SELF, .index = index };

	return hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uint64_t)&p, 0) ? 0 : p.value;
}

static struct xencons_interface *ring;
static struct evtchn_send console_event;

static void say(const char *text)
{
	for (; *text; text++) {
		while (ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) == sizeof(ring->out))
			hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
		ring->out[ring->out_prod % sizeof(ring->out)] = *text;
		__atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
	}
	hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uint64_t)&console_event, 0);
}

static void say_number(uint64_t n)
{
	char text[17] = { 0 };

	for (int i = 15; i >= 0; i--, n >>= 4)
		text[i] = "0123456789abcdef"[n & 15];
	say(text);
}

static unsigned wrong;

static void expect(const char *what, uint64_t got, uint64_t should)
{
	if (got == should)
		return;
	wrong++;
	say(what);
	say(": ");
	say_number(got);
	say(", not ");
	say_number(should);
	say("\n");
}

static void off(unsigned reason)
{
	struct sched_shutdown s = { .reason = reason };

	hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uint64_t)&s, 0);
	for (;;)
		__asm__ volatile("hlt");
}

/* ---- exceptions and interrupts --------------------------------------------------------------------------------- */

/* A fault goes on at `resume_at`, and leaves its vector in `caught`; interrupts are counted. */
static volatile uint64_t resume_at __attribute__((used));
static volatile uint64_t caught __attribute__((used)), interrupts __attribute__((used));

__asm__(".pushsection .text\n"
	".macro fault vector, has_error\n"
	"fault_\\vector:\n"
	"	.if \\has_error\n"
	"	add $8, %rsp\n"
	"	.endif\n"
	"	movq $\\vector, caught\n"
	"	push %rax\n"
	"	mov resume_at, %rax\n"
	"	mov %rax, 8(%rsp)\n"
	"	pop %rax\n"
	"	iretq\n"
	".endm\n"
	"fault 6, 0\n"
	"fault 13, 1\n"
	"fault 14, 1\n"
	"interrupt_entry:\n"
	"	incq interrupts\n"
	"	push %rax\n"
	"	push %rcx\n"
	"	push %rdx\n"
	"	mov $0x80b, %ecx\n" /* the end of it, to x2APIC */
	"	xor %eax, %eax\n"
	"	xor %edx, %edx\n"
	"	wrmsr\n"
	"	pop %rdx\n"
	"	pop %rcx\n"
	"	pop %rax\n"
	"	iretq\n"
	".popsection\n");
extern char fault_6[], fault_13[], fault_14[], interrupt_entry[];

#define VECTOR 0x40

static struct {
	uint64_t low, high;
} idt[256];

static void set_gate(unsigned vector, const char *handler)
{
	uint64_t at = (uint64_t)handler;

	idt[vector].low = (at & 0xffff) | 8ULL << 16 | 0x8e00ULL << 32 | (at >> 16 & 0xffff) << 48;
	idt[vector].high = at >> 32;
}

static void load_idt(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1, (uint64_t)idt };

	set_gate(6, fault_6);
	set_gate(13, fault_13);
	set_gate(14, fault_14);
	set_gate(VECTOR, interrupt_entry);
	__asm__ volatile("lidt %0" ::"m"(pointer));
}

/* The exception that the instruction raises; 0: none. */
#define RAISES(instruction, ...)                                                                                   \
	({                                                                                                         \
		caught = 0;                                                                                        \
		__asm__ volatile("movq $1f, resume_at\n\t" instruction "\n1:" ::__VA_ARGS__ : "memory");           \
		caught;                                                                                            \
	})

#define UD 6
#define GP 13

/* ---- what is tried --------------------------------------------------------------------------------------------- */

static uint64_t write_msr(uint32_t msr, uint64_t value)
{
	return RAISES("wrmsr", "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static uint64_t read_msr(uint32_t msr, uint64_t *value)
{
	uint32_t low = 0, high = 0;

	caught = 0;
	__asm__ volatile("movq $1f, resume_at\n\trdmsr\n1:" : "+a"(low), "+d"(high) : "c"(msr) : "memory");
	*value = (uint64_t)high << 32 | low;
	return caught;
}

static void msrs(void)
{
	uint64_t value;

	expect("EFER is read", read_msr(0xc0000080, &value), 0);
	expect("EFER", value, 0xd00);
	expect("EFER.SVME", write_msr(0xc0000080, 0x1d00), GP);
	expect("EFER without LME", write_msr(0xc0000080, 0xc00), GP);
	expect("EFER's reserved bits", write_msr(0xc0000080, 0xd00 | 1ULL << 40), GP);
	expect("EFER.SCE", write_msr(0xc0000080, 0xd01), 0);
	expect("an MSR that is not", read_msr(0x12345, &value), GP);
	expect("it is not written either", write_msr(0x12345, 0), GP);
	expect("VM_CR", read_msr(0xc0010114, &value), GP);
	expect("VM_HSAVE_PA", write_msr(0xc0010117, 0x1000), GP);
	expect("an SMM base", write_msr(0xc0010111, 0), GP);
	expect("PAT of a reserved type", write_msr(0x277, 2), GP);
	expect("PAT", write_msr(0x277, 0x0007040600070406), 0);
	expect("an MSR of the host's machine check", write_msr(0x400, ~0ULL), GP);
	expect("TSC_ADJUST", write_msr(0x3b, 0), GP);
}

static void control_registers(void)
{
	uint64_t cr0, cr4;

	__asm__ volatile("mov %%cr0, %0; mov %%cr4, %1" : "=r"(cr0), "=r"(cr4));
	expect("CR0", cr0, 0x80010011);
	expect("CR4", cr4, 0x620);
	expect("CR0 without PE", RAISES("mov %0, %%cr0", "r"(0x80010010ULL)), GP);
	expect("CR0 with NW alone", RAISES("mov %0, %%cr0", "r"(0xa0010011ULL)), GP);
	expect("CR0's upper half", RAISES("mov %0, %%cr0", "r"(0x180010011ULL)), GP);
	expect("CR0.PG off in 64-bit code", RAISES("mov %0, %%cr0", "r"(0x10011ULL)), GP);
	expect("CR0.TS", RAISES("mov %0, %%cr0", "r"(0x80010019ULL)), 0);
	expect("CLTS", RAISES("clts", "r"(0)), 0);
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	expect("CR0 after CLTS", cr0, 0x80010011);
	expect("CR4.PAE off", RAISES("mov %0, %%cr4", "r"(0x600ULL)), GP);
	expect("CR4.VMXE", RAISES("mov %0, %%cr4", "r"(0x2620ULL)), GP);
	expect("CR4.LA57", RAISES("mov %0, %%cr4", "r"(0x1620ULL)), GP);
	expect("CR4's upper half", RAISES("mov %0, %%cr4", "r"(0x100000620ULL)), GP);
	expect("CR4.PGE", RAISES("mov %0, %%cr4", "r"(0x6a0ULL)), 0);
	expect("CR8", RAISES("mov %0, %%cr8", "r"(3ULL)), 0);
	expect("CR8 of 16", RAISES("mov %0, %%cr8", "r"(16ULL)), GP);
	__asm__ volatile("mov %%cr8, %0" : "=r"(cr0));
	expect("CR8 is what it was set to", cr0, 3);
	expect("CR8 of 0", RAISES("mov %0, %%cr8", "r"(0ULL)), 0);
}

static void instructions(void)
{
	expect("VMRUN", RAISES("vmrun %%rax", "a"(0x1000)), UD);
	expect("VMLOAD", RAISES("vmload %%rax", "a"(0x1000)), UD);
	expect("VMSAVE", RAISES("vmsave %%rax", "a"(0x1000)), UD);
	expect("CLGI", RAISES("clgi", "r"(0)), UD);
	expect("STGI", RAISES("stgi", "r"(0)), UD);
	expect("INVLPGA", RAISES("invlpga %%rax, %%ecx", "a"(0), "c"(0)), UD);
	expect("MONITOR", RAISES("monitor", "a"(0), "c"(0), "d"(0)), UD);
	expect("MWAIT", RAISES("mwait", "a"(0), "c"(0)), UD);
	expect("RDPMC", RAISES("rdpmc", "c"(0)), GP);
	expect("XSETBV, switched off", RAISES("xsetbv", "a"(1), "c"(0), "d"(0)), UD);
	expect("WBINVD", RAISES("wbinvd", "r"(0)), 0);
	expect("INVD", RAISES("invd", "r"(0)), 0);
}

static void cpuid_leaves(void)
{
	uint32_t a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	expect("hypervisor, x2APIC", c >> 31 & c >> 21 & 1, 1);
	expect("no VMX, MONITOR, PCID", c & (1 << 5 | 1 << 3 | 1 << 17), 0);
	expect("APIC, no MCE, MTRR, MCA", d & (1 << 9 | 1 << 7 | 1 << 12 | 1 << 14), 1 << 9);
	a = 0x40000000, c = 0;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	expect("the interface's signature", b, 0x566e6558);
	a = 0x80000001, c = 0;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	expect("no SVM", c & 4, 0);
	a = 0x8000000a, c = 0;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	expect("nothing of SVM", a | b | c | d, 0);
}

static void devices(void)
{
	volatile uint32_t *hole = (uint32_t *)0xe0000000, *lapic = (uint32_t *)0xfee00000;
	uint32_t in = 0;
	uint8_t buffer[8] = { 0 }, *to = buffer;
	uint64_t count = 5;

	__asm__ volatile("in %%dx, %%al" : "=a"(in) : "a"(0x1200), "d"(0x60));
	expect("a port", in, 0x12ff);
	__asm__ volatile("in %%dx, %%eax" : "=a"(in) : "d"(0xcfc));
	expect("a port of 32 bits", in, 0xffffffff);
	__asm__ volatile("out %%al, %%dx" ::"a"(0xfe), "d"(0x64));
	__asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(0x60) : "memory");
	expect("a string from a port", *(uint64_t *)buffer, 0xffffffffff);
	expect("a hole", *hole, 0xffffffff);
	*hole = 1;
	expect("it forgets", *hole, 0xffffffff);
	expect("the APIC's version", lapic[0x30 / 4] & 0xff, 0x14);
	lapic[0x80 / 4] = 0x20;
	expect("its priority", lapic[0x80 / 4], 0x20);
	lapic[0x80 / 4] = 0;
	__asm__ volatile("xchg %0, (%1)" : "+r"(in) : "r"(lapic + 0x80 / 4) : "memory");
	expect("XCHG there", in, 0);
	lapic[0x80 / 4] = 0;
}

static void wait_for(uint64_t count)
{
	for (unsigned i = 0; i < 2000 && interrupts < count; i++)
		__asm__ volatile("sti; hlt; cli");
}

static void interrupt_controller(void)
{
	uint64_t value;

	expect("x2APIC", write_msr(0x1b, 0xfee00d00), 0);
	expect("back to xAPIC", write_msr(0x1b, 0xfee00900), GP);
	expect("the APIC elsewhere", write_msr(0x1b, 0xfed00d00), GP);
	expect("a register that is not", read_msr(0x805, &value), GP);
	expect("its version is not written", write_msr(0x803, 0), GP);
	expect("a reserved bit of SVR", write_msr(0x80f, 0x100000), GP);
	expect("SVR", write_msr(0x80f, 0x1ff), 0);
	expect("its id", read_msr(0x802, &value) + value, 0);
	expect("an interrupt to itself", write_msr(0x83f, VECTOR), 0);
	expect("masked by the flag", interrupts, 0);
	wait_for(1);
	expect("it came", interrupts, 1);
	expect("another, by its number", write_msr(0x830, VECTOR), 0);
	wait_for(2);
	expect("it came, too", interrupts, 2);
	expect("divider", write_msr(0x83e, 0xb), 0);
	expect("timer", write_msr(0x832, VECTOR), 0);
	expect("count", write_msr(0x838, 100000), 0);
	wait_for(3);
	expect("the timer's came", interrupts, 3);
}

static long reservation(void)
{
	struct xen_memory_domain d = { .domid = DOMID_SELF };

	return hypercall(__HYPERVISOR_memory_op, XENMEM_current_reservation, (uint64_t)&d, 0);
}

static uint8_t page[4096] __attribute__((aligned(4096)));

static void memory(void)
{
	xen_pfn_t gfn = (uint64_t)page >> 12;
	struct xen_memory_reservation r = { .extent_start = &gfn, .nr_extents = 1, .domid = DOMID_SELF };
	struct xen_remove_from_physmap gone = { .domid = DOMID_SELF, .gpfn = gfn };
	struct xen_add_to_physmap shared = { .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = 0xfe700 };
	long before = reservation();

	page[0] = 1;
	expect("a page is given back",
	       (uint64_t)hypercall(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, (uint64_t)&r, 0), 1);
	expect("again", (uint64_t)hypercall(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, (uint64_t)&r, 0), 0);
	expect("one less", (uint64_t)reservation(), (uint64_t)before - 1);
	expect("it is a hole", *(volatile uint8_t *)page, 0xff);
	expect("and comes back",
	       (uint64_t)hypercall(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (uint64_t)&r, 0), 1);
	expect("clean", *(volatile uint8_t *)page, 0);
	expect("over memory: not",
	       (uint64_t)hypercall(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (uint64_t)&r, 0), 0);
	expect("as many as before", (uint64_t)reservation(), (uint64_t)before);
	expect("the shared page",
	       (uint64_t)hypercall(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, (uint64_t)&shared, 0), 0);
	expect("it is there", ((volatile struct shared_info *)0xfe700000)->wc_version & 1, 0);
	gone.gpfn = 0xfe700;
	expect("it goes",
	       (uint64_t)hypercall(__HYPERVISOR_memory_op, XENMEM_remove_from_physmap, (uint64_t)&gone, 0), 0);
	expect("it has gone", *(volatile uint32_t *)0xfe700000, 0xffffffff);
	shared.gpfn = gfn;
	expect("in the place of memory",
	       (uint64_t)hypercall(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, (uint64_t)&shared, 0), 0);
	expect("which went", (uint64_t)reservation(), (uint64_t)before - 1);
}

static void calls(void)
{
	expect("mmu_update", (uint64_t)hypercall(__HYPERVISOR_mmu_update, 0, 0, 0), (uint64_t)-38);
	expect("no call", (uint64_t)hypercall(63, 0, 0, 0), (uint64_t)-38);
	expect("no call at all", (uint64_t)hypercall(0xffffffff, 0, 0, 0), (uint64_t)-38);
	expect("an argument in a hole", (uint64_t)hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, 0xe0000000, 0),
	       (uint64_t)-14);
	expect("an argument nowhere", (uint64_t)hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, 1ULL << 40, 0),
	       (uint64_t)-14);
	expect("a domctl", (uint64_t)hypercall(__HYPERVISOR_domctl, 0, 0, 0), (uint64_t)-38);
}

static void privileges(void)
{
	msrs();
	control_registers();
	instructions();
	cpuid_leaves();
	devices();
	interrupt_controller();
	memory();
	calls();
	say(wrong ? "privileges: wrong\n" : "privileges: right\n");
	off(SHUTDOWN_poweroff);
}

/* ---- what nobody survives -------------------------------------------------------------------------------------- */

static void triple(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = { 0, 0 };

	__asm__ volatile("lidt %0; int3" ::"m"(none));
}

static void strange(void)
{
	__asm__ volatile("movups (%0), %%xmm0" ::"r"(0xe0000000ULL) : "memory");
}

static void walk(void)
{
	__asm__ volatile("mov %0, %%cr3" ::"r"(0xe0000000ULL) : "memory");
}

static void spin(void)
{
	uint32_t a, b, c, d;

	for (;;) {
		a = 0, c = 0;
		__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	}
}

static bool is(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

void guest_main(const struct hvm_start_info *info);
void guest_main(const struct hvm_start_info *info)
{
	static const struct {
		const char *word;
		void (*act)(void);
	} acts[] = {{"privileges", privileges},
		    {"triple", triple},
		    {"strange", strange},
		    {"walk", walk},
		    {"spin", spin}};
	const char *word = (const char *)info->cmdline_paddr;

	load_idt();
	ring = (struct xencons_interface *)(param(HVM_PARAM_CONSOLE_PFN) << 12);
	console_event.port = (evtchn_port_t)param(HVM_PARAM_CONSOLE_EVTCHN);
	for (unsigned i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (is(word, acts[i].word)) {
			say("begins\n");
			acts[i].act();
		}
	say("survived: ");
	say(word);
	say("\n");
	off(SHUTDOWN_crash);
}
