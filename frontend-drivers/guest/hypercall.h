/* hypercall.h - how a 64-bit PV guest calls the hypervisor
 *
 * SYSCALL with the number in rax and the arguments in rdi, rsi, rdx, r10; a guest kernel needs no hypercall page for that.
 */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include <xen/xen.h>

static inline long hypercall(unsigned long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	register uint64_t r10 __asm__("r10") = d;

	__asm__ volatile("syscall"
			 : "+a"(nr), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
			 :
			 : "rcx", "r11", "r8", "r9", "memory");
	return (long)nr;
}
#define CALL1(name, a)	     hypercall(__HYPERVISOR_##name, (uint64_t)(a), 0, 0, 0)
#define CALL2(name, a, b)    hypercall(__HYPERVISOR_##name, (uint64_t)(a), (uint64_t)(b), 0, 0)
#define CALL3(name, a, b, c) hypercall(__HYPERVISOR_##name, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), 0)
#define CALL4(name, a, b, c, d)                                                                                        \
	hypercall(__HYPERVISOR_##name, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d))

#endif
