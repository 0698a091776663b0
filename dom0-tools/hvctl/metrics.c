/* metrics.c - figures of the machine and its domains as OpenMetrics text */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "names.h"
#include "usage.h"

struct metric {
	const char *name, *type, *help;
	void (*print)(FILE *out, const struct plinth_domain *dom);
};

static void print_seconds(FILE *out, const struct plinth_domain *dom)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64 "\n", dom->cpu_time / 1000000000, dom->cpu_time % 1000000000);
}

static void print_memory(FILE *out, const struct plinth_domain *dom)
{
	fprintf(out, "%" PRIu64 "\n", dom->pages * 4096);
}

static void print_vcpus(FILE *out, const struct plinth_domain *dom)
{
	fprintf(out, "%u\n", dom->vcpus);
}

static void print_alive(FILE *out, const struct plinth_domain *dom)
{
	fprintf(out, "%d\n", !dom->shutdown && !dom->dying);
}

/* The format wants a counter's samples to end in _total, and its name not to. */
static const struct metric metrics[] = {
	{"plinth_domain_cpu_seconds", "counter", "CPU time used by all vcpus", print_seconds},
	{"plinth_domain_memory_bytes", "gauge", "Memory the domain has", print_memory},
	{"plinth_domain_vcpus", "gauge", "Vcpus online", print_vcpus},
	{"plinth_domain_alive", "gauge", "0 when it has shut down, crashed or is dying", print_alive},
};

/* A label's value: quotes, backslashes and newlines are written as escapes. */
static void print_label(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n') {
			fputs("\\n", out);
			continue;
		}
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void print_domains(FILE *out, const struct metric *m, struct plinth_store *store,
			  const struct plinth_domain *list, int count)
{
	char name[NAME_BYTES];

	fprintf(out, "# TYPE %s %s\n# HELP %s %s.\n", m->name, m->type, m->name, m->help);
	for (int i = 0; i < count; i++) {
		domain_name(store, list[i].domid, name);
		fprintf(out, "%s%s{domid=\"%u\",name=\"", m->name, *m->type == 'c' ? "_total" : "", list[i].domid);
		print_label(out, name);
		fputs("\"} ", out);
		m->print(out, &list[i]);
	}
}

/* ---- Devices ---------------------------------------------------------------------------------- */

struct device_metric {
	const char *name, *kind, *help;
	size_t offset; /* in struct usage */
};

static const struct device_metric device_metrics[] = {
	{"plinth_vif_sent_bytes", "vif", "Bytes the guest has sent", offsetof(struct usage, sent)},
	{"plinth_vif_received_bytes", "vif", "Bytes the guest was sent", offsetof(struct usage, received)},
	{"plinth_disk_reads", "vbd", "Read requests done", offsetof(struct usage, reads)},
	{"plinth_disk_writes", "vbd", "Write requests done", offsetof(struct usage, writes)},
	{"plinth_disk_read_bytes", "vbd", "Bytes the guest has read", offsetof(struct usage, read_bytes)},
	{"plinth_disk_written_bytes", "vbd", "Bytes the guest has written", offsetof(struct usage, written_bytes)},
};

/* One domain's devices. */
struct devices {
	unsigned int domid;
	char name[NAME_BYTES];
	struct usage_device *list;
	int count;
};

static void print_devices(FILE *out, const struct device_metric *m, const struct devices *all, int count)
{
	fprintf(out, "# TYPE %s counter\n# HELP %s %s.\n", m->name, m->name, m->help);
	for (int i = 0; i < count; i++) {
		for (int j = 0; j < all[i].count; j++) {
			const struct usage_device *d = &all[i].list[j];

			if (strcmp(d->kind, m->kind))
				continue;
			fprintf(out, "%s_total{domid=\"%u\",name=\"", m->name, all[i].domid);
			print_label(out, all[i].name);
			fprintf(out, "\",%s=\"", strcmp(m->kind, "vif") ? "disk" : "vif");
			print_label(out, d->name);
			fprintf(out, "\"} %" PRIu64 "\n", *(const uint64_t *)((const char *)&d->usage + m->offset));
		}
	}
}

/* All are asked before any is printed: a metric's samples stand together, and shall be of one moment. */
static void print_all_devices(FILE *out, struct plinth_store *store, const struct plinth_domain *list, int count)
{
	struct devices *all = calloc(count + 1, sizeof(*all));

	for (int i = 0; all && i < count; i++) {
		all[i].domid = list[i].domid;
		domain_name(store, list[i].domid, all[i].name);
		if (list[i].domid && store)
			all[i].count = usage_of_devices(store, list[i].domid, &all[i].list);
	}
	for (size_t i = 0; all && i < sizeof(device_metrics) / sizeof(device_metrics[0]); i++)
		print_devices(out, &device_metrics[i], all, count);
	for (int i = 0; all && i < count; i++)
		if (all[i].count > 0)
			free(all[i].list);
	free(all);
}

static void print_gauge(FILE *out, const char *name, const char *help, uint64_t value)
{
	fprintf(out, "# TYPE %s gauge\n# HELP %s %s.\n%s %" PRIu64 "\n", name, name, help, name, value);
}

int metrics_print(FILE *out, struct plinth *h)
{
	struct plinth_store *store = NULL;
	struct plinth_domain *list = NULL;
	struct plinth_host host;
	int count = plinth_get_host(h, &host);

	if (!count)
		count = plinth_list_domains(h, &list);
	if (count < 0)
		return count;
	if (plinth_store_open(&store))
		store = NULL; /* figures without names are better than none */
	print_gauge(out, "plinth_cpus", "Physical CPUs", host.cpus);
	print_gauge(out, "plinth_memory_bytes", "Memory of the machine", host.total_pages * 4096);
	print_gauge(out, "plinth_memory_free_bytes", "Memory no domain has", host.free_pages * 4096);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		print_domains(out, &metrics[i], store, list, count);
	print_all_devices(out, store, list, count);
	fputs("# EOF\n", out);
	plinth_store_close(store);
	free(list);
	return 0;
}
