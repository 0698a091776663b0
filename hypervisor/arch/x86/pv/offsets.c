/* offsets.c - holds offsets.h to the structures; makes no code */
#include <stddef.h>

#include "arch/x86/pv/offsets.h"
#include "kern/domain.h"

#define SAME(constant, type, field) _Static_assert((constant) == offsetof(type, field), #constant)

SAME(REGS_R15, struct cpu_user_regs, r15);
SAME(REGS_RBX, struct cpu_user_regs, rbx);
SAME(REGS_R11, struct cpu_user_regs, r11);
SAME(REGS_RAX, struct cpu_user_regs, rax);
SAME(REGS_RCX, struct cpu_user_regs, rcx);
SAME(REGS_RDI, struct cpu_user_regs, rdi);
SAME(REGS_ERROR, struct cpu_user_regs, error_code);
SAME(REGS_VECTOR, struct cpu_user_regs, entry_vector);
SAME(REGS_RIP, struct cpu_user_regs, rip);
SAME(REGS_CS, struct cpu_user_regs, cs);
SAME(REGS_RFLAGS, struct cpu_user_regs, rflags);
SAME(REGS_RSP, struct cpu_user_regs, rsp);
SAME(REGS_SS, struct cpu_user_regs, ss);
SAME(REGS_TOP, struct cpu_user_regs, es);

SAME(VCPU_HOST_STACK, struct vcpu, host_stack);
SAME(VCPU_REGS, struct vcpu, regs);
SAME(VCPU_INFO, struct vcpu, info);
SAME(VCPU_HVM, struct vcpu, hvm);
SAME(VCPU_KERNEL_MODE, struct vcpu, pv.kernel_mode);
SAME(VCPU_SYSCALL_MASKS_EVENTS, struct vcpu, pv.syscall_masks_events);
SAME(VCPU_NMI_MASKED, struct vcpu, pv.nmi_masked);
SAME(VCPU_KERNEL_CR3, struct vcpu, pv.kernel_cr3);
SAME(VCPU_USER_CR3, struct vcpu, pv.user_cr3);
SAME(VCPU_KERNEL_SP, struct vcpu, pv.kernel_sp);
SAME(VCPU_SYSCALL_CALLBACK, struct vcpu, pv.syscall_callback);
SAME(VCPU_IOMAP, struct vcpu, pv.iomap);

SAME(INFO_PENDING, struct vcpu_info, evtchn_upcall_pending);
SAME(INFO_MASK, struct vcpu_info, evtchn_upcall_mask);

SAME(CPU_CURRENT, struct cpu, vcpu);
SAME(CPU_PENDING, struct cpu, pending);
SAME(CPU_WORK_LEFT, struct cpu, work.left);
SAME(CPU_HOST_BLOCK, struct cpu, hvm_block);

/* The CPU aligns its frame to 16 bytes: it must not have to, or the frame would not be the structure. */
_Static_assert((VCPU_REGS + REGS_TOP) % 16 == 0, "a trap's frame is v->regs");
