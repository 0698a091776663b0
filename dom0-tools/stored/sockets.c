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
#include "snapshot.h"

struct socket_client {
	struct socket_client *next, **link;
	struct daemon *daemon;
	int fd;	     /* -1: in a replay */
	uint32_t id; /* in the journal */
	uint32_t waits_for;
	struct conn conn;
};

static void drop(struct socket_client *client)
{
	if (client->fd >= 0) {
		plinth_loop_remove(client->daemon->loop, client->fd);
		close(client->fd);
		journal_add(&client->daemon->journal, RECORD_GONE, client->id, NULL, 0);
	}
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
	if (n <= 0)
		return false;
	journal_add(&client->daemon->journal, RECORD_INPUT, client->id, buf, n);
	return !conn_input(&client->conn, buf, n);
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

static struct socket_client *new_client(struct daemon *d, int fd, uint32_t id)
{
	struct socket_client *client = malloc(sizeof(*client));

	if (!client || conn_open(&client->conn, d->store, 0)) {
		free(client);
		return NULL;
	}
	client->daemon = d;
	client->fd = fd;
	client->id = id;
	client->waits_for = EPOLLIN;
	client->next = d->clients;
	client->link = &d->clients;
	if (client->next)
		client->next->link = &client->next;
	d->clients = client;
	return client;
}

static void accept_client(void *arg, uint32_t events)
{
	struct daemon *d = arg;
	int fd = accept4(d->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct socket_client *client;

	(void)events;
	if (fd < 0)
		return;
	d->last_socket_id = d->last_socket_id < SOCKET_IDS ? SOCKET_IDS : d->last_socket_id + 1;
	client = new_client(d, fd, d->last_socket_id);
	if (!client) {
		close(fd);
		return;
	}
	if (plinth_loop_add(d->loop, fd, EPOLLIN, ready, client))
		drop(client);
}

/* ---- The journal ------------------------------------------------------------------------------- */

void sockets_snapshot(struct daemon *d)
{
	for (struct socket_client *client = d->clients; client; client = client->next) {
		journal_add(&d->journal, RECORD_SOCKET, client->id, NULL, 0);
		snapshot_client(&d->journal, client->id, &client->conn, false);
	}
}

static struct socket_client *find(const struct daemon *d, uint32_t id)
{
	struct socket_client *client = d->clients;

	while (client && client->id != id)
		client = client->next;
	return client;
}

struct conn *sockets_conn(struct daemon *d, uint32_t id)
{
	struct socket_client *client = find(d, id);

	return client ? &client->conn : NULL;
}

int sockets_replay_open(struct daemon *d, uint32_t id)
{
	return new_client(d, -1, id) ? 0 : -ENOMEM;
}

/* Nobody is there for the answers. */
int sockets_replay_input(struct daemon *d, const struct record *r)
{
	struct socket_client *client = find(d, r->client);

	if (!client)
		client = new_client(d, -1, r->client);
	if (!client)
		return -ENOMEM;
	conn_input(&client->conn, r->data, r->len); /* what is wrong with it has ended the connection */
	conn_output_taken(&client->conn, conn_queued(&client->conn));
	return 0;
}

void sockets_replay_gone(struct daemon *d, uint32_t id)
{
	struct socket_client *client = find(d, id);

	if (client)
		drop(client);
}

void sockets_replay_end(struct daemon *d)
{
	while (d->clients)
		drop(d->clients);
}

/* ---- The socket --------------------------------------------------------------------------------- */

int make_directory_of(const char *file)
{
	char dir[256];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", file);
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
	struct sockaddr_un new = *addr;
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = probe >= 0 && !connect(probe, (const struct sockaddr *)addr, sizeof(*addr));

	if (probe >= 0)
		close(probe);
	if (alive)
		return plinth_fail(EBUSY, "a store runs already at %s", addr->sun_path);
	/* Whoever may connect is Dom0, and may do all: root only. It is there under its name when it can be used. */
	strcat(new.sun_path, ".new"); /* for which sockets_open() has left room */
	unlink(new.sun_path);
	if (fchmod(fd, 0600) || bind(fd, (const struct sockaddr *)&new, sizeof(new)) || chmod(new.sun_path, 0600) ||
	    listen(fd, 64) || rename(new.sun_path, addr->sun_path))
		return plinth_fail(errno, "cannot listen at %s: %s", addr->sun_path, strerror(errno));
	return 0;
}

int sockets_open(struct daemon *d, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int err;

	if (strlen(path) + strlen(".new") >= sizeof(addr.sun_path))
		return plinth_fail(EINVAL, "the socket's path is too long: %s", path);
	strcpy(addr.sun_path, path);
	err = make_directory_of(path);
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
