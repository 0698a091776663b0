/* hpet.h - the high precision event timer, as a clock only */
#ifndef ARCH_X86_HPET_H
#define ARCH_X86_HPET_H

#include "lib/types.h"

/* Lets the counter run. Returns its rate in Hz, or 0 when there is none that can be used. */
uint64_t hpet_init(void);
uint32_t hpet_read(void);

#endif
