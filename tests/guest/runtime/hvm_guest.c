/* hvm_guest.c - a partner under hardware virtualization, from the inside: its descriptor tables, its traps, its other vcpus
 */
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/hvm_vcpu.h>
#include <xen/hvm/params.h>

#include "hvm.h"

#define MSR_HYPERCALL_PAGE 0x40000000
#define MSR_STAR	   0xc0000081
#define MSR_LSTAR	   0xc0000082
#define MSR_SFMASK	   0xc0000084

void hvm_main(struct start_info *si) __attribute__((noreturn));
void hvm_trap(struct trap_frame *f);
void guest_be_partner(void) __attribute__((noreturn));
void guest_trap(struct trap_frame *f);
void hvm_syscall(void), hvm_vcpu_entry(void);
void hvm_start_vcpu(unsigned id);
extern const uint8_t hvm_trap_stubs[256][16];
extern uint8_t guest_stacks[GUEST_VCPUS][GUEST_STACK_SIZE];

bool guest_is_hvm;
uint8_t hvm_call_page[4096] __attribute__((aligned(4096)));

static uint64_t gdt[] = {0, 0x00af9b000000ffff, 0x00cf93000000ffff};
static struct {
	uint64_t low, high;
} idt[256];

struct table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static void fill_idt(void)
{
	for (unsigned i = 0; i < 256; i++) {
		uint64_t at = (uint64_t)hvm_trap_stubs[i];

		idt[i].low = (at & 0xffff) | (uint64_t)HVM_CS << 16 | 0x8e00UL << 32 | (at >> 16 & 0xffff) << 48;
		idt[i].high = at >> 32;
	}
}

void hvm_set_up(void)
{
	struct table gdtr = {sizeof(gdt) - 1, (uint64_t)gdt}, idtr = {sizeof(idt) - 1, (uint64_t)idt};

	__asm__ volatile("lgdt %0; lidt %1" ::"m"(gdtr), "m"(idtr));
	wrmsr(MSR_STAR, (uint64_t)HVM_CS << 32);
	wrmsr(MSR_LSTAR, (uint64_t)hvm_syscall);
	wrmsr(MSR_SFMASK, 0);
}

void hvm_main(struct start_info *si)
{
	struct xen_add_to_physmap show = {
		.domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = physical(shared) >> 12};

	start_info = si;
	guest_is_hvm = true;
	fill_idt();
	hvm_set_up();
	wrmsr(MSR_HYPERCALL_PAGE, physical(hvm_call_page));
	NEED(!CALL2(memory_op, XENMEM_add_to_physmap, &show), "shared_info does not appear");
	guest_be_partner();
}

void hvm_trap(struct trap_frame *f)
{
	__asm__ volatile("mov %%cr2, %0" : "=r"(my_info->arch.cr2));
	guest_trap(f);
}

int try_rdmsr(uint32_t msr)
{
	uint32_t low, high;

	return TRY("rdmsr" : "=a"(low), "=d"(high) : "c"(msr)).vector;
}

int try_wrmsr(uint32_t msr, uint64_t value)
{
	return TRY("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory").vector;
}

bool is_intel(void)
{
	return cpuid(0, 0).b == 0x756e6547;
}

long hvm_parameter(uint32_t index)
{
	struct xen_hvm_param p = {.domid = DOMID_SELF, .index = index};
	long ret = CALL2(hvm_op, HVMOP_get_param, &p);

	return ret ? ret : (long)p.value;
}

long hvm_set_parameter(uint32_t index, uint64_t value)
{
	struct xen_hvm_param p = {.domid = DOMID_SELF, .index = index, .value = value};

	return CALL2(hvm_op, HVMOP_set_param, &p);
}

/* As start_vcpu() wants it: initialised, not up. */
void hvm_start_vcpu(unsigned id)
{
	static struct vcpu_hvm_context c;
	uint64_t cr3;
	long ret;

	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	c = (struct vcpu_hvm_context){.mode = VCPU_HVM_MODE_64B};
	c.cpu_regs.x86_64.rip = (uint64_t)hvm_vcpu_entry;
	c.cpu_regs.x86_64.rsp = (uint64_t)guest_stacks[id] + GUEST_STACK_SIZE / 2;
	c.cpu_regs.x86_64.rflags = 2;
	c.cpu_regs.x86_64.cr0 = HVM_CR0;
	c.cpu_regs.x86_64.cr3 = cr3;
	c.cpu_regs.x86_64.cr4 = HVM_CR4;
	c.cpu_regs.x86_64.efer = HVM_EFER;
	ret = CALL3(vcpu_op, VCPUOP_initialise, id, &c);
	NEED(!ret, "vcpu %u: %ld", id, ret);
}
