/* consfront.h - the console of a domain that has one in a shared page
 *
 * It needs no store: page and port are known from the start. Text that the daemon does not take in time is dropped,
 * rather than that a guest stands still for its console.
 */
#ifndef FRONTEND_CONSFRONT_H
#define FRONTEND_CONSFRONT_H

#include "frontend-drivers/os.h"

/* -ENODEV: this domain has none. */
int consfront_open(void);
void consfront_write(const char *text, uint32_t count);
/* What was typed, as far as it is there: bytes. */
uint32_t consfront_read(char *to, uint32_t count);
/* Raised when something may have been typed. */
extern struct os_signal consfront_typed;

#endif
