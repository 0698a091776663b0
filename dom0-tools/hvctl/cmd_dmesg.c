/* cmd_dmesg.c - hvctl dmesg: the hypervisor's own log */
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"

static void print_json(char *text)
{
	struct json j;
	char *line, *rest = text;

	json_begin(&j, stdout);
	json_object(&j, NULL);
	json_array(&j, "lines");
	while (*rest && (line = strsep(&rest, "\n"))) {
		line[strcspn(line, "\r")] = '\0';
		json_string(&j, NULL, line);
		if (!rest)
			break;
	}
	json_array_end(&j);
	json_object_end(&j);
	json_end(&j);
}

struct wanted {
	bool as_json, clear;
};

static int print(struct plinth *h, const void *arg)
{
	const struct wanted *wanted = arg;
	char *text;
	size_t len;
	int err = plinth_read_log(h, wanted->clear, &text, &len);

	if (err)
		return err;
	if (wanted->as_json)
		print_json(text);
	else
		fwrite(text, 1, len, stdout);
	free(text);
	return 0;
}

static int run(const struct command *cmd, int argc, char **argv)
{
	struct wanted wanted = {false, false};
	const struct option_spec spec[] = {
		{'j', "json", &wanted.as_json, NULL}, {'c', "clear", &wanted.clear, NULL}, {0}};

	if (parse_options(cmd, argc, argv, spec, 0, 0) < 0)
		return EXIT_USAGE;
	return with_hypervisor(print, &wanted);
}

const struct command cmd_dmesg = {
	.name = "dmesg",
	.arguments = "[--clear] [--json]",
	.summary = "Print the hypervisor's log",
	.help = "  -c, --clear  forget the log once it is printed\n"
		"  -j, --json   print JSON: an array of lines\n",
	.run = run,
};
