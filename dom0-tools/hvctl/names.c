/* names.c - from what people type to a domain, and back */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

void domain_name(struct plinth_store *store, unsigned int domid, char name[NAME_BYTES])
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	if (!store || plinth_store_get(store, 0, path, name, NAME_BYTES) <= 0)
		snprintf(name, NAME_BYTES, "%s", domid ? "(unnamed)" : "Domain-0");
}

static bool matches(struct plinth_store *store, const struct plinth_domain *dom, const char *text)
{
	char name[NAME_BYTES], uuid[UUID_TEXT];

	format_uuid(dom->uuid, uuid);
	if (!strcmp(uuid, text))
		return true;
	domain_name(store, dom->domid, name);
	return !strcmp(name, text);
}

int find_domain(struct plinth *h, const char *text, unsigned int *domid)
{
	struct plinth_store *store = NULL;
	struct plinth_domain *list, dom;
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	int count, i, found = -1;
	bool named;

	if (*text && !*end) {
		*domid = number;
		return plinth_get_domain(h, number, &dom);
	}
	count = plinth_list_domains(h, &list);
	if (count < 0)
		return count;
	if (plinth_store_open(&store))
		store = NULL;
	named = store;
	for (i = 0; i < count && found < 0; i++)
		if (matches(store, &list[i], text))
			found = list[i].domid;
	free(list);
	plinth_store_close(store);
	if (found < 0 && !named)
		return plinth_fail(ESRCH,
				   "there is no domain \"%s\" (names need hvstored, which does "
				   "not run)",
				   text);
	if (found < 0)
		return plinth_fail(ESRCH, "there is no domain \"%s\"", text);
	*domid = found;
	return 0;
}
