/* fuzz_store.c - any bytes from any domain as requests to the store */
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/stored/conn.h"

static int introduce(void *host, unsigned int domid, uint64_t mfn, unsigned int port)
{
	(void)host;
	return domid && mfn && port ? 0 : -22;
}

static int known(void *host, unsigned int domid)
{
	(void)host;
	return domid < 3 ? 0 : -2;
}

static int target(void *host, unsigned int domid, unsigned int other)
{
	(void)other;
	return known(host, domid);
}

static bool is_introduced(void *host, unsigned int domid)
{
	return !known(host, domid);
}

static const struct store_host host = {conn_send, conn_queued, introduce, known, known, target, is_introduced};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * The first byte of each piece says who speaks and how much: two bits of domain, six of length.
 * Pieces of one client make up its stream, wherever they are cut.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store *store = store_new(&host, NULL);
	struct conn conns[4];
	bool closed[4] = {false};
	const char *out;
	size_t i, n;

	if (!store)
		return 0;
	for (i = 0; i < 4; i++)
		if (conn_open(&conns[i], store, i))
			abort();
	for (i = 0; i < size; i += n) {
		unsigned int who = data[i] & 3;

		n = 1 + (data[i] >> 2);
		i++;
		if (n > size - i)
			n = size - i;
		if (closed[who])
			continue;
		closed[who] = conn_input(&conns[who], (const char *)data + i, n) != 0;
		conn_output_taken(&conns[who], conn_output(&conns[who], &out));
	}
	for (i = 0; i < 4; i++)
		conn_close(&conns[i]);
	store_free(store);
	return 0;
}
