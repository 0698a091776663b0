/* cmdline.h - takes a command line apart by a table of options */
#ifndef CORE_CMDLINE_H
#define CORE_CMDLINE_H

#include "lib/types.h"

/* What a word may be refused for; cmdline_reason_text() says it in words. */
enum cmdline_reason {
	CMDLINE_OK,
	CMDLINE_UNKNOWN,   /* no such option */
	CMDLINE_NO_VALUE,  /* needs =value */
	CMDLINE_HAS_VALUE, /* takes none */
	CMDLINE_NOT_BOOL,
	CMDLINE_NOT_NUMBER,
	CMDLINE_TOO_LARGE,
	CMDLINE_NOT_A_NAME, /* not one of the names it may be */
	CMDLINE_TOO_LONG,
	CMDLINE_MALFORMED,
	CMDLINE_UNCLOSED, /* a quotation mark that is never closed */
	CMDLINE_CONFLICT, /* its parts contradict each other */
	CMDLINE_REASONS,
};

#define CMDLINE_WORD_MAX 128 /* bytes of a word with its ending 0 */

struct cmdline_complaint {
	enum cmdline_reason reason;
	char word[CMDLINE_WORD_MAX]; /* the word as it stood there, perhaps cut */
};

struct cmdline_option;

/*
 * Reads an option's value ("" for name= or a bare name) into its field.
 * The field is only changed when the verdict is CMDLINE_OK.
 */
typedef enum cmdline_reason cmdline_parser(const struct cmdline_option *option, const char *value, void *field);

struct cmdline_option {
	const char *name;
	cmdline_parser *parse;
	size_t offset;		  /* of its field in the structure filled */
	size_t size;		  /* of the field (strings) */
	uint64_t max;		  /* largest number allowed; 0: whatever fits */
	const char *const *names; /* names of the values 0, 1, … up to NULL (enumerations, sets) */
};

/* Parsers for the usual kinds of field. */
cmdline_parser cmdline_bool;   /* bool: name, no-name, name=on|yes|true|1|off|no|false|0 */
cmdline_parser cmdline_u64;    /* uint64_t */
cmdline_parser cmdline_u32;    /* uint32_t */
cmdline_parser cmdline_size;   /* uint64_t bytes, from 512M; a bare number counts KiB */
cmdline_parser cmdline_string; /* char[size] */
cmdline_parser cmdline_name;   /* uint32_t: which of names */
cmdline_parser cmdline_set;    /* uint32_t: bit set of names, separated by commas; none: 0 */

/*
 * Takes a line apart: words are parted by blanks; '…' and "…" hold blanks together and are dropped;
 * the word -- ends our part. Each word sets the field of its option in target; the last of several
 * wins.
 *
 * Returns how many complaints there are. The first room of them are written to complaints; a word
 * that is complained of changes nothing. *rest (if rest is given) is what follows --, or "" if
 * there is no --.
 */
unsigned int cmdline_parse(const char *line, const struct cmdline_option *options, unsigned int count, void *target,
			   struct cmdline_complaint *complaints, unsigned int room, const char **rest);

/*
 * The line behind its first word, if that word is the name of our own file (some loaders pass it:
 * it has a / or a . before any =) or GRUB scripts' "placeholder"; otherwise the line from its first
 * word on.
 */
const char *cmdline_skip_program(const char *line);

/* What to print behind the word: "is not an option of this hypervisor" and so on. */
const char *cmdline_reason_text(enum cmdline_reason reason);

/*
 * Copies the piece of *list up to its next comma into piece (of size bytes) and moves *list behind
 * the comma. False when the list is at its end or the piece does not fit. For parsers of structured
 * values.
 */
bool cmdline_next_piece(const char **list, char *piece, size_t size);

#endif
