/* json.h - writing JSON, one value after the other */
#ifndef HVCTL_JSON_H
#define HVCTL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Keys are given with their values; key is NULL inside an array and for the outermost value.
 * Indentation and commas are the writer's business.
 */
struct json {
	FILE *out;
	unsigned int depth;
	bool comma; /* something stands before, on this level */
};

void json_begin(struct json *j, FILE *out);
void json_end(struct json *j); /* the final newline */
void json_object(struct json *j, const char *key);
void json_object_end(struct json *j);
void json_array(struct json *j, const char *key);
void json_array_end(struct json *j);
void json_string(struct json *j, const char *key, const char *value); /* NULL becomes null */
void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);

#endif
