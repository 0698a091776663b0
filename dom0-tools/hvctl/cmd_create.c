/* cmd_create.c - hvctl create: from a configuration to a running domain */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "hvctl.h"
#include "life.h"

#define CONFIG_MOST (1u << 20)

struct options {
	bool console, paused, dry_run, quiet, unwatched, json;
};

static int read_config(const char *path, struct domain_config *config)
{
	struct cfg_error error = {.file = path};
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *text;
	size_t len;
	int err;

	if (!f)
		return plinth_fail(errno, "%s: %s", path, strerror(errno));
	text = malloc(CONFIG_MOST);
	len = text ? fread(text, 1, CONFIG_MOST, f) : 0;
	if (!text || ferror(f) || len == CONFIG_MOST)
		err = plinth_fail(EINVAL, "%s: cannot be read, or is longer than %u bytes", path,
				  CONFIG_MOST);
	else
		err = config_from_text(text, len, config, &error)
			      ? plinth_fail(EINVAL, "%s", error.text)
			      : 0;
	free(text);
	if (f != stdin)
		fclose(f);
	return err;
}

static void print_config(const struct domain_config *c)
{
	char uuid[UUID_TEXT], mac[18];
	struct json j;
	size_t i;

	format_uuid(c->uuid, uuid);
	json_begin(&j, stdout);
	json_object(&j, NULL);
	json_string(&j, "name", c->name);
	json_string(&j, "uuid", uuid);
	json_string(&j, "type", domain_type_name(c->type));
	json_string(&j, "kernel", c->kernel);
	json_string(&j, "ramdisk", c->ramdisk);
	json_string(&j, "cmdline", c->cmdline);
	json_number(&j, "memory_mib", c->memory_mib);
	json_number(&j, "maxmem_mib", c->maxmem_mib);
	json_number(&j, "vcpus", c->vcpus);
	json_number(&j, "maxvcpus", c->maxvcpus);
	json_array(&j, "disks");
	for (i = 0; i < c->nr_disks; i++) {
		json_object(&j, NULL);
		json_string(&j, "target", c->disks[i].target);
		json_string(&j, "vdev", c->disks[i].vdev);
		json_bool(&j, "readonly", c->disks[i].readonly);
		json_object_end(&j);
	}
	json_array_end(&j);
	json_array(&j, "vifs");
	for (i = 0; i < c->nr_vifs; i++) {
		const uint8_t *m = c->vifs[i].mac;

		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
			 m[4], m[5]);
		json_object(&j, NULL);
		json_string(&j, "mac", mac);
		json_string(&j, "bridge", c->vifs[i].bridge[0] ? c->vifs[i].bridge : "xenbr0");
		json_object_end(&j);
	}
	json_array_end(&j);
	json_string(&j, "on_poweroff", on_event_name(c->on_poweroff));
	json_string(&j, "on_reboot", on_event_name(c->on_reboot));
	json_string(&j, "on_crash", on_event_name(c->on_crash));
	json_object_end(&j);
	json_end(&j);
}

/* From a paused domain to a running one, with somebody to watch over it. */
static int set_going(struct plinth *h, struct plinth_store *store, unsigned int domid,
		     const struct options *o, int *console)
{
	int err = 0;

	if (life_interrupted())
		return plinth_fail(EINTR, "interrupted");
	/* The console is opened first, so that not a line of the kernel is missed. */
	if (o->console)
		err = *console = attach_open(store, domid);
	if (err >= 0 && !o->paused)
		err = plinth_domain_unpause(h, domid);
	return err < 0 ? err : 0;
}

/* Opens both connections, makes the domain, and closes them again. The domain's number. */
static int create(struct domain_config *config, const struct options *o, int *console, int *code)
{
	struct plinth_store *store;
	struct plinth *h = need_hypervisor(code);
	int domid = -EIO, err;

	if (!h)
		return domid;
	store = need_store(code);
	if (store) {
		err = life_begin();
		if (!err)
			err = life_check(h, store, config);
		domid = err || o->dry_run ? err : life_create(h, store, config);
		if (domid >= 0 && !o->dry_run) {
			err = set_going(h, store, domid, o, console);
			if (err) {
				*code = report(err);
				life_destroy(h, store, domid);
				domid = err;
			}
		} else if (domid < 0) {
			*code = report(domid);
		}
		life_finish();
		plinth_store_close(store);
	}
	plinth_close(h);
	return domid;
}

static int run(const struct command *cmd, int argc, char **argv)
{
	struct options o = {0};
	const struct option_spec spec[] = {{'c', "console", &o.console, NULL},
					   {'p', "paused", &o.paused, NULL},
					   {'n', "dry-run", &o.dry_run, NULL},
					   {'q', "quiet", &o.quiet, NULL},
					   {'e', "no-watcher", &o.unwatched, NULL},
					   {'j', "json", &o.json, NULL},
					   {0}};
	struct domain_config config;
	int domid, code = EXIT_OK, console = -1;

	if (parse_options(cmd, argc, argv, spec, 1, 1) < 0)
		return EXIT_USAGE;
	if (read_config(argv[1], &config)) {
		fprintf(stderr, "hvctl: %s\n", plinth_error());
		return EXIT_USAGE;
	}
	domid = create(&config, &o, &console, &code);
	if (domid >= 0 && o.dry_run) {
		print_config(&config);
	} else if (domid >= 0) {
		if (!o.quiet && !o.json)
			printf("%s is domain %d\n", config.name, domid);
		if (o.json)
			printf("{\n  \"domid\": %d\n}\n", domid);
		fflush(stdout);
		if (!o.unwatched && life_watch_over(domid, &config))
			fprintf(stderr, "hvctl: %s\n", plinth_error());
		if (o.console)
			code = report(attach_run(console));
	}
	config_free(&config);
	return code;
}

const struct command cmd_create = {
	.name = "create",
	.arguments = "[OPTIONS] FILE",
	.summary = "Create a domain from a configuration file",
	.help = "  -c, --console     attach its console\n"
		"  -p, --paused      leave it paused\n"
		"  -n, --dry-run     check everything, print the result as JSON, create nothing\n"
		"  -e, --no-watcher  leave no process behind that obeys on_poweroff, on_reboot, "
		"on_crash\n"
		"  -j, --json        print the domain's number as JSON\n"
		"  -q, --quiet       print nothing\n\n"
		"FILE has the syntax of xl.cfg; plinth.cfg(5) tells the keys. \"-\" reads it from "
		"standard\n"
		"input. If anything fails, all that was done is undone.\n",
	.run = run,
};
