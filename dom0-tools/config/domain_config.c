/* domain_config.c - from settings to what a domain shall be */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain_config.h"

#define DEFAULT_BIOS	     "/usr/share/seabios/bios-256k.bin"
#define DEFAULT_DEVICE_MODEL "/usr/libexec/xen-qemu-system-i386"
#define MEMORY_MOST	     (16u << 20) /* MiB: 16 TiB */

/* What is being gathered, with parts that only make sense together. */
struct draft {
	struct domain_config *config;
	struct cfg_error *error;
	const struct cfg_value *root, *extra, *cmdline, *vcpus, *maxvcpus, *memory, *maxmem, *cpus;
	const struct cfg_value *name, *kernel;
	const struct cfg_value *hvm_only; /* a setting that only HVM domains have */
	const char *hvm_key;
};

typedef int (*read_fn)(struct draft *d, const char *key, const struct cfg_value *value);

struct key {
	const char *name;
	read_fn read;
};

/* ---- Values of one kind ---------------------------------------------------------------------- */

static int want_string(struct draft *d, const char *key, const struct cfg_value *value)
{
	if (value->kind == CFG_STRING)
		return 0;
	return cfg_fail(d->error, value->line, key, "this must be a string, in quotes");
}

static int want_number(struct draft *d, const char *key, const struct cfg_value *value, long least, long most,
		       const char *unit)
{
	if (value->kind == CFG_NUMBER && value->number >= least && value->number <= most)
		return 0;
	return cfg_fail(d->error, value->line, key, "this must be a number%s from %ld to %ld", unit, least, most);
}

static int copy_string(struct draft *d, const char *key, const struct cfg_value *value, char **out)
{
	int err = want_string(d, key, value);

	if (err)
		return err;
	*out = strdup(value->text);
	return *out ? 0 : -ENOMEM;
}

static int copy_path(struct draft *d, const char *key, const struct cfg_value *value, char **out)
{
	int err = copy_string(d, key, value, out);

	if (!err && !**out)
		err = cfg_fail(d->error, value->line, key, "a path must not be empty");
	return err;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static int read_name(struct draft *d, const char *key, const struct cfg_value *value)
{
	int err = want_string(d, key, value);
	const char *p;

	if (err)
		return err;
	for (p = value->text; isalnum((unsigned char)*p) || (*p && strchr("._-+", *p)); p++)
		;
	if (*p || p == value->text || p - value->text > CONFIG_NAME_MOST)
		return cfg_fail(d->error, value->line, key, "a name is 1 to %d letters, digits, and . _ - +",
				CONFIG_NAME_MOST);
	if (strspn(value->text, "0123456789") == strlen(value->text))
		return cfg_fail(d->error, value->line, key,
				"a name of digits only would be taken for a domain's number");
	memcpy(d->config->name, value->text, p - value->text + 1);
	d->name = value;
	return 0;
}

static int read_uuid(struct draft *d, const char *key, const struct cfg_value *value)
{
	(void)key;
	d->config->has_uuid = true;
	return config_read_uuid(value, d->config->uuid, d->error);
}

static int read_type(struct draft *d, const char *key, const struct cfg_value *value)
{
	int err = want_string(d, key, value);

	if (err)
		return err;
	if (!strcmp(value->text, "pvh"))
		d->config->type = DOMAIN_PVH;
	else if (!strcmp(value->text, "hvm"))
		d->config->type = DOMAIN_HVM;
	else if (strcmp(value->text, "pv") && strcmp(value->text, "generic"))
		err = cfg_fail(d->error, value->line, key,
			       "type \"%s\" is not supported; write \"pv\", \"pvh\" or \"hvm\"", value->text);
	return err;
}

const char *domain_type_name(enum domain_type type)
{
	static const char *const names[] = {"pv", "pvh", "hvm"};

	return names[type];
}

static int read_kernel(struct draft *d, const char *key, const struct cfg_value *value)
{
	d->kernel = value;
	return copy_path(d, key, value, &d->config->kernel);
}

static int read_ramdisk(struct draft *d, const char *key, const struct cfg_value *value)
{
	return copy_path(d, key, value, &d->config->ramdisk);
}

static int read_sha256(struct draft *d, const char *key, const struct cfg_value *value)
{
	bool kernel = key[0] == 'k';

	if (kernel)
		d->config->has_kernel_sha256 = true;
	else
		d->config->has_ramdisk_sha256 = true;
	return config_read_sha256(key, value, kernel ? d->config->kernel_sha256 : d->config->ramdisk_sha256, d->error);
}

static int read_cmdline_part(struct draft *d, const char *key, const struct cfg_value *value)
{
	if (key[0] == 'r')
		d->root = value;
	else if (key[0] == 'e')
		d->extra = value;
	else
		d->cmdline = value;
	return want_string(d, key, value);
}

static int read_memory(struct draft *d, const char *key, const struct cfg_value *value)
{
	if (!strcmp(key, "memory"))
		d->memory = value;
	else
		d->maxmem = value;
	return want_number(d, key, value, 1, MEMORY_MOST, " of MiB");
}

static int read_vcpus(struct draft *d, const char *key, const struct cfg_value *value)
{
	if (!strcmp(key, "vcpus"))
		d->vcpus = value;
	else
		d->maxvcpus = value;
	return want_number(d, key, value, 1, CONFIG_VCPUS, "");
}

static int read_cpus(struct draft *d, const char *key, const struct cfg_value *value)
{
	(void)key;
	d->cpus = value; /* how many sets that is depends on the vcpus */
	return 0;
}

static int read_weight(struct draft *d, const char *key, const struct cfg_value *value)
{
	d->config->weight = value->number;
	return want_number(d, key, value, 1, 65535, "");
}

static int read_cap(struct draft *d, const char *key, const struct cfg_value *value)
{
	d->config->cap = value->number;
	return want_number(d, key, value, 0, 100 * CONFIG_VCPUS, " of percent");
}

static int want_list(struct draft *d, const char *key, const struct cfg_value *value)
{
	if (value->kind == CFG_LIST)
		return 0;
	return cfg_fail(d->error, value->line, key, "this must be a list: [ \"…\", \"…\" ]");
}

static int read_disks(struct draft *d, const char *key, const struct cfg_value *value)
{
	struct domain_config *config = d->config;
	size_t i, other;
	int err = want_list(d, key, value);

	if (err || !value->count)
		return err;
	config->disks = calloc(value->count, sizeof(*config->disks));
	if (!config->disks)
		return -ENOMEM;
	for (i = 0; i < value->count; i++) {
		config->nr_disks++;
		err = config_read_disk(&value->items[i], &config->disks[i], d->error);
		if (err)
			return err;
		for (other = 0; other < i; other++)
			if (config->disks[other].devid == config->disks[i].devid)
				return cfg_fail(d->error, value->items[i].line, key,
						"there are two disks %s; each needs a name of "
						"its own",
						config->disks[i].vdev);
	}
	return 0;
}

static int read_vifs(struct draft *d, const char *key, const struct cfg_value *value)
{
	struct domain_config *config = d->config;
	size_t i, other;
	int err = want_list(d, key, value);

	if (err || !value->count)
		return err;
	config->vifs = calloc(value->count, sizeof(*config->vifs));
	if (!config->vifs)
		return -ENOMEM;
	for (i = 0; i < value->count; i++) {
		config->nr_vifs++;
		err = config_read_vif(&value->items[i], &config->vifs[i], d->error);
		if (err)
			return err;
		for (other = 0; other < i; other++)
			if (config->vifs[i].has_mac && config->vifs[other].has_mac &&
			    !memcmp(config->vifs[i].mac, config->vifs[other].mac, 6))
				return cfg_fail(d->error, value->items[i].line, key,
						"two interfaces have the same MAC address");
	}
	return 0;
}

static int read_on_event(struct draft *d, const char *key, const struct cfg_value *value)
{
	enum on_event *out = !strcmp(key, "on_poweroff") ? &d->config->on_poweroff
			     : !strcmp(key, "on_reboot") ? &d->config->on_reboot
							 : &d->config->on_crash;
	int err = want_string(d, key, value), i;

	for (i = ON_DESTROY; !err && i <= ON_PRESERVE; i++) {
		if (!strcmp(value->text, on_event_name(i))) {
			*out = i;
			return 0;
		}
	}
	return err ? err
		   : cfg_fail(d->error, value->line, key, "\"%s\" is not one of destroy, restart, preserve",
			      value->text);
}

const char *on_event_name(enum on_event what)
{
	static const char *const names[] = {"destroy", "restart", "preserve"};

	return names[what];
}

static int read_hvm_path(struct draft *d, const char *key, const struct cfg_value *value)
{
	d->hvm_only = value;
	d->hvm_key = key;
	if (key[0] == 's')
		return copy_string(d, key, value, &d->config->serial);
	return copy_path(d, key, value, key[0] == 'b' ? &d->config->bios : &d->config->device_model);
}

static int read_screen(struct draft *d, const char *key, const struct cfg_value *value)
{
	d->hvm_only = value;
	d->hvm_key = key;
	return config_read_screen(key, value, &d->config->screen, d->error);
}

static int read_boot(struct draft *d, const char *key, const struct cfg_value *value)
{
	int err = want_string(d, key, value);

	d->hvm_only = value;
	d->hvm_key = key;
	if (err)
		return err;
	if (strspn(value->text, "cdn") != strlen(value->text) ||
	    config_copy(d->config->boot, sizeof(d->config->boot), value->text))
		return cfg_fail(d->error, value->line, key, "\"%s\" is not up to three of the letters c, d, n",
				value->text);
	return 0;
}

static const struct key keys[] = {
	{"name", read_name},
	{"uuid", read_uuid},
	{"type", read_type},
	{"kernel", read_kernel},
	{"kernel_sha256", read_sha256},
	{"ramdisk", read_ramdisk},
	{"ramdisk_sha256", read_sha256},
	{"cmdline", read_cmdline_part},
	{"root", read_cmdline_part},
	{"extra", read_cmdline_part},
	{"memory", read_memory},
	{"maxmem", read_memory},
	{"vcpus", read_vcpus},
	{"maxvcpus", read_vcpus},
	{"cpus", read_cpus},
	{"cpu_weight", read_weight},
	{"cap", read_cap},
	{"disk", read_disks},
	{"vif", read_vifs},
	{"on_poweroff", read_on_event},
	{"on_reboot", read_on_event},
	{"on_crash", read_on_event},
	{"boot", read_boot},
	{"serial", read_hvm_path},
	{"bios_path_override", read_hvm_path},
	{"device_model_override", read_hvm_path},
	{"vga", read_screen},
	{"videoram", read_screen},
	{"vnc", read_screen},
	{"vnclisten", read_screen},
	{"vncdisplay", read_screen},
	{"vncunused", read_screen},
	{"vncpasswd", read_screen},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* How unlike two words are: letters to change, to add, or to drop (Levenshtein), cut at 9. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[32], i, j, corner, up, best;
	size_t la = strlen(a), lb = strlen(b);

	if (lb >= 32 || la >= 32)
		return 9;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		corner = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			up = row[j];
			best = corner + (a[i - 1] != b[j - 1]);
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = up;
		}
	}
	return row[lb];
}

static int unknown_key(const struct cfg_setting *setting, struct cfg_error *error)
{
	const char *nearest = NULL;
	unsigned int least = 3, d;

	for (size_t i = 0; i < KEYS; i++) {
		d = distance(setting->key, keys[i].name);
		if (d < least) {
			least = d;
			nearest = keys[i].name;
		}
	}
	if (nearest)
		return cfg_fail(error, setting->value.line, setting->key, "there is no such key; is %s meant?",
				nearest);
	return cfg_fail(error, setting->value.line, setting->key,
			"there is no such key; plinth.cfg(5) lists those there are");
}

/* ---- The whole ------------------------------------------------------------------------------- */

static unsigned int cmdline_line(const struct draft *d)
{
	return (d->cmdline ? d->cmdline : d->extra ? d->extra : d->root)->line;
}

static int join_cmdline(struct draft *d)
{
	struct domain_config *config = d->config;
	const char *root = d->root ? d->root->text : "", *extra = d->extra ? d->extra->text : "";

	if (d->cmdline && (d->root || d->extra))
		return cfg_fail(d->error, d->cmdline->line, "cmdline", "give either cmdline, or root and extra");
	if (d->cmdline)
		config->cmdline = strdup(d->cmdline->text);
	else if (asprintf(&config->cmdline, "%s%s%s%s", *root ? "root=" : "", root, *root && *extra ? " " : "", extra) <
		 0)
		config->cmdline = NULL;
	if (!config->cmdline)
		return -ENOMEM;
	if (strlen(config->cmdline) > 1023)
		return cfg_fail(d->error, cmdline_line(d), "cmdline",
				"the kernel's command line has more than 1023 bytes");
	return 0;
}

static int place_cpus(struct draft *d)
{
	struct domain_config *config = d->config;
	const struct cfg_value *value = d->cpus;
	struct cpu_set unused;
	unsigned int i;
	int err = 0;

	if (!value)
		return 0;
	if (value->kind == CFG_LIST && !value->count)
		return cfg_fail(d->error, value->line, "cpus", "the list is empty");
	config->cpus = calloc(config->maxvcpus, sizeof(*config->cpus));
	if (!config->cpus)
		return -ENOMEM;
	for (i = 0; i < config->maxvcpus && !err; i++) {
		const struct cfg_value *one = value;

		if (value->kind == CFG_LIST)
			one = &value->items[i % value->count];
		err = config_read_cpus(one, &config->cpus[i], d->error);
	}
	/* What no vcpu takes must be right nevertheless. */
	for (; value->kind == CFG_LIST && i < value->count && !err; i++)
		err = config_read_cpus(&value->items[i], &unused, d->error);
	return err;
}

static int or_default(char **path, const char *otherwise)
{
	if (!*path)
		*path = strdup(otherwise);
	return *path ? 0 : -ENOMEM;
}

/* Its kernel is on its disk; what runs first is ours. */
static int complete_hvm(struct draft *d)
{
	struct domain_config *config = d->config;
	int err;

	if (d->kernel || config->ramdisk)
		return cfg_fail(d->error, d->kernel ? d->kernel->line : 1, d->kernel ? "kernel" : "ramdisk",
				"a domain of type \"hvm\" starts from its disk or CD-ROM");
	if (d->cmdline || d->root || d->extra)
		return cfg_fail(d->error, cmdline_line(d), "cmdline",
				"a domain of type \"hvm\" has its command line on its disk");
	if ((err = or_default(&config->kernel, PLINTH_HELPERS "/hvmplug")) ||
	    (err = or_default(&config->bios, DEFAULT_BIOS)) ||
	    (err = or_default(&config->device_model, DEFAULT_DEVICE_MODEL)) ||
	    (err = config_complete_screen(&config->screen, d->error)))
		return err;
	if (!config->boot[0])
		memcpy(config->boot, "cd", 3);
	return 0;
}

static int refuse_hvm(const struct draft *d)
{
	if (!d->hvm_only)
		return 0;
	return cfg_fail(d->error, d->hvm_only->line, d->hvm_key, "is only there for type \"hvm\"");
}

static int complete(struct draft *d)
{
	struct domain_config *config = d->config;
	int err;

	if (!d->name)
		return cfg_fail(d->error, 1, "name", "is missing; write name = \"guest\"");
	err = config->type == DOMAIN_HVM ? complete_hvm(d) : refuse_hvm(d);
	if (err)
		return err;
	if (!config->kernel)
		return cfg_fail(d->error, 1, "kernel", "is missing; write kernel = \"/boot/vmlinuz\"");
	if (!d->memory && !d->maxmem)
		return cfg_fail(d->error, 1, "memory", "is missing; write memory = 256");
	config->memory_mib = d->memory ? d->memory->number : d->maxmem->number;
	config->maxmem_mib = d->maxmem ? d->maxmem->number : d->memory->number;
	if (config->maxmem_mib < config->memory_mib)
		return cfg_fail(d->error, d->maxmem->line, "maxmem", "is less than memory, which is %llu",
				(unsigned long long)config->memory_mib);
	if (config->type != DOMAIN_PV && config->maxmem_mib > config->memory_mib)
		return cfg_fail(d->error, d->maxmem->line, "maxmem",
				"is more than memory, which is only there for type \"pv\"");
	config->vcpus = d->vcpus ? d->vcpus->number : 1;
	config->maxvcpus = d->maxvcpus ? (unsigned int)d->maxvcpus->number : config->vcpus;
	if (config->maxvcpus < config->vcpus)
		return cfg_fail(d->error, d->maxvcpus->line, "maxvcpus", "is less than vcpus, which is %u",
				config->vcpus);
	if (config->has_ramdisk_sha256 && !config->ramdisk)
		return cfg_fail(d->error, 1, "ramdisk_sha256", "is given, but there is no ramdisk");
	err = join_cmdline(d);
	return err ? err : place_cpus(d);
}

static int read_all(struct draft *d, const struct cfg_file *file)
{
	const struct cfg_setting *s, *before;
	size_t i;
	int err;

	for (s = file->settings; s; s = s->next) {
		for (before = file->settings; before != s; before = before->next)
			if (!strcmp(before->key, s->key))
				return cfg_fail(d->error, s->value.line, s->key,
						"is set twice; the first is in line %u", before->value.line);
		for (i = 0; i < KEYS && strcmp(keys[i].name, s->key); i++)
			;
		if (i == KEYS)
			return unknown_key(s, d->error);
		err = keys[i].read(d, s->key, &s->value);
		if (err)
			return err;
	}
	return complete(d);
}

int config_from_settings(const struct cfg_file *file, struct domain_config *config, struct cfg_error *error)
{
	struct draft draft = {.config = config, .error = error};
	int err;

	memset(config, 0, sizeof(*config));
	config->on_reboot = ON_RESTART;
	config->screen.vncunused = 1;
	err = read_all(&draft, file);
	if (!err)
		return 0;
	config_free(config);
	if (err == -ENOMEM)
		snprintf(error->text, sizeof(error->text), "%s: out of memory", error->file);
	return err;
}

int config_from_text(const char *text, size_t len, struct domain_config *config, struct cfg_error *error)
{
	struct cfg_file file;
	int err;

	memset(config, 0, sizeof(*config));
	err = cfg_parse(text, len, &file, error);
	if (err)
		return err;
	err = config_from_settings(&file, config, error);
	cfg_free(&file);
	return err;
}

void config_free(struct domain_config *config)
{
	size_t i;

	for (i = 0; i < config->nr_disks; i++)
		free(config->disks[i].target);
	for (i = 0; i < config->nr_vifs; i++)
		free(config->vifs[i].ip);
	free(config->disks);
	free(config->vifs);
	free(config->cpus);
	free(config->kernel);
	free(config->ramdisk);
	free(config->cmdline);
	free(config->bios);
	free(config->device_model);
	free(config->serial);
	free(config->screen.vnclisten);
	memset(config, 0, sizeof(*config));
}
