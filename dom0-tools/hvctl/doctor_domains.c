/* doctor_domains.c - domains that are dying, crashed or left over, and devices that do not work */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/xenbus.h>

#include "doctor.h"
#include "dom0-tools/lib/abi.h"
#include "life.h"

static void check_dying(struct doctor *d, const struct plinth_domain *dom, const char *subject)
{
	char who[768];

	if (find_holders(dom->domid, who, sizeof(who)))
		finding(d, PROBLEM, subject,
			"continue or end these processes; hvbackendd and the other daemons let go by themselves when "
			"they run",
			"it is dead, but %" PRIu64 " of its pages are still mapped; who may hold them: %s", dom->pages,
			who);
	else
		finding(d, PROBLEM, subject, "if it does not go away, a driver of Dom0's kernel holds them: unload it",
			"it is dead, but %" PRIu64 " of its pages are still held, by no process of Dom0", dom->pages);
}

static void check_state(struct doctor *d, const struct plinth_domain *dom, const char *subject, const char *name)
{
	char advice[NAME_BYTES + 128];

	if (dom->state == PLINTH_CRASHED) {
		snprintf(advice, sizeof(advice),
			 "/var/log/plinth/console/%s.log has its last words; `hvctl destroy %u`", name, dom->domid);
		finding(d, PROBLEM, subject, advice, "it has crashed");
	} else if (dom->state == PLINTH_SHUTDOWN) {
		snprintf(advice, sizeof(advice), "`hvctl destroy %u`", dom->domid);
		finding(d, WARNING, subject, advice,
			"it has shut down and is still there: its configuration says preserve, or nobody watches over "
			"it");
	} else if (!life_is_watched(dom->domid)) {
		snprintf(advice, sizeof(advice), "`hvctl watch %u`", dom->domid);
		finding(d, WARNING, subject, advice,
			"nobody watches over it: on_poweroff, on_reboot and on_crash will not be obeyed");
	} else {
		finding(d, FINE, subject, NULL, "it is %s", plinth_state_name(dom->state));
	}
}

/* ---- Devices --------------------------------------------------------------------------------------- */

static void get(struct doctor *d, const char *base, const char *name, char *buf, size_t size)
{
	char path[2 * PATH_ROOM];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	if (plinth_store_get(d->store, 0, path, buf, size) < 0)
		*buf = '\0';
}

struct device_check {
	struct doctor *d;
	const char *subject, *kind;
};

static bool check_device(const char *base, unsigned int devid, void *arg)
{
	const struct device_check *check = arg;
	const char *subject = check->subject;
	struct doctor *d = check->d;
	char state[16], error[256], what[32];

	get(d, base, "state", state, sizeof(state));
	get(d, base, "error", error, sizeof(error));
	if (!*error)
		get(d, base, "hotplug-error", error, sizeof(error));
	snprintf(what, sizeof(what), "its %s %u", strcmp(check->kind, "vbd") ? "interface" : "disk", devid);
	if (*error)
		finding(d, PROBLEM, subject, "the back end's own log is /var/log/plinth/hvbackendd.log", "%s: %s", what,
			error);
	else if (atoi(state) < XenbusStateInitWait)
		finding(d, PROBLEM, subject, "does hvbackendd run?", "%s: no back end has taken it up", what);
	else if (atoi(state) > XenbusStateConnected)
		finding(d, WARNING, subject, NULL, "%s: it is closed, or being closed", what);
	return true;
}

static void check_devices(struct doctor *d, const char *subject, unsigned int domid)
{
	record_each_device(d->store, "vbd", domid, check_device, &(struct device_check){d, subject, "vbd"});
	record_each_device(d->store, "vif", domid, check_device, &(struct device_check){d, subject, "vif"});
}

/* ---- What is left of domains that are gone --------------------------------------------------------- */

static bool is_there(const struct plinth_domain *list, int count, unsigned int domid)
{
	for (int i = 0; i < count; i++)
		if (list[i].domid == domid)
			return true;
	return false;
}

static void check_leftovers(struct doctor *d, const struct plinth_domain *list, int count)
{
	static const char *const places[] = {"/local/domain", "/local/domain/0/backend/hvbd",
					     "/local/domain/0/backend/hvif", "/local/domain/0/backend/vbd",
					     "/local/domain/0/backend/vif"};
	char advice[128], **names;

	for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
		int n = plinth_store_list(d->store, 0, places[p], &names);

		for (int i = 0; i < n; i++) {
			if (is_there(list, count, strtoul(names[i], NULL, 10)))
				continue;
			snprintf(advice, sizeof(advice), "`hvctl store rm %s/%.20s`", places[p], names[i]);
			finding(d, WARNING, "store", advice, "%s/%.20s is left of a domain that is gone", places[p],
				names[i]);
		}
		if (n >= 0)
			free(names);
	}
}

void doctor_domains(struct doctor *d)
{
	struct plinth_domain *list;
	char name[NAME_BYTES], subject[NAME_BYTES + 32];
	int count = d->h ? plinth_list_domains(d->h, &list) : -1;

	for (int i = 0; i < count; i++) {
		if (!list[i].domid)
			continue;
		domain_name(d->store, list[i].domid, name);
		snprintf(subject, sizeof(subject), "domain %u (%s)", list[i].domid, name);
		if (list[i].dying) {
			check_dying(d, &list[i], subject);
			continue;
		}
		check_state(d, &list[i], subject, name);
		if (d->store)
			check_devices(d, subject, list[i].domid);
	}
	if (count >= 0 && d->store)
		check_leftovers(d, list, count);
	if (count >= 0)
		free(list);
}
