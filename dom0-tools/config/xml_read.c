/* xml_read.c - a libvirt domain description becomes settings, which domain_config.c then reads as any others */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xml_tree.h"

/* ---- What it is ------------------------------------------------------------------------------- */

static int read_name(struct xml *x, xmlNode *node)
{
	return xml_set_content(x, node, "name");
}

static int read_uuid(struct xml *x, xmlNode *node)
{
	return xml_set_content(x, node, "uuid");
}

/* "unit" of libvirt: bytes in one of it. */
static unsigned long long unit_size(const char *name)
{
	static const struct {
		const char *name;
		unsigned long long bytes;
	} units[] = {{"b", 1},
		     {"bytes", 1},
		     {"KB", 1000},
		     {"k", 1ull << 10},
		     {"KiB", 1ull << 10},
		     {"MB", 1000000},
		     {"M", 1ull << 20},
		     {"MiB", 1ull << 20},
		     {"GB", 1000000000},
		     {"G", 1ull << 30},
		     {"GiB", 1ull << 30},
		     {"T", 1ull << 40},
		     {"TiB", 1ull << 40},
		     {"TB", 1000000000000}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(units[i].name, name))
			return units[i].bytes;
	return 0;
}

static int read_amount(struct xml *x, xmlNode *node, const char *key)
{
	char *text = xml_content(node), *unit = xml_attribute(node, "unit"), *end;
	unsigned long long size = unit ? unit_size(unit) : 1024, number, mib = 0;
	int err = 0;

	errno = 0;
	number = text ? strtoull(text, &end, 10) : 0;
	if (!text || !*text || *end || errno || strchr(text, '-'))
		err = xml_fail(x, node, "\"%s\" is not a number", text ? text : "");
	else if (!size)
		err = xml_fail(x, node, "there is no unit \"%s\"", unit);
	else if (number > UINT64_MAX / size || number * size > UINT64_MAX - (1 << 20))
		err = xml_fail(x, node, "%s is more than any machine has", text);
	else
		mib = (number * size + (1 << 20) - 1) >> 20;
	if (!err && mib << 20 != number * size)
		xml_note(x, node, "rounded up to %llu MiB", mib);
	free(text);
	free(unit);
	return err ? err : xml_set(x, node, key, "%llu", mib);
}

static int read_memory(struct xml *x, xmlNode *node)
{
	return read_amount(x, node, "maxmem");
}

static int read_current_memory(struct xml *x, xmlNode *node)
{
	return read_amount(x, node, "memory");
}

static int read_vcpu(struct xml *x, xmlNode *node)
{
	char *current = xml_attribute(node, "current"), *cpuset = xml_attribute(node, "cpuset");
	char *most = xml_content(node);
	int err = xml_set(x, node, "maxvcpus", "%s", most ? most : "");

	if (!err)
		err = xml_set(x, node, "vcpus", "%s", current ? current : most ? most : "");
	x->vcpus = most ? strtoul(most, NULL, 10) : 0;
	free(x->cpuset);
	x->cpuset = cpuset;
	x->cpus_node = node;
	free(current);
	free(most);
	return err;
}

static int read_vcpupin(struct xml *x, xmlNode *node)
{
	char *vcpu = xml_attribute(node, "vcpu"), *cpuset = xml_attribute(node, "cpuset"), *end = NULL;
	unsigned long number = vcpu ? strtoul(vcpu, &end, 10) : 0;
	int err = 0;

	if (!vcpu || !*vcpu || *end || number >= CONFIG_VCPUS || !cpuset) {
		err = xml_fail(x, node, "this wants vcpu='number' and cpuset='0-3'");
		free(cpuset);
	} else if (x->pin[number]) {
		err = xml_fail(x, node, "vcpu %lu has its CPUs already", number);
		free(cpuset);
	} else {
		x->pin[number] = cpuset;
		x->pinned = true;
		x->cpus_node = node;
	}
	free(vcpu);
	return err;
}

static int read_shares(struct xml *x, xmlNode *node)
{
	return xml_set_content(x, node, "cpu_weight");
}

static int read_cputune(struct xml *x, xmlNode *node)
{
	static const struct xml_element known[] = {
		{"vcpupin", "vcpu cpuset", read_vcpupin, XML_MANY}, {"shares", "", read_shares, 0}, {0}};

	return xml_children(x, node, known);
}

/* vcpupin and cpuset may stand in any order, so what follows from both comes last. */
static int set_cpus(struct xml *x)
{
	int err = 0;

	if (x->cpuset && !x->pinned)
		return xml_set_string(x, x->cpus_node, "cpus", x->cpuset);
	for (unsigned int i = 0; x->pinned && i < x->vcpus && i < CONFIG_VCPUS && !err; i++)
		err = xml_add_item(x, x->cpus_node, "cpus", x->pin[i] ? x->pin[i] : x->cpuset ? x->cpuset : "all");
	return err;
}

/* ---- What runs in it --------------------------------------------------------------------------- */

/* By libvirt's two words for it; a machine that is not told is the first. */
static const char *type_of(const char *os, const char *machine)
{
	static const struct {
		const char *os, *machine, *type;
	} types[] = {{"linux", "xenpv", "pv"},
		     {"xen", "xenpv", "pv"},
		     {"xenpvh", "xenpvh", "pvh"},
		     {"linux", "xenpvh", "pvh"},
		     {"hvm", "xenfv", "hvm"}};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(os, types[i].os) && (!machine || !strcmp(machine, types[i].machine)))
			return types[i].type;
	return NULL;
}

static int read_os_type(struct xml *x, xmlNode *node)
{
	char *text = xml_content(node), *machine = xml_attribute(node, "machine");
	char *arch = xml_attribute(node, "arch");
	const char *type = text ? type_of(text, machine) : NULL;
	int err;

	if (arch && strcmp(arch, "x86_64"))
		err = xml_fail(x, node, "arch \"%s\" is not supported; x86_64 is", arch);
	else if (!type)
		err = xml_fail(
			x, node,
			"type \"%s\" of machine \"%s\" is not supported; linux of xenpv, xenpvh, and hvm of xenfv are",
			text ? text : "", machine ? machine : "");
	else
		err = xml_set_string(x, node, "type", type);
	free(arch);
	free(machine);
	free(text);
	return err;
}

static int read_kernel(struct xml *x, xmlNode *node)
{
	return xml_set_content(x, node, "kernel");
}

static int read_initrd(struct xml *x, xmlNode *node)
{
	return xml_set_content(x, node, "ramdisk");
}

static int read_cmdline(struct xml *x, xmlNode *node)
{
	return xml_set_content(x, node, "cmdline");
}

static int read_os(struct xml *x, xmlNode *node)
{
	static const struct xml_element known[] = {{"type", "arch machine", read_os_type, 0},
						   {"loader", "type", xml_read_loader, 0},
						   {"boot", "dev", xml_read_boot, XML_MANY},
						   {"kernel", "", read_kernel, 0},
						   {"initrd", "", read_initrd, 0},
						   {"cmdline", "", read_cmdline, 0},
						   {0}};

	return xml_children(x, node, known);
}

/* A guest here always has UTC for a wall clock, and may make of it what it wants. */
static int read_clock(struct xml *x, xmlNode *node)
{
	char *offset = xml_attribute(node, "offset");

	if (offset && strcmp(offset, "utc"))
		xml_note(x, node, "offset \"%s\" is not there; a domain's clock tells UTC", offset);
	free(offset);
	return 0;
}

/* ---- When it ends ------------------------------------------------------------------------------ */

/* libvirt has more actions: those that write a dump, or make a new name, lose that part. */
static int read_action(struct xml *x, xmlNode *node)
{
	char *text = xml_content(node);
	const char *action = text ? text : "";
	int err;

	if (!strncmp(action, "coredump-", 9))
		action += 9;
	else if (!strcmp(action, "rename-restart"))
		action += 7;
	if (text && action != text)
		xml_note(x, node, "\"%s\" is not there; taken for \"%s\"", text, action);
	err = xml_set_string(x, node, (const char *)node->name, action);
	free(text);
	return err;
}

/* ---- Devices ------------------------------------------------------------------------------------ */

static int read_console(struct xml *x, xmlNode *node)
{
	static const struct xml_element known[] = {{"target", "type port", NULL, 0},
						   {"source", "path", NULL, 0}, /* of one that ran: drawn anew */
						   {"alias", "name", NULL, 0},
						   {0}};

	return xml_children(x, node, known);
}

static int read_balloon(struct xml *x, xmlNode *node)
{
	char *model = xml_attribute(node, "model");

	if (model && strcmp(model, "xen") && strcmp(model, "none"))
		xml_note(x, node, "model \"%s\" is not there; Xen's balloon is", model);
	free(model);
	return 0;
}

static int read_bootloader(struct xml *x, xmlNode *node)
{
	return xml_fail(x, node, "nothing here looks into a guest's disk for its kernel; write <kernel> in <os>");
}

static int read_hostdev(struct xml *x, xmlNode *node)
{
	return xml_fail(x, node, "a device of the machine cannot be given to a domain yet");
}

static int read_devices(struct xml *x, xmlNode *node)
{
	static const struct xml_element known[] = {{"disk", "type device", xml_read_disk, XML_MANY | XML_INNER},
						   {"interface", "type", xml_read_interface, XML_MANY | XML_INNER},
						   {"console", "type tty", read_console, XML_INNER},
						   {"serial", "type", xml_read_serial, XML_INNER},
						   {"emulator", "", xml_read_emulator, 0},
						   {"memballoon", "model", read_balloon, 0},
						   {"hostdev", "", read_hostdev, XML_MANY},
						   {0}};

	return xml_children(x, node, known);
}

/* ---- The whole ------------------------------------------------------------------------------------ */

static int read_domain(struct xml *x, xmlNode *root)
{
	static const struct xml_element known[] = {{"name", "", read_name, 0},
						   {"uuid", "", read_uuid, 0},
						   {"memory", "unit", read_memory, 0},
						   {"currentMemory", "unit", read_current_memory, 0},
						   {"vcpu", "placement cpuset current", read_vcpu, 0},
						   {"cputune", "", read_cputune, XML_MANY | XML_INNER},
						   {"bootloader", "", read_bootloader, 0},
						   {"bootloader_args", "", read_bootloader, 0},
						   {"os", "", read_os, XML_MANY | XML_INNER},
						   {"clock", "offset adjustment", read_clock, 0},
						   {"on_poweroff", "", read_action, 0},
						   {"on_reboot", "", read_action, 0},
						   {"on_crash", "", read_action, 0},
						   {"devices", "", read_devices, XML_MANY | XML_INNER},
						   {0}};
	char *type;
	int err = 0;

	if (strcmp((const char *)root->name, "domain"))
		return xml_fail(x, root, "the outermost element of a libvirt domain is <domain>");
	type = xml_attribute(root, "type");
	if (!type || strcmp(type, "xen"))
		err = xml_fail(x, root, "this is a domain for \"%s\"; type='xen' is one for here", type ? type : "");
	free(type);
	xml_check_attributes(x, root, "type id");
	if (!err)
		err = xml_children(x, root, known);
	if (!err && x->boot[0])
		err = xml_set_string(x, x->boot_node, "boot", x->boot);
	return err ? err : set_cpus(x);
}

int config_from_xml(const char *text, size_t len, struct domain_config *config, struct cfg_error *error, FILE *notes)
{
	struct xml x = {.error = error, .notes = notes};
	int err;

	memset(config, 0, sizeof(*config));
	x.last = &x.file.settings;
	err = xml_open(&x, text, len);
	if (!err)
		err = read_domain(&x, xmlDocGetRootElement(x.doc));
	if (!err)
		err = config_from_settings(&x.file, config, error);
	else if (err == -ENOMEM)
		snprintf(error->text, sizeof(error->text), "%s: out of memory", error->file);
	xml_close(&x);
	return err;
}

int config_from_either(const char *text, size_t len, struct domain_config *config, struct cfg_error *error, FILE *notes)
{
	size_t i = 0;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		i = 3; /* a mark that some editors put in front */
	while (i < len && strchr(" \t\r\n", text[i]) && text[i])
		i++;
	if (i < len && text[i] == '<')
		return config_from_xml(text, len, config, error, notes);
	return config_from_text(text, len, config, error);
}
