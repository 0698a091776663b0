/* cmd_version.c - hvctl version */
#include "hvctl.h"

#ifndef PLINTH_VERSION
#define PLINTH_VERSION "0.1"
#endif

static int run(const struct command *cmd, int argc, char **argv)
{
	bool as_json = false;
	const struct option_spec spec[] = {{'j', "json", &as_json, NULL}, {0}};
	struct plinth_version v;
	struct plinth *h;
	struct json j;
	int code = EXIT_FAILED, err;

	if (parse_options(cmd, argc, argv, spec, 0, 0) < 0)
		return EXIT_USAGE;
	if (!as_json)
		printf("hvctl %s\n", PLINTH_VERSION);
	h = need_hypervisor(&code);
	if (!h)
		return code;
	err = plinth_get_version(h, &v);
	plinth_close(h);
	if (err)
		return report(err);
	if (!as_json) {
		printf("hypervisor %u.%u%s\n", v.major, v.minor, v.extra);
		return EXIT_OK;
	}
	json_begin(&j, stdout);
	json_object(&j, NULL);
	json_string(&j, "tools", PLINTH_VERSION);
	json_number(&j, "major", v.major);
	json_number(&j, "minor", v.minor);
	json_string(&j, "extra", v.extra);
	json_object_end(&j);
	json_end(&j);
	return EXIT_OK;
}

const struct command cmd_version = {
	.name = "version",
	.arguments = "[--json]",
	.summary = "Tell the versions of the tools and of the hypervisor",
	.help = "  -j, --json   print JSON\n",
	.run = run,
};
