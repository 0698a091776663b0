/* path.c - names of nodes: what is valid, what lies below what */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "path.h"

#define RELATIVE_MOST 2048

static bool valid_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	       c == '/' || c == '@';
}

bool path_is_special(const char *path)
{
	return path[0] == '@';
}

static bool valid(const char *path)
{
	size_t len = strlen(path), i;

	if (!len || (len > 1 && path[len - 1] == '/'))
		return false;
	for (i = 0; i < len; i++)
		if (!valid_char(path[i]) || (path[i] == '/' && path[i + 1] == '/'))
			return false;
	return true;
}

int path_resolve(const char *text, unsigned int domid, char out[PATH_BYTES])
{
	int n;

	if (!valid(text))
		return -EINVAL;
	if (text[0] == '/' || path_is_special(text))
		n = snprintf(out, PATH_BYTES, "%s", text);
	else if (strlen(text) > RELATIVE_MOST)
		return -EINVAL;
	else
		n = snprintf(out, PATH_BYTES, "/local/domain/%u/%s", domid, text);
	return n < PATH_BYTES ? 0 : -EINVAL;
}

bool path_is_within(const char *path, const char *top)
{
	size_t len = strlen(top);

	if (len == 1 && top[0] == '/')
		return path[0] == '/';
	return !strncmp(path, top, len) && (path[len] == '\0' || path[len] == '/');
}

const char *path_component(const char **rest, size_t *len)
{
	const char *start = *rest;

	if (*start == '/')
		start++;
	if (!*start)
		return NULL;
	*len = strcspn(start, "/");
	*rest = start + *len;
	return start;
}
