/* vpit.h - a guest's 8254 interval timer, and the bits of port 0x61 that belong to it [pure]
 *
 * Channel 0 makes ISA interrupt 0, channel 2 would make the speaker's tone and can be read at port 0x61; channel 1, once
 * for refreshing memory, only counts. Times are ns on the hypervisor's clock. BCD counting is not there: binary is
 * done instead. The caller holds the lock.
 */
#ifndef CORE_VPIT_H
#define CORE_VPIT_H

#include "lib/types.h"

#define VPIT_HZ 1193182

struct vpit_channel {
	uint32_t count;	  /* 1 to 65536 */
	uint64_t started; /* ns: the count began then */
	uint16_t latched;
	uint8_t latched_status;
	uint8_t mode, access; /* access: 1 low byte, 2 high, 3 both */
	uint8_t written_low;  /* the first of two bytes */
	bool high_next_read, high_next_write, low_latched, status_latched, running, gate;
};

struct vpit {
	struct vpit_channel channel[3];
	bool speaker;
};

void vpit_reset(struct vpit *p);

/* Ports 0x40 to 0x43, and 0x61. */
bool vpit_has_port(uint16_t port);
uint8_t vpit_read(struct vpit *p, uint16_t port, uint64_t now);
void vpit_write(struct vpit *p, uint16_t port, uint8_t value, uint64_t now);

/* Channel 0's next interrupt behind `now`; 0: none comes. */
uint64_t vpit_next(const struct vpit *p, uint64_t now);

#endif
