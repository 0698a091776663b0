/* hvctl.h - what the sub-commands share */
#ifndef HVCTL_H
#define HVCTL_H

#include <stdbool.h>
#include <stdio.h>

#include "dom0-tools/hvctl/json.h"
#include "dom0-tools/lib/plinth.h"

/* Exit codes; hvctl(1) promises them. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,    /* it was tried and did not work */
	EXIT_USAGE = 2,	    /* the command line or the configuration is wrong; nothing was tried */
	EXIT_NO_DOMAIN = 3, /* no such domain */
	EXIT_UNREACHED = 4, /* no hypervisor, no rights, or a service that does not run */
};

struct command {
	const char *name;
	const char *arguments; /* as the usage line shows them */
	const char *summary;   /* one line for the overview */
	const char *help;      /* what --help adds, options included */
	int (*run)(const struct command *cmd, int argc, char **argv);
};

extern const struct command cmd_create, cmd_destroy, cmd_shutdown, cmd_reboot, cmd_pause, cmd_unpause, cmd_console,
	cmd_list, cmd_domid, cmd_domname, cmd_info, cmd_dmesg, cmd_store, cmd_version, cmd_vcpu_list, cmd_vcpu_pin,
	cmd_vcpu_set, cmd_sched, cmd_mem_set, cmd_mem_max, cmd_rename, cmd_uptime, cmd_sysrq, cmd_trigger,
	cmd_network_list, cmd_block_list, cmd_block_attach, cmd_block_detach, cmd_network_attach, cmd_network_detach,
	cmd_block_resize, cmd_metrics, cmd_config, cmd_doctor, cmd_top, cmd_cd_insert, cmd_cd_eject, cmd_watch;

/*
 * Options of a sub-command: a letter, a long name, and where to note it. `value` options take an
 * argument. Parsing permutes nothing: options come before or between the plain arguments.
 */
struct option_spec {
	char letter;	    /* '\0': only the long form */
	const char *name;   /* without the dashes */
	bool *flag;	    /* set to true when the option is there … */
	const char **value; /* … or to its argument */
};
/*
 * Takes the options out of argv and returns how many plain arguments are left in argv[1…], or -1
 * after a complaint. --help is answered here and ends the program.
 */
int parse_options(const struct command *cmd, int argc, char **argv, const struct option_spec *spec, int least,
		  int most);

/* Prints "hvctl: …" on stderr and returns the exit code. */
int usage_error(const struct command *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints plinth_error() and turns a negative errno into the exit code that fits. */
int report(int err);

/* Opens what a command needs; on failure it has said so, and *code is the exit code. */
struct plinth *need_hypervisor(int *code);
struct plinth_store *need_store(int *code);
/* Opens the hypervisor for fn, closes it, report()s what came of it, and returns the exit code. */
int with_hypervisor(int (*fn)(struct plinth *h, const void *arg), const void *arg);

#endif
