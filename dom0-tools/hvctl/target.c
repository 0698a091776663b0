/* target.c - the domain a command is about, and all that is needed to work on it */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "target.h"

int target_open(struct target *t, const char *name)
{
	unsigned int domid;
	int code, err;

	t->h = need_hypervisor(&code);
	if (!t->h)
		return code;
	t->store = need_store(&code);
	if (!t->store) {
		plinth_close(t->h);
		return code;
	}
	err = find_domain(t->h, name, &domid);
	if (!err)
		err = plinth_get_domain(t->h, domid, &t->dom);
	return err ? target_close(t, err) : EXIT_OK;
}

int target_close(struct target *t, int err)
{
	int code = report(err);

	plinth_store_close(t->store);
	plinth_close(t->h);
	return code;
}

int target_get(const struct target *t, const char *node, char *buf, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "/local/domain/%u/%s", t->dom.domid, node);
	return plinth_store_get(t->store, 0, path, buf, size);
}

int target_write(const struct target *t, const char *node, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/local/domain/%u/%s", t->dom.domid, node);
	return plinth_store_write(t->store, 0, path, value);
}

bool parse_number(const char *text, unsigned long long most, unsigned long long *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return isdigit((unsigned char)*text) && !*end && !errno && *value <= most;
}

int target_show(const struct command *cmd, int argc, char **argv,
		int (*show)(const struct target *t, bool as_json, const void *arg), const void *arg)
{
	bool as_json = false;
	const struct option_spec spec[] = {{'j', "json", &as_json, NULL}, {0}};
	struct target t;
	int code;

	if (parse_options(cmd, argc, argv, spec, 1, 1) < 0)
		return EXIT_USAGE;
	code = target_open(&t, argv[1]);
	return code ? code : target_close(&t, show(&t, as_json, arg));
}
