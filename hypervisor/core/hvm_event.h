/* hvm_event.h - what is injected into a guest, and what two events at once come to [pure]
 *
 * AMD APM vol. 2, 15.20 and 8.2.9; Intel SDM vol. 3, 6.15 (double fault) and 25.8.3.
 */
#ifndef CORE_HVM_EVENT_H
#define CORE_HVM_EVENT_H

#include "lib/types.h"

/* Numbers as both vendors have them. */
enum hvm_event_type {
	HVM_EVENT_INTERRUPT = 0,
	HVM_EVENT_NMI = 2,
	HVM_EVENT_EXCEPTION = 3,
	HVM_EVENT_SOFTWARE = 4, /* INT n */
};

struct hvm_event {
	bool valid, has_error;
	uint8_t type; /* enum hvm_event_type */
	uint8_t vector;
	uint32_t error;
};

/* Of exceptions: does the CPU push an error code? */
bool hvm_exception_has_error(unsigned vector);

/* Exception `second` comes while `first` is still being delivered (or not at all: not valid). The result is what is
 * to be delivered; not valid: a triple fault. */
struct hvm_event hvm_event_combine(struct hvm_event first, struct hvm_event second);

#endif
