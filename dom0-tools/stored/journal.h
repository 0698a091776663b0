/* journal.h - a record of all that the store was given, from which one that is started again becomes what the dead one was */
#ifndef STORED_JOURNAL_H
#define STORED_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The store is a machine without a clock or dice: what its clients get follows from what it was given. So the journal keeps
 * that: a snapshot to begin with, and then each piece of input, in order. It lies in a tmpfs: it has to outlive the process,
 * not Dom0, and the file's first record says which run of Dom0 it belongs to.
 *
 * Records gather in memory and are written as one group, of which after a death there is all or nothing. No answer leaves,
 * and no domain is told that its request was taken, before the group with that request is written.
 */
enum record_kind {
	RECORD_BEGIN = 1, /* what this file is */
	/* a snapshot */
	RECORD_NODE,   /* permissions, path, value */
	RECORD_RING,   /* a domain: struct record_ring */
	RECORD_SOCKET, /* a client of the socket */
	RECORD_WATCH,  /* struct watch as it was asked for: a letter, path, token */
	RECORD_TXN,    /* a transaction that is open, and lost: its number */
	RECORD_NEXT,   /* the client's last transaction's number */
	RECORD_HALF,   /* the beginning of a request that is not all there */
	RECORD_QUEUED, /* answers that the domain has not got yet */
	/* what happened since */
	RECORD_INPUT,	   /* bytes of requests; of a socket's client that is new as well */
	RECORD_TAKEN,	   /* so many bytes of answers are in the domain's ring: uint32_t */
	RECORD_INTRODUCED, /* how an introduction that was asked for went: struct record_introduced */
	RECORD_GONE,	   /* the client has left */
	RECORD_SPECIAL,	   /* "@releaseDomain" was told */
};

struct record {
	uint32_t kind, client, len;
	const char *data; /* len bytes */
};

struct record_ring {
	uint32_t port, in, out, target;
};

struct record_introduced {
	int32_t err;
	uint32_t in, out;
};

struct journal {
	const char *path; /* NULL: none is kept */
	int fd;
	char *buf; /* the group that gathers; its first bytes are its length */
	size_t fill, room, record;
	size_t size, snapshot; /* bytes in the file; what of them is the snapshot */
	bool failed;
};

/* ---- Reading ---------------------------------------------------------------------------------- */

/*
 * The whole journal that a process before this one has left, to free(); without its last group if that is not whole. NULL:
 * there is none, or it is of another run of Dom0, or of another version of hvstored.
 */
char *journal_load(const char *path, size_t *len);
/* The record at *at, which moves on. False: there is none, or the journal is damaged (*at stays before `end`). */
bool journal_next(const char **at, const char *end, struct record *r);

/* ---- Writing ---------------------------------------------------------------------------------- */

/* A new file; what is added until the next commit is its snapshot, and only then it replaces the one before. */
void journal_begin(struct journal *j);
/* Nothing happens if there is no journal. */
void journal_add(struct journal *j, enum record_kind kind, uint32_t client, const void *data, size_t len);
/* More bytes for the record just added. */
void journal_more(struct journal *j, const void *data, size_t len);
/* Writes the group. If it cannot, there is no journal any more, and the complaint says so. */
void journal_commit(struct journal *j);
/* Time for a new snapshot; `overdue`: at any price. */
bool journal_is_long(const struct journal *j, bool overdue);

#endif
