/* vioapic.h - a guest's I/O interrupt controller [pure]
 *
 * Intel 82093AA data sheet; with 48 inputs, of which 0-15 are ISA's (the timer comes at 2), and 16-47 those of PCI.
 * The caller holds the lock, and delivers what it is given.
 */
#ifndef CORE_VIOAPIC_H
#define CORE_VIOAPIC_H

#include "lib/types.h"

#define VIOAPIC_BASE   0xfec00000ULL
#define VIOAPIC_INPUTS 48

struct vioapic {
	uint8_t select, id;
	uint64_t lines; /* as they are now, a bit each */
	uint64_t entry[VIOAPIC_INPUTS];
};

/* An interrupt for local APICs. */
struct vioapic_message {
	uint8_t vector, delivery; /* enum lapic_delivery, or VIOAPIC_EXTINT */
	uint8_t destination;
	bool logical, level;
};
#define VIOAPIC_EXTINT 7

void vioapic_reset(struct vioapic *a);

/* Does an access to `size` bytes of memory touch its page? */
static inline bool vioapic_is_touched(uint64_t address, unsigned size)
{
	return address < VIOAPIC_BASE + PAGE_SIZE && address + size > VIOAPIC_BASE;
}

/* 32-bit accesses to the page at VIOAPIC_BASE; there is nothing between its registers. */
uint32_t vioapic_read(const struct vioapic *a, unsigned offset);
/* The mask of inputs that now may have something to send: ask vioapic_send() for each. */
uint64_t vioapic_write(struct vioapic *a, unsigned offset, uint32_t value);

/* An input's level. True: it has something to send now. */
bool vioapic_set_line(struct vioapic *a, unsigned input, bool high, struct vioapic_message *m);
/* Does this input, level-triggered, send? It does not again until the EOI. */
bool vioapic_send(struct vioapic *a, unsigned input, struct vioapic_message *m);
/* A local APIC has ended the interrupt of this vector: the mask of inputs to ask again. */
uint64_t vioapic_end(struct vioapic *a, uint8_t vector);

#endif
