/* perm.c - who may read and write a node */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "perm.h"

#define DOMID_MOST 0x7fef

bool actor_is_privileged(const struct actor *actor)
{
	return actor->domid == 0;
}

static bool is(const struct actor *actor, unsigned int domid)
{
	return actor->domid == domid || (actor->target != NO_DOMAIN && actor->target == domid);
}

bool perms_is_owner(const struct perms *perms, const struct actor *actor)
{
	return actor_is_privileged(actor) || is(actor, perms->list[0].domid);
}

bool perms_allow(const struct perms *perms, const struct actor *actor, unsigned int access)
{
	unsigned int granted = perms->list[0].access;

	if (perms_is_owner(perms, actor))
		return true;
	for (unsigned int i = 1; i < perms->count; i++) {
		if (is(actor, perms->list[i].domid)) {
			granted = perms->list[i].access;
			break;
		}
	}
	return (granted & access) == access;
}

static const char letters[] = "nrwb"; /* by access: none, read, write, both */

static int parse_one(const char *text, struct perm *perm)
{
	const char *letter = text[0] ? strchr(letters, text[0]) : NULL;
	unsigned int domid = 0;

	if (!letter || !text[1])
		return -EINVAL;
	for (text++; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		domid = domid * 10 + (*text - '0');
		if (domid > DOMID_MOST)
			return -EINVAL;
	}
	*perm = (struct perm){domid, letter - letters};
	return 0;
}

int perms_parse(const char *text, size_t len, struct perms *perms)
{
	size_t at = 0;
	int err;

	perms->count = 0;
	if (!len || text[len - 1])
		return -EINVAL;
	while (at < len) {
		if (perms->count == LIMIT_PERMS)
			return -ENOSPC;
		err = parse_one(text + at, &perms->list[perms->count++]);
		if (err)
			return err;
		at += strlen(text + at) + 1;
	}
	return 0;
}

size_t perms_print(const struct perms *perms, char *buf)
{
	size_t len = 0;

	for (unsigned int i = 0; i < perms->count; i++)
		len += sprintf(buf + len, "%c%u", letters[perms->list[i].access], perms->list[i].domid) + 1;
	return len;
}
