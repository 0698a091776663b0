/* xml_write.c - a configuration as libvirt's description of a domain */
#include <string.h>

#include "write.h"
#include "xml_tree.h"

void xml_put_character(FILE *out, char c)
{
	switch (c) {
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '&':
		fputs("&amp;", out);
		break;
	case '\'':
		fputs("&apos;", out);
		break;
	default:
		fputc(c, out);
	}
}

void xml_put_text(FILE *out, const char *text)
{
	for (; *text; text++)
		xml_put_character(out, *text);
}

static void put_element(FILE *out, unsigned int depth, const char *name, const char *text)
{
	fprintf(out, "%*s<%s>", 2 * depth, "", name);
	xml_put_text(out, text);
	fprintf(out, "</%s>\n", name);
}

static void note(FILE *notes, const char *what, const char *key)
{
	if (notes)
		fprintf(notes, "%s%s%s: libvirt's description has no place for it, and it is left out\n", what,
			*what ? ": " : "", key);
}

static void put_cputune(FILE *out, const struct domain_config *c)
{
	bool pins = c->cpus && !config_same_cpus(c);
	char text[CPUS_TEXT];

	if (!pins && !c->weight)
		return;
	fputs("  <cputune>\n", out);
	if (c->weight)
		fprintf(out, "    <shares>%u</shares>\n", c->weight);
	for (unsigned int i = 0; pins && i < c->maxvcpus; i++) {
		config_format_cpus(c->cpus[i].bits, CONFIG_CPUS, text);
		fprintf(out, "    <vcpupin vcpu='%u' cpuset='%s'/>\n", i, text);
	}
	fputs("  </cputune>\n", out);
}

static void put_vcpus(FILE *out, const struct domain_config *c)
{
	char text[CPUS_TEXT];

	fputs("  <vcpu placement='static'", out);
	if (c->cpus && config_same_cpus(c)) {
		config_format_cpus(c->cpus[0].bits, CONFIG_CPUS, text);
		fprintf(out, " cpuset='%s'", text);
	}
	if (c->vcpus != c->maxvcpus)
		fprintf(out, " current='%u'", c->vcpus);
	fprintf(out, ">%u</vcpu>\n", c->maxvcpus);
	put_cputune(out, c);
}

static void put_disk(FILE *out, const struct disk_config *d, FILE *notes)
{
	/* Which of the two it is matters to libvirt alone; here either is tried out. */
	bool block = d->target && !strncmp(d->target, "/dev/", 5);
	struct nbd_url nbd;
	bool url = d->target && nbd_url_parse(d->target, &nbd);

	fprintf(out, "    <disk type='%s' device='%s'>\n",
		url	? "network"
		: block ? "block"
			: "file",
		d->cdrom ? "cdrom" : "disk");
	fprintf(out, "      <driver type='%s'%s/>\n", d->qcow2 ? "qcow2" : "raw",
		d->no_discard ? " discard='ignore'" : "");
	if (url) {
		xml_write_nbd(out, &nbd);
	} else if (d->target) {
		fprintf(out, "      <source %s='", block ? "dev" : "file");
		xml_put_text(out, d->target);
		fputs("'/>\n", out);
	}
	fprintf(out, "      <target dev='%s' bus='xen'/>\n", d->vdev);
	if (d->readonly)
		fputs("      <readonly/>\n", out);
	fputs("    </disk>\n", out);
	if (d->backendtype[0])
		note(notes, d->vdev, "backendtype");
}

static void put_vif(FILE *out, const struct vif_config *v, FILE *notes)
{
	char mac[MAC_TEXT];

	config_format_mac(v->mac, mac);
	fputs("    <interface type='bridge'>\n", out);
	if (v->has_mac)
		fprintf(out, "      <mac address='%s'/>\n", mac);
	fprintf(out, "      <source bridge='%s'/>\n", v->bridge[0] ? v->bridge : "xenbr0");
	if (v->vifname[0])
		fprintf(out, "      <target dev='%s'/>\n", v->vifname);
	if (v->ip) {
		fputs("      <ip address='", out);
		xml_put_text(out, v->ip);
		fputs("'/>\n", out);
	}
	if (v->no_offload)
		fputs("      <driver><host csum='off'/></driver>\n", out);
	if (v->rate)
		fprintf(out, "      <bandwidth><outbound average='%llu'/></bandwidth>\n",
			(unsigned long long)v->rate >> 10);
	if (v->rate & 1023)
		note(notes, mac, "what of rate is no whole KiB/s");
	if (v->rate && v->rate_interval_us != CONFIG_RATE_INTERVAL_US)
		note(notes, mac, "rate's interval");
	fputs("    </interface>\n", out);
	if (v->backendtype[0])
		note(notes, mac, "backendtype");
}

static void put_os(FILE *out, const struct domain_config *c)
{
	bool pvh = c->type == DOMAIN_PVH;

	if (c->type == DOMAIN_HVM) {
		xml_write_hvm_os(out, c);
		return;
	}

	fprintf(out, "  <os>\n    <type arch='x86_64' machine='%s'>%s</type>\n", pvh ? "xenpvh" : "xenpv",
		pvh ? "xenpvh" : "linux");
	put_element(out, 2, "kernel", c->kernel);
	if (c->ramdisk)
		put_element(out, 2, "initrd", c->ramdisk);
	put_element(out, 2, "cmdline", c->cmdline);
	fputs("  </os>\n", out);
}

void config_write_xml(FILE *out, const struct domain_config *c, FILE *notes)
{
	char uuid[UUID_TEXT];
	size_t i;

	fputs("<domain type='xen'>\n", out);
	put_element(out, 1, "name", c->name);
	format_uuid(c->uuid, uuid);
	if (c->has_uuid)
		put_element(out, 1, "uuid", uuid);
	fprintf(out, "  <memory unit='KiB'>%llu</memory>\n  <currentMemory unit='KiB'>%llu</currentMemory>\n",
		(unsigned long long)c->maxmem_mib << 10, (unsigned long long)c->memory_mib << 10);
	put_vcpus(out, c);
	put_os(out, c);
	fputs("  <clock offset='utc'/>\n", out);
	put_element(out, 1, "on_poweroff", on_event_name(c->on_poweroff));
	put_element(out, 1, "on_reboot", on_event_name(c->on_reboot));
	put_element(out, 1, "on_crash", on_event_name(c->on_crash));
	fputs("  <devices>\n", out);
	if (c->type == DOMAIN_HVM && !xml_write_hvm_devices(out, c))
		note(notes, "", "serial");
	if (c->screen.vga != VGA_NONE)
		note(notes, "", "vga, videoram, vnc");
	for (i = 0; i < c->nr_disks; i++)
		put_disk(out, &c->disks[i], notes);
	for (i = 0; i < c->nr_vifs; i++)
		put_vif(out, &c->vifs[i], notes);
	fputs("    <console type='pty'>\n      <target type='xen' port='0'/>\n    </console>\n  "
	      "</devices>\n</domain>\n",
	      out);
	if (c->has_kernel_sha256)
		note(notes, "", "kernel_sha256");
	if (c->has_ramdisk_sha256)
		note(notes, "", "ramdisk_sha256");
	if (c->cap)
		note(notes, "", "cap");
}
