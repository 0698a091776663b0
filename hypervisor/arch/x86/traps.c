/* traps.c - exceptions while the hypervisor itself runs */
#include <xen/xen.h>

#include "arch/x86/control.h"
#include "arch/x86/crash.h"
#include "arch/x86/traps.h"

/* Where a fault is expected (guest memory that may not be there), and where to go on then. Offsets from themselves. */
struct extable_entry {
	int32_t fault, fixup;
};
extern const struct extable_entry extable_start[], extable_end[];

static const char *const names[32] = {
	"division error",
	"debug",
	"NMI",
	"breakpoint",
	"overflow",
	"bound",
	"invalid opcode",
	"no FPU",
	"double fault",
	"(9)",
	"invalid TSS",
	"segment not present",
	"stack fault",
	"general protection fault",
	"page fault",
	"(15)",
	"FPU error",
	"alignment check",
	"machine check",
	"SIMD error",
	"virtualization",
	"control protection",
};

const char *trap_name(unsigned vector)
{
	return vector < 32 && names[vector] ? names[vector] : "unexpected interrupt";
}

static uint64_t fixup_of(uint64_t rip)
{
	for (const struct extable_entry *e = extable_start; e < extable_end; e++)
		if ((uint64_t)&e->fault + (int64_t)e->fault == rip)
			return (uint64_t)&e->fixup + (int64_t)e->fixup;
	return 0;
}

void trap_from_host(struct cpu_user_regs *r)
{
	uint64_t fixup = fixup_of(r->rip);

	if (fixup) {
		r->rip = fixup;
		return;
	}
	/* A guest's breakpoint held back by MOV SS, and then a SYSCALL: it hits our first instruction. Not worth more. */
	if (r->entry_vector == 1) {
		dr6_write(0xffff0ff0);
		return;
	}
	crash(r, "Unexpected exception %u: %s, error code %#x", r->entry_vector, trap_name(r->entry_vector),
	      r->error_code);
}
