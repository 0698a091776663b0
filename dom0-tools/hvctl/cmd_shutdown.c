/* cmd_shutdown.c - hvctl shutdown and reboot: asking a guest, and waiting for its answer */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hvctl.h"
#include "life.h"

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Until the domain has shut down, or is gone altogether. */
static int wait_for_end(struct plinth *h, struct plinth_store *store, unsigned int domid, unsigned int seconds)
{
	long deadline = now() + seconds;
	struct plinth_domain dom;
	char *path, *token;
	int err = plinth_store_watch(store, "@releaseDomain", "end");

	while (!err) {
		if (plinth_get_domain(h, domid, &dom) == -ESRCH || dom.dying || dom.shutdown)
			return 0;
		if (now() >= deadline)
			return plinth_fail(ETIMEDOUT, "domain %u did not shut down within %u seconds", domid, seconds);
		err = plinth_store_event(store, 1000 * (deadline - now()), &path, &token);
		if (!err)
			free(path);
		else if (err == -ETIMEDOUT)
			err = 0;
	}
	return err;
}

static int ask(const char *name, const char *what, bool wait, unsigned int seconds)
{
	struct plinth_store *store;
	unsigned int domid;
	struct plinth *h;
	int code, err;

	h = need_hypervisor(&code);
	if (!h)
		return code;
	store = need_store(&code);
	if (store) {
		err = find_domain(h, name, &domid);
		if (!err && !domid)
			err = plinth_fail(EINVAL, "domain 0 is this one; use poweroff or reboot");
		if (!err)
			err = life_ask(store, domid, what);
		if (!err && wait)
			err = wait_for_end(h, store, domid, seconds);
		plinth_store_close(store);
		code = report(err);
	}
	plinth_close(h);
	return code;
}

static int run_ask(const struct command *cmd, int argc, char **argv, const char *what)
{
	const char *timeout = "60";
	bool wait = false;
	const struct option_spec spec[] = {{'w', "wait", &wait, NULL}, {'t', "timeout", NULL, &timeout}, {0}};
	char *end;
	unsigned long seconds;

	if (parse_options(cmd, argc, argv, spec, 1, 1) < 0)
		return EXIT_USAGE;
	seconds = strtoul(timeout, &end, 10);
	if (*end || !*timeout || seconds > 86400)
		return usage_error(cmd, "\"%s\" is not a number of seconds", timeout);
	return ask(argv[1], what, wait, seconds);
}

static int run_shutdown(const struct command *cmd, int argc, char **argv)
{
	return run_ask(cmd, argc, argv, "poweroff");
}

static int run_reboot(const struct command *cmd, int argc, char **argv)
{
	return run_ask(cmd, argc, argv, "reboot");
}

#define ASK_HELP                                                                                                       \
	"  -w, --wait             wait until it has shut down\n"                                                       \
	"  -t, --timeout SECONDS  how long at most (60)\n\n"                                                           \
	"The guest is asked and may take its time; `hvctl destroy` does not ask.\n"

const struct command cmd_shutdown = {
	.name = "shutdown",
	.arguments = "[--wait] [--timeout SECONDS] DOMAIN",
	.summary = "Ask a guest to power off",
	.help = ASK_HELP,
	.run = run_shutdown,
};
const struct command cmd_reboot = {
	.name = "reboot",
	.arguments = "[--wait] [--timeout SECONDS] DOMAIN",
	.summary = "Ask a guest to reboot",
	.help = ASK_HELP,
	.run = run_reboot,
};
