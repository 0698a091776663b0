/* xml_hvm.c - what libvirt says of an HVM domain alone: firmware, boot order, device model, serial line */
#include <stdlib.h>
#include <string.h>

#include "xml_tree.h"

#define SERVER ",server=on,wait=off" /* as qemu's -serial has a Unix socket that others connect to */

bool xml_is_hvm(const struct xml *x)
{
	xmlNode *os = xml_child(xmlDocGetRootElement(x->doc), "os"), *type = os ? xml_child(os, "type") : NULL;
	char *text = type ? xml_content(type) : NULL;
	bool is_hvm = text && !strcmp(text, "hvm");

	free(text);
	return is_hvm;
}

static int leave_out(struct xml *x, xmlNode *node)
{
	xml_note(x, node, "it has no counterpart here and is left out");
	return 0;
}

/* ---- Reading ------------------------------------------------------------------------------------ */

int xml_read_loader(struct xml *x, xmlNode *node)
{
	char *path = xml_content(node), *type = xml_attribute(node, "type");
	const char *name = path ? strrchr(path, '/') : NULL;
	int err = 0;

	if (!xml_is_hvm(x))
		err = leave_out(x, node);
	else if (type && strcmp(type, "rom"))
		err = xml_fail(x, node, "type \"%s\" is not supported; rom is", type);
	else if (name && !strcmp(name, "/hvmloader"))
		xml_note(x, node, "hvmloader is not there; SeaBIOS starts the domain");
	else
		err = xml_set_string(x, node, "bios_path_override", path ? path : "");
	free(path);
	free(type);
	return err;
}

int xml_read_boot(struct xml *x, xmlNode *node)
{
	static const struct {
		const char *dev;
		char letter;
	} known[] = {{"hd", 'c'}, {"cdrom", 'd'}, {"network", 'n'}};
	char *dev = xml_attribute(node, "dev");
	size_t at = strlen(x->boot), i = 0;
	int err = 0;

	while (i < 3 && (!dev || strcmp(dev, known[i].dev)))
		i++;
	if (!xml_is_hvm(x))
		err = leave_out(x, node);
	else if (i == 3)
		err = xml_fail(x, node, "dev \"%s\" is not supported; hd, cdrom and network are", dev ? dev : "");
	else if (at == sizeof(x->boot) - 1)
		err = xml_fail(x, node, "there are more than three");
	else
		x->boot[at] = known[i].letter;
	x->boot_node = node;
	free(dev);
	return err;
}

int xml_read_emulator(struct xml *x, xmlNode *node)
{
	return xml_is_hvm(x) ? xml_set_content(x, node, "device_model_override") : leave_out(x, node);
}

static int set_serial(struct xml *x, xmlNode *node, const char *type, xmlNode *source)
{
	char *path = xml_attribute(source, "path"), *mode = xml_attribute(source, "mode"), text[512];
	bool is_file = !strcmp(type, "file"), is_socket = !strcmp(type, "unix") && mode && !strcmp(mode, "bind");
	int err;

	if (!strcmp(type, "pty"))
		err = xml_set_string(x, node, "serial", "pty");
	else if (!is_file && !is_socket)
		err = xml_fail(x, node, "type \"%s\" is not supported; pty, file, and unix with mode='bind' are", type);
	else if (!path || strlen(path) > 400)
		err = xml_fail(x, node, "a source with a path is wanted");
	else {
		snprintf(text, sizeof(text), "%s:%s%s", type, path, is_socket ? SERVER : "");
		err = xml_set_string(x, node, "serial", text);
	}
	free(path);
	free(mode);
	return err;
}

int xml_read_serial(struct xml *x, xmlNode *node)
{
	static const struct xml_element known[] = {
		{"source", "path mode", NULL, 0}, {"target", "type port", NULL, 0}, {"alias", "name", NULL, 0}, {0}};
	char *type;
	int err;

	if (!xml_is_hvm(x))
		return leave_out(x, node);
	type = xml_attribute(node, "type");
	err = set_serial(x, node, type ? type : "", xml_child(node, "source"));
	if (!err)
		err = xml_children(x, node, known);
	free(type);
	return err;
}

/* ---- Writing ------------------------------------------------------------------------------------ */

void xml_write_hvm_os(FILE *out, const struct domain_config *c)
{
	fputs("  <os>\n    <type arch='x86_64' machine='xenfv'>hvm</type>\n    <loader type='rom'>", out);
	xml_put_text(out, c->bios);
	fputs("</loader>\n", out);
	for (const char *letter = c->boot; *letter; letter++)
		fprintf(out, "    <boot dev='%s'/>\n", *letter == 'c' ? "hd" : *letter == 'd' ? "cdrom" : "network");
	fputs("  </os>\n", out);
}

/* The path in "file:PATH" and "unix:PATH,server=on,wait=off". */
static bool is_path(const char *serial, const char *prefix, const char *suffix, const char **path, int *len)
{
	size_t before = strlen(prefix), behind = strlen(suffix), whole = strlen(serial);

	if (whole < before + behind || strncmp(serial, prefix, before) || strcmp(serial + whole - behind, suffix))
		return false;
	*path = serial + before;
	*len = (int)(whole - before - behind);
	return true;
}

static bool write_serial(FILE *out, const char *serial)
{
	const char *type = "pty", *path = NULL;
	int len = 0;

	if (is_path(serial, "file:", "", &path, &len))
		type = "file";
	else if (is_path(serial, "unix:", SERVER, &path, &len))
		type = "unix";
	else if (strcmp(serial, type))
		return false;
	fprintf(out, "    <serial type='%s'>\n", type);
	if (path) {
		fprintf(out, "      <source%s path='", strcmp(type, "unix") ? "" : " mode='bind'");
		for (int i = 0; i < len; i++)
			xml_put_character(out, path[i]);
		fputs("'/>\n", out);
	}
	fputs("      <target port='0'/>\n    </serial>\n", out);
	return true;
}

bool xml_write_hvm_devices(FILE *out, const struct domain_config *c)
{
	fputs("    <emulator>", out);
	xml_put_text(out, c->device_model);
	fputs("</emulator>\n", out);
	return !c->serial || write_serial(out, c->serial);
}
