/* vlines.h - the interrupt lines of a guest's emulated devices, and which inputs of its controllers they come to [pure]
 *
 * ISA's 16 lines are what the device model says. A PCI device's INTA to INTD is wired to one of 32 inputs of the I/O APIC
 * behind ISA's, and by one of four links, if the firmware has routed that, to an ISA input as well. Wires may be
 * shared: an input is high as long as one line is. The caller holds the lock.
 */
#ifndef CORE_VLINES_H
#define CORE_VLINES_H

#include "lib/types.h"

#define VLINES_ISA     16
#define VLINES_DEVICES 32
#define VLINES_PINS    4
#define VLINES_LINKS   4
#define VLINES_INPUTS  48 /* of the I/O APIC: ISA's, then PCI's */

struct vlines {
	uint16_t isa;			 /* as the device model has set them */
	uint32_t intx[VLINES_PINS];	 /* a bit for each PCI device of bus 0 */
	uint8_t asserted[VLINES_INPUTS]; /* how many PCI lines hold each input up */
	uint8_t link_asserted[VLINES_LINKS];
	uint8_t route[VLINES_LINKS]; /* each link's ISA input; 0: none */
};

/* -EINVAL: there is no such line. */
int vlines_set_isa(struct vlines *l, unsigned line, bool high);
int vlines_set_intx(struct vlines *l, unsigned device, unsigned pin, bool high);
int vlines_set_route(struct vlines *l, unsigned link, unsigned isa);

/* The I/O APIC's inputs that are high, a bit each; ISA's are those of the 8259As, too. */
uint64_t vlines_inputs(const struct vlines *l);

/* The I/O APIC's input that a PCI device's pin is wired to. */
static inline unsigned vlines_intx_input(unsigned device, unsigned pin)
{
	return 16 + ((device * 4 + device / 8 + pin) & 31);
}

#endif
