/* wire.c - what the launcher and a device's process say to each other */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "backend-drivers/common/wire.h"
#include "dom0-tools/lib/plinth.h"

static int sent(ssize_t n)
{
	return n < 0 ? plinth_fail(errno, "the other side is gone: %s", strerror(errno)) : 0;
}

static int received(ssize_t n)
{
	if (n < 0)
		return plinth_fail(errno, "no message: %s", strerror(errno));
	if (n == 0)
		return plinth_fail(ECONNRESET, "the other side is gone");
	/* Somebody else's program at the other end, or one from another build. */
	if (n != sizeof(struct wire_message))
		return plinth_fail(EPROTO, "a message of %zd bytes instead of %zu", n, sizeof(struct wire_message));
	return 0;
}

int wire_send(int fd, const struct wire_message *message)
{
	ssize_t n;

	do
		n = send(fd, message, sizeof(*message), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return sent(n);
}

int wire_receive(int fd, struct wire_message *message)
{
	ssize_t n;

	do
		n = recv(fd, message, sizeof(*message), 0);
	while (n < 0 && errno == EINTR);
	return received(n);
}

/* ---- With files: calls that a process has no right to once it has its device ------------------------ */

/* Room for the descriptors beside a message. */
union beside {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(struct wire_files))];
};

int wire_send_files(int fd, const struct wire_message *message, struct wire_files files)
{
	size_t size = files.tap < 0 ? sizeof(files.journal) : sizeof(files);
	struct iovec part = {(void *)message, sizeof(*message)};
	union beside beside = {.room = {0}};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &beside, .msg_controllen = CMSG_SPACE(size)};
	ssize_t n;

	beside.head = (struct cmsghdr){CMSG_LEN(size), SOL_SOCKET, SCM_RIGHTS};
	memcpy(CMSG_DATA(&beside.head), &files, size);
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return sent(n);
}

int wire_receive_files(int fd, struct wire_message *message, struct wire_files *files)
{
	struct iovec part = {message, sizeof(*message)};
	union beside beside;
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &beside, .msg_controllen = sizeof(beside)};
	const struct cmsghdr *head;
	ssize_t n;

	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	head = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	*files = (struct wire_files){-1, -1};
	if (head && head->cmsg_type == SCM_RIGHTS && head->cmsg_len > CMSG_LEN(0) &&
	    head->cmsg_len <= CMSG_LEN(sizeof(*files)))
		memcpy(files, CMSG_DATA(head), head->cmsg_len - CMSG_LEN(0));
	return received(n);
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
