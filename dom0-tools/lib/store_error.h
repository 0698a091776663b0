/* store_error.h - the store's errors travel as names; this is their list */
#ifndef PLINTH_STORE_ERROR_H
#define PLINTH_STORE_ERROR_H

/* The name of a positive errno; what the protocol has no name for becomes EINVAL. */
const char *store_error_name(int number);
/* The positive errno of a name; EIO for a name nobody knows. */
int store_error_number(const char *name);

#endif
