/* store_error.c - the store's errors travel as names; this is their list */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "store_error.h"

static const struct {
	int number;
	const char *name;
} errors[] = {
	{EINVAL, "EINVAL"}, {EACCES, "EACCES"},	      {EEXIST, "EEXIST"}, {EISDIR, "EISDIR"},
	{ENOENT, "ENOENT"}, {ENOMEM, "ENOMEM"},	      {ENOSPC, "ENOSPC"}, {EIO, "EIO"},
	{ENOSYS, "ENOSYS"}, {ENOTEMPTY, "ENOTEMPTY"}, {EROFS, "EROFS"},	  {EBUSY, "EBUSY"},
	{EAGAIN, "EAGAIN"}, {EISCONN, "EISCONN"},     {E2BIG, "E2BIG"},	  {EPERM, "EPERM"},
};

const char *store_error_name(int number)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].number == number)
			return errors[i].name;
	return "EINVAL";
}

int store_error_number(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (!strcmp(errors[i].name, name))
			return errors[i].number;
	return EIO;
}
