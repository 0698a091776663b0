/* syntax.h - the xl.cfg language: `key = value` lines with strings, numbers and lists */
#ifndef CONFIG_SYNTAX_H
#define CONFIG_SYNTAX_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* What is wrong, ready to be shown: "file:line: key: reason, and what would be right". */
struct cfg_error {
	const char *file;
	char text[512];
};

enum cfg_kind { CFG_STRING, CFG_NUMBER, CFG_LIST };

struct cfg_value {
	enum cfg_kind kind;
	unsigned int line;
	char *text; /* the string; for a number as it was written */
	long number;
	struct cfg_value *items;
	size_t count;
};

struct cfg_setting {
	struct cfg_setting *next;
	char *key;
	struct cfg_value value;
};

struct cfg_file {
	struct cfg_setting *settings; /* as they stand in the file */
};

/* -EINVAL or -ENOMEM with the error filled in; text need not end in a NUL. */
int cfg_parse(const char *text, size_t len, struct cfg_file *file, struct cfg_error *error);
void cfg_free(struct cfg_file *file);

/* Fills the error in and returns -EINVAL. key may be NULL. */
int cfg_fail(struct cfg_error *error, unsigned int line, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
