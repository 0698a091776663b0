/* http.c - a web server for files that never change
 *
 * lwIP's callbacks only note what came; files are read by http_work(), outside of the library, where a thread may sleep.
 */
#include <lwip/tcp.h>

#include "frontend-drivers/guest/http.h"
#include "frontend-drivers/guest/kernel.h"
#include "frontend-drivers/guest/library.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#define CONNECTIONS 4
#define REQUEST	    1024
#define CHUNK	    16384u
#define POLL	    20 /* half-seconds without progress after which a connection ends */

enum phase { FREE, READING, ANSWERING, SENDING, ENDING };

static struct connection {
	enum phase phase;
	struct tcp_pcb *pcb; /* NULL: it has gone, whatever the phase */
	char request[REQUEST + 1];
	uint32_t have;
	const struct tar_file *file;
	uint64_t sent, patience;
	uint32_t begin, end; /* of what of the chunk lwIP has not taken yet */
	uint8_t chunk[CHUNK];
} connections[CONNECTIONS];

static const struct tar *files;

/* ---- Inside the library ------------------------------------------------------------------------------- */

static void forget(struct connection *c)
{
	if (c->pcb) {
		tcp_arg(c->pcb, NULL);
		tcp_recv(c->pcb, NULL);
		tcp_err(c->pcb, NULL);
		tcp_poll(c->pcb, NULL, 0);
	}
	c->pcb = NULL;
}

static void failed(void *arg, err_t err)
{
	struct connection *c = arg;

	(void)err;
	c->pcb = NULL; /* lwIP has freed it */
}

static void end(struct connection *c)
{
	struct tcp_pcb *pcb = c->pcb;

	forget(c);
	if (pcb && tcp_close(pcb) != ERR_OK)
		tcp_abort(pcb);
	c->phase = FREE;
}

static err_t received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct connection *c = arg;
	uint32_t n;

	(void)err;
	if (!p) { /* the other side says no more; what it asked for is answered all the same */
		if (c->phase == READING)
			c->phase = ENDING;
		return ERR_OK;
	}
	n = c->phase == READING ? MIN((uint32_t)p->tot_len, REQUEST - c->have) : 0;
	pbuf_copy_partial(p, c->request + c->have, (u16_t)n, 0);
	c->have += n;
	c->request[c->have] = '\0';
	tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
	/* Headers end with an empty line; nothing in them matters here. */
	for (uint32_t i = 3; i < c->have && c->phase == READING; i++)
		if (memcmp(c->request + i - 3, "\r\n\r\n", 4) == 0)
			c->phase = ANSWERING;
	if (c->phase == READING && c->have == REQUEST)
		c->phase = ENDING;
	return ERR_OK;
}

static err_t poll(void *arg, struct tcp_pcb *pcb)
{
	struct connection *c = arg;

	(void)pcb;
	if (c->patience-- == 0)
		c->phase = ENDING;
	return ERR_OK;
}

static err_t accepted(void *arg, struct tcp_pcb *pcb, err_t err)
{
	(void)arg;
	for (int i = 0; i < CONNECTIONS && err == ERR_OK; i++) {
		struct connection *c = &connections[i];

		if (c->phase != FREE)
			continue;
		c->phase = READING;
		c->pcb = pcb;
		c->have = c->begin = c->end = 0;
		c->sent = 0;
		c->file = NULL;
		c->patience = POLL;
		tcp_arg(pcb, c);
		tcp_recv(pcb, received);
		tcp_err(pcb, failed);
		tcp_poll(pcb, poll, 1);
		return ERR_OK;
	}
	return ERR_MEM; /* lwIP resets it */
}

void http_init(const struct tar *tar)
{
	static const ip_addr_t any; /* of type IPv4 */
	struct tcp_pcb *pcb = tcp_new();

	files = tar;
	if (!pcb || tcp_bind(pcb, &any, 80) != ERR_OK)
		panic("port 80 cannot be had");
	pcb = tcp_listen_with_backlog(pcb, CONNECTIONS);
	if (!pcb)
		panic("no memory for a web server");
	tcp_accept(pcb, accepted);
}

/* What has been read goes to lwIP as far as that has room. True: all of it. */
static bool give(struct connection *c)
{
	uint32_t room = MIN((uint32_t)tcp_sndbuf(c->pcb), c->end - c->begin);

	if (room > 0 && tcp_write(c->pcb, c->chunk + c->begin, (u16_t)room, TCP_WRITE_FLAG_COPY) == ERR_OK) {
		c->begin += room;
		c->patience = POLL;
		tcp_output(c->pcb);
	}
	return c->begin == c->end;
}

/* ---- Outside ------------------------------------------------------------------------------------------ */

/* "GET /name HTTP/1.x" → "name" ("" for the list), or NULL. */
static char *asked_for(char *request)
{
	char *name = request + 5, *space;

	if (!str_starts(request, "GET /"))
		return NULL;
	space = strchr(name, ' ');
	if (!space || !str_starts(space, " HTTP/1."))
		return NULL;
	*space = '\0';
	return name;
}

static uint32_t list(char *to, uint32_t size)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < files->nr_files; i++)
		n += (uint32_t)format(to + n, n < size ? size - n : 0, "%s\n", files->file[i].name);
	return MIN(n, size);
}

static void answer(struct connection *c)
{
	static char text[CHUNK / 2];
	const char *name = asked_for(c->request), *status = "200 OK";
	uint64_t length = 0;

	if (!name) {
		status = "400 Bad Request";
	} else if (!*name) {
		length = list(text, sizeof(text));
	} else {
		c->file = tar_find(files, name);
		if (c->file)
			length = c->file->size;
		else
			status = "404 Not Found";
	}
	c->end =
		(uint32_t)format((char *)c->chunk, CHUNK / 2,
				 "HTTP/1.0 %s\r\nServer: refguest\r\nContent-Length: %llu\r\nConnection: close\r\n\r\n",
				 status, (unsigned long long)length);
	if (!c->file && length) {
		memcpy(c->chunk + c->end, text, length);
		c->end += (uint32_t)length;
	}
	c->phase = SENDING;
}

/* The next piece of the file, once the last one is lwIP's. */
static void refill(struct connection *c)
{
	uint64_t n = c->file ? MIN(c->file->size - c->sent, (uint64_t)CHUNK) : 0;

	c->begin = c->end = 0;
	if (n == 0 || tar_read(files, c->file, c->sent, c->chunk, n)) {
		c->phase = ENDING;
		return;
	}
	c->sent += n;
	c->end = (uint32_t)n;
}

/* True: it got on. */
static bool work(struct connection *c)
{
	bool state, all;
	uint32_t was = c->begin;

	if (c->phase == ANSWERING)
		answer(c);
	else if (c->phase == SENDING && c->begin == c->end)
		refill(c);
	state = library_enter();
	if (!c->pcb)
		c->phase = FREE;
	else if (c->phase == ENDING)
		end(c);
	all = c->phase == SENDING && give(c);
	library_leave(state);
	return all || c->begin != was;
}

bool http_work(void)
{
	bool more = false;

	for (int i = 0; i < CONNECTIONS; i++)
		if (connections[i].phase != FREE)
			more |= work(&connections[i]);
	return more;
}
