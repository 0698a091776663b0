/* cmd_memory.c - hvctl mem-set and mem-max: how much memory a guest shall have, and may have */
#include <errno.h>
#include <stdlib.h>

#include "config_file.h"
#include "target.h"

#define MIB_MOST (1ull << 24)

/* A PVH domain always starts with all that it may have. */
static int note_memory(struct domain_config *config, const void *mib)
{
	if (config->type == DOMAIN_PVH)
		return 0;
	config->memory_mib = *(const unsigned long long *)mib;
	if (config->maxmem_mib < config->memory_mib)
		config->maxmem_mib = config->memory_mib;
	return 0;
}

static int note_most(struct domain_config *config, const void *mib)
{
	config->maxmem_mib = *(const unsigned long long *)mib;
	if (config->memory_mib > config->maxmem_mib || config->type == DOMAIN_PVH)
		config->memory_mib = config->maxmem_mib;
	return 0;
}

static int set_target(const struct target *t, unsigned long long mib)
{
	char text[32];
	int err;

	/* Dom0's own balloon follows its node too. */
	if (t->dom.max_pages < UINT32_MAX && mib << 8 > t->dom.max_pages)
		return plinth_fail(EINVAL, "domain %u may have %llu MiB; `hvctl mem-max` raises it", t->dom.domid,
				   (unsigned long long)t->dom.max_pages >> 8);
	snprintf(text, sizeof(text), "%llu", mib << 10);
	err = target_write(t, "memory/target", text);
	return err ? err : saved_change(t->dom.uuid, note_memory, &mib);
}

static int set_max(const struct target *t, unsigned long long mib)
{
	char text[32];
	int err;

	if (mib << 8 < t->dom.pages)
		return plinth_fail(EBUSY, "domain %u has %llu MiB now; `hvctl mem-set` first", t->dom.domid,
				   (unsigned long long)(t->dom.pages + 255) >> 8);
	err = plinth_domain_set_max_mem(t->h, t->dom.domid, mib << 10);
	snprintf(text, sizeof(text), "%llu", mib << 10);
	if (!err)
		err = target_write(t, "memory/static-max", text);
	return err ? err : saved_change(t->dom.uuid, note_most, &mib);
}

static int run_with(const struct command *cmd, int argc, char **argv,
		    int (*fn)(const struct target *t, unsigned long long mib))
{
	const struct option_spec spec[] = {{0}};
	unsigned long long mib;
	struct target t;
	int code;

	if (parse_options(cmd, argc, argv, spec, 2, 2) < 0)
		return EXIT_USAGE;
	if (!parse_number(argv[2], MIB_MOST, &mib) || !mib)
		return usage_error(cmd, "\"%s\" is not a number of MiB", argv[2]);
	code = target_open(&t, argv[1]);
	return code ? code : target_close(&t, fn(&t, mib));
}

static int run_set(const struct command *cmd, int argc, char **argv)
{
	return run_with(cmd, argc, argv, set_target);
}

static int run_max(const struct command *cmd, int argc, char **argv)
{
	return run_with(cmd, argc, argv, set_max);
}

const struct command cmd_mem_set = {
	.name = "mem-set",
	.arguments = "DOMAIN MIB",
	.summary = "Ask a guest's balloon driver to have that much memory",
	.help = "The guest is asked and follows in its own time; `hvctl list` shows how far it is.\n",
	.run = run_set,
};
const struct command cmd_mem_max = {
	.name = "mem-max",
	.arguments = "DOMAIN MIB",
	.summary = "Set how much memory a domain may have at most",
	.help = "It cannot be less than the domain has now.\n",
	.run = run_max,
};
