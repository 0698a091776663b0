/* layout.h - where things are in the hypervisor's part of every address space
 *
 * The guest ABI leaves L4 slots 256-271 (0xffff800000000000-0xffff87ffffffffff) to the hypervisor. Their sixteen L4
 * entries are made at boot, never change, and are the same in every guest's L4 table.
 *
 *   slot 256      machine-to-phys table, readable by guests (ABI: MACH2PHYS_VIRT_START)
 *   slot 257      frame words; from its middle on, frame aux; from its last quarter on, the M2P again, writable
 *   slot 258      a window for each CPU: its GDT, LDT and TSS pages
 *   slot 259      device memory mapped by map_device()
 *   slot 261      the hypervisor's image
 *   slots 262-271 direct map of all RAM (5 TiB), writable, not executable
 */
#ifndef ARCH_X86_LAYOUT_H
#define ARCH_X86_LAYOUT_H

#define HYPERVISOR_FIRST_SLOT 256
#define HYPERVISOR_LAST_SLOT  271

/* The guest may not use addresses from OUR_VIRT_START up to OUR_VIRT_END (ABI: HYPERVISOR_VIRT_START, _END). */
#define OUR_VIRT_START 0xffff800000000000
#define OUR_VIRT_END   0xffff880000000000

#define M2P_VIRT	0xffff800000000000
#define FRAME_WORD_VIRT 0xffff808000000000
#define FRAME_AUX_VIRT	0xffff80c000000000
#define M2P_RW_VIRT	0xffff80e000000000
#define WINDOW_VIRT	0xffff810000000000
#define DEVICE_VIRT	0xffff818000000000
#define IMAGE_VIRT	0xffff82d040000000
#define DIRECT_VIRT	0xffff830000000000
#define DIRECT_SIZE	0x0000050000000000

#define IMAGE_PHYS 0x200000 /* where a multiboot loader puts the image */

/* A CPU's window: 16 pages of GDT (0-13 the guest's, 14 ours), 16 of LDT, TSS with its I/O bitmap. */
#define WINDOW_SIZE	0x40000
#define WINDOW_GDT	0x00000
#define WINDOW_LDT	0x10000
#define WINDOW_TSS	0x20000
#define GDT_GUEST_PAGES 14
#define GDT_OUR_PAGE	14
#define LDT_PAGES	16

/* Selectors fixed by the ABI (xen/arch-x86/xen-x86_64.h: FLAT_RING3_*), and ours behind them. */
#define SEL_GUEST_CS32 0xe023
#define SEL_GUEST_DS   0xe02b
#define SEL_GUEST_CS64 0xe033
#define SEL_HOST_CS    0xe008
#define SEL_HOST_DS    0xe010
#define SEL_TSS	       0xe040 /* 16 bytes */
#define SEL_LDT	       0xe050 /* 16 bytes */

/* One stack for each CPU, aligned to its size: struct cpu at the bottom, four IST stacks, then the main stack. */
#define STACK_ORDER   3
#define STACK_SIZE    (4096 << STACK_ORDER)
#define STACK_IST_DF  0x2000 /* offset of the top of each IST stack */
#define STACK_IST_NMI 0x3000
#define STACK_IST_MCE 0x4000
#define STACK_IST_DB  0x5000
#define STACK_TOP     (STACK_SIZE - 64)

#define MAX_CPUS 64

#endif
