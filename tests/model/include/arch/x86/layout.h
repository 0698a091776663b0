/* layout.h - the hypervisor's layout, but with the direct map where a program of this machine can have it */
#ifndef MODEL_LAYOUT_H
#define MODEL_LAYOUT_H

#include_next "arch/x86/layout.h"

#undef DIRECT_VIRT
#define DIRECT_VIRT ((unsigned long)model_ram)
extern unsigned char model_ram[];

#endif
