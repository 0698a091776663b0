/* events.h - reading the event channels that have fired */
#ifndef BACKEND_EVENTS_H
#define BACKEND_EVENTS_H

#include <stdint.h>

#define EVENTS_MOST 16

/* Ports that are pending, and now masked; how many, 0 for none. One call, so that a wake-up is cheap. */
int events_read(int fd, uint32_t port[EVENTS_MOST]);

#endif
