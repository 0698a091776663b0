/* symbols.h - the names of the hypervisor's functions (the table is made by scripts/symbols.awk) */
#ifndef ARCH_X86_SYMBOLS_H
#define ARCH_X86_SYMBOLS_H

#include <stdint.h>

/* The function an address is in, and how far; NULL: not in our code. */
const char *symbol_find(uint64_t address, uint64_t *offset);

#endif
