/* config_file.c - configurations that people write: read from a file, printed as JSON */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_file.h"
#include "dom0-tools/config/write.h"
#include "dom0-tools/config/xml.h"
#include "dom0-tools/lib/plinth.h"
#include "json.h"

#define CONFIG_MOST (1u << 20)

static int parse(const char *path, const char *text, size_t len, struct domain_config *config)
{
	struct cfg_error error = {.file = path};
	char *notes = NULL;
	size_t size;
	FILE *out = open_memstream(&notes, &size);
	int err = config_from_either(text, len, config, &error, out);

	if (out)
		fclose(out);
	for (char *rest = notes, *line; rest && (line = strsep(&rest, "\n")) && *line;)
		fprintf(stderr, "hvctl: note: %s\n", line);
	free(notes);
	return err ? plinth_fail(-err, "%s", error.text) : 0;
}

int config_file_read(const char *path, struct domain_config *config)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *text;
	size_t len;
	int err;

	if (!f)
		return plinth_fail(errno, "%s: %s", path, strerror(errno));
	text = malloc(CONFIG_MOST);
	len = text ? fread(text, 1, CONFIG_MOST, f) : 0;
	if (!text || ferror(f) || len == CONFIG_MOST)
		err = plinth_fail(EINVAL, "%s: cannot be read, or is longer than %u bytes", path, CONFIG_MOST);
	else
		err = parse(path, text, len, config);
	free(text);
	if (f != stdin)
		fclose(f);
	return err;
}

static void print_disk(struct json *j, const struct disk_config *d)
{
	json_object(j, NULL);
	json_string(j, "target", d->target);
	json_string(j, "format", d->qcow2 ? "qcow2" : "raw");
	json_string(j, "vdev", d->vdev);
	json_bool(j, "readonly", d->readonly);
	json_bool(j, "cdrom", d->cdrom);
	json_object_end(j);
}

static void print_vif(struct json *j, const struct vif_config *v)
{
	char mac[MAC_TEXT];

	config_format_mac(v->mac, mac);
	json_object(j, NULL);
	json_string(j, "mac", v->has_mac ? mac : NULL);
	json_string(j, "bridge", v->bridge[0] ? v->bridge : "xenbr0");
	if (v->rate)
		json_number(j, "rate_bytes_per_s", v->rate);
	json_object_end(j);
}

void config_print_json(const struct domain_config *c)
{
	char uuid[UUID_TEXT];
	struct json j;
	size_t i;

	format_uuid(c->uuid, uuid);
	json_begin(&j, stdout);
	json_object(&j, NULL);
	json_string(&j, "name", c->name);
	json_string(&j, "uuid", uuid);
	json_string(&j, "type", domain_type_name(c->type));
	json_string(&j, "kernel", c->kernel);
	json_string(&j, "ramdisk", c->ramdisk);
	json_string(&j, "cmdline", c->cmdline);
	json_number(&j, "memory_mib", c->memory_mib);
	json_number(&j, "maxmem_mib", c->maxmem_mib);
	json_number(&j, "vcpus", c->vcpus);
	json_number(&j, "maxvcpus", c->maxvcpus);
	json_array(&j, "disks");
	for (i = 0; i < c->nr_disks; i++)
		print_disk(&j, &c->disks[i]);
	json_array_end(&j);
	json_array(&j, "vifs");
	for (i = 0; i < c->nr_vifs; i++)
		print_vif(&j, &c->vifs[i]);
	json_array_end(&j);
	json_string(&j, "on_poweroff", on_event_name(c->on_poweroff));
	json_string(&j, "on_reboot", on_event_name(c->on_reboot));
	json_string(&j, "on_crash", on_event_name(c->on_crash));
	json_object_end(&j);
	json_end(&j);
}
