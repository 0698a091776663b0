/* sample.c - what all domains use at a moment, and what they have used between two */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sample.h"

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static const struct sample_row *find(const struct sample *sample, const struct plinth_domain *dom)
{
	for (size_t i = 0; sample && i < sample->count; i++)
		if (sample->rows[i].dom.domid == dom->domid &&
		    !memcmp(sample->rows[i].dom.uuid, dom->uuid, sizeof(dom->uuid)))
			return &sample->rows[i];
	return NULL;
}

/* A device that has gone takes its count along. */
static double rate(uint64_t now, uint64_t before, double seconds)
{
	return now < before ? 0 : (double)(now - before) / seconds;
}

static void fill_rates(struct sample_row *row, const struct sample_row *before, double seconds)
{
	const struct usage *now = &row->used, *then = &before->used;

	row->cpu_percent = (double)(row->dom.cpu_time - before->dom.cpu_time) / 1e7 / seconds;
	row->sent_rate = rate(now->sent, then->sent, seconds);
	row->received_rate = rate(now->received, then->received, seconds);
	row->read_rate = rate(now->read_bytes, then->read_bytes, seconds);
	row->written_rate = rate(now->written_bytes, then->written_bytes, seconds);
}

int sample_take(struct sample *now, const struct sample *before, struct plinth *h, struct plinth_store *store)
{
	const struct sample_row *earlier;
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
		now->rows[i].used = usage_of_domain(store, list[i].domid);
		earlier = find(before, &list[i]);
		if (earlier && now->at_ns > before->at_ns)
			fill_rates(&now->rows[i], earlier, (double)(now->at_ns - before->at_ns) / 1e9);
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
