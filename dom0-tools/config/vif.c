/* vif.c - vif = [ … ]: a network interface */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain_config.h"

#define RATE_MOST 1000000000000ull /* bytes a second */

static bool read_mac(const char *text, uint8_t mac[6])
{
	unsigned int b[6];
	int end = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) != 6 ||
	    text[end] || strlen(text) != 17)
		return false;
	for (unsigned int i = 0; i < 6; i++)
		mac[i] = b[i];
	return true;
}

/* Names of network devices end up in paths and on the wire of netlink: plain ones only. */
static bool read_device(const char *text, char out[16])
{
	for (const char *p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			return false;
	return *text && strcmp(text, ".") && strcmp(text, "..") && !config_copy(out, 16, text);
}

static int set_mac(struct vif_config *vif, const char *text, struct cfg_error *error)
{
	if (!read_mac(text, vif->mac))
		return cfg_fail(error, vif->line, "vif", "\"%s\" is no MAC address; 00:16:3e:12:34:56 is one", text);
	if (vif->mac[0] & 1)
		return cfg_fail(error, vif->line, "vif", "%s is a multicast address; the first byte must be even",
				text);
	vif->has_mac = true;
	return 0;
}

static int set_ip(struct vif_config *vif, const char *text, struct cfg_error *error)
{
	if (strspn(text, "0123456789abcdefABCDEF.:/ ") != strlen(text) || strlen(text) > 200)
		return cfg_fail(error, vif->line, "vif", "\"%s\" is no IP address", text);
	free(vif->ip);
	vif->ip = strdup(text);
	return vif->ip ? 0 : -ENOMEM;
}

/* "10MB/s", "800Kb/s@20ms": how much in a second, and after how long it is looked at (xl's syntax). */
static bool read_rate(const char *text, struct vif_config *vif)
{
	unsigned long long number, scale = 1, interval = CONFIG_RATE_INTERVAL_US;
	const char *prefix;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno)
		return false;
	prefix = *end ? strchr("KMG", *end) : NULL;
	for (const char *p = "KMG"; prefix && p <= prefix; p++)
		scale *= 1000;
	end += !!prefix;
	if ((*end != 'B' && *end != 'b') || strncmp(end + 1, "/s", 2) || number > RATE_MOST / scale)
		return false;
	vif->rate = number * scale / (*end == 'b' ? 8 : 1);
	end += 3;
	if (*end == '@') {
		text = end + 1;
		interval = strtoull(text, &end, 10);
		if (!isdigit((unsigned char)*text) || interval > 10000000)
			return false;
		scale = !strcmp(end, "us") ? 1 : !strcmp(end, "ms") ? 1000 : !strcmp(end, "s") ? 1000000 : 0;
		interval *= scale;
		end += strlen(end);
	}
	vif->rate_interval_us = interval;
	return !*end && vif->rate > 0 && interval > 0 && interval <= 10000000;
}

static int set_item(struct vif_config *vif, const char *key, const char *value, struct cfg_error *error)
{
	if (!strcmp(key, "mac"))
		return set_mac(vif, value, error);
	if (!strcmp(key, "ip"))
		return set_ip(vif, value, error);
	if (!strcmp(key, "bridge") || !strcmp(key, "vifname")) {
		if (read_device(value, key[0] == 'b' ? vif->bridge : vif->vifname))
			return 0;
		return cfg_fail(error, vif->line, "vif",
				"%s \"%s\" is no interface's name: up to 15 letters, digits, . _ -", key, value);
	}
	if (!strcmp(key, "backendtype")) {
		if (config_backendtype(vif->backendtype, sizeof(vif->backendtype), value))
			return 0;
		return cfg_fail(error, vif->line, "vif", BACKENDTYPE_UNKNOWN, value);
	}
	if (!strcmp(key, "offload")) {
		vif->no_offload = !strcmp(value, "off");
		if (vif->no_offload || !strcmp(value, "on"))
			return 0;
		return cfg_fail(error, vif->line, "vif", "offload is on or off, not \"%s\"", value);
	}
	if (!strcmp(key, "rate")) {
		if (read_rate(value, vif))
			return 0;
		return cfg_fail(error, vif->line, "vif", "\"%s\" is no rate; 10MB/s, 800Kb/s and 1MB/s@20ms are",
				value);
	}
	if (!strcmp(key, "type")) {
		if (!strcmp(value, "vif"))
			return 0;
		return cfg_fail(error, vif->line, "vif", "type \"%s\" is not supported; a PV domain's is vif", value);
	}
	return cfg_fail(error, vif->line, "vif",
			"unknown item \"%s\"; there are mac, bridge, ip, vifname, rate, "
			"backendtype, offload",
			key);
}

int config_read_vif(const struct cfg_value *value, struct vif_config *vif, struct cfg_error *error)
{
	char *copy, *rest, *piece, *equals;
	int err = 0;

	memset(vif, 0, sizeof(*vif));
	vif->line = value->line;
	if (value->kind != CFG_STRING)
		return cfg_fail(error, value->line, "vif", "each vif is a string, as in [ \"bridge=xenbr0\" ]");
	copy = rest = strdup(value->text);
	if (!copy)
		return -ENOMEM;
	while (!err && (piece = config_next_piece(&rest))) {
		if (!*piece)
			continue;
		equals = strchr(piece, '=');
		if (!equals) {
			err = cfg_fail(error, vif->line, "vif", "\"%s\" is not of the form item=value", piece);
			break;
		}
		*equals = '\0';
		err = set_item(vif, piece, equals + 1, error);
	}
	if (!err && vif->no_offload && config_is_linux_backend(vif->backendtype))
		err = cfg_fail(error, vif->line, "vif", "offload=off is not for backendtype=kernel");
	free(copy);
	return err;
}
