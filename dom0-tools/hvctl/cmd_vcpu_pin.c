/* cmd_vcpu_pin.c - hvctl vcpu-pin: on which CPUs a vcpu may run */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_file.h"
#include "cpus.h"
#include "target.h"

struct pins {
	unsigned int first, last;
	const struct cpu_set *set;
};

static int note_pins(struct domain_config *config, const void *arg)
{
	const struct pins *pins = arg;

	if (!config->cpus) {
		config->cpus = malloc(config->maxvcpus * sizeof(*config->cpus));
		if (!config->cpus)
			return plinth_fail(ENOMEM, "out of memory");
		memset(config->cpus, 0xff, config->maxvcpus * sizeof(*config->cpus));
	}
	for (unsigned int i = pins->first; i <= pins->last && i < config->maxvcpus; i++)
		config->cpus[i] = *pins->set;
	return 0;
}

static int pin(const struct target *t, unsigned int first, unsigned int last, const struct cpu_set *set)
{
	unsigned int nr_cpus;
	int err = count_cpus(t->h, &nr_cpus);

	if (!err && last >= t->dom.max_vcpus)
		err = plinth_fail(EINVAL, "domain %u has %u vcpus", t->dom.domid, t->dom.max_vcpus);
	for (unsigned int i = first; i <= last && !err; i++)
		err = plinth_domain_set_affinity(t->h, t->dom.domid, i, set->bits, nr_cpus);
	return err ? err : saved_change(t->dom.uuid, note_pins, &(struct pins){first, last, set});
}

static int run(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};
	struct cfg_error error = {.file = "vcpu-pin"};
	struct cfg_value value = {.kind = CFG_STRING, .line = 1};
	struct cpu_set set = {{0}};
	unsigned long long vcpu = 0;
	struct target t;
	bool every;
	int code;

	if (parse_options(cmd, argc, argv, spec, 3, 3) < 0)
		return EXIT_USAGE;
	every = !strcmp(argv[2], "all");
	if (!every && !parse_number(argv[2], CONFIG_VCPUS - 1, &vcpu))
		return usage_error(cmd, "\"%s\" is neither a vcpu's number nor all", argv[2]);
	value.text = argv[3];
	if (config_read_cpus(&value, &set, &error))
		return usage_error(cmd, "\"%s\" is not a list of CPUs like 0-3,5", argv[3]);
	code = target_open(&t, argv[1]);
	if (code)
		return code;
	return target_close(&t, pin(&t, vcpu, every ? t.dom.max_vcpus - 1 : vcpu, &set));
}

const struct command cmd_vcpu_pin = {
	.name = "vcpu-pin",
	.arguments = "DOMAIN VCPU|all CPUS",
	.summary = "Say on which CPUs a vcpu may run",
	.help = "CPUS is a list like 0-3,5, or all; `hvctl vcpu-list` shows what is set.\n",
	.run = run,
};
