/* program.S - the user program: what user mode must be able to do, and at last what it must not
 *
 * It checks that a register of SSE survives other threads, that sleeping takes its time, and that the kernel refuses to read
 * the kernel's memory for it. Then it reads that itself.
 */
#include "frontend-drivers/guest/user.h"

#define KERNEL_ADDRESS 0xffffffff80000000
#define SLEEP_NS       2000000
#define SPIN_NS	       15000000 /* more than a slice */

.macro CALL number
	mov $\number, %eax
	syscall
.endm
.macro SAY text
	lea 1f(%rip), %rdi
	mov $(2f - 1f), %esi
	CALL USER_SAY
	test %rax, %rax
	jnz wrong
	.subsection 1
1:	.ascii "\text"
2:	.subsection 0
.endm

	.section .user, "ax", @progbits
	.subsection 0
start:
	SAY "runs"
	CALL USER_VCPU
	lea 0x5eed(%rax), %rbx
	movq %rbx, %xmm7
	push %rbx

	CALL USER_NOW
	mov %rax, %r12
	mov $SLEEP_NS, %edi
	CALL USER_SLEEP
	CALL USER_NOW
	sub %r12, %rax
	cmp $SLEEP_NS, %rax
	jb wrong

	/* Without a system call, so that only the timer can give others a turn. */
	rdtsc
	shl $32, %rdx
	lea (%rdx, %rax), %r12
spin:	rdtsc
	shl $32, %rdx
	or %rdx, %rax
	sub %r12, %rax
	cmp $SPIN_NS, %rax
	jb spin

	movq %xmm7, %rax
	pop %rcx
	cmp %rbx, %rax
	jne wrong
	cmp %rbx, %rcx
	jne wrong

	mov $KERNEL_ADDRESS, %rdi
	mov $8, %esi
	CALL USER_SAY
	cmp $-14, %rax
	jne wrong
	CALL 99
	cmp $-38, %rax
	jne wrong
	SAY "all is well; reading the kernel's memory"
	mov $KERNEL_ADDRESS, %rdi
	mov (%rdi), %rax
	SAY "the kernel's memory can be read"
wrong:
	mov $1, %edi
	CALL USER_END
	ud2

	.section .note.GNU-stack, "", @progbits
