/* cmd_simple.c - hvctl destroy, pause, unpause, domid, domname, console */
#include <string.h>

#include "attach.h"
#include "hvctl.h"
#include "life.h"

static const struct option_spec no_options[] = {{0}};

typedef int of_domain(struct plinth *h, unsigned int domid);

struct request {
	const char *name;
	of_domain *fn;
};

static int find_and_do(struct plinth *h, const void *arg)
{
	const struct request *request = arg;
	unsigned int domid;
	int err = find_domain(h, request->name, &domid);

	return err ? err : request->fn(h, domid);
}

static int with_domain(const char *name, of_domain *fn)
{
	return with_hypervisor(find_and_do, &(struct request){name, fn});
}

/* The frame of most of these: one argument, which is a domain. */
static int one_domain(const struct command *cmd, int argc, char **argv, of_domain *fn)
{
	if (parse_options(cmd, argc, argv, no_options, 1, 1) < 0)
		return EXIT_USAGE;
	return with_domain(argv[1], fn);
}

static int destroy(struct plinth *h, unsigned int domid)
{
	struct plinth_store *store;
	int err = plinth_store_open(&store);

	if (err)
		return err;
	err = life_destroy(h, store, domid);
	plinth_store_close(store);
	return err;
}

static int run_destroy(const struct command *cmd, int argc, char **argv)
{
	return one_domain(cmd, argc, argv, destroy);
}

static int pause_guest(struct plinth *h, unsigned int domid)
{
	if (!domid)
		return plinth_fail(1, "domain 0 is this one; nobody could unpause it");
	return plinth_domain_pause(h, domid);
}

static int run_pause(const struct command *cmd, int argc, char **argv)
{
	return one_domain(cmd, argc, argv, pause_guest);
}

static int run_unpause(const struct command *cmd, int argc, char **argv)
{
	return one_domain(cmd, argc, argv, plinth_domain_unpause);
}

static int print_domid(struct plinth *h, unsigned int domid)
{
	(void)h;
	printf("%u\n", domid);
	return 0;
}

static int run_domid(const struct command *cmd, int argc, char **argv)
{
	return one_domain(cmd, argc, argv, print_domid);
}

static int print_domname(struct plinth *h, unsigned int domid)
{
	struct plinth_store *store;
	char name[NAME_BYTES];
	int err = plinth_store_open(&store);

	(void)h;
	if (err)
		return err;
	domain_name(store, domid, name);
	plinth_store_close(store);
	puts(name);
	return 0;
}

static int run_domname(const struct command *cmd, int argc, char **argv)
{
	return one_domain(cmd, argc, argv, print_domname);
}

static int attach_to(unsigned int domid, bool serial)
{
	struct plinth_store *store;
	int err = plinth_store_open(&store);

	if (err)
		return err;
	err = attach_open(store, domid, serial);
	plinth_store_close(store);
	return err < 0 ? err : attach_run(err);
}

static int console(struct plinth *h, unsigned int domid)
{
	(void)h;
	return attach_to(domid, false);
}

static int serial_line(struct plinth *h, unsigned int domid)
{
	(void)h;
	return attach_to(domid, true);
}

static int run_console(const struct command *cmd, int argc, char **argv)
{
	const char *type = "pv";
	const struct option_spec spec[] = {{'t', "type", NULL, &type}, {0}};

	if (parse_options(cmd, argc, argv, spec, 1, 1) < 0)
		return EXIT_USAGE;
	if (strcmp(type, "pv") && strcmp(type, "serial"))
		return usage_error(cmd, "\"%s\" is neither pv nor serial", type);
	return with_domain(argv[1], *type == 's' ? serial_line : console);
}

#define DOMAIN_HELP "DOMAIN is a number, a name or a UUID.\n"

const struct command cmd_destroy = {
	.name = "destroy",
	.arguments = "DOMAIN",
	.summary = "End a domain at once, as if its plug were pulled",
	.help = DOMAIN_HELP,
	.run = run_destroy,
};
const struct command cmd_pause = {
	.name = "pause",
	.arguments = "DOMAIN",
	.summary = "Stop a domain's vcpus",
	.help = DOMAIN_HELP,
	.run = run_pause,
};
const struct command cmd_unpause = {
	.name = "unpause",
	.arguments = "DOMAIN",
	.summary = "Let a paused domain run on",
	.help = DOMAIN_HELP,
	.run = run_unpause,
};
const struct command cmd_domid = {
	.name = "domid",
	.arguments = "DOMAIN",
	.summary = "Print a domain's number",
	.help = DOMAIN_HELP,
	.run = run_domid,
};
const struct command cmd_domname = {
	.name = "domname",
	.arguments = "DOMAIN",
	.summary = "Print a domain's name",
	.help = DOMAIN_HELP,
	.run = run_domname,
};
const struct command cmd_console = {
	.name = "console",
	.arguments = "[--type pv|serial] DOMAIN",
	.summary = "Attach to a domain's console; Ctrl-] leaves",
	.help = "  -t, --type serial  the serial line of an HVM domain with serial='pty', not the console "
		"(pv)\n\n" DOMAIN_HELP,
	.run = run_console,
};
