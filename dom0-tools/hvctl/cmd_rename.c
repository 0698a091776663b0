/* cmd_rename.c - hvctl rename: another name for a running domain */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "config_file.h"
#include "nodes.h"
#include "target.h"

static int set_name(struct domain_config *config, const void *name)
{
	return config_copy(config->name, sizeof(config->name), name);
}

static int rename_domain(const struct target *t, const char *name)
{
	char home[64], uuid[UUID_TEXT], vm[64];
	struct nodes nodes = {0};
	unsigned int other;
	int err;

	if (!find_domain(t->h, name, &other))
		return plinth_fail(EEXIST, "domain %u is called \"%s\" already", other, name);
	format_uuid(t->dom.uuid, uuid);
	snprintf(home, sizeof(home), "/local/domain/%u", t->dom.domid);
	snprintf(vm, sizeof(vm), "/vm/%s", uuid);
	nodes_add(&nodes, home, "name", "%s", name);
	if (t->dom.domid)
		nodes_add(&nodes, vm, "name", "%s", name);
	err = nodes_commit(&nodes, t->store);
	nodes_free(&nodes);
	return err ? err : saved_change(t->dom.uuid, set_name, name);
}

static bool is_name(const char *name)
{
	size_t len = strspn(name,
			    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_.+-");

	return len && !name[len] && len <= CONFIG_NAME_MOST && strspn(name, "0123456789") != len &&
	       isalnum((unsigned char)*name);
}

static int run(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};
	struct target t;
	int code;

	if (parse_options(cmd, argc, argv, spec, 2, 2) < 0)
		return EXIT_USAGE;
	if (!is_name(argv[2]))
		return usage_error(cmd,
				   "\"%s\" is no name: up to %d letters, digits and _.+-, not only "
				   "digits",
				   argv[2], CONFIG_NAME_MOST);
	code = target_open(&t, argv[1]);
	return code ? code : target_close(&t, rename_domain(&t, argv[2]));
}

const struct command cmd_rename = {
	.name = "rename",
	.arguments = "DOMAIN NAME",
	.summary = "Give a domain another name",
	.help = "It has that name until it ends, over reboots too; the file that it was created from is\n"
		"not changed.\n",
	.run = run,
};
