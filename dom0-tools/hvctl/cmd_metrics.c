/* cmd_metrics.c - hvctl metrics: figures for collectors, once or to whoever asks */
#include "hvctl.h"
#include "metrics.h"

static int serve(struct plinth *h, const void *where)
{
	return where ? metrics_serve(where, h) : metrics_print(stdout, h);
}

static int run(const struct command *cmd, int argc, char **argv)
{
	const char *where = NULL;
	const struct option_spec spec[] = {{'l', "listen", NULL, &where}, {0}};

	if (parse_options(cmd, argc, argv, spec, 0, 0) < 0)
		return EXIT_USAGE;
	return with_hypervisor(serve, where);
}

const struct command cmd_metrics = {
	.name = "metrics",
	.arguments = "[--listen PORT|SOCKET]",
	.summary = "Print figures as OpenMetrics text, or serve them to a collector",
	.help = "  -l, --listen PORT    answer HTTP requests for /metrics on 127.0.0.1, until a signal comes\n"
		"  -l, --listen SOCKET  the same on a Unix socket, given by its absolute path\n",
	.run = run,
};
