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

static int run(const struct command *cmd, int argc, char **argv)
{
	bool as_json = false, clear = false;
	const struct option_spec spec[] = {{'j', "json", &as_json, NULL}, {'c', "clear", &clear, NULL}, {0}};
	struct plinth *h;
	char *text;
	size_t len;
	int code, err;

	if (parse_options(cmd, argc, argv, spec, 0, 0) < 0)
		return EXIT_USAGE;
	h = need_hypervisor(&code);
	if (!h)
		return code;
	err = plinth_read_log(h, clear, &text, &len);
	plinth_close(h);
	if (err)
		return report(err);
	if (as_json)
		print_json(text);
	else
		fwrite(text, 1, len, stdout);
	free(text);
	return EXIT_OK;
}

const struct command cmd_dmesg = {
	.name = "dmesg",
	.arguments = "[--clear] [--json]",
	.summary = "Print the hypervisor's log",
	.help = "  -c, --clear  forget the log once it is printed\n"
		"  -j, --json   print JSON: an array of lines\n",
	.run = run,
};
