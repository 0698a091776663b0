/* crash.h - the last words: registers, stack and call trace */
#ifndef ARCH_X86_CRASH_H
#define ARCH_X86_CRASH_H

struct cpu_user_regs;
struct vcpu;

/* Stop the machine: says why and shows where. panic() for who has no registers at hand. */
_Noreturn void crash(const struct cpu_user_regs *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A guest's registers, and the words on its stack if it is current: for domain_crash(). */
void show_guest(struct vcpu *v);

#endif
