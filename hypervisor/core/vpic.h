/* vpic.h - a guest's two 8259A interrupt controllers, the second behind input 2 of the first [pure]
 *
 * Intel 8259A data sheet; the edge/level registers at 0x4d0 are the PIIX3's. Polling and the special fully nested mode
 * are not there. The caller holds the lock.
 */
#ifndef CORE_VPIC_H
#define CORE_VPIC_H

#include "lib/types.h"

#define VPIC_INPUTS 16

struct vpic_chip {
	uint8_t lines; /* as they are now */
	uint8_t irr, imr, isr;
	uint8_t level;	   /* inputs that ask as long as they are high */
	uint8_t vector;	   /* of input 0 */
	uint8_t next_word; /* 0: initialised; 2 to 4: that initialisation word is expected */
	uint8_t lowest;	   /* the input of lowest priority: 7 but after a rotation */
	bool wants_word4, read_isr, auto_end, special_mask;
};

struct vpic {
	struct vpic_chip chip[2];
};

void vpic_reset(struct vpic *p);

/* Ports 0x20, 0x21, 0xa0, 0xa1, 0x4d0 and 0x4d1. */
bool vpic_has_port(uint16_t port);
uint8_t vpic_read(const struct vpic *p, uint16_t port);
void vpic_write(struct vpic *p, uint16_t port, uint8_t value);

/* An input's level; 2 is the cascade and is ignored. */
void vpic_set_line(struct vpic *p, unsigned input, bool high);
/* Does it ask the CPU for an interrupt? */
bool vpic_asks(const struct vpic *p);
/* The CPU takes it: its vector. With nothing to take, input 7's, spuriously. */
uint8_t vpic_accept(struct vpic *p);

#endif
