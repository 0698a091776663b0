/* descriptors.h - each CPU's GDT, TSS and window pages; the IDT that all share */
#ifndef ARCH_X86_DESCRIPTORS_H
#define ARCH_X86_DESCRIPTORS_H

#include "arch/x86/percpu.h"
#include "lib/types.h"

struct tss {
	uint32_t reserved0;
	uint64_t rsp0, rsp1, rsp2;
	uint64_t reserved1;
	uint64_t ist[7]; /* 1-7 in an IDT gate */
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iomap_base; /* TSS_IOMAP or TSS_NO_IOMAP */
} __packed;
_Static_assert(sizeof(struct tss) == 104, "the CPU's layout");

#define TSS_IOMAP    0x1000 /* in the window: the bitmap's two pages lie behind the TSS's own */
#define TSS_LIMIT    0x3000 /* and one byte of ones behind them */
#define TSS_NO_IOMAP 0xffff

/* The hardware domain's I/O bitmap in the direct map, 8 KiB, bit set: the port traps. All ones at first. */
extern uint8_t *io_bitmap_direct;

/* Vectors with a stack of their own, and which of tss.ist it is. #DB shares the machine check's: neither follows the other
 * but when all is lost. */
#define IST_DF	1
#define IST_NMI 2
#define IST_MCE 3
#define IST_DB	IST_MCE

/* Before there is memory: a GDT with our selectors and an IDT, on the stack that is in use. Boot CPU. */
void descriptors_init_early(void);

/* The calling CPU's (c == this_cpu()) window with GDT and TSS; loads GDT, TSS and IDT. -ENOMEM. */
int descriptors_init_cpu(struct cpu *c);

/* GDTR and TR of the calling CPU as they were: an exit of VT-x leaves other limits in them. */
void descriptors_reload(void);

#endif
