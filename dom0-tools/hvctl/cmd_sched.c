/* cmd_sched.c - hvctl sched: a domain's share of the CPUs */
#include "config_file.h"
#include "target.h"

static int show(const struct target *t, bool as_json)
{
	unsigned int weight, cap;
	struct json j;
	int err = plinth_domain_get_schedule(t->h, t->dom.domid, &weight, &cap);

	if (err)
		return err;
	if (!as_json) {
		printf("weight %u\ncap    %u\n", weight, cap);
		return 0;
	}
	json_begin(&j, stdout);
	json_object(&j, NULL);
	json_number(&j, "weight", weight);
	json_number(&j, "cap_percent", cap);
	json_object_end(&j);
	json_end(&j);
	return 0;
}

/* As they are now: what was not given keeps its value. */
static int note_shares(struct domain_config *config, const void *target)
{
	const struct target *t = target;

	return plinth_domain_get_schedule(t->h, t->dom.domid, &config->weight, &config->cap);
}

static int run(const struct command *cmd, int argc, char **argv)
{
	const char *weight = NULL, *cap = NULL;
	bool as_json = false;
	const struct option_spec spec[] = {
		{'j', "json", &as_json, NULL}, {'w', "weight", NULL, &weight}, {'c', "cap", NULL, &cap}, {0}};
	unsigned long long w = 0, c = ~0u;
	struct target t;
	int code, err = 0;

	if (parse_options(cmd, argc, argv, spec, 1, 1) < 0)
		return EXIT_USAGE;
	if (weight && (!parse_number(weight, 65535, &w) || !w))
		return usage_error(cmd, "weight: \"%s\" is not a number from 1 to 65535", weight);
	if (cap && !parse_number(cap, 65534, &c))
		return usage_error(cmd, "cap: \"%s\" is not a number of percent", cap);
	code = target_open(&t, argv[1]);
	if (code)
		return code;
	if (weight || cap)
		err = plinth_domain_set_schedule(t.h, t.dom.domid, w, c);
	if (!err && (weight || cap))
		err = saved_change(t.dom.uuid, note_shares, &t);
	if (!err && (as_json || (!weight && !cap)))
		err = show(&t, as_json);
	return target_close(&t, err);
}

const struct command cmd_sched = {
	.name = "sched",
	.arguments = "[--weight N] [--cap PERCENT] [--json] DOMAIN",
	.summary = "Show or set a domain's share of the CPUs",
	.help = "  -w, --weight N       its share, compared with the others' (usually 256)\n"
		"  -c, --cap PERCENT    of one CPU, that it gets at most; 0: no limit\n"
		"  -j, --json           print the result as JSON\n",
	.run = run,
};
