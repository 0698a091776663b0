/* syntax.c - the xl.cfg language: `key = value` lines with strings, numbers and lists */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syntax.h"

#define ITEMS_MOST 1024

struct reader {
	const char *at, *end;
	unsigned int line;
	const char *key; /* whose value is being read */
	struct cfg_error *error;
};

int cfg_fail(struct cfg_error *error, unsigned int line, const char *key, const char *fmt, ...)
{
	int n = snprintf(error->text, sizeof(error->text), "%s:%u: %s%s", error->file, line, key ? key : "",
			 key ? ": " : "");
	va_list ap;

	if (n < 0 || (size_t)n >= sizeof(error->text))
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(error->text + n, sizeof(error->text) - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int out_of_memory(struct cfg_error *error)
{
	snprintf(error->text, sizeof(error->text), "%s: out of memory", error->file);
	return -ENOMEM;
}

static char peek(const struct reader *r)
{
	return r->at < r->end ? *r->at : '\0';
}

/* Blanks and comments; newlines too where a value may go on in the next line. */
static void skip(struct reader *r, bool lines)
{
	for (; r->at < r->end; r->at++) {
		if (*r->at == '#') {
			while (r->at < r->end && *r->at != '\n')
				r->at++;
			if (r->at == r->end)
				return;
		}
		if (*r->at == '\n') {
			if (!lines)
				return;
			r->line++;
		} else if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r') {
			return;
		}
	}
}

static char unescape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	default:
		return c;
	}
}

static int read_string(struct reader *r, struct cfg_value *value)
{
	char quote = *r->at++;
	const char *p;
	size_t len = 0;

	for (p = r->at; p < r->end && *p != quote && *p != '\n'; p++)
		if (*p == '\\' && p + 1 < r->end)
			p++;
	if (p >= r->end || *p != quote)
		return cfg_fail(r->error, r->line, r->key, "this string lacks its closing %c", quote);
	value->kind = CFG_STRING;
	value->text = malloc(p - r->at + 1);
	if (!value->text)
		return out_of_memory(r->error);
	for (; r->at < p; r->at++) {
		char c = *r->at;

		if (c == '\\' && r->at + 1 < p)
			c = unescape(*++r->at);
		if (!c || c == '\n')
			return cfg_fail(r->error, r->line, r->key, "a string must not hold a NUL or a line break");
		value->text[len++] = c;
	}
	value->text[len] = '\0';
	r->at = p + 1;
	return 0;
}

static int read_number(struct reader *r, struct cfg_value *value)
{
	const char *start = r->at;
	char *end;
	size_t len;

	while (r->at < r->end && (isalnum((unsigned char)*r->at) || *r->at == '_'))
		r->at++;
	len = r->at - start;
	value->kind = CFG_NUMBER;
	value->text = strndup(start, len);
	if (!value->text)
		return out_of_memory(r->error);
	errno = 0;
	value->number = strtol(value->text, &end, 0);
	if (*end || errno)
		return cfg_fail(r->error, r->line, r->key, "\"%.40s\" is not a number; strings stand in quotes",
				value->text);
	return 0;
}

static int read_value(struct reader *r, struct cfg_value *value, bool in_list);

static int read_items(struct reader *r, struct cfg_value *list)
{
	struct cfg_value *more;
	int err;

	for (;;) {
		skip(r, true);
		if (peek(r) == ']')
			break;
		if (list->count == ITEMS_MOST)
			return cfg_fail(r->error, r->line, r->key, "a list of more than %d items", ITEMS_MOST);
		more = realloc(list->items, (list->count + 1) * sizeof(*more));
		if (!more)
			return out_of_memory(r->error);
		list->items = more;
		memset(&more[list->count], 0, sizeof(*more));
		err = read_value(r, &more[list->count++], true);
		if (err)
			return err;
		skip(r, true);
		if (peek(r) != ',')
			break;
		r->at++;
	}
	if (peek(r) != ']')
		return cfg_fail(r->error, r->line, r->key, "this list needs a comma or its closing ] here");
	r->at++;
	return 0;
}

static int read_value(struct reader *r, struct cfg_value *value, bool in_list)
{
	char c = peek(r);

	value->line = r->line;
	if (c == '"' || c == '\'')
		return read_string(r, value);
	if (isdigit((unsigned char)c))
		return read_number(r, value);
	if (c == '[' && !in_list) {
		value->kind = CFG_LIST;
		r->at++;
		return read_items(r, value);
	}
	if (c == '[')
		return cfg_fail(r->error, r->line, r->key, "a list inside a list");
	return cfg_fail(r->error, r->line, r->key, "a value is missing: a \"string\", a number, or a [list]");
}

static int read_setting(struct reader *r, struct cfg_setting *setting)
{
	const char *start = r->at;
	int err;

	while (r->at < r->end && (isalnum((unsigned char)*r->at) || *r->at == '_'))
		r->at++;
	if (r->at == start)
		return cfg_fail(r->error, r->line, NULL,
				"a line is `key = value`, and a key is made of letters, digits "
				"and _");
	setting->key = strndup(start, r->at - start);
	if (!setting->key)
		return out_of_memory(r->error);
	r->key = setting->key;
	skip(r, false);
	if (peek(r) != '=')
		return cfg_fail(r->error, r->line, r->key, "there is no = behind this key");
	r->at++;
	skip(r, false);
	err = read_value(r, &setting->value, false);
	if (err)
		return err;
	skip(r, false);
	if (r->at < r->end && *r->at != '\n' && *r->at != ';')
		return cfg_fail(r->error, r->line, r->key,
				"something stands behind the value; one setting per line, please");
	r->key = NULL;
	return 0;
}

int cfg_parse(const char *text, size_t len, struct cfg_file *file, struct cfg_error *error)
{
	struct reader r = {.at = text, .end = text + len, .line = 1, .error = error};
	struct cfg_setting **last = &file->settings, *setting;
	int err = 0;

	file->settings = NULL;
	while (!err) {
		skip(&r, true);
		while (peek(&r) == ';') {
			r.at++;
			skip(&r, true);
		}
		if (r.at >= r.end)
			return 0;
		setting = calloc(1, sizeof(*setting));
		if (!setting) {
			err = out_of_memory(error);
			break;
		}
		*last = setting;
		last = &setting->next;
		err = read_setting(&r, setting);
	}
	cfg_free(file);
	return err;
}

static void free_value(struct cfg_value *value)
{
	for (size_t i = 0; i < value->count; i++)
		free_value(&value->items[i]);
	free(value->items);
	free(value->text);
}

void cfg_free(struct cfg_file *file)
{
	struct cfg_setting *setting;

	while ((setting = file->settings)) {
		file->settings = setting->next;
		free_value(&setting->value);
		free(setting->key);
		free(setting);
	}
}
