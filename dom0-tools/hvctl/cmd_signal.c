/* cmd_signal.c - hvctl sysrq and trigger: a word to a guest's kernel that needs no program in it */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "target.h"

/* The guest clears the node when it has read it, so it must own it before the news reaches it. */
static int send_key(const struct target *t, char key)
{
	char path[64], value[2] = {key, '\0'};
	struct plinth_node node = {path, value, (int)t->dom.domid, -1};
	uint32_t tx;
	int err, ended;

	if (!t->dom.domid)
		return plinth_fail(EINVAL, "domain 0 is this one; use /proc/sysrq-trigger");
	snprintf(path, sizeof(path), "/local/domain/%u/control/sysrq", t->dom.domid);
	err = plinth_store_begin(t->store, &tx);
	if (err)
		return err;
	err = plinth_store_write_all(t->store, tx, &node, 1);
	ended = plinth_store_end(t->store, tx, !err);
	return err ? err : ended;
}

static int run_sysrq(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};
	struct target t;
	int code;

	if (parse_options(cmd, argc, argv, spec, 2, 2) < 0)
		return EXIT_USAGE;
	if (!isalnum((unsigned char)argv[2][0]) || argv[2][1])
		return usage_error(cmd, "\"%s\" is not one letter or digit", argv[2]);
	code = target_open(&t, argv[1]);
	return code ? code : target_close(&t, send_key(&t, argv[2][0]));
}

static int run_trigger(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};
	unsigned long long vcpu = 0;
	struct target t;
	int code, given = parse_options(cmd, argc, argv, spec, 2, 3);

	if (given < 0)
		return EXIT_USAGE;
	if (strcmp(argv[2], "nmi"))
		return usage_error(cmd, "\"%s\" is no trigger; there is nmi", argv[2]);
	if (given == 3 && !parse_number(argv[3], 8191, &vcpu))
		return usage_error(cmd, "\"%s\" is not a vcpu's number", argv[3]);
	code = target_open(&t, argv[1]);
	if (code)
		return code;
	return target_close(&t, plinth_vcpu_send_nmi(t.h, t.dom.domid, vcpu));
}

const struct command cmd_sysrq = {
	.name = "sysrq",
	.arguments = "DOMAIN KEY",
	.summary = "Press SysRq and a key in a Linux guest",
	.help = "KEY is one letter or digit: s syncs, t lists tasks, c crashes; the guest's console\n"
		"has the answer.\n",
	.run = run_sysrq,
};
const struct command cmd_trigger = {
	.name = "trigger",
	.arguments = "DOMAIN nmi [VCPU]",
	.summary = "Send a guest's vcpu an NMI",
	.help = "VCPU is 0 unless it is given.\n",
	.run = run_trigger,
};
