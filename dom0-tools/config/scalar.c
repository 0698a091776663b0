/* scalar.c - single values of a configuration: UUIDs, digests, sets of CPUs */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain_config.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly `bytes` bytes as pairs of hex digits; dashes are let pass if `dashes`. */
static bool read_hex(const char *text, uint8_t *out, size_t bytes, bool dashes)
{
	size_t n = 0;

	for (; *text; text++) {
		int high = hex_digit(text[0]);

		if (dashes && *text == '-')
			continue;
		if (n == bytes || high < 0 || hex_digit(text[1]) < 0)
			return false;
		out[n++] = high << 4 | hex_digit(*++text);
	}
	return n == bytes;
}

int config_read_uuid(const struct cfg_value *value, uint8_t uuid[16], struct cfg_error *error)
{
	if (value->kind == CFG_STRING && read_hex(value->text, uuid, 16, true))
		return 0;
	return cfg_fail(error, value->line, "uuid",
			"not a UUID; 32 hex digits, as in "
			"\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"");
}

int config_read_sha256(const char *key, const struct cfg_value *value, uint8_t digest[32], struct cfg_error *error)
{
	if (value->kind == CFG_STRING && read_hex(value->text, digest, 32, false))
		return 0;
	return cfg_fail(error, value->line, key, "not a SHA-256 digest; 64 hex digits, as sha256sum prints them");
}

/* "3", "0-3", "^1": one stretch of CPUs to put into the set, or to take out of it. */
static bool read_stretch(char *piece, struct cpu_set *set)
{
	bool out = piece[0] == '^';
	char *end;
	unsigned long first, last;

	piece += out;
	if (!isdigit((unsigned char)*piece))
		return false;
	first = last = strtoul(piece, &end, 10);
	if (*end == '-' && isdigit((unsigned char)end[1]))
		last = strtoul(end + 1, &end, 10);
	if (*end || last < first || last >= CONFIG_CPUS)
		return false;
	for (; first <= last; first++) {
		if (out)
			set->bits[first / 8] &= ~(1u << first % 8);
		else
			set->bits[first / 8] |= 1u << first % 8;
	}
	return true;
}

static bool is_empty(const struct cpu_set *set)
{
	for (size_t i = 0; i < sizeof(set->bits); i++)
		if (set->bits[i])
			return false;
	return true;
}

int config_read_cpus(const struct cfg_value *value, struct cpu_set *set, struct cfg_error *error)
{
	char *copy, *rest, *piece;
	bool good = value->kind != CFG_LIST;

	memset(set, 0, sizeof(*set));
	copy = rest = strdup(good ? value->text : "");
	if (!copy)
		return -ENOMEM;
	while (good && (piece = config_next_piece(&rest))) {
		if (!strcmp(piece, "all"))
			memset(set->bits, 0xff, sizeof(set->bits));
		else
			good = read_stretch(piece, set);
	}
	free(copy);
	if (good && !is_empty(set))
		return 0;
	return cfg_fail(error, value->line, "cpus",
			"not a set of CPUs; \"0-3,^1\" are 0, 2 and 3, \"all\" is every one, and a "
			"list gives one set to each vcpu (CPUs 0 to %d)",
			CONFIG_CPUS - 1);
}

char *config_next_piece(char **rest)
{
	char *start = *rest, *end, *p;

	if (!start)
		return NULL;
	end = strchr(start, ',');
	*rest = end ? end + 1 : NULL;
	if (!end)
		end = start + strlen(start);
	while (start < end && isspace((unsigned char)*start))
		start++;
	for (p = end; p > start && isspace((unsigned char)p[-1]); p--)
		;
	*p = '\0';
	return start;
}

int config_copy(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return -ENOSPC;
	memcpy(out, text, len + 1);
	return 0;
}

bool config_backendtype(char *out, size_t size, const char *text)
{
	return (!strcmp(text, "plinth") || !strcmp(text, "kernel") || !strcmp(text, "phy")) &&
	       !config_copy(out, size, text);
}

bool config_is_linux_backend(const char *backendtype)
{
	return *backendtype && strcmp(backendtype, "plinth") != 0;
}
