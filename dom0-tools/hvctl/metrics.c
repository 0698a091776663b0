/* metrics.c - figures of the machine and its domains as OpenMetrics text */
#include <inttypes.h>
#include <stdlib.h>

#include "metrics.h"
#include "names.h"

struct metric {
	const char *name, *type, *help;
	void (*print)(FILE *out, const struct plinth_domain *dom);
};

static void print_seconds(FILE *out, const struct plinth_domain *dom)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64 "\n", dom->cpu_time / 1000000000,
	       dom->cpu_time % 1000000000);
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
	{"plinth_domain_alive", "gauge", "0 when it has shut down, crashed or is dying",
	 print_alive},
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
		fprintf(out, "%s%s{domid=\"%u\",name=\"", m->name, *m->type == 'c' ? "_total" : "",
		       list[i].domid);
		print_label(out, name);
		fputs("\"} ", out);
		m->print(out, &list[i]);
	}
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
	fputs("# EOF\n", out);
	plinth_store_close(store);
	free(list);
	return 0;
}
