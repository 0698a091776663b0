/* daemon.h - hvstored's parts that touch the world */
#ifndef STORED_DAEMON_H
#define STORED_DAEMON_H

#include "conn.h"
#include "journal.h"
#include "dom0-tools/lib/plinth.h"

struct domain;
struct socket_client;

/* Clients are told apart in the journal by numbers: a domain has its own, one of the socket a number from here on. */
#define SOCKET_IDS 0x10000u

struct daemon {
	struct store *store;
	struct plinth_loop *loop;
	int listener;
	struct socket_client *clients;
	uint32_t last_socket_id;
	struct plinth *hypervisor;
	int events, grants; /* /dev/xen/evtchn and gntdev */
	unsigned int virq;
	struct domain *domains;
	struct journal journal;
	const char *replay, *replay_end; /* while the journal is read */
};

/* sockets.c: 0 or a negative errno with plinth_error() set. */
int sockets_open(struct daemon *d, const char *path);
void sockets_close(struct daemon *d);
/* For the socket, or for another file of ours; 0 too if it is there. */
int make_directory_of(const char *file);
/* Sends what has gathered; called after every batch of work. */
void sockets_flush(struct daemon *d);
void sockets_snapshot(struct daemon *d);
struct conn *sockets_conn(struct daemon *d, uint32_t id);
int sockets_replay_open(struct daemon *d, uint32_t id);
int sockets_replay_input(struct daemon *d, const struct record *r);
void sockets_replay_gone(struct daemon *d, uint32_t id);
/* Their connections have died with the process that had them. */
void sockets_replay_end(struct daemon *d);

/* domains.c */
int domains_open(struct daemon *d);
void domains_close(struct daemon *d);
void domains_snapshot(struct daemon *d);
struct conn *domains_conn(struct daemon *d, uint32_t id);
int domains_replay_ring(struct daemon *d, const struct record *r);
int domains_replay_input(struct daemon *d, const struct record *r);
int domains_replay_taken(struct daemon *d, const struct record *r);
void domains_replay_gone(struct daemon *d, uint32_t id);
/* Takes what the domains ask. */
void domains_hear(struct daemon *d);
/* Tells them the answers; true: a domain has more to say already, come back soon. */
bool domains_answer(struct daemon *d);
extern const struct store_host daemon_host; /* with a struct daemon as its host */

/* replay.c */
/* False: there is nothing to begin from. What it leaves undone domains_open() does. */
bool replay(struct daemon *d);
void take_snapshot(struct daemon *d);
/* Between two batches. */
void keep_journal_short(struct daemon *d);

/* warm.c */
void warm_up(const struct daemon *d);

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
