/* events.c - reading the event channels that have fired */
#include <unistd.h>

#include "backend-drivers/common/events.h"

int events_read(int fd, uint32_t port[EVENTS_MOST])
{
	ssize_t n = read(fd, port, EVENTS_MOST * sizeof(port[0]));

	/* None is pending; and nothing else can be wrong with this device. */
	return n < 0 ? 0 : (int)((size_t)n / sizeof(port[0]));
}
