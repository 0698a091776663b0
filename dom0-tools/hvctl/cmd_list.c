/* cmd_list.c - hvctl list: the domains, their size, and what they are doing */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"
#include "names.h"

static void print_text(const struct plinth_domain *dom, const char *name)
{
	uint64_t tenths = dom->cpu_time / 100000000;

	printf("%-32s %5u %8" PRIu64 " %5u  %-8s %10" PRIu64 ".%" PRIu64 "\n", name, dom->domid, dom->pages >> 8,
	       dom->vcpus, plinth_state_name(dom->state), tenths / 10, tenths % 10);
}

static void print_json(struct json *j, const struct plinth_domain *dom, const char *name)
{
	char uuid[UUID_TEXT];

	format_uuid(dom->uuid, uuid);
	json_object(j, NULL);
	json_string(j, "name", name);
	json_number(j, "domid", dom->domid);
	json_string(j, "uuid", uuid);
	json_string(j, "type", dom->hvm ? "hvm" : "pv");
	json_string(j, "state", plinth_state_name(dom->state));
	if (dom->shutdown)
		json_number(j, "shutdown_code", dom->shutdown_code);
	json_bool(j, "paused", dom->paused);
	json_number(j, "vcpus", dom->vcpus);
	json_number(j, "max_vcpus", dom->max_vcpus);
	json_number(j, "memory_kib", dom->pages * 4);
	/* "No limit" is a number beyond any memory. */
	if (dom->max_pages < UINT32_MAX)
		json_number(j, "max_memory_kib", dom->max_pages * 4);
	else
		json_string(j, "max_memory_kib", NULL);
	json_number(j, "cpu_time_ns", dom->cpu_time);
	json_object_end(j);
}

static void print_all(const struct plinth_domain *list, int count, bool as_json)
{
	struct plinth_store *store = NULL;
	char name[NAME_BYTES];
	struct json j;
	int i;

	/* Without the store there are no names, and the list is still worth printing. */
	if (plinth_store_open(&store))
		store = NULL;
	if (as_json) {
		json_begin(&j, stdout);
		json_array(&j, NULL);
	} else {
		printf("%-32s %5s %8s %5s  %-8s %12s\n", "Name", "ID", "MiB", "VCPUs", "State", "Seconds");
	}
	for (i = 0; i < count; i++) {
		domain_name(store, list[i].domid, name);
		if (as_json)
			print_json(&j, &list[i], name);
		else
			print_text(&list[i], name);
	}
	if (as_json) {
		json_array_end(&j);
		json_end(&j);
	}
	plinth_store_close(store);
}

static int run(const struct command *cmd, int argc, char **argv)
{
	bool as_json = false;
	const struct option_spec spec[] = {{'j', "json", &as_json, NULL}, {0}};
	struct plinth_domain *list = NULL, *one;
	unsigned int domid;
	struct plinth *h;
	int code, count, err = 0, plain;

	plain = parse_options(cmd, argc, argv, spec, 0, 1);
	if (plain < 0)
		return EXIT_USAGE;
	h = need_hypervisor(&code);
	if (!h)
		return code;
	if (plain) {
		count = 1;
		list = one = calloc(1, sizeof(*one));
		err = find_domain(h, argv[1], &domid);
		if (!err)
			err = plinth_get_domain(h, domid, one);
	} else {
		err = count = plinth_list_domains(h, &list);
	}
	plinth_close(h);
	if (err >= 0)
		print_all(list, count, as_json);
	free(list);
	return report(err < 0 ? err : 0);
}

const struct command cmd_list = {
	.name = "list",
	.arguments = "[--json] [DOMAIN]",
	.summary = "List the domains, or one of them",
	.help = "  -j, --json   print JSON: an array; memory in KiB, cpu_time in ns\n\n"
		"DOMAIN is a number or a name. States: running, blocked (waiting for work), "
		"paused,\n"
		"shutdown, crashed, dying.\n",
	.run = run,
};
