/* cmd_create.c - hvctl create: from a configuration to a running domain */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "config_file.h"
#include "hvctl.h"
#include "life.h"

struct options {
	bool console, paused, dry_run, quiet, unwatched, json;
};

/* From a paused domain to a running one, with somebody to watch over it. */
static int set_going(struct plinth *h, struct plinth_store *store, unsigned int domid, const struct options *o,
		     int *console)
{
	int err = 0;

	if (life_interrupted())
		return plinth_fail(EINTR, "interrupted");
	/* The console is opened first, so that not a line of the kernel is missed. */
	if (o->console)
		err = *console = attach_open(store, domid, false);
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
	if (config_file_read(argv[1], &config)) {
		fprintf(stderr, "hvctl: %s\n", plinth_error());
		return EXIT_USAGE;
	}
	domid = create(&config, &o, &console, &code);
	if (domid >= 0 && o.dry_run) {
		config_print_json(&config);
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
		"FILE has the syntax of xl.cfg (plinth.cfg(5) tells the keys), or is libvirt's XML. "
		"\"-\"\n"
		"reads it from standard input. If anything fails, all that was done is undone.\n",
	.run = run,
};
