/* offsets.h - where entry.S finds the fields it needs; checked against the structures by offsets.c */
#ifndef ARCH_X86_PV_OFFSETS_H
#define ARCH_X86_PV_OFFSETS_H

/* struct cpu_user_regs (ABI) */
#define REGS_R15    0
#define REGS_R14    8
#define REGS_R13    16
#define REGS_R12    24
#define REGS_RBP    32
#define REGS_RBX    40
#define REGS_R11    48
#define REGS_R10    56
#define REGS_R9	    64
#define REGS_R8	    72
#define REGS_RAX    80
#define REGS_RCX    88
#define REGS_RDX    96
#define REGS_RSI    104
#define REGS_RDI    112
#define REGS_ERROR  120
#define REGS_VECTOR 124
#define REGS_RIP    128
#define REGS_CS	    136
#define REGS_RFLAGS 144
#define REGS_RSP    152
#define REGS_SS	    160
#define REGS_TOP    168 /* the hardware's frame ends here */

/* struct vcpu */
#define VCPU_HOST_STACK		  0
#define VCPU_REGS		  8
#define VCPU_INFO		  208
#define VCPU_HVM		  216
#define VCPU_KERNEL_MODE	  224
#define VCPU_SYSCALL_MASKS_EVENTS 225
#define VCPU_NMI_MASKED		  226
#define VCPU_KERNEL_CR3		  232
#define VCPU_USER_CR3		  240
#define VCPU_KERNEL_SP		  248
#define VCPU_SYSCALL_CALLBACK	  256
#define VCPU_IOMAP		  264

/* struct vcpu_info (ABI) */
#define INFO_PENDING 0
#define INFO_MASK    1

/* struct cpu */
#define CPU_CURRENT    0
#define CPU_PENDING    8
#define CPU_WORK_LEFT  24
#define CPU_HOST_BLOCK 32

/* regs->entry_vector beyond the hardware's 0-255 */
#define ENTRY_SYSCALL                                                                                                  \
	0xffffffff /* by SYSCALL, and rip, rcx, rflags and r11 are as SYSCALL left them: SYSRET may end it */
#define ENTRY_SYSCALL32 0x101
#define ENTRY_SYSENTER	0x102

#define HYPERCALLS 64 /* entries of hypercall_table (call/call.h) */

/* What a hypercall may do before it lets others in: some 16 thousand page-table entries. A debug build interrupts nearly everything
 * that it can, wherever it can: what goes on afterwards must have lost nothing. */
#if PLINTH_DEBUG
#define HYPERCALL_WORK 250
#else
#define HYPERCALL_WORK 16384
#endif

/* TSS.iomap_base: the bitmap of ports behind it, or beyond the segment's limit: no port. */
#define IOMAP_ON  0x1000
#define IOMAP_OFF 0xffff

#define USER_RFLAGS 0x240dd5 /* flags that a guest may load freely: CF PF AF ZF SF TF DF OF AC ID */

#endif
