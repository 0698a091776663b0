/* error.c - the sentence that goes with a failure */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plinth.h"

static __thread char message[512];

const char *plinth_error(void)
{
	return message[0] ? message : "no error";
}

int plinth_fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return -err;
}

int plinth_context(int err, const char *fmt, ...)
{
	char front[sizeof(message)], both[2 * sizeof(message) + 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(front, sizeof(front), fmt, ap);
	va_end(ap);
	snprintf(both, sizeof(both), "%s: %s", front, message);
	both[sizeof(message) - 1] = '\0';
	memcpy(message, both, sizeof(message));
	return err;
}
