/* hypercall.h - hypercalls of guests under hardware virtualization: VMMCALL or VMCALL, and the page of stubs with it */
#ifndef ARCH_X86_HVM_HYPERCALL_H
#define ARCH_X86_HVM_HYPERCALL_H

#include "kern/domain.h"

#define HVM_HYPERCALL_MSR 0x40000000 /* CPUID leaf 0x40000002 names it */

/* A write to that MSR: fill the page at this guest-physical address; its low bits are the page's number, of which
 * there is one. False: another number, or no RAM there. */
bool hvm_write_hypercall_page(struct domain *d, uint64_t value);
void hvm_fill_hypercall_page(uint8_t page[4096]);

/* May such a guest make this hypercall? */
bool hvm_may_call(uint64_t number);

#endif
