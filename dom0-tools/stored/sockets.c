/* sockets.c - clients in Dom0: hvstored's socket, and those who come through it */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"

struct socket_client {
	struct socket_client *next, **link;
	struct daemon *daemon;
	int fd;
	uint32_t waits_for;
	struct conn conn;
};

static void drop(struct socket_client *client)
{
	plinth_loop_remove(client->daemon->loop, client->fd);
	close(client->fd);
	conn_close(&client->conn);
	*client->link = client->next;
	if (client->next)
		client->next->link = client->link;
	free(client);
}

/* false: the client is gone. */
static bool receive(struct socket_client *client)
{
	char buf[16384];
	ssize_t n = recv(client->fd, buf, sizeof(buf), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	return n > 0 && !conn_input(&client->conn, buf, n);
}

static bool transmit(struct socket_client *client)
{
	const char *data;
	size_t len = conn_output(&client->conn, &data);
	ssize_t n;

	if (!len)
		return true;
	n = send(client->fd, data, len, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	conn_output_taken(&client->conn, n);
	return true;
}

static void wait_for_more(struct socket_client *client)
{
	uint32_t events = conn_wants_input(&client->conn) ? EPOLLIN : 0;

	if (conn_queued(&client->conn))
		events |= EPOLLOUT;
	if (events == client->waits_for)
		return;
	client->waits_for = events;
	plinth_loop_set(client->daemon->loop, client->fd, events);
}

static void ready(void *arg, uint32_t events)
{
	struct socket_client *client = arg;

	if (events & ~(EPOLLIN | EPOLLOUT) && !(events & EPOLLIN))
		drop(client);
	else if (events & EPOLLIN && !receive(client))
		drop(client);
	/* Answers are sent when the batch is done: sockets_flush(). */
}

void sockets_flush(struct daemon *d)
{
	struct socket_client *client, *next;

	for (client = d->clients; client; client = next) {
		next = client->next;
		if (client->conn.broken || !transmit(client))
			drop(client);
		else
			wait_for_more(client);
	}
}

static void accept_client(void *arg, uint32_t events)
{
	struct daemon *d = arg;
	int fd = accept4(d->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct socket_client *client;

	(void)events;
	if (fd < 0)
		return;
	client = malloc(sizeof(*client));
	if (!client || conn_open(&client->conn, d->store, 0)) {
		free(client);
		close(fd);
		return;
	}
	client->daemon = d;
	client->fd = fd;
	client->waits_for = EPOLLIN;
	client->next = d->clients;
	client->link = &d->clients;
	if (client->next)
		client->next->link = &client->next;
	d->clients = client;
	if (plinth_loop_add(d->loop, fd, EPOLLIN, ready, client))
		drop(client);
}

static int make_directory(const char *socket_path)
{
	char dir[108];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", socket_path);
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	if (mkdir(dir, 0755) && errno != EEXIST)
		return plinth_fail(errno, "cannot make the directory %s: %s", dir, strerror(errno));
	return 0;
}

/* A socket file that nobody listens on is a leftover; one that answers is a running hvstored. */
static int claim(int fd, const struct sockaddr_un *addr)
{
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = probe >= 0 && !connect(probe, (const struct sockaddr *)addr, sizeof(*addr));

	if (probe >= 0)
		close(probe);
	if (alive)
		return plinth_fail(EBUSY, "a store runs already at %s", addr->sun_path);
	unlink(addr->sun_path);
	/* Whoever may connect is Dom0, and may do all: root only. */
	if (fchmod(fd, 0600) || bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) ||
	    chmod(addr->sun_path, 0600) || listen(fd, 64))
		return plinth_fail(errno, "cannot listen at %s: %s", addr->sun_path,
				   strerror(errno));
	return 0;
}

int sockets_open(struct daemon *d, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return plinth_fail(EINVAL, "the socket's path is too long: %s", path);
	strcpy(addr.sun_path, path);
	err = make_directory(path);
	if (err)
		return err;
	d->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->listener < 0)
		return plinth_fail(errno, "no socket: %s", strerror(errno));
	err = claim(d->listener, &addr);
	return err ? err : plinth_loop_add(d->loop, d->listener, EPOLLIN, accept_client, d);
}

void sockets_close(struct daemon *d)
{
	while (d->clients)
		drop(d->clients);
	if (d->listener >= 0)
		close(d->listener);
}
