/* cmd_doctor.c - hvctl doctor: what is wrong with this machine or with a configuration, and what to do */
#include <stdarg.h>
#include <stdlib.h>

#include "doctor.h"

static const char *const verdict_names[] = {"ok", "warning", "problem"};

void finding(struct doctor *d, enum verdict verdict, const char *subject, const char *advice, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->problems += verdict == PROBLEM;
	if (d->quiet && verdict == FINE)
		return;
	if (d->json) {
		json_object(d->json, NULL);
		json_string(d->json, "verdict", verdict_names[verdict]);
		json_string(d->json, "subject", subject);
		json_string(d->json, "text", text);
		json_string(d->json, "advice", advice);
		json_object_end(d->json);
		return;
	}
	printf("%-8s %s: %s\n", verdict_names[verdict], subject, text);
	if (advice)
		printf("%-8s %s\n", "", advice);
}

static void open_both(struct doctor *d)
{
	if (plinth_open(&d->h)) {
		d->h = NULL;
		finding(d, PROBLEM, "hypervisor", "run this as root, in Dom0, with the module xen-privcmd loaded", "%s",
			plinth_error());
	}
	if (plinth_store_open(&d->store)) {
		d->store = NULL;
		finding(d, PROBLEM, "store", "start it: `systemctl start hvstored`, or `hvstored`", "%s",
			plinth_error());
	}
}

static int run(const struct command *cmd, int argc, char **argv)
{
	bool as_json = false;
	struct doctor d = {0};
	const struct option_spec spec[] = {{'j', "json", &as_json, NULL}, {'q', "quiet", &d.quiet, NULL}, {0}};
	struct json j;
	int given = parse_options(cmd, argc, argv, spec, 0, 1);

	if (given < 0)
		return EXIT_USAGE;
	if (as_json) {
		json_begin(&j, stdout);
		json_object(&j, NULL);
		json_array(&j, "findings");
		d.json = &j;
	}
	open_both(&d);
	if (given) {
		doctor_config(&d, argv[1]);
	} else {
		doctor_host(&d);
		doctor_domains(&d);
	}
	plinth_store_close(d.store);
	plinth_close(d.h);
	if (as_json) {
		json_array_end(&j);
		json_number(&j, "problems", d.problems);
		json_object_end(&j);
		json_end(&j);
	} else {
		printf("%u problem%s\n", d.problems, d.problems == 1 ? "" : "s");
	}
	return d.problems ? EXIT_FAILED : EXIT_OK;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.arguments = "[--quiet] [--json] [FILE]",
	.summary = "Find out what is wrong, and what to do about it",
	.help = "  -q, --quiet  only what is not as it should be\n"
		"  -j, --json   print JSON\n\n"
		"Without FILE it looks at Dom0, the daemons, the bridge, memory, and all domains; with one, at\n"
		"whether a domain could be created from that configuration now, and what is missing.\n"
		"The exit code is 1 if there is a problem.\n",
	.run = run,
};
