/* xml_nbd.c - <disk type='network'> and the URL of an NBD server's export: each made of the other */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xml_tree.h"

static int make_url(struct xml *x, xmlNode *host, const char *export, char **url)
{
	char *transport = xml_attribute(host, "transport"), *socket = xml_attribute(host, "socket");
	char *name = xml_attribute(host, "name"), *port = xml_attribute(host, "port");
	bool unix_socket = transport && !strcmp(transport, "unix");
	int len = 0, err = 0;

	if (transport && !unix_socket && strcmp(transport, "tcp"))
		err = xml_fail(x, host, "transport \"%s\" is not supported; tcp and unix are", transport);
	else if (unix_socket && socket)
		len = asprintf(url, "nbd+unix:///%s?socket=%s", export, socket);
	else if (!unix_socket && name)
		len = asprintf(url, "nbd://%s%s%s/%s", name, port ? ":" : "", port ? port : "", export);
	else
		err = xml_fail(x, host, "%s is missing", unix_socket ? "socket" : "name");
	free(transport);
	free(socket);
	free(name);
	free(port);
	return len < 0 ? -ENOMEM : err;
}

int xml_read_nbd(struct xml *x, xmlNode *disk, char **url)
{
	static const struct xml_element known[] = {{"host", "transport socket name port", NULL, 0}, {0}};
	xmlNode *source = xml_child(disk, "source"), *host = source ? xml_child(source, "host") : NULL;
	char *protocol = source ? xml_attribute(source, "protocol") : NULL;
	char *export = source ? xml_attribute(source, "name") : NULL;
	int err;

	*url = NULL;
	if (!protocol || strcmp(protocol, "nbd"))
		err = xml_fail(x, disk, "protocol \"%s\" is not supported; nbd is", protocol ? protocol : "");
	else if (!host)
		err = xml_fail(x, source, "<host> is missing");
	else
		err = xml_children(x, source, known);
	if (!err)
		err = make_url(x, host, export ? export : "", url);
	free(protocol);
	free(export);
	return err;
}

static void put_attribute(FILE *out, const char *name, struct nbd_part value)
{
	fprintf(out, " %s='", name);
	for (size_t i = 0; i < value.len; i++)
		xml_put_character(out, value.at[i]);
	fputc('\'', out);
}

void xml_write_nbd(FILE *out, const struct nbd_url *url)
{
	fputs("      <source protocol='nbd'", out);
	put_attribute(out, "name", url->export);
	fputs(">\n        <host", out);
	if (url->socket.len) {
		fputs(" transport='unix'", out);
		put_attribute(out, "socket", url->socket);
	} else {
		put_attribute(out, "name", url->host);
		if (url->port.len)
			put_attribute(out, "port", url->port);
	}
	fputs("/>\n      </source>\n", out);
}
