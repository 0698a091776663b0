/* cmd_vcpu_set.c - hvctl vcpu-set: how many vcpus a guest shall use */
#include <errno.h>

#include "config_file.h"
#include "nodes.h"
#include "target.h"

static int note_count(struct domain_config *config, const void *count)
{
	config->vcpus = *(const unsigned int *)count;
	return 0;
}

static int set(const struct target *t, unsigned int count)
{
	struct nodes nodes = {0};
	char home[64], name[48];
	int err;

	if (!t->dom.domid)
		return plinth_fail(EINVAL, "domain 0 is this one; use /sys/devices/system/cpu");
	if (count > t->dom.max_vcpus)
		return plinth_fail(EINVAL, "domain %u has %u vcpus at most (maxvcpus)", t->dom.domid, t->dom.max_vcpus);
	snprintf(home, sizeof(home), "/local/domain/%u", t->dom.domid);
	for (unsigned int i = 0; i < t->dom.max_vcpus; i++) {
		snprintf(name, sizeof(name), "cpu/%u/availability", i);
		nodes_add(&nodes, home, name, "%s", i < count ? "online" : "offline");
	}
	err = nodes_commit(&nodes, t->store);
	nodes_free(&nodes);
	return err ? err : saved_change(t->dom.uuid, note_count, &count);
}

static int run(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};
	unsigned long long count;
	struct target t;
	int code;

	if (parse_options(cmd, argc, argv, spec, 2, 2) < 0)
		return EXIT_USAGE;
	if (!parse_number(argv[2], 8192, &count) || !count)
		return usage_error(cmd, "\"%s\" is not a number of vcpus", argv[2]);
	code = target_open(&t, argv[1]);
	return code ? code : target_close(&t, set(&t, count));
}

const struct command cmd_vcpu_set = {
	.name = "vcpu-set",
	.arguments = "DOMAIN COUNT",
	.summary = "Tell a guest how many of its vcpus to use",
	.help = "The guest is asked and follows in its own time; `hvctl vcpu-list` shows it.\n",
	.run = run,
};
