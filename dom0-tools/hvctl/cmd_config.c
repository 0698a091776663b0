/* cmd_config.c - hvctl config: a configuration in either form, of a domain or of a file */
#include <errno.h>
#include <stdlib.h>

#include "config_file.h"
#include "dom0-tools/config/write.h"
#include "dom0-tools/config/xml.h"
#include "target.h"

static int read_domain(const char *name, struct domain_config *config)
{
	struct target t;
	int code = target_open(&t, name), err;

	if (code)
		return code;
	err = t.dom.domid ? saved_read(t.dom.uuid, config)
			  : plinth_fail(EINVAL, "domain 0 is this one; the boot loader has its configuration");
	return target_close(&t, err);
}

static int run(const struct command *cmd, int argc, char **argv)
{
	bool xml = false, as_json = false;
	const char *file = NULL;
	const struct option_spec spec[] = {
		{'x', "xml", &xml, NULL}, {'j', "json", &as_json, NULL}, {'f', "file", NULL, &file}, {0}};
	struct domain_config config;
	int code = EXIT_OK, given = parse_options(cmd, argc, argv, spec, 0, 1);

	if (given < 0)
		return EXIT_USAGE;
	if (!file == !given)
		return usage_error(cmd, "give either a domain or --file");
	if (xml && as_json)
		return usage_error(cmd, "give either --xml or --json");
	if (!file) {
		code = read_domain(argv[1], &config);
	} else if (config_file_read(file, &config)) {
		fprintf(stderr, "hvctl: %s\n", plinth_error());
		code = EXIT_USAGE;
	}
	if (code)
		return code;
	if (as_json)
		config_print_json(&config);
	else if (xml)
		config_write_xml(stdout, &config, stderr);
	else
		config_write_text(stdout, &config);
	config_free(&config);
	return EXIT_OK;
}

const struct command cmd_config = {
	.name = "config",
	.arguments = "[--xml | --json] {DOMAIN | --file FILE}",
	.summary = "Print the configuration of a domain or of a file, in either form",
	.help = "  -x, --xml        as libvirt's description of a domain; the usual form is xl's\n"
		"  -j, --json       print JSON\n"
		"  -f, --file FILE  read FILE, in either form, instead of asking for a domain\n\n"
		"A domain's configuration is what it would be made of now, devices that came and went\n"
		"included. What one form cannot say is told on standard error.\n",
	.run = run,
};
