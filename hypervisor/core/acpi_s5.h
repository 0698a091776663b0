/* acpi_s5.h - how to switch the machine off, read from the DSDT without an AML interpreter [pure] */
#ifndef CORE_ACPI_S5_H
#define CORE_ACPI_S5_H

#include "lib/types.h"

/* The sleep types (0-7) for PM1a and PM1b control that the object _S5_ holds. It is looked for by its bytes, and understood
 * where it is a package of plain numbers, as it is wherever firmware was made by the usual compilers.
 * -ENOENT: not found, or not so. */
int acpi_find_s5(const void *dsdt, size_t length, uint8_t *pm1a, uint8_t *pm1b);

#endif
