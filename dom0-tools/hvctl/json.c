/* json.c - writing JSON, one value after the other */
#include <inttypes.h>
#include <string.h>

#include "json.h"

static void write_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		unsigned char c = *s;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", out);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\u%04x", c); /* bytes are shown as Latin-1 */
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void start_value(struct json *j, const char *key)
{
	if (j->comma)
		fputc(',', j->out);
	if (j->depth)
		fprintf(j->out, "\n%*s", 2 * j->depth, "");
	if (key) {
		write_string(j->out, key);
		fputs(": ", j->out);
	}
	j->comma = true;
}

static void open_group(struct json *j, const char *key, char bracket)
{
	start_value(j, key);
	fputc(bracket, j->out);
	j->depth++;
	j->comma = false;
}

static void close_group(struct json *j, char bracket)
{
	j->depth--;
	if (j->comma)
		fprintf(j->out, "\n%*s", 2 * j->depth, "");
	fputc(bracket, j->out);
	j->comma = true;
}

void json_begin(struct json *j, FILE *out)
{
	*j = (struct json){.out = out};
}

void json_end(struct json *j)
{
	fputc('\n', j->out);
}

void json_object(struct json *j, const char *key)
{
	open_group(j, key, '{');
}

void json_object_end(struct json *j)
{
	close_group(j, '}');
}

void json_array(struct json *j, const char *key)
{
	open_group(j, key, '[');
}

void json_array_end(struct json *j)
{
	close_group(j, ']');
}

void json_string(struct json *j, const char *key, const char *value)
{
	start_value(j, key);
	if (value)
		write_string(j->out, value);
	else
		fputs("null", j->out);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	start_value(j, key);
	fprintf(j->out, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	start_value(j, key);
	fputs(value ? "true" : "false", j->out);
}
