/* ioapic.h - IO-APICs: from a device's interrupt line (a GSI) to a vector on a CPU
 *
 * A level-triggered line is handled by masking it, acknowledging the local APIC, and unmasking it when the guest has
 * dealt with its device: so no interrupt is lost, and none is repeated meanwhile.
 */
#ifndef ARCH_X86_IOAPIC_H
#define ARCH_X86_IOAPIC_H

#include "lib/types.h"

void ioapic_init(void); /* all lines masked */

uint32_t ioapic_gsi_count(void); /* GSIs from 0 on; some between may not exist */
bool ioapic_gsi_exists(uint32_t gsi);

/* Let the line raise `vector` on the CPU with this APIC id; it is masked until ioapic_unmask(). -ENOENT: no such GSI.
 * -ERANGE: an APIC id that IO-APICs cannot reach. */
int ioapic_route(uint32_t gsi, uint8_t vector, uint32_t apic_id, bool level, bool low);
/* Another CPU for a line that is routed; masked or not as before. */
int ioapic_move(uint32_t gsi, uint32_t apic_id);
/* Not routed any more, masked. */
void ioapic_release(uint32_t gsi);

/* These may be called for any number; a GSI that does not exist is left alone. */
void ioapic_mask(uint32_t gsi);
void ioapic_unmask(uint32_t gsi);

/* A register as Dom0 may want to look at it (physdev's apic_read), by the IO-APIC's physical address. -ENODEV, -EINVAL. */
int ioapic_read_register(paddr_t base, uint32_t reg, uint32_t *value);

#endif
