/* cmd_metrics.c - hvctl metrics: figures of the machine and its domains as OpenMetrics text */
#include <inttypes.h>
#include <stdlib.h>

#include "hvctl.h"
#include "names.h"

struct metric {
	const char *name, *type, *help;
	void (*print)(const struct plinth_domain *dom);
};

static void print_seconds(const struct plinth_domain *dom)
{
	printf("%" PRIu64 ".%09" PRIu64 "\n", dom->cpu_time / 1000000000,
	       dom->cpu_time % 1000000000);
}

static void print_memory(const struct plinth_domain *dom)
{
	printf("%" PRIu64 "\n", dom->pages * 4096);
}

static void print_vcpus(const struct plinth_domain *dom)
{
	printf("%u\n", dom->vcpus);
}

static void print_alive(const struct plinth_domain *dom)
{
	printf("%d\n", !dom->shutdown && !dom->dying);
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
static void print_label(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n') {
			fputs("\\n", stdout);
			continue;
		}
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

static void print_domains(const struct metric *m, struct plinth_store *store,
			  const struct plinth_domain *list, int count)
{
	char name[NAME_BYTES];

	printf("# TYPE %s %s\n# HELP %s %s.\n", m->name, m->type, m->name, m->help);
	for (int i = 0; i < count; i++) {
		domain_name(store, list[i].domid, name);
		printf("%s%s{domid=\"%u\",name=\"", m->name, *m->type == 'c' ? "_total" : "",
		       list[i].domid);
		print_label(name);
		fputs("\"} ", stdout);
		m->print(&list[i]);
	}
}

static void print_gauge(const char *name, const char *help, uint64_t value)
{
	printf("# TYPE %s gauge\n# HELP %s %s.\n%s %" PRIu64 "\n", name, name, help, name, value);
}

static int run(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};
	struct plinth_store *store = NULL;
	struct plinth_domain *list = NULL;
	struct plinth_host host;
	struct plinth *h;
	int code, count;

	if (parse_options(cmd, argc, argv, spec, 0, 0) < 0)
		return EXIT_USAGE;
	h = need_hypervisor(&code);
	if (!h)
		return code;
	count = plinth_get_host(h, &host);
	if (!count)
		count = plinth_list_domains(h, &list);
	plinth_close(h);
	if (count < 0)
		return report(count);
	if (plinth_store_open(&store))
		store = NULL; /* figures without names are better than none */
	print_gauge("plinth_cpus", "Physical CPUs", host.cpus);
	print_gauge("plinth_memory_bytes", "Memory of the machine", host.total_pages * 4096);
	print_gauge("plinth_memory_free_bytes", "Memory no domain has", host.free_pages * 4096);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		print_domains(&metrics[i], store, list, count);
	puts("# EOF");
	plinth_store_close(store);
	free(list);
	return EXIT_OK;
}

const struct command cmd_metrics = {
	.name = "metrics",
	.arguments = "",
	.summary = "Print figures as OpenMetrics text",
	.help = "Meant for a collector: write it to a file that one reads, say every 15 seconds.\n",
	.run = run,
};
