/* store_conn.c - one connection to hvstored: whole messages out and in */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "store_conn.h"
#include "store_error.h"

#define REFUSED_MS 3000
#define RETRY_MS   20

static int connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* A socket that refuses is one of a store that was killed, and may be about to be there again. */
static int open_connection(struct plinth_store *s, int patience_ms)
{
	const struct timespec step = {.tv_nsec = RETRY_MS * 1000000};
	struct epoll_event event = {.events = EPOLLIN};
	int fd = connect_to(s->socket_path);

	for (int waited = 0; waited < patience_ms && (fd == -ECONNREFUSED || (fd == -ENOENT && s->fd >= 0));
	     waited += RETRY_MS) {
		nanosleep(&step, NULL);
		fd = connect_to(s->socket_path);
	}
	if (fd < 0)
		return plinth_fail(-fd, "no connection to the store at %s: %s; is hvstored running?", s->socket_path,
				   strerror(-fd));
	if (s->fd >= 0)
		close(s->fd);
	s->fd = fd;
	s->have = 0;
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) ? plinth_fail(errno, "epoll: %s", strerror(errno)) : 0;
}

int plinth_store_open(struct plinth_store **out)
{
	const char *path = getenv("XENSTORED_PATH");
	struct plinth_store *s;
	int err;

	if (!path)
		path = access("/run/xenstored", F_OK) ? "/var/run/xenstored/socket" : "/run/xenstored/socket";
	s = calloc(1, sizeof(*s));
	if (!s)
		return plinth_fail(ENOMEM, "out of memory");
	s->fd = -1;
	s->socket_path = path;
	s->last_event = &s->events;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	err = s->epoll < 0 ? plinth_fail(errno, "epoll: %s", strerror(errno)) : open_connection(s, REFUSED_MS);
	if (err) {
		plinth_store_close(s);
		return err;
	}
	*out = s;
	return 0;
}

void plinth_store_close(struct plinth_store *s)
{
	struct store_event *event;
	struct store_watch *watch;

	if (!s)
		return;
	while ((event = s->events)) {
		s->events = event->next;
		free(event);
	}
	while ((watch = s->watches)) {
		s->watches = watch->next;
		free(watch);
	}
	if (s->fd >= 0)
		close(s->fd);
	if (s->epoll >= 0)
		close(s->epoll);
	free(s);
}

int plinth_store_fd(struct plinth_store *s)
{
	return s->epoll;
}

long store_encode(struct plinth_store *s, char *buf, size_t fill, size_t size, uint32_t type, uint32_t tx,
		  const struct store_part *parts, unsigned int count)
{
	struct xsd_sockmsg head = {.type = type, .req_id = s->next_id, .tx_id = tx};
	unsigned int i;

	for (i = 0; i < count; i++)
		head.len += parts[i].len;
	if (head.len > XENSTORE_PAYLOAD_MAX)
		return plinth_fail(E2BIG, "more than %d bytes in one request to the store", XENSTORE_PAYLOAD_MAX);
	if (head.len + sizeof(head) > size - fill)
		return -E2BIG;
	s->next_id++;
	memcpy(buf + fill, &head, sizeof(head));
	fill += sizeof(head);
	for (i = 0; i < count; i++) {
		memcpy(buf + fill, parts[i].data, parts[i].len);
		fill += parts[i].len;
	}
	return fill;
}

int store_send(struct plinth_store *s, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = send(s->fd, buf, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return plinth_fail(ECONNRESET, "the store went away: %s", strerror(errno));
		buf += n;
		len -= n;
	}
	return 0;
}

/* Whether `in` begins with a whole message; 1, 0, or -EPROTO for one that cannot be. */
static int complete(const struct plinth_store *s)
{
	const struct xsd_sockmsg *head = (const void *)s->in;

	if (s->have < sizeof(*head))
		return 0;
	if (head->len > XENSTORE_PAYLOAD_MAX)
		return plinth_fail(EPROTO, "the store's answer is too long");
	return s->have >= sizeof(*head) + head->len;
}

/* One that came behind an answer may still be in `in`. So may nonsense, which whoever asks for the event is told. */
bool plinth_store_has_event(const struct plinth_store *s)
{
	return s->events || complete(s);
}

static int fill_in(struct plinth_store *s, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = s->fd, .events = POLLIN};
	int whole;
	ssize_t n;

	while (!(whole = complete(s))) {
		if (timeout_ms >= 0 && !poll(&poll_fd, 1, timeout_ms))
			return plinth_fail(ETIMEDOUT, "no word from the store in time");
		n = recv(s->fd, s->in + s->have, sizeof(s->in) - 1 - s->have, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return plinth_fail(ECONNRESET, "the store went away");
		s->have += n;
	}
	return whole < 0 ? whole : 0;
}

static void drop_message(struct plinth_store *s)
{
	size_t len = sizeof(struct xsd_sockmsg) + ((struct xsd_sockmsg *)s->in)->len;

	memmove(s->in, s->in + len, s->have - len);
	s->have -= len;
}

static int keep_event(struct plinth_store *s)
{
	const struct xsd_sockmsg *head = (const void *)s->in;
	struct store_event *event = malloc(sizeof(*event) + head->len + 2);

	if (!event)
		return plinth_fail(ENOMEM, "out of memory");
	event->next = NULL;
	event->len = head->len;
	memcpy(event->text, head + 1, head->len);
	memset(event->text + head->len, 0, 2);
	*s->last_event = event;
	s->last_event = &event->next;
	return 0;
}

int store_wait_event(struct plinth_store *s, int timeout_ms)
{
	const struct xsd_sockmsg *head = (const void *)s->in;
	int err = fill_in(s, timeout_ms);

	if (!err && head->type == XS_WATCH_EVENT)
		err = keep_event(s);
	if (!err)
		drop_message(s);
	return err;
}

/* The caller gets the payload in a block of its own: `in` may hold more messages behind it. */
int store_answer(struct plinth_store *s, char **payload, uint32_t *len)
{
	const struct xsd_sockmsg *head = (const void *)s->in;
	char *copy;
	int err;

	for (;;) {
		err = fill_in(s, -1);
		if (err)
			return err;
		if (head->type != XS_WATCH_EVENT)
			break;
		err = keep_event(s);
		if (err)
			return err;
		drop_message(s);
	}
	copy = malloc(head->len + 1);
	if (!copy)
		return plinth_fail(ENOMEM, "out of memory");
	memcpy(copy, head + 1, head->len);
	copy[head->len] = '\0';
	if (head->type == XS_ERROR)
		err = -store_error_number(copy);
	*len = head->len;
	drop_message(s);
	if (err)
		free(copy);
	else
		*payload = copy;
	return err;
}

static int watch_again(struct plinth_store *s, const struct store_watch *watch)
{
	char buf[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX], *answer;
	struct store_part parts[] = {{watch->path, strlen(watch->path) + 1}, {watch->token, strlen(watch->token) + 1}};
	long fill = store_encode(s, buf, 0, sizeof(buf), XS_WATCH, 0, parts, 2);
	uint32_t len;
	int err = fill < 0 ? (int)fill : store_send(s, buf, (size_t)fill);

	if (!err)
		err = store_answer(s, &answer, &len);
	if (!err)
		free(answer);
	return err;
}

int store_reconnect(struct plinth_store *s)
{
	int err;

	do {
		err = open_connection(s, STORE_RECONNECT_MS);
		for (struct store_watch *w = s->watches; w && !err; w = w->next)
			err = watch_again(s, w);
	} while (err == -ECONNRESET); /* killed once more meanwhile */
	return err ? plinth_fail(ECONNRESET, "the store went away, and has not come back") : 0;
}
