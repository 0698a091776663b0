/* sample.c - what all domains use at a moment, and what they have used between two */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sample.h"

#define HANDLES 8 /* interfaces that are looked for */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* What Dom0's end receives is what the guest has sent. */
static uint64_t interface_bytes(unsigned int domid, unsigned int handle, const char *which)
{
	char path[96];
	uint64_t bytes = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/vif%u.%u/statistics/%s", domid, handle, which);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%" SCNu64, &bytes) != 1)
		bytes = 0;
	fclose(f);
	return bytes;
}

static const struct sample_row *find(const struct sample *sample, const struct plinth_domain *dom)
{
	for (size_t i = 0; sample && i < sample->count; i++)
		if (sample->rows[i].dom.domid == dom->domid &&
		    !memcmp(sample->rows[i].dom.uuid, dom->uuid, sizeof(dom->uuid)))
			return &sample->rows[i];
	return NULL;
}

static void fill_row(struct sample_row *row, const struct sample_row *before, double seconds)
{
	for (unsigned int i = 0; i < HANDLES && row->dom.domid; i++) {
		row->sent += interface_bytes(row->dom.domid, i, "rx_bytes");
		row->received += interface_bytes(row->dom.domid, i, "tx_bytes");
	}
	if (!before || seconds <= 0)
		return;
	row->cpu_percent = (double)(row->dom.cpu_time - before->dom.cpu_time) / 1e7 / seconds;
	/* An interface that has gone takes its count along. */
	if (row->sent >= before->sent)
		row->sent_rate = (double)(row->sent - before->sent) / seconds;
	if (row->received >= before->received)
		row->received_rate = (double)(row->received - before->received) / seconds;
}

int sample_take(struct sample *now, const struct sample *before, struct plinth *h, struct plinth_store *store)
{
	struct plinth_domain *list;
	int count = plinth_get_host(h, &now->host);

	if (!count)
		count = plinth_list_domains(h, &list);
	if (count < 0)
		return count;
	now->at_ns = now_ns();
	now->count = count;
	now->rows = calloc(count, sizeof(*now->rows));
	for (int i = 0; now->rows && i < count; i++) {
		now->rows[i].dom = list[i];
		domain_name(store, list[i].domid, now->rows[i].name);
		fill_row(&now->rows[i], find(before, &list[i]), before ? (now->at_ns - before->at_ns) / 1e9 : 0);
	}
	free(list);
	return now->rows ? 0 : plinth_fail(ENOMEM, "out of memory");
}

void sample_free(struct sample *sample)
{
	free(sample->rows);
	memset(sample, 0, sizeof(*sample));
}

static int by_domid(const void *a, const void *b)
{
	const struct sample_row *x = a, *y = b;

	return x->dom.domid < y->dom.domid ? -1 : x->dom.domid > y->dom.domid;
}

static int by_cpu(const void *a, const void *b)
{
	const struct sample_row *x = a, *y = b;

	return x->cpu_percent > y->cpu_percent ? -1 : x->cpu_percent < y->cpu_percent;
}

static int by_memory(const void *a, const void *b)
{
	const struct sample_row *x = a, *y = b;

	return x->dom.pages > y->dom.pages ? -1 : x->dom.pages < y->dom.pages;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct sample_row *)a)->name, ((const struct sample_row *)b)->name);
}

void sample_sort(struct sample *sample, enum sample_order order)
{
	static int (*const orders[])(const void *, const void *) = {by_domid, by_cpu, by_memory, by_name};

	qsort(sample->rows, sample->count, sizeof(*sample->rows), orders[order]);
}
