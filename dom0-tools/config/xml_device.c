/* xml_device.c - libvirt's <disk> and <interface> as items of the keys disk and vif */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xml_tree.h"

/* An item of disk or vif being written: "a=b, c=d". */
struct item {
	struct xml *x;
	xmlNode *node;
	FILE *out;
	char *text;
	size_t len;
	int err;
};

static void item_begin(struct item *item, struct xml *x, xmlNode *node)
{
	*item = (struct item){.x = x, .node = node};
	item->out = open_memstream(&item->text, &item->len);
	if (!item->out)
		item->err = -ENOMEM;
}

/* A comma would begin another item. A missing value is none. */
static void item_put(struct item *item, const char *name, const char *value)
{
	if (item->err || !value)
		return;
	if (strchr(value, ','))
		item->err = xml_fail(item->x, item->node, "a comma in \"%s\" cannot be", value);
	else
		fprintf(item->out, "%s=%s, ", name, value);
}

static int item_end(struct item *item, const char *key)
{
	int err = item->err;

	if (item->out && fclose(item->out))
		err = -ENOMEM;
	if (!err)
		err = xml_add_item(item->x, item->node, key, item->text);
	free(item->text);
	return err;
}

/* The attribute of a child, or NULL. To free(). */
static char *of_child(xmlNode *node, const char *child, const char *attribute)
{
	return xml_attribute(xml_child(node, child), attribute);
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
	return word && (!strcmp(word, a) || (b && !strcmp(word, b)));
}

/* ---- Disks ------------------------------------------------------------------------------------------- */

/* What serves it here is hvbackendd, whatever served it elsewhere. */
static int read_disk_driver(struct xml *x, xmlNode *node)
{
	char *name = xml_attribute(node, "name");

	if (name && strcmp(name, "plinth"))
		xml_note(x, node, "name \"%s\": the disk is served by Plinth's own back end", name);
	free(name);
	return 0;
}

static int read_bus(struct xml *x, xmlNode *node)
{
	char *bus = xml_attribute(node, "bus");

	if (bus && strcmp(bus, "xen") && !(xml_is_hvm(x) && !strcmp(bus, "ide")))
		xml_note(x, node, "bus \"%s\" is not there; the guest finds it on bus xen", bus);
	free(bus);
	return 0;
}

static int read_shareable(struct xml *x, xmlNode *node)
{
	xml_note(x, node, "two domains can have one disk only if neither writes to it");
	return 0;
}

/* Where the contents are: what a disk of another type would say there is not looked at. */
static int read_source(struct xml *x, xmlNode *node)
{
	static const struct xml_element none[] = {{0}};
	char *type = xml_attribute(node->parent, "type");
	bool network = is_one_of(type, "network", NULL);

	xml_check_attributes(x, node,
			     network			      ? "protocol name index"
			     : is_one_of(type, "block", NULL) ? "dev index"
							      : "file index");
	free(type);
	return network ? 0 : xml_children(x, node, none);
}

static int check_disk(struct xml *x, xmlNode *node)
{
	static const struct xml_element known[] = {{"driver", "name type discard", read_disk_driver, 0},
						   {"source", "file dev index protocol name", read_source, XML_INNER},
						   {"backingStore", "", NULL, 0},
						   {"target", "dev bus", read_bus, 0},
						   {"readonly", "", NULL, 0},
						   {"shareable", "", read_shareable, 0},
						   {"alias", "name", NULL, 0},
						   {0}};
	char *type = xml_attribute(node, "type"), *device = xml_attribute(node, "device");
	xmlNode *backing = xml_child(node, "backingStore");
	int err = 0;

	if (!is_one_of(type, "file", "block") && !is_one_of(type, "network", NULL))
		err = xml_fail(x, node, "type \"%s\" is not supported; file, block and network are", type ? type : "");
	else if (device && !is_one_of(device, "disk", "cdrom"))
		err = xml_fail(x, node, "device \"%s\" is not supported; disk and cdrom are", device);
	else if (backing && backing->children)
		err = xml_fail(x, backing, "images that stand on others are not supported");
	free(type);
	free(device);
	return err ? err : xml_children(x, node, known);
}

int xml_read_disk(struct xml *x, xmlNode *node)
{
	char *device = xml_attribute(node, "device"), *dev = of_child(node, "target", "dev");
	char *format = of_child(node, "driver", "type"), *discard = of_child(node, "driver", "discard");
	char *type = xml_attribute(node, "type"), *target = NULL;
	struct item item;
	int err = check_disk(x, node);

	if (!err && is_one_of(type, "network", NULL))
		err = xml_read_nbd(x, node, &target);
	else
		target = of_child(node, "source", is_one_of(type, "block", NULL) ? "dev" : "file");
	item_begin(&item, x, node);
	if (err)
		item.err = err;
	item_put(&item, "format", format ? format : "raw");
	item_put(&item, "vdev", dev ? dev : "");
	item_put(&item, "access", xml_child(node, "readonly") ? "ro" : "rw");
	if (device && !strcmp(device, "cdrom"))
		item_put(&item, "devtype", "cdrom");
	if (!item.err && discard && !strcmp(discard, "ignore"))
		fputs("no-discard, ", item.out);
	if (!item.err && target)
		fprintf(item.out, "target=%s", target); /* the last, so it may hold commas */
	err = item_end(&item, "disk");
	free(device);
	free(dev);
	free(format);
	free(discard);
	free(type);
	free(target);
	return err;
}

/* ---- Interfaces ----------------------------------------------------------------------------------------- */

static int read_script(struct xml *x, xmlNode *node)
{
	char *path = xml_attribute(node, "path");
	const char *name = path ? strrchr(path, '/') : NULL;

	name = name ? name + 1 : path;
	if (name && strcmp(name, "vif-bridge"))
		xml_note(x, node, "no script is run; the interface becomes a port of its bridge");
	free(path);
	return 0;
}

static int read_model(struct xml *x, xmlNode *node)
{
	char *type = xml_attribute(node, "type");

	if (type && strcmp(type, "netfront") && !(xml_is_hvm(x) && !strcmp(type, "e1000")))
		xml_note(x, node, "type \"%s\" is not there; a guest finds a vif (netfront)", type);
	free(type);
	return 0;
}

static int read_ip(struct xml *x, xmlNode *node)
{
	char *family = xml_attribute(node, "family");

	if (family && !is_one_of(family, "ipv4", "ipv6"))
		xml_note(x, node, "family \"%s\" is not there", family);
	free(family);
	return 0;
}

static int read_vif_driver(struct xml *x, xmlNode *node)
{
	static const struct xml_element known[] = {{"host", "csum", NULL, 0}, {0}};

	return xml_children(x, node, known);
}

static int read_bandwidth(struct xml *x, xmlNode *node)
{
	static const struct xml_element known[] = {{"outbound", "average", NULL, 0}, {0}};

	return xml_children(x, node, known);
}

static int check_interface(struct xml *x, xmlNode *node)
{
	static const struct xml_element known[] = {{"mac", "address", NULL, 0},
						   {"source", "bridge", NULL, 0},
						   {"target", "dev", NULL, 0},
						   {"ip", "address family", read_ip, 0},
						   {"script", "path", read_script, 0},
						   {"model", "type", read_model, 0},
						   {"bandwidth", "", read_bandwidth, XML_INNER},
						   {"driver", "", read_vif_driver, XML_INNER},
						   {"alias", "name", NULL, 0},
						   {0}};
	char *type = xml_attribute(node, "type");
	int err = 0;

	if (!is_one_of(type, "bridge", "ethernet"))
		err = xml_fail(x, node,
			       "type \"%s\" is not supported; write type='bridge' and <source bridge='xenbr0'/>",
			       type ? type : "");
	else if (!xml_child(node, "source")) /* what virsh makes of a vif without bridge= */
		xml_note(x, node, "it has no bridge, and becomes a port of xenbr0");
	free(type);
	return err ? err : xml_children(x, node, known);
}

/* libvirt's unit is 1024 bytes a second. */
static void put_rate(struct item *item, xmlNode *node)
{
	xmlNode *bandwidth = xml_child(node, "bandwidth");
	char *average = bandwidth ? of_child(bandwidth, "outbound", "average") : NULL, *end, text[48];
	unsigned long long kib;

	if (!average)
		return;
	errno = 0;
	kib = strtoull(average, &end, 10);
	if (!*average || *end || errno || kib > UINT32_MAX)
		item->err = xml_fail(item->x, bandwidth, "average \"%s\" is not a number of KiB/s", average);
	snprintf(text, sizeof(text), "%lluB/s", kib << 10);
	item_put(item, "rate", text);
	free(average);
}

/* Names of this kind are given anew each time. Blanks around them are none of the name's. */
static bool is_given_name(const char *name)
{
	unsigned int domid, index;
	int end = 0;

	return sscanf(name, " vif%u.%u %n", &domid, &index, &end) == 2 && !name[end];
}

int xml_read_interface(struct xml *x, xmlNode *node)
{
	char *mac = of_child(node, "mac", "address"), *bridge = of_child(node, "source", "bridge");
	char *dev = of_child(node, "target", "dev"), *ip = of_child(node, "ip", "address"), *csum = NULL;
	xmlNode *driver = xml_child(node, "driver");
	struct item item;
	int err = check_interface(x, node);

	item_begin(&item, x, node);
	if (err)
		item.err = err;
	item_put(&item, "mac", mac);
	item_put(&item, "bridge", bridge);
	if (dev && !is_given_name(dev))
		item_put(&item, "vifname", dev);
	item_put(&item, "ip", ip);
	if (driver)
		csum = of_child(driver, "host", "csum");
	if (csum && !strcmp(csum, "off"))
		item_put(&item, "offload", "off");
	if (!item.err)
		put_rate(&item, node);
	err = item_end(&item, "vif");
	free(mac);
	free(bridge);
	free(dev);
	free(ip);
	free(csum);
	return err;
}
