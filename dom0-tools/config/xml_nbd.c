/* xml_nbd.c - <disk type='network'> and the URL of an NBD server's export: each made of the other */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "write.h"
#include "xml_tree.h"

#define TCP  "nbd://"
#define UNIX "nbd+unix:///"

static int make_url(struct xml *x, xmlNode *host, const char *export, char **url)
{
	char *transport = xml_attribute(host, "transport"), *socket = xml_attribute(host, "socket");
	char *name = xml_attribute(host, "name"), *port = xml_attribute(host, "port");
	bool unix_socket = transport && !strcmp(transport, "unix");
	int len = 0, err = 0;

	if (transport && !unix_socket && strcmp(transport, "tcp"))
		err = xml_fail(x, host, "transport \"%s\" is not supported; tcp and unix are", transport);
	else if (unix_socket && socket)
		len = asprintf(url, UNIX "%s?socket=%s", export, socket);
	else if (!unix_socket && name)
		len = asprintf(url, TCP "%s%s%s/%s", name, port ? ":" : "", port ? port : "", export);
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
	static const struct xml_element known[] = {{"host", "transport socket name port", NULL}, {0}};
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

static void put_attribute(FILE *out, const char *name, const char *value, size_t len)
{
	fprintf(out, " %s='", name);
	for (size_t i = 0; i < len; i++)
		xml_put_character(out, value[i]);
	fputc('\'', out);
}

void xml_write_nbd(FILE *out, const char *url)
{
	bool unix_socket = !strncmp(url, UNIX, strlen(UNIX));
	const char *host = url + strlen(TCP), *export = host + strcspn(host, "/"), *port = export;
	const char *socket = unix_socket ? strstr(url, "?socket=") : NULL;

	if (unix_socket) {
		export = url + strlen(UNIX);
	} else {
		while (port > host && *port != ':' &&
		       *port != ']') /* an IPv6 address has colons of its own, in brackets */
			port--;
		if (*port != ':')
			port = export;
		if (*export)
			export ++;
	}
	fputs("      <source protocol='nbd'", out);
	put_attribute(out, "name", export, socket ? (size_t)(socket - export) : strlen(export));
	fputs(">\n        <host", out);
	if (socket) {
		fputs(" transport='unix'", out);
		put_attribute(out, "socket", socket + strlen("?socket="), strlen(socket + strlen("?socket=")));
	} else if (!unix_socket) {
		put_attribute(out, "name", host, port - host);
		if (*port == ':')
			put_attribute(out, "port", port + 1, strcspn(port + 1, "/"));
	}
	fputs("/>\n      </source>\n", out);
}
