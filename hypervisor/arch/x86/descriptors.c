/* descriptors.c - each CPU's GDT, TSS and window pages; the IDT that all share */
#include "arch/x86/control.h"
#include "arch/x86/descriptors.h"
#include "arch/x86/paging.h"
#include "kern/memory.h"
#include "lib/errno.h"
#include "lib/string.h"

#define SLOT(selector) ((selector) >> 3 & 511) /* in page GDT_OUR_PAGE */

#define HOST_CODE    0x00af9b000000ffffULL
#define HOST_DATA    0x00cf93000000ffffULL
#define GUEST_CODE32 0x00cffb000000ffffULL
#define GUEST_DATA   0x00cff3000000ffffULL
#define GUEST_CODE64 0x00affb000000ffffULL

#define TSS_BUSY       (2ULL << 40) /* of its descriptor: loading it wants it clear */
#define GATE_INTERRUPT 0x8e
#define GATE_DPL3      0x60
#define VECTOR_DB      1
#define VECTOR_NMI     2
#define VECTOR_BP      3
#define VECTOR_OF      4
#define VECTOR_DF      8
#define VECTOR_MCE     18

struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};
_Static_assert(sizeof(struct gate) == 16, "the CPU's layout");

extern const uint64_t trap_stubs[256]; /* addresses (pv/entry.S) */

uint8_t *io_bitmap_direct;
static void *io_bitmap_end; /* the byte of ones that must follow a bitmap */
static struct gate idt[256] __aligned(4096);
static uint64_t early_gdt_page[512] __aligned(4096);

static void fill_gdt_page(uint64_t *page)
{
	page[SLOT(SEL_HOST_CS)] = HOST_CODE;
	page[SLOT(SEL_HOST_DS)] = HOST_DATA;
	page[SLOT(SEL_GUEST_CS32)] = GUEST_CODE32;
	page[SLOT(SEL_GUEST_DS)] = GUEST_DATA;
	page[SLOT(SEL_GUEST_CS64)] = GUEST_CODE64;
}

static void set_tss_descriptor(uint64_t *page, uint64_t base)
{
	uint64_t *d = &page[SLOT(SEL_TSS)];

	d[0] = (TSS_LIMIT & 0xffff) | (base & 0xffffff) << 16 | 0x89ULL << 40 | (base >> 24 & 0xff) << 56;
	d[1] = base >> 32;
}

static void load_gdt(uint64_t base)
{
	struct control_table gdtr = {(GDT_OUR_PAGE + 1) * PAGE_SIZE - 1, base};

	__asm__ volatile(
		"lgdt %0\n\t"
		"pushq %1\n\t"
		"lea 1f(%%rip), %%rax\n\t"
		"push %%rax\n\t"
		"lretq\n"
		"1:\tmov %2, %%ss\n\t"
		"mov %3, %%ds\n\t"
		"mov %3, %%es\n\t"
		"mov %3, %%fs\n\t"
		"mov %3, %%gs"
		:
		: "m"(gdtr), "i"(SEL_HOST_CS), "r"(SEL_HOST_DS), "r"(0)
		: "rax", "memory");
}

static void load_idt(void)
{
	struct control_table idtr = {sizeof(idt) - 1, (uint64_t)idt};

	__asm__ volatile("lidt %0" : : "m"(idtr));
}

static void fill_idt(void)
{
	for (unsigned v = 0; v < 256; v++) {
		uint64_t at = trap_stubs[v];

		idt[v] = (struct gate){
			.offset_low = (uint16_t)at,
			.selector = SEL_HOST_CS,
			/* A guest's `int n` with another number is a #GP, and emulated from that. */
			.type = v == VECTOR_BP || v == VECTOR_OF ? GATE_INTERRUPT | GATE_DPL3 : GATE_INTERRUPT,
			.offset_middle = (uint16_t)(at >> 16),
			.offset_high = (uint32_t)(at >> 32),
		};
	}
}

/* The base is so that the one page there is stands where GDT_OUR_PAGE will be; nothing below it is ever used. */
void descriptors_init_early(void)
{
	fill_gdt_page(early_gdt_page);
	load_gdt((uint64_t)early_gdt_page - GDT_OUR_PAGE * PAGE_SIZE);
	fill_idt();
	load_idt();
}

static int make_io_bitmap(void)
{
	io_bitmap_direct = pages_alloc(1);
	io_bitmap_end = pages_alloc(0);
	if (!io_bitmap_direct || !io_bitmap_end)
		return -ENOMEM;
	memset(io_bitmap_direct, 0xff, 2 * PAGE_SIZE);
	memset(io_bitmap_end, 0xff, PAGE_SIZE);
	return 0;
}

static struct tss *make_tss(struct cpu *c)
{
	struct tss *tss = pages_alloc(0);
	uint64_t stack = (uint64_t)c;

	if (!tss)
		return NULL;
	tss->ist[IST_DF - 1] = stack + STACK_IST_DF;
	tss->ist[IST_NMI - 1] = stack + STACK_IST_NMI;
	tss->ist[IST_MCE - 1] = stack + STACK_IST_MCE;
	tss->rsp0 = stack + STACK_TOP;
	tss->iomap_base = TSS_NO_IOMAP;
	return tss;
}

int descriptors_init_cpu(struct cpu *c)
{
	uint64_t *gdt_page = pages_alloc(0);
	struct tss *tss = make_tss(c);
	mfn_t bitmap;

	if (!gdt_page || !tss || window_init(c->id) || (!io_bitmap_direct && make_io_bitmap()))
		return -ENOMEM;
	window_map(c->id, WINDOW_GDT + GDT_OUR_PAGE * PAGE_SIZE, virt_to_mfn(gdt_page), true);
	window_map(c->id, WINDOW_TSS, virt_to_mfn(tss), true);
	bitmap = virt_to_mfn(io_bitmap_direct);
	window_map(c->id, WINDOW_TSS + TSS_IOMAP, bitmap, false);
	window_map(c->id, WINDOW_TSS + TSS_IOMAP + PAGE_SIZE, mfn_add(bitmap, 1), false);
	window_map(c->id, WINDOW_TSS + TSS_LIMIT, virt_to_mfn(io_bitmap_end), false);

	fill_gdt_page(gdt_page);
	set_tss_descriptor(gdt_page, window_address(c->id, WINDOW_TSS));
	c->gdt_page = gdt_page;
	c->tss = (void *)window_address(c->id, WINDOW_TSS);
	load_gdt(window_address(c->id, WINDOW_GDT));
	__asm__ volatile(
		"ltr %w0\n\t"
		"lldt %w1"
		:
		: "r"(SEL_TSS), "r"(0));
	idt[VECTOR_DF].ist = IST_DF; /* not before the first TSS is loaded */
	idt[VECTOR_DB].ist = IST_DB;
	idt[VECTOR_NMI].ist = IST_NMI;
	idt[VECTOR_MCE].ist = IST_MCE;
	load_idt();
	return 0;
}

void descriptors_reload(void)
{
	struct cpu *c = this_cpu();
	struct control_table gdtr = {(GDT_OUR_PAGE + 1) * PAGE_SIZE - 1, window_address(c->id, WINDOW_GDT)};

	__asm__ volatile("lgdt %0" ::"m"(gdtr));
	((uint64_t *)c->gdt_page)[SLOT(SEL_TSS)] &= ~TSS_BUSY;
	__asm__ volatile("ltr %w0" ::"r"(SEL_TSS) : "memory");
}
