/* store.c - the store's operations: read, write, list, transactions, watches */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_conn.h"

#define STR(s)                                                                                                         \
	{                                                                                                              \
		(s), strlen(s) + 1                                                                                     \
	} /* with its NUL, as paths and tokens travel */
#define COUNT(arr) (sizeof(arr) / sizeof((arr)[0]))

/*
 * After a lost connection: 0: the request is to be made again, for which each is made so that twice does no harm. A
 * transaction is lost: -EAGAIN, as after a conflict.
 */
static int come_back(struct plinth_store *s, uint32_t tx)
{
	int err = store_reconnect(s);

	return err || !tx ? err : plinth_fail(EAGAIN, "the store was started again in the middle of a transaction");
}

static int request(struct plinth_store *s, uint32_t type, uint32_t tx, const struct store_part *parts,
		   unsigned int count, char **payload, uint32_t *len)
{
	char buf[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	long fill = store_encode(s, buf, 0, sizeof(buf), type, tx, parts, count);
	char *answer;
	uint32_t answer_len;
	int err;

	if (fill < 0)
		return fill;
	do {
		err = store_send(s, buf, fill);
		if (!err)
			err = store_answer(s, &answer, &answer_len);
	} while (err == -ECONNRESET && (err = come_back(s, tx)) == 0);
	if (err)
		return err;
	if (payload) {
		*payload = answer;
		*len = answer_len;
	} else {
		free(answer);
	}
	return 0;
}

/* The common ending of an operation on one path: which one, and why it failed. */
static int outcome(int err, const char *what, const char *path)
{
	if (err == -ENOENT)
		return plinth_fail(ENOENT, "store: cannot %s %s: there is no such node", what, path);
	if (err < 0)
		return plinth_fail(-err, "store: cannot %s %s: %s", what, path, strerror(-err));
	return err;
}

int plinth_store_read(struct plinth_store *s, uint32_t tx, const char *path, char **value)
{
	struct store_part parts[] = {STR(path)};
	uint32_t len;
	int err = request(s, XS_READ, tx, parts, 1, value, &len);

	return err ? outcome(err, "read", path) : (int)len;
}

int plinth_store_get(struct plinth_store *s, uint32_t tx, const char *path, char *buf, size_t size)
{
	char *value;
	int len = plinth_store_read(s, tx, path, &value);

	if (len < 0)
		return len;
	snprintf(buf, size, "%s", value);
	free(value);
	return len;
}

int plinth_store_write(struct plinth_store *s, uint32_t tx, const char *path, const char *value)
{
	struct store_part parts[] = {STR(path), {value, strlen(value)}};

	return outcome(request(s, XS_WRITE, tx, parts, 2, NULL, NULL), "write", path);
}

int plinth_store_remove(struct plinth_store *s, uint32_t tx, const char *path)
{
	struct store_part parts[] = {STR(path)};

	return outcome(request(s, XS_RM, tx, parts, 1, NULL, NULL), "remove", path);
}

/* Turns "a\0b\0c\0" into an array of pointers and the text, in one block. */
static int split(const char *text, uint32_t len, char ***out)
{
	unsigned int count = 0, i, n = 0;
	char **list, *copy;

	for (i = 0; i < len; i++)
		count += !text[i];
	list = malloc((count + 1) * sizeof(*list) + len + 1);
	if (!list)
		return plinth_fail(ENOMEM, "out of memory");
	copy = (char *)(list + count + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (i = 0; n < count; i += strlen(copy + i) + 1)
		list[n++] = copy + i;
	list[count] = NULL;
	*out = list;
	return count;
}

static int request_list(struct plinth_store *s, uint32_t type, uint32_t tx, const char *path, char ***list)
{
	struct store_part parts[] = {STR(path)};
	uint32_t len;
	char *text;
	int err = request(s, type, tx, parts, 1, &text, &len);

	if (err)
		return err;
	err = split(text, len, list);
	free(text);
	return err;
}

/* A directory too long for one message comes in pieces, each behind the generation it is of. */
static int list_in_parts(struct plinth_store *s, const char *path, char ***names)
{
	char offset[16], *text = NULL, *piece, *all = NULL, generation[32] = "";
	uint32_t len, have = 0, skip;
	int err;

	for (;;) {
		struct store_part parts[] = {STR(path), {offset, 0}};

		parts[1].len = snprintf(offset, sizeof(offset), "%u", have) + 1;
		err = request(s, XS_DIRECTORY_PART, 0, parts, 2, &text, &len);
		if (err)
			break;
		skip = strlen(text) + 1;
		if (skip > len || (have && strcmp(generation, text))) {
			free(text);
			have = 0; /* it changed between two pieces */
			continue;
		}
		snprintf(generation, sizeof(generation), "%s", text);
		piece = realloc(all, have + len);
		if (!piece) {
			free(text);
			err = plinth_fail(ENOMEM, "out of memory");
			break;
		}
		all = piece;
		memcpy(all + have, text + skip, len - skip);
		have += len - skip;
		free(text);
		if (have && !all[have - 1] && (have == 1 || !all[have - 2])) {
			err = split(all, have - 1, names);
			break;
		}
	}
	free(all);
	return err;
}

int plinth_store_list(struct plinth_store *s, uint32_t tx, const char *path, char ***names)
{
	int n = request_list(s, XS_DIRECTORY, tx, path, names);

	if (n == -E2BIG && !tx)
		n = list_in_parts(s, path, names);
	return outcome(n, "list", path);
}

int plinth_store_get_perms(struct plinth_store *s, uint32_t tx, const char *path, char ***perms)
{
	return outcome(request_list(s, XS_GET_PERMS, tx, path, perms), "read permissions of", path);
}

/* ---- Many in one round trip ------------------------------------------------------------------ */

/* Less than a socket's buffer: neither side waits for the other in the middle of it. */
#define BLOCK_BYTES 16384

static long encode_read(struct plinth_store *s, char *buf, size_t fill, uint32_t tx, const struct plinth_value *v)
{
	struct store_part path[] = {{v->directory, strlen(v->directory)}, {"/", 1}, STR(v->name)};

	return store_encode(s, buf, fill, BLOCK_BYTES, XS_READ, tx, path, COUNT(path));
}

/* Those that one block holds, and their answers. How many; -ECONNRESET: some may have none. */
static long get_some(struct plinth_store *s, uint32_t tx, struct plinth_value *values, size_t count)
{
	char buf[BLOCK_BYTES], *answer;
	long end = 0, fill = 0;
	uint32_t len;
	size_t n;
	int err;

	for (n = 0; n < count; n++, fill = end) {
		end = encode_read(s, buf, (size_t)fill, tx, &values[n]);
		if (end < 0)
			break;
	}
	if (n == 0)
		return end;
	err = store_send(s, buf, (size_t)fill);
	for (size_t i = 0; i < n && err != -ECONNRESET; i++) {
		values[i].len = err = store_answer(s, &answer, &len);
		if (err)
			continue;
		values[i].len = (int)len;
		snprintf(values[i].text, values[i].size, "%s", answer);
		free(answer);
	}
	return err == -ECONNRESET ? err : (long)n;
}

int plinth_store_get_all(struct plinth_store *s, uint32_t tx, struct plinth_value *values, size_t count)
{
	size_t done = 0;
	int err = 0;
	long n;

	while (done < count && !err) {
		n = get_some(s, tx, values + done, count - done);
		if (n == -ECONNRESET)
			err = come_back(s, tx);
		else if (n < 0)
			err = (int)n;
		else
			done += (size_t)n;
	}
	return err;
}

static long encode_node(struct plinth_store *s, char *buf, size_t fill, size_t size, uint32_t tx,
			const struct plinth_node *node)
{
	struct store_part write[] = {STR(node->path), {node->value, strlen(node->value)}};
	char perms[32];
	struct store_part set[] = {STR(node->path), {perms, 0}};
	long end = store_encode(s, buf, fill, size, XS_WRITE, tx, write, COUNT(write));

	if (end < 0 || node->owner < 0)
		return end;
	set[1].len = snprintf(perms, sizeof(perms), "n%d", node->owner) + 1;
	if (node->reader >= 0)
		set[1].len += snprintf(perms + set[1].len, sizeof(perms) - set[1].len, "r%d", node->reader) + 1;
	return store_encode(s, buf, end, size, XS_SET_PERMS, tx, set, COUNT(set));
}

/* Those from `from` on that one message block holds, and their answers. How many; -ECONNRESET: maybe none. */
static long write_some(struct plinth_store *s, uint32_t tx, const struct plinth_node *nodes, size_t count, int *first)
{
	char buf[BLOCK_BYTES], *answer;
	uint32_t id = s->next_id, len;
	long end = 0, fill = 0;
	size_t i;
	int err;

	for (i = 0; i < count; i++, fill = end) {
		uint32_t mark = s->next_id;

		end = encode_node(s, buf, (size_t)fill, sizeof(buf), tx, &nodes[i]);
		if (end < 0) {
			s->next_id = mark;
			break;
		}
	}
	if (i == 0)
		return outcome((int)end, "write", nodes[0].path);
	err = store_send(s, buf, (size_t)fill);
	for (; id != s->next_id && err != -ECONNRESET; id++) {
		err = store_answer(s, &answer, &len);
		if (!err)
			free(answer);
		else if (!*first)
			*first = outcome(err, "write below", nodes[0].path);
	}
	return err == -ECONNRESET ? err : (long)i;
}

int plinth_store_write_all(struct plinth_store *s, uint32_t tx, const struct plinth_node *nodes, size_t count)
{
	int first = 0, err;
	size_t done = 0;
	long n;

	while (done < count && !first) {
		n = write_some(s, tx, nodes + done, count - done, &first);
		if (n == -ECONNRESET) {
			first = 0;
			err = come_back(s, tx);
			if (err)
				return err;
		} else if (n < 0) {
			return (int)n;
		} else {
			done += (size_t)n;
		}
	}
	return first;
}

/* ---- Transactions, watches, domains --------------------------------------------------------- */

int plinth_store_begin(struct plinth_store *s, uint32_t *tx)
{
	struct store_part parts[] = {STR("")};
	uint32_t len;
	char *text;
	int err = request(s, XS_TRANSACTION_START, 0, parts, 1, &text, &len);

	if (err)
		return outcome(err, "begin", "a transaction");
	*tx = strtoul(text, NULL, 10);
	free(text);
	return 0;
}

int plinth_store_end(struct plinth_store *s, uint32_t tx, bool commit)
{
	struct store_part parts[] = {STR(commit ? "T" : "F")};

	return outcome(request(s, XS_TRANSACTION_END, tx, parts, 1, NULL, NULL), "end", "a transaction");
}

int plinth_store_watch(struct plinth_store *s, const char *path, const char *token)
{
	struct store_part parts[] = {STR(path), STR(token)};
	struct store_watch *watch = malloc(sizeof(*watch) + parts[0].len + parts[1].len);
	int err;

	if (!watch)
		return plinth_fail(ENOMEM, "out of memory");
	watch->token = watch->path + parts[0].len;
	memcpy(watch->path, path, parts[0].len);
	memcpy(watch->token, token, parts[1].len);
	err = outcome(request(s, XS_WATCH, 0, parts, 2, NULL, NULL), "watch", path);
	if (err) {
		free(watch);
		return err;
	}
	watch->next = s->watches;
	s->watches = watch;
	return 0;
}

int plinth_store_unwatch(struct plinth_store *s, const char *path, const char *token)
{
	struct store_part parts[] = {STR(path), STR(token)};
	struct store_watch **slot = &s->watches, *watch;

	while ((watch = *slot) && (strcmp(watch->path, path) || strcmp(watch->token, token)))
		slot = &watch->next;
	if (watch) {
		*slot = watch->next;
		free(watch);
	}
	return outcome(request(s, XS_UNWATCH, 0, parts, 2, NULL, NULL), "stop watching", path);
}

int plinth_store_event(struct plinth_store *s, int timeout_ms, char **path, char **token)
{
	struct store_event *event;
	int err;

	while (!s->events) {
		err = store_wait_event(s, timeout_ms);
		if (err == -ECONNRESET)
			err = store_reconnect(s);
		if (err)
			return err;
	}
	event = s->events;
	s->events = event->next;
	if (!s->events)
		s->last_event = &s->events;
	/* Handed out as the block itself, moved to its start, for the caller to free. */
	*path = memmove(event, event->text, event->len + 2);
	*token = *path + strlen(*path) + 1;
	return 0;
}

int plinth_store_introduce(struct plinth_store *s, unsigned int domid, uint64_t mfn, unsigned int port)
{
	char id[16], frame[24], event[16];

	snprintf(id, sizeof(id), "%u", domid);
	snprintf(frame, sizeof(frame), "%llu", (unsigned long long)mfn);
	snprintf(event, sizeof(event), "%u", port);
	{
		struct store_part parts[] = {STR(id), STR(frame), STR(event)};

		return outcome(request(s, XS_INTRODUCE, 0, parts, 3, NULL, NULL), "introduce domain", id);
	}
}

int plinth_store_release(struct plinth_store *s, unsigned int domid)
{
	char id[16];

	snprintf(id, sizeof(id), "%u", domid);
	{
		struct store_part parts[] = {STR(id)};

		return outcome(request(s, XS_RELEASE, 0, parts, 1, NULL, NULL), "release domain", id);
	}
}
