/* cmd_detach.c - hvctl block-detach and network-detach: a device is taken away from a running domain */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <xen/io/xenbus.h>

#include "config_file.h"
#include "disk_closed.h"
#include "news.h"
#include "nodes.h"
#include "record.h"
#include "target.h"

#define WAIT_MS 15000

static int read_state(const struct target *t, const char *path)
{
	char text[16];
	int err = plinth_store_get(t->store, 0, path, text, sizeof(text));

	return err < 0 ? err : atoi(text);
}

struct end {
	const struct target *t;
	const char *path; /* of the back end's state */
};

static int is_closed(void *arg)
{
	const struct end *end = arg;
	int state = read_state(end->t, end->path);

	return state == XenbusStateClosed || state == -ENOENT ? 1 : state < 0 ? state : 0;
}

/* The guest lets go of it, or does not: a mounted disk stays. */
static int wait_until_closed(const struct target *t, const char *path)
{
	struct end end = {t, path};
	int err = news_wait(t->store, path, WAIT_MS, is_closed, &end);

	if (err == -ETIMEDOUT)
		return plinth_fail(EBUSY,
				   "the guest did not let go of it within %d seconds; is it in use there? "
				   "--force pulls it",
				   WAIT_MS / 1000);
	return err < 0 ? err : 0;
}

static int drop_disk(struct domain_config *config, const void *devid)
{
	for (size_t i = 0; i < config->nr_disks; i++) {
		if (config->disks[i].devid != *(const unsigned int *)devid)
			continue;
		free(config->disks[i].target);
		config->nr_disks--;
		memmove(&config->disks[i], &config->disks[i + 1], (config->nr_disks - i) * sizeof(config->disks[0]));
	}
	return 0;
}

/* Interfaces have no number in a configuration: the one with this address. */
static int drop_vif(struct domain_config *config, const void *mac)
{
	for (size_t i = 0; i < config->nr_vifs; i++) {
		char text[MAC_TEXT];

		config_format_mac(config->vifs[i].mac, text);
		if (strcasecmp(text, mac))
			continue;
		free(config->vifs[i].ip);
		config->nr_vifs--;
		memmove(&config->vifs[i], &config->vifs[i + 1], (config->nr_vifs - i) * sizeof(config->vifs[0]));
	}
	return 0;
}

static int detach(const struct target *t, const char *kind, unsigned int devid, bool force)
{
	char base[PATH_ROOM], path[PATH_ROOM + 8], mac[MAC_TEXT] = "", device[32];
	bool disk = !strcmp(kind, "vbd"), served;
	struct nodes nodes = {0};
	int err;

	backend_find(t->store, base, kind, t->dom.domid, devid);
	snprintf(path, sizeof(path), "%s/state", base);
	err = read_state(t, path);
	if (err == -ENOENT)
		return plinth_fail(ENOENT, "domain %u has no %s %u", t->dom.domid, kind, devid);
	if (err < 0)
		return err;
	snprintf(path, sizeof(path), "%s/mac", base);
	if (!disk)
		plinth_store_get(t->store, 0, path, mac, sizeof(mac));
	snprintf(path, sizeof(path), "%s/state", base);
	nodes_add(&nodes, base, "online", "0");
	nodes_add(&nodes, base, "state", "%d", XenbusStateClosing);
	err = nodes_commit(&nodes, t->store);
	nodes_free(&nodes);
	if (!err && !force)
		err = wait_until_closed(t, path);
	if (err)
		return err;
	served = disk && record_served_path(t->store, base, device);
	record_remove_device(t->store, kind, t->dom.domid, devid);
	/* Whoever attaches it next finds it free. */
	if (disk)
		disk_wait_until_closed(t->dom.domid, devid);
	if (served)
		disk_device_end(device);
	return saved_change(t->dom.uuid, disk ? drop_disk : drop_vif, disk ? (const void *)&devid : mac);
}

static int run_kind(const struct command *cmd, int argc, char **argv, const char *kind)
{
	bool force = false, disk;
	const struct option_spec spec[] = {{'f', "force", &force, NULL}, {0}};
	unsigned long long number = 0;
	unsigned int devid;
	struct target t;
	int code, err = 0;

	if (parse_options(cmd, argc, argv, spec, 2, 2) < 0)
		return EXIT_USAGE;
	disk = !strcmp(kind, "vbd");
	if (!disk && !parse_number(argv[2], ~0u, &number))
		return usage_error(cmd, "\"%s\" is not an interface's number", argv[2]);
	code = target_open(&t, argv[1]);
	if (code)
		return code;
	devid = number;
	if (disk)
		err = record_find_disk(t.store, t.dom.domid, argv[2], &devid);
	if (!err)
		err = detach(&t, kind, devid, force);
	return target_close(&t, err);
}

static int run_disk(const struct command *cmd, int argc, char **argv)
{
	return run_kind(cmd, argc, argv, "vbd");
}

static int run_vif(const struct command *cmd, int argc, char **argv)
{
	return run_kind(cmd, argc, argv, "vif");
}

#define FORCE_HELP "  -f, --force   do not wait for the guest to let go of it\n"

const struct command cmd_block_detach = {
	.name = "block-detach",
	.arguments = "[--force] DOMAIN DISK",
	.summary = "Take a disk away from a running domain",
	.help = FORCE_HELP "\nDISK is its name in the guest (xvdb) or its number.\n",
	.run = run_disk,
};
const struct command cmd_network_detach = {
	.name = "network-detach",
	.arguments = "[--force] DOMAIN VIF",
	.summary = "Take a network interface away from a running domain",
	.help = FORCE_HELP "\nVIF is its number, as `hvctl network-list` shows it.\n",
	.run = run_vif,
};
