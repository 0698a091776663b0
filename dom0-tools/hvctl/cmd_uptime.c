/* cmd_uptime.c - hvctl uptime: how long a domain has been there */
#include <time.h>

#include "record.h"
#include "target.h"

static int seconds_up(const struct target *t, long long *seconds)
{
	struct timespec now;
	time_t start;
	int err;

	if (!t->dom.domid) {
		clock_gettime(CLOCK_BOOTTIME, &now);
		*seconds = now.tv_sec;
		return 0;
	}
	err = record_start_time(t->store, t->dom.uuid, &start);
	if (err)
		return err;
	*seconds = (long long)time(NULL) - start;
	if (*seconds < 0)
		*seconds = 0; /* somebody set Dom0's clock back */
	return 0;
}

static int show(const struct target *t, bool as_json, const void *arg)
{
	char name[NAME_BYTES];
	long long s;
	struct json j;
	int err = seconds_up(t, &s);

	(void)arg;
	if (err)
		return err;
	domain_name(t->store, t->dom.domid, name);
	if (!as_json) {
		printf("%s: %lld days, %02lld:%02lld:%02lld\n", name, s / 86400, s / 3600 % 24, s / 60 % 60, s % 60);
		return 0;
	}
	json_begin(&j, stdout);
	json_object(&j, NULL);
	json_string(&j, "name", name);
	json_number(&j, "domid", t->dom.domid);
	json_number(&j, "uptime_s", s);
	json_object_end(&j);
	json_end(&j);
	return 0;
}

static int run(const struct command *cmd, int argc, char **argv)
{
	return target_show(cmd, argc, argv, show, NULL);
}

const struct command cmd_uptime = {
	.name = "uptime",
	.arguments = "[--json] DOMAIN",
	.summary = "Tell how long a domain has been running",
	.help = "  -j, --json   print JSON; uptime in seconds\n\n"
		"A reboot makes a new domain, and counts from there.\n",
	.run = run,
};
