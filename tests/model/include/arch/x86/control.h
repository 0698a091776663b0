/* control.h - the hypervisor's, but with a model of the TLB behind those that flush it */
#ifndef MODEL_CONTROL_H
#define MODEL_CONTROL_H

#define cr3_write      real_cr3_write
#define cr4_write      real_cr4_write
#define control_invlpg real_control_invlpg
#include_next "arch/x86/control.h"
#undef cr3_write
#undef cr4_write
#undef control_invlpg

void cr3_write(uint64_t v);
void cr4_write(uint64_t v);
void control_invlpg(uint64_t va);

#endif
