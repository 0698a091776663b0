/* qmp.c - orders to a domain's device model, by QEMU's own protocol */
#define _GNU_SOURCE
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "dom0-tools/lib/plinth.h"
#include "qmp.h"

#define LINE_MOST  65536 /* bytes of an answer */
#define LINES_MOST 64	 /* with what it tells unasked in between */
#define WAIT_S	   60

static int no_answer(void)
{
	return plinth_fail(errno == EAGAIN ? ETIMEDOUT : EIO, "the device model does not answer");
}

/* A line at a time; what follows stays in the socket. */
static int read_line(struct qmp *q)
{
	size_t got = 0;

	while (got < LINE_MOST - 1) {
		ssize_t n = recv(q->fd, q->line + got, LINE_MOST - 1 - got, MSG_PEEK);
		char *end;

		if (n <= 0) {
			errno = n ? errno : EPIPE;
			return no_answer();
		}
		end = memchr(q->line + got, '\n', (size_t)n);
		n = recv(q->fd, q->line + got, end ? (size_t)(end - q->line - got + 1) : (size_t)n, 0);
		if (n <= 0)
			return no_answer();
		got += (size_t)n;
		q->line[got] = 0;
		if (end)
			return 0;
	}
	return plinth_fail(EIO, "the device model's answer is too long");
}

/* The next that has one of these members; the caller's. */
static struct json_object *read_answer(struct qmp *q, const char *one, const char *other)
{
	struct json_object *answer;

	for (unsigned int i = 0; i < LINES_MOST; i++) {
		if (read_line(q))
			return NULL;
		answer = json_tokener_parse(q->line);
		if (json_object_object_get_ex(answer, one, NULL) || json_object_object_get_ex(answer, other, NULL))
			return answer;
		json_object_put(answer);
	}
	plinth_fail(EIO, "the device model does not answer what it was asked");
	return NULL;
}

static int send_line(const struct qmp *q, const char *text, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	size_t size = strlen(text);
	struct iovec iov = {(char *)(uintptr_t)text, size};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.room);
	}
	return sendmsg(q->fd, &message, MSG_NOSIGNAL) == (ssize_t)size ? 0 : no_answer();
}

int qmp_execute(struct qmp *q, const char *order, const char *arguments, int fd, struct json_object **result)
{
	struct json_object *answer, *returned, *error = NULL, *why = NULL;
	char text[512];
	int err;

	snprintf(text, sizeof(text), "{\"execute\":\"%s\",\"arguments\":%s}\n", order, arguments);
	err = send_line(q, text, fd);
	answer = err ? NULL : read_answer(q, "return", "error");
	if (!answer)
		return err ? err : -EIO;
	if (!json_object_object_get_ex(answer, "return", &returned)) {
		if (json_object_object_get_ex(answer, "error", &error))
			json_object_object_get_ex(error, "desc", &why);
		err = plinth_fail(EIO, "the device model: %.200s", why ? json_object_get_string(why) : "an error");
	} else if (result) {
		*result = json_object_get(returned);
	}
	json_object_put(answer);
	return err;
}

int qmp_open(struct qmp *q, unsigned int domid)
{
	const struct timeval wait = {.tv_sec = WAIT_S};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct json_object *greeting = NULL;

	snprintf(to.sun_path, sizeof(to.sun_path), QMP_SOCKET, domid);
	q->line = malloc(LINE_MOST);
	q->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (q->line && q->fd >= 0 && !setsockopt(q->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) &&
	    !setsockopt(q->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) &&
	    !connect(q->fd, (struct sockaddr *)&to, sizeof(to)))
		greeting = read_answer(q, "QMP", "QMP");
	else
		plinth_fail(EIO, "the device model does not listen: %s", strerror(errno));
	if (greeting && json_object_put(greeting) && !qmp_execute(q, "qmp_capabilities", "{}", -1, NULL))
		return 0;
	qmp_close(q);
	return -EIO;
}

void qmp_close(struct qmp *q)
{
	free(q->line);
	if (q->fd >= 0)
		close(q->fd);
}
