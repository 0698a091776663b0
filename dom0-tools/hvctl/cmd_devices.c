/* cmd_devices.c - hvctl block-list and network-list: a domain's devices, as the store has them */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/xenbus.h>

#include "record.h"
#include "target.h"

/* What is shown of a device beside its number and state: nodes of its back end. */
struct shown {
	const char *kind, *title;
	const char *nodes[3];
	int width[3];
};
static const struct shown disks = {"vbd", "Disk", {"dev", "mode", "params"}, {-8, -5, 0}};
static const struct shown vifs = {"vif", "Vif", {"mac", "bridge", "vifname"}, {-18, -12, 0}};

static const char *state_name(const char *text)
{
	static const char *const names[] = {"unknown", "initialising", "waiting",	"initialised", "connected",
					    "closing", "closed",       "reconfiguring", "reconfigured"};
	int state = atoi(text);

	return state >= 0 && state <= XenbusStateReconfigured ? names[state] : names[0];
}

static void get(const struct target *t, const char *base, const char *name, char *buf, size_t size)
{
	char path[2 * PATH_ROOM];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	if (plinth_store_get(t->store, 0, path, buf, size) < 0)
		*buf = '\0';
}

struct listing {
	const struct target *t;
	const struct shown *what;
	struct json *json; /* NULL: a table */
};

static bool show(const char *base, unsigned int devid, void *arg)
{
	const struct listing *l = arg;
	char value[1024], state[16];

	get(l->t, base, "state", state, sizeof(state));
	if (l->json) {
		json_object(l->json, NULL);
		json_number(l->json, "devid", devid);
		json_string(l->json, "state", state_name(state));
	} else {
		printf("%6u  %-13s ", devid, state_name(state));
	}
	for (int i = 0; i < 3; i++) {
		get(l->t, base, l->what->nodes[i], value, sizeof(value));
		if (!strcmp(l->what->nodes[i], "params"))
			record_disk_target(l->t->store, base, value, sizeof(value));
		if (l->json)
			json_string(l->json, l->what->nodes[i], value);
		else
			printf(" %*s", l->what->width[i], value);
	}
	if (l->json)
		json_object_end(l->json);
	else
		putchar('\n');
	return true;
}

static int list(const struct target *t, bool as_json, const void *arg)
{
	const struct shown *what = arg;
	struct listing listing = {t, what, NULL};
	struct json j;
	int err;

	if (as_json) {
		json_begin(&j, stdout);
		json_array(&j, NULL);
		listing.json = &j;
	} else {
		printf("%6s  %-13s ", what->title, "State");
		for (int i = 0; i < 3; i++)
			printf(" %*s", what->width[i], what->nodes[i]);
		putchar('\n');
	}
	err = record_each_device(t->store, what->kind, t->dom.domid, show, &listing);
	if (as_json) {
		json_array_end(&j);
		json_end(&j);
	}
	return err;
}

static int run_disks(const struct command *cmd, int argc, char **argv)
{
	return target_show(cmd, argc, argv, list, &disks);
}

static int run_vifs(const struct command *cmd, int argc, char **argv)
{
	return target_show(cmd, argc, argv, list, &vifs);
}

const struct command cmd_block_list = {
	.name = "block-list",
	.arguments = "[--json] DOMAIN",
	.summary = "List a domain's disks",
	.help = "  -j, --json   print JSON: an array\n",
	.run = run_disks,
};
const struct command cmd_network_list = {
	.name = "network-list",
	.arguments = "[--json] DOMAIN",
	.summary = "List a domain's network interfaces",
	.help = "  -j, --json   print JSON: an array\n",
	.run = run_vifs,
};
