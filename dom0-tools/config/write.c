/* write.c - a configuration as the text it could have been read from */
#include <stdio.h>
#include <string.h>

#include "write.h"

void format_uuid(const uint8_t u[16], char text[UUID_TEXT])
{
	snprintf(text, UUID_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
		 u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

void config_format_mac(const uint8_t m[6], char text[MAC_TEXT])
{
	snprintf(text, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static bool is_in(const uint8_t *bits, unsigned int cpu)
{
	return bits[cpu / 8] >> cpu % 8 & 1;
}

void config_format_cpus(const uint8_t *bits, unsigned int nr_cpus, char text[CPUS_TEXT])
{
	size_t len = 0;

	*text = '\0';
	for (unsigned int cpu = 0, last; cpu < nr_cpus; cpu = last + 1) {
		last = cpu;
		if (!is_in(bits, cpu))
			continue;
		while (last + 1 < nr_cpus && is_in(bits, last + 1))
			last++;
		len += snprintf(text + len, CPUS_TEXT - len, len ? ",%u" : "%u", cpu);
		if (last > cpu)
			len += snprintf(text + len, CPUS_TEXT - len, "-%u", last);
	}
}

bool config_same_cpus(const struct domain_config *c)
{
	for (unsigned int i = 1; c->cpus && i < c->maxvcpus; i++)
		if (memcmp(&c->cpus[0], &c->cpus[i], sizeof(c->cpus[0])))
			return false;
	return true;
}

/* What a string must not hold as it is, behind a backslash. */
static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		if (*text == '\t')
			fputs("\\t", out);
		else if (*text == '\r')
			fputs("\\r", out);
		else
			fputc(*text, out);
	}
}

static void put_string(FILE *out, const char *key, const char *text)
{
	fprintf(out, "%s = \"", key);
	put_escaped(out, text);
	fputs("\"\n", out);
}

static void put_digest(FILE *out, const char *key, const uint8_t digest[32])
{
	fprintf(out, "%s = \"", key);
	for (unsigned int i = 0; i < 32; i++)
		fprintf(out, "%02x", digest[i]);
	fputs("\"\n", out);
}

static void put_cpus(FILE *out, const struct domain_config *c)
{
	char text[CPUS_TEXT];

	if (!c->cpus)
		return;
	if (config_same_cpus(c)) {
		config_format_cpus(c->cpus[0].bits, CONFIG_CPUS, text);
		put_string(out, "cpus", text);
		return;
	}
	fputs("cpus = [", out);
	for (unsigned int i = 0; i < c->maxvcpus; i++) {
		config_format_cpus(c->cpus[i].bits, CONFIG_CPUS, text);
		fprintf(out, "%s \"%s\"", i ? "," : "", text);
	}
	fputs(" ]\n", out);
}

static void put_disk(FILE *out, const struct disk_config *d)
{
	fprintf(out, "\t\"format=%s, vdev=%s, access=%s", d->qcow2 ? "qcow2" : "raw", d->vdev,
		d->readonly ? "ro" : "rw");
	if (d->cdrom)
		fputs(", devtype=cdrom", out);
	if (d->no_discard)
		fputs(", no-discard", out);
	if (d->backendtype[0])
		fprintf(out, ", backendtype=%s", d->backendtype);
	if (d->target) {
		fputs(", target=", out);
		put_escaped(out, d->target);
	}
	fputs("\",\n", out);
}

static void put_vif(FILE *out, const struct vif_config *v)
{
	char mac[MAC_TEXT];
	const char *sep = "";

	fputs("\t\"", out);
	if (v->has_mac) {
		config_format_mac(v->mac, mac);
		fprintf(out, "mac=%s", mac);
		sep = ", ";
	}
	if (v->bridge[0])
		fprintf(out, "%sbridge=%s", sep, v->bridge), sep = ", ";
	if (v->vifname[0])
		fprintf(out, "%svifname=%s", sep, v->vifname), sep = ", ";
	if (v->ip)
		fprintf(out, "%sip=%s", sep, v->ip), sep = ", ";
	if (v->rate)
		fprintf(out, "%srate=%lluB/s@%uus", sep, (unsigned long long)v->rate, v->rate_interval_us), sep = ", ";
	if (v->backendtype[0])
		fprintf(out, "%sbackendtype=%s", sep, v->backendtype), sep = ", ";
	if (v->no_offload)
		fprintf(out, "%soffload=off", sep);
	fputs("\",\n", out);
}

static void put_screen(FILE *out, const struct screen_config *s)
{
	put_string(out, "vga", config_vga_name(s->vga));
	if (s->vga != VGA_NONE)
		fprintf(out, "videoram = %u\n", s->videoram_mib);
	if (!s->vnc)
		return;
	fprintf(out, "vnc = 1\nvncdisplay = %u\nvncunused = %u\n", s->vncdisplay, s->vncunused);
	put_string(out, "vnclisten", s->vnclisten);
}

static void put_hvm(FILE *out, const struct domain_config *c)
{
	put_string(out, "boot", c->boot);
	put_string(out, "bios_path_override", c->bios);
	put_string(out, "device_model_override", c->device_model);
	if (c->serial)
		put_string(out, "serial", c->serial);
	put_screen(out, &c->screen);
}

void config_write_text(FILE *out, const struct domain_config *c)
{
	char uuid[UUID_TEXT];
	size_t i;

	put_string(out, "name", c->name);
	format_uuid(c->uuid, uuid);
	if (c->has_uuid)
		put_string(out, "uuid", uuid);
	put_string(out, "type", domain_type_name(c->type));
	if (c->type == DOMAIN_HVM)
		put_hvm(out, c);
	else
		put_string(out, "kernel", c->kernel);
	if (c->has_kernel_sha256)
		put_digest(out, "kernel_sha256", c->kernel_sha256);
	if (c->ramdisk)
		put_string(out, "ramdisk", c->ramdisk);
	if (c->has_ramdisk_sha256)
		put_digest(out, "ramdisk_sha256", c->ramdisk_sha256);
	if (c->type != DOMAIN_HVM)
		put_string(out, "cmdline", c->cmdline);
	fprintf(out, "memory = %llu\nmaxmem = %llu\nvcpus = %u\nmaxvcpus = %u\n", (unsigned long long)c->memory_mib,
		(unsigned long long)c->maxmem_mib, c->vcpus, c->maxvcpus);
	put_cpus(out, c);
	if (c->weight)
		fprintf(out, "cpu_weight = %u\n", c->weight);
	if (c->cap)
		fprintf(out, "cap = %u\n", c->cap);
	if (c->nr_disks)
		fputs("disk = [\n", out);
	for (i = 0; i < c->nr_disks; i++)
		put_disk(out, &c->disks[i]);
	if (c->nr_disks)
		fputs("]\n", out);
	if (c->nr_vifs)
		fputs("vif = [\n", out);
	for (i = 0; i < c->nr_vifs; i++)
		put_vif(out, &c->vifs[i]);
	if (c->nr_vifs)
		fputs("]\n", out);
	fprintf(out, "on_poweroff = \"%s\"\non_reboot = \"%s\"\non_crash = \"%s\"\n", on_event_name(c->on_poweroff),
		on_event_name(c->on_reboot), on_event_name(c->on_crash));
}
