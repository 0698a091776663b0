/* cmd_watch.c - hvctl watch: somebody watches over a domain again whose watcher has died */
#include <errno.h>

#include "config_file.h"
#include "life.h"
#include "target.h"

static int watch(const struct target *t)
{
	struct domain_config config;
	int err;

	if (!t->dom.domid)
		return plinth_fail(EINVAL, "domain 0 is this one");
	err = saved_read(t->dom.uuid, &config);
	if (err)
		return err;
	err = life_watch_over(t->dom.domid, &config);
	config_free(&config);
	return err;
}

static int run(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};
	struct target t;
	int code;

	if (parse_options(cmd, argc, argv, spec, 1, 1) < 0)
		return EXIT_USAGE;
	code = target_open(&t, argv[1]);
	return code ? code : target_close(&t, watch(&t));
}

const struct command cmd_watch = {
	.name = "watch",
	.arguments = "DOMAIN",
	.summary = "Watch over a domain again whose watcher has died",
	.help = "`hvctl create` leaves a process behind that obeys on_poweroff, on_reboot and on_crash. If it\n"
		"has been killed, or --no-watcher was given, this starts one from the domain's record.\n",
	.run = run,
};
