/* wire.c - what the launcher and a device's process say to each other */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "backend-drivers/common/wire.h"
#include "dom0-tools/lib/plinth.h"

int wire_send(int fd, const struct wire_message *message)
{
	ssize_t n;

	do
		n = send(fd, message, sizeof(*message), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? plinth_fail(errno, "the other side is gone: %s", strerror(errno)) : 0;
}

int wire_receive(int fd, struct wire_message *message)
{
	ssize_t n;

	do
		n = recv(fd, message, sizeof(*message), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return plinth_fail(errno, "no message: %s", strerror(errno));
	if (n == 0)
		return plinth_fail(ECONNRESET, "the other side is gone");
	/* Somebody else's program at the other end, or one from another build. */
	if (n != sizeof(*message))
		return plinth_fail(EPROTO, "a message of %zd bytes instead of %zu", n, sizeof(*message));
	return 0;
}

int wire_send_error(int fd, enum wire_answer what)
{
	struct wire_message message = {.what = what};

	snprintf(message.text, sizeof(message.text), "%s", plinth_error());
	return wire_send(fd, &message);
}

int wire_send_plain(int fd, uint32_t what)
{
	struct wire_message message = {.what = what};

	return wire_send(fd, &message);
}
