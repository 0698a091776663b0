/* main.c - hvctl: one program, one table of sub-commands */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"

static const struct command *const commands[] = {
	&cmd_create,	&cmd_destroy,  &cmd_shutdown,	  &cmd_reboot,	       &cmd_pause,	    &cmd_unpause,
	&cmd_console,	&cmd_list,     &cmd_domid,	  &cmd_domname,	       &cmd_rename,	    &cmd_uptime,
	&cmd_vcpu_list, &cmd_vcpu_pin, &cmd_vcpu_set,	  &cmd_sched,	       &cmd_mem_set,	    &cmd_mem_max,
	&cmd_sysrq,	&cmd_trigger,  &cmd_block_list,	  &cmd_block_attach,   &cmd_block_detach,   &cmd_block_resize,
	&cmd_cd_insert, &cmd_cd_eject, &cmd_network_list, &cmd_network_attach, &cmd_network_detach, &cmd_config,
	&cmd_watch,	&cmd_info,     &cmd_dmesg,	  &cmd_store,	       &cmd_metrics,	    &cmd_doctor,
	&cmd_top,	&cmd_version,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	fputs("Usage: hvctl COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-14s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n`hvctl COMMAND --help` tells more, and so does hvctl(1).\n", out);
}

static void command_help(const struct command *cmd)
{
	printf("Usage: hvctl %s %s\n\n%s.\n", cmd->name, cmd->arguments, cmd->summary);
	if (cmd->help)
		printf("\n%s", cmd->help);
	puts("\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 no such domain,\n"
	     "4 no hypervisor, no permission, or a service that does not run.");
}

int usage_error(const struct command *cmd, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "hvctl %s: ", cmd->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nUsage: hvctl %s %s\n", cmd->name, cmd->arguments);
	return EXIT_USAGE;
}

int report(int err)
{
	if (err >= 0)
		return EXIT_OK;
	fprintf(stderr, "hvctl: %s\n", plinth_error());
	return err == -ESRCH ? EXIT_NO_DOMAIN : EXIT_FAILED;
}

struct plinth *need_hypervisor(int *code)
{
	struct plinth *h;

	if (!plinth_open(&h))
		return h;
	fprintf(stderr, "hvctl: %s\n", plinth_error());
	*code = EXIT_UNREACHED;
	return NULL;
}

int with_hypervisor(int (*fn)(struct plinth *h, const void *arg), const void *arg)
{
	int code = EXIT_OK, err;
	struct plinth *h = need_hypervisor(&code);

	if (!h)
		return code;
	err = fn(h, arg);
	plinth_close(h);
	return report(err);
}

struct plinth_store *need_store(int *code)
{
	struct plinth_store *s;

	if (!plinth_store_open(&s))
		return s;
	fprintf(stderr, "hvctl: %s\n", plinth_error());
	*code = EXIT_UNREACHED;
	return NULL;
}

static const struct option_spec *find_option(const struct option_spec *spec, const char *arg)
{
	for (; spec->name; spec++) {
		if (arg[1] == '-' && !strcmp(arg + 2, spec->name))
			return spec;
		if (spec->letter && arg[1] == spec->letter && !arg[2])
			return spec;
	}
	return NULL;
}

int parse_options(const struct command *cmd, int argc, char **argv, const struct option_spec *spec, int least, int most)
{
	bool plain_only = false;
	int i, kept = 0;

	for (i = 1; i < argc; i++) {
		const struct option_spec *opt;

		if (plain_only || argv[i][0] != '-' || !argv[i][1]) {
			argv[1 + kept++] = argv[i];
			continue;
		}
		if (!strcmp(argv[i], "--")) {
			plain_only = true;
			continue;
		}
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			command_help(cmd);
			exit(EXIT_OK);
		}
		opt = find_option(spec, argv[i]);
		if (!opt) {
			usage_error(cmd, "unknown option %s", argv[i]);
			return -1;
		}
		if (opt->flag) {
			*opt->flag = true;
		} else if (++i < argc) {
			*opt->value = argv[i];
		} else {
			usage_error(cmd, "--%s needs an argument", opt->name);
			return -1;
		}
	}
	argv[1 + kept] = NULL;
	if (kept >= least && kept <= most)
		return kept;
	usage_error(cmd, kept < least ? "an argument is missing" : "too many arguments");
	return -1;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version"))
		argv[1] = "version";
	for (size_t i = 0; i < COMMANDS; i++) {
		int code;

		if (strcmp(argv[1], commands[i]->name))
			continue;
		code = commands[i]->run(commands[i], argc - 1, argv + 1);
		if (fflush(stdout) && code == EXIT_OK) {
			perror("hvctl: cannot write the output");
			code = EXIT_FAILED;
		}
		return code;
	}
	fprintf(stderr, "hvctl: there is no command \"%s\"; `hvctl --help` lists them\n", argv[1]);
	return EXIT_USAGE;
}
