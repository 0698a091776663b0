/* nbd_url.c - see nbd_url.h */
#include "nbd_url.h"

#include <stdlib.h>
#include <string.h>

#define TCP    "nbd://"
#define UNIX   "nbd+unix:///"
#define SOCKET "?socket="

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* In brackets anything but brackets, since an IPv6 address has colons of its own; else no colon and no query. */
static size_t host_length(const char *text)
{
	size_t len;

	if (*text != '[')
		return strcspn(text, ":/?[]");
	len = 1 + strcspn(text + 1, "/?[]");
	return len > 1 && text[len] == ']' ? len + 1 : 0;
}

static bool is_port(struct nbd_part port)
{
	return port.len && port.len <= 5 && strspn(port.at, "0123456789") >= port.len && atoi(port.at) >= 1 &&
	       atoi(port.at) <= 65535;
}

static bool parse_tcp(const char *text, struct nbd_url *url)
{
	url->host = (struct nbd_part){text, host_length(text)};
	text += url->host.len;
	if (*text == ':') {
		url->port = (struct nbd_part){text + 1, strcspn(text + 1, "/")};
		if (!is_port(url->port))
			return false;
		text += 1 + url->port.len;
	}
	if (!url->host.len || *text != '/')
		return false;
	url->export = (struct nbd_part){text + 1, strlen(text + 1)};
	return !strchr(url->export.at, '?');
}

static bool parse_unix(const char *text, struct nbd_url *url)
{
	url->export = (struct nbd_part){text, strcspn(text, "?")};
	text += url->export.len;
	if (!begins(text, SOCKET "/"))
		return false;
	url->socket = (struct nbd_part){text + strlen(SOCKET), strlen(text + strlen(SOCKET))};
	return true;
}

bool nbd_url_parse(const char *text, struct nbd_url *url)
{
	*url = (struct nbd_url){0};
	if (begins(text, TCP))
		return parse_tcp(text + strlen(TCP), url);
	return begins(text, UNIX) && parse_unix(text + strlen(UNIX), url);
}
