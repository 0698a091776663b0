/* crash.h - the last words: registers, stack and call trace */
#ifndef ARCH_X86_CRASH_H
#define ARCH_X86_CRASH_H

struct cpu_user_regs;

/* Stop the machine: says why and shows where. panic() for who has no registers at hand. */
_Noreturn void crash(const struct cpu_user_regs *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
