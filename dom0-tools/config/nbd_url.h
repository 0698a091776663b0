/*
 * nbd_url.h - the URL of an NBD server's export, taken apart
 *
 *   nbd://HOST[:PORT]/EXPORT            HOST is a name, an IPv4 address or an IPv6 address in brackets
 *   nbd+unix:///EXPORT?socket=/PATH
 *
 * (The NBD project's doc/uri.md, as far as qemu-nbd takes it. EXPORT may be empty: the server's default.)
 */
#ifndef PLINTH_CONFIG_NBD_URL_H
#define PLINTH_CONFIG_NBD_URL_H

#include <stdbool.h>
#include <stddef.h>

/* A part of the URL's own text. */
struct nbd_part {
	const char *at;
	size_t len;
};

struct nbd_url {
	struct nbd_part export;
	struct nbd_part host, port; /* over TCP; no port: .len 0, which means 10809 */
	struct nbd_part socket;	    /* over a Unix socket; .len 0: TCP */
};

/* False: not such a URL. The parts point into the text. */
bool nbd_url_parse(const char *text, struct nbd_url *url);

#endif
