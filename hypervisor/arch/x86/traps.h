/* traps.h - exceptions while the hypervisor itself runs */
#ifndef ARCH_X86_TRAPS_H
#define ARCH_X86_TRAPS_H

struct cpu_user_regs;

/* From entry.S, with error_code and entry_vector set. Returns to r->rip, which may be another (.extable), or crashes. */
void trap_from_host(struct cpu_user_regs *r);

/* An exception in a few words. */
const char *trap_name(unsigned vector);

#endif
