/* cmd_vcpu_list.c - hvctl vcpu-list: a domain's vcpus, where they run and where they may */
#include <inttypes.h>
#include <string.h>

#include "cpus.h"
#include "dom0-tools/config/write.h"
#include "target.h"

static const char *state_name(const struct plinth_vcpu *v)
{
	if (!v->online)
		return "offline";
	if (v->running)
		return "running";
	return v->blocked ? "blocked" : "ready";
}

static int show(const struct target *t, struct json *j, unsigned int vcpu, unsigned int nr_cpus)
{
	uint8_t map[CPUS_MOST / 8] = {0};
	char cpus[CPUS_TEXT];
	struct plinth_vcpu v;
	int err = plinth_vcpu_get(t->h, t->dom.domid, vcpu, &v);

	if (!err)
		err = plinth_vcpu_get_affinity(t->h, t->dom.domid, vcpu, map, nr_cpus);
	if (err)
		return err;
	config_format_cpus(map, nr_cpus, cpus);
	if (!j) {
		printf("%5u %4u  %-8s %10" PRIu64 ".%" PRIu64 "  %s\n", vcpu, v.cpu, state_name(&v),
		       v.cpu_time / 1000000000, v.cpu_time / 100000000 % 10, cpus);
		return 0;
	}
	json_object(j, NULL);
	json_number(j, "vcpu", vcpu);
	json_number(j, "cpu", v.cpu);
	json_string(j, "state", state_name(&v));
	json_number(j, "cpu_time_ns", v.cpu_time);
	json_string(j, "cpus", cpus);
	json_object_end(j);
	return 0;
}

static int list(const struct target *t, bool as_json, const void *arg)
{
	unsigned int nr_cpus;
	struct json j;
	int err = count_cpus(t->h, &nr_cpus);

	(void)arg;
	if (as_json) {
		json_begin(&j, stdout);
		json_array(&j, NULL);
	} else {
		printf("%5s %4s  %-8s %12s  %s\n", "VCPU", "CPU", "State", "Seconds", "CPUs");
	}
	for (unsigned int i = 0; i < t->dom.max_vcpus && !err; i++)
		err = show(t, as_json ? &j : NULL, i, nr_cpus);
	if (as_json) {
		json_array_end(&j);
		json_end(&j);
	}
	return err;
}

static int run(const struct command *cmd, int argc, char **argv)
{
	return target_show(cmd, argc, argv, list, NULL);
}

const struct command cmd_vcpu_list = {
	.name = "vcpu-list",
	.arguments = "[--json] DOMAIN",
	.summary = "List a domain's vcpus, where they run and where they may",
	.help = "  -j, --json   print JSON: an array; cpu_time in ns\n",
	.run = run,
};
