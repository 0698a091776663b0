/* cmdline.c - takes a command line apart by a table of options */
#include "core/cmdline.h"
#include "lib/string.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* --- Kinds of values ------------------------------------------------------------------------- */

enum cmdline_reason cmdline_bool(const struct cmdline_option *option __unused, const char *value, void *field)
{
	static const char *const names[] = {"off", "on", "no", "yes", "false", "true", "0", "1"};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(value, names[i]) == 0) {
			*(bool *)field = i & 1;
			return CMDLINE_OK;
		}
	}
	return CMDLINE_NOT_BOOL;
}

static enum cmdline_reason whole_number(const char *value, uint64_t max, uint64_t *n)
{
	const char *end = value;
	int rc = parse_u64(&end, n);

	if (rc == 0 && *end)
		return CMDLINE_NOT_NUMBER;
	if (rc == 0)
		return *n > max ? CMDLINE_TOO_LARGE : CMDLINE_OK;
	while ((*end >= '0' && *end <= '9'))
		end++;
	return end == value ? CMDLINE_NOT_NUMBER : CMDLINE_TOO_LARGE;
}

enum cmdline_reason cmdline_u64(const struct cmdline_option *option, const char *value, void *field)
{
	uint64_t n;
	enum cmdline_reason reason;

	reason = whole_number(value, option->max ? option->max : UINT64_MAX, &n);
	if (reason == CMDLINE_OK)
		*(uint64_t *)field = n;
	return reason;
}

enum cmdline_reason cmdline_u32(const struct cmdline_option *option, const char *value, void *field)
{
	uint64_t n;
	enum cmdline_reason reason;

	reason = whole_number(value, option->max ? option->max : UINT32_MAX, &n);
	if (reason == CMDLINE_OK)
		*(uint32_t *)field = (uint32_t)n;
	return reason;
}

enum cmdline_reason cmdline_size(const struct cmdline_option *option, const char *value, void *field)
{
	const char *end = value;
	uint64_t bytes;

	if (parse_size(&end, 10, &bytes))
		return CMDLINE_NOT_NUMBER;
	if (*end)
		return CMDLINE_NOT_NUMBER;
	if (option->max && bytes > option->max)
		return CMDLINE_TOO_LARGE;
	*(uint64_t *)field = bytes;
	return CMDLINE_OK;
}

enum cmdline_reason cmdline_string(const struct cmdline_option *option, const char *value, void *field)
{
	if (strlen(value) >= option->size)
		return CMDLINE_TOO_LONG;
	str_copy(field, value, option->size);
	return CMDLINE_OK;
}

static int index_of_name(const char *const *names, const char *name)
{
	int i;

	for (i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

enum cmdline_reason cmdline_name(const struct cmdline_option *option, const char *value, void *field)
{
	int i = index_of_name(option->names, value);

	if (i < 0)
		return CMDLINE_NOT_A_NAME;
	*(uint32_t *)field = (uint32_t)i;
	return CMDLINE_OK;
}

bool cmdline_next_piece(const char **list, char *piece, size_t size)
{
	size_t n = 0;

	if (!**list)
		return false;
	while (**list && **list != ',') {
		if (n + 1 >= size)
			return false;
		piece[n++] = *(*list)++;
	}
	piece[n] = '\0';
	if (**list)
		(*list)++;
	return true;
}

enum cmdline_reason cmdline_set(const struct cmdline_option *option, const char *value, void *field)
{
	char piece[32];
	uint32_t set = 0;

	if (!*value)
		return CMDLINE_NO_VALUE;
	while (cmdline_next_piece(&value, piece, sizeof(piece))) {
		int i = index_of_name(option->names, piece);

		if (i >= 0)
			set |= (uint32_t)BIT(i);
		else if (strcmp(piece, "none") != 0)
			return CMDLINE_NOT_A_NAME;
	}
	if (*value)
		return CMDLINE_NOT_A_NAME; /* a piece longer than any name */
	*(uint32_t *)field = set;
	return CMDLINE_OK;
}

/* --- Words ----------------------------------------------------------------------------------- */

/*
 * Copies the word at *line without its quotation marks and moves *line behind it. The word is cut
 * where it does not fit, which is a reason to refuse it.
 */
static enum cmdline_reason next_word(const char **line, char *word)
{
	enum cmdline_reason reason = CMDLINE_OK;
	const char *at = *line;
	char quote = '\0';
	size_t n = 0;

	for (; *at && (quote || !is_blank(*at)); at++) {
		if (quote ? *at == quote : (*at == '"' || *at == '\''))
			quote = quote ? '\0' : *at;
		else if (n + 1 < CMDLINE_WORD_MAX)
			word[n++] = *at;
		else
			reason = CMDLINE_TOO_LONG;
	}
	word[n] = '\0';
	*line = at;
	return quote ? CMDLINE_UNCLOSED : reason;
}

static const char *skip_blanks(const char *line)
{
	while (is_blank(*line))
		line++;
	return line;
}

/* Finds the option that a word names: its whole name, then = or the end. */
static const struct cmdline_option *find_option(const struct cmdline_option *options, unsigned int count,
						const char *word)
{
	size_t length = 0;
	unsigned int i;

	while (word[length] && word[length] != '=')
		length++;
	for (i = 0; i < count; i++)
		if (strlen(options[i].name) == length && memcmp(options[i].name, word, length) == 0)
			return &options[i];
	return NULL;
}

static enum cmdline_reason take_word(const char *word, const struct cmdline_option *options, unsigned int count,
				     void *target)
{
	const struct cmdline_option *option = find_option(options, count, word);
	const char *value;

	if (!option && str_starts(word, "no-")) {
		option = find_option(options, count, word + 3);
		if (!option || option->parse != cmdline_bool)
			return CMDLINE_UNKNOWN;
		if (strchr(word, '='))
			return CMDLINE_HAS_VALUE;
		*(bool *)((char *)target + option->offset) = false;
		return CMDLINE_OK;
	}
	if (!option)
		return CMDLINE_UNKNOWN;
	value = strchr(word, '=');
	if (value)
		value++;
	else if (option->parse == cmdline_bool)
		value = "on";
	else
		return CMDLINE_NO_VALUE;
	return option->parse(option, value, (char *)target + option->offset);
}

unsigned int cmdline_parse(const char *line, const struct cmdline_option *options, unsigned int count, void *target,
			   struct cmdline_complaint *complaints, unsigned int room, const char **rest)
{
	char word[CMDLINE_WORD_MAX];
	unsigned int n = 0;

	for (line = skip_blanks(line); *line; line = skip_blanks(line)) {
		enum cmdline_reason reason = next_word(&line, word);

		if (reason == CMDLINE_OK && strcmp(word, "--") == 0) {
			line = skip_blanks(line);
			break;
		}
		if (reason == CMDLINE_OK)
			reason = take_word(word, options, count, target);
		if (reason == CMDLINE_OK)
			continue;
		if (n < room) {
			complaints[n].reason = reason;
			str_copy(complaints[n].word, word, CMDLINE_WORD_MAX);
		}
		n++;
	}
	if (rest)
		*rest = line;
	return n;
}

const char *cmdline_skip_program(const char *line)
{
	char word[CMDLINE_WORD_MAX];
	const char *start = skip_blanks(line), *end = start;
	size_t i;

	next_word(&end, word);
	for (i = 0; word[i] && word[i] != '='; i++)
		if (word[i] == '/' || word[i] == '.')
			return skip_blanks(end);
	return strcmp(word, "placeholder") == 0 ? skip_blanks(end) : start;
}

const char *cmdline_reason_text(enum cmdline_reason reason)
{
	static const char *const text[CMDLINE_REASONS] = {
		[CMDLINE_OK] = "is fine",
		[CMDLINE_UNKNOWN] = "is not an option of this hypervisor",
		[CMDLINE_NO_VALUE] = "needs a value: name=value",
		[CMDLINE_HAS_VALUE] = "takes no value",
		[CMDLINE_NOT_BOOL] = "must be on or off",
		[CMDLINE_NOT_NUMBER] = "needs a number",
		[CMDLINE_TOO_LARGE] = "has a number that is too large",
		[CMDLINE_NOT_A_NAME] = "has a value this option does not know",
		[CMDLINE_TOO_LONG] = "is too long",
		[CMDLINE_MALFORMED] = "is not written as this option needs it",
		[CMDLINE_UNCLOSED] = "opens a quotation that is never closed",
		[CMDLINE_CONFLICT] = "contradicts itself",
	};

	return (unsigned int)reason < CMDLINE_REASONS ? text[reason] : "cannot be understood";
}
