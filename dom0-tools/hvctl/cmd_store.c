/* cmd_store.c - hvctl store: looking into the store, and changing it by hand */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"

#define PATH_MOST 3072

static void print_value(const char *value, int len)
{
	for (int i = 0; i < len; i++) {
		if (isprint((unsigned char)value[i]) && value[i] != '"' && value[i] != '\\')
			putchar(value[i]);
		else
			printf("\\x%02x", (unsigned char)value[i]);
	}
}

static void print_node(struct plinth_store *store, const char *path, const char *name, unsigned int depth,
		       struct json *j)
{
	char *value;
	int len = plinth_store_read(store, 0, path, &value);

	if (j) {
		json_object(j, NULL);
		json_string(j, "path", path);
		json_string(j, "value", len < 0 ? NULL : value);
		json_object_end(j);
	} else {
		printf("%*s%s = \"", 2 * depth, "", name);
		print_value(value, len);
		puts(len < 0 ? "\" (not readable)" : "\"");
	}
	if (len >= 0)
		free(value);
}

static int list(struct plinth_store *store, const char *path, bool recursive, unsigned int depth, struct json *j)
{
	char below[PATH_MOST + 1], **names;
	int count = plinth_store_list(store, 0, path, &names), i, err = 0;

	if (count < 0)
		return count;
	for (i = 0; i < count && !err; i++) {
		snprintf(below, sizeof(below), "%s/%s", path[1] ? path : "", names[i]);
		print_node(store, below, names[i], depth, j);
		if (!recursive)
			continue;
		err = list(store, below, true, depth + 1, j);
		if (err == -ENOENT)
			err = 0; /* it went away meanwhile */
	}
	free(names);
	return err;
}

static int run_ls(struct plinth_store *store, char **args, bool flat, bool as_json)
{
	const char *path = args[0] ? args[0] : "/";
	struct json j;
	int err;

	if (!as_json)
		return list(store, path, !flat, 0, NULL);
	json_begin(&j, stdout);
	json_array(&j, NULL);
	err = list(store, path, !flat, 0, &j);
	json_array_end(&j);
	json_end(&j);
	return err;
}

static int run_read(struct plinth_store *store, char **args, bool as_json)
{
	char *value;
	struct json j;
	int len = plinth_store_read(store, 0, args[0], &value);

	if (len < 0)
		return len;
	if (as_json) {
		json_begin(&j, stdout);
		json_string(&j, NULL, value);
		json_end(&j);
	} else {
		fwrite(value, 1, len, stdout);
		putchar('\n');
	}
	free(value);
	return 0;
}

static int run_watch(struct plinth_store *store, char **args, const char *times)
{
	char *path, *token;
	long left = times ? strtol(times, NULL, 10) : -1;
	int err = plinth_store_watch(store, args[0], "hvctl");

	while (!err && left) {
		err = plinth_store_event(store, -1, &path, &token);
		if (err)
			break;
		puts(path);
		fflush(stdout);
		free(path);
		if (left > 0)
			left--;
	}
	return err;
}

static int run(const struct command *cmd, int argc, char **argv)
{
	static const struct {
		const char *name;
		int least, most;
	} verbs[] = {{"ls", 0, 1}, {"read", 1, 1}, {"write", 2, 2}, {"rm", 1, 1}, {"watch", 1, 1}};
	bool as_json = false, flat = false;
	const char *times = NULL;
	const struct option_spec spec[] = {
		{'j', "json", &as_json, NULL}, {'f', "flat", &flat, NULL}, {'n', "times", NULL, &times}, {0}};
	struct plinth_store *store;
	int plain = parse_options(cmd, argc, argv, spec, 1, 3), verb, code, err;

	if (plain < 0)
		return EXIT_USAGE;
	for (verb = 0; verb < 5 && strcmp(argv[1], verbs[verb].name); verb++)
		;
	if (verb == 5)
		return usage_error(cmd, "\"%s\" is not one of ls, read, write, rm, watch", argv[1]);
	if (plain - 1 < verbs[verb].least || plain - 1 > verbs[verb].most)
		return usage_error(cmd, "wrong number of arguments for %s", argv[1]);
	store = need_store(&code);
	if (!store)
		return code;
	argv += 2;
	if (verb == 0)
		err = run_ls(store, argv, flat, as_json);
	else if (verb == 1)
		err = run_read(store, argv, as_json);
	else if (verb == 2)
		err = plinth_store_write(store, 0, argv[0], argv[1]);
	else if (verb == 3)
		err = plinth_store_remove(store, 0, argv[0]);
	else
		err = run_watch(store, argv, times);
	plinth_store_close(store);
	return report(err);
}

const struct command cmd_store = {
	.name = "store",
	.arguments = "{ls [PATH] | read PATH | write PATH VALUE | rm PATH | watch PATH}",
	.summary = "Look into the store, or change it",
	.help = "  -f, --flat     ls: only what lies directly below PATH\n"
		"  -n, --times N  watch: end after N events; the first comes at once\n"
		"  -j, --json     ls, read: print JSON\n",
	.run = run,
};
