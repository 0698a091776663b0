/* os.h - all that the front ends need of the kernel they are part of
 *
 * A kernel that has these functions has disks, network and console. Nothing here sleeps but os_wait(); handlers of events
 * run with events masked and must not call it. `domid` is the domain at the other end.
 */
#ifndef FRONTEND_OS_H
#define FRONTEND_OS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/types.h"

/* ---- Waiting ------------------------------------------------------------------------------------------ */

/* Something that was raised is remembered until somebody has waited for it; several raises are one. Zeroes: not raised. */
struct os_signal {
	uint32_t raised;
};
#define OS_FOREVER UINT64_MAX

/* From threads and from handlers of events, on any vcpu. Wakes all who wait; one of them takes it. */
void os_raise(struct os_signal *signal);
/* Takes the signal, after waiting for it if need be. False: it is os_now() == until, and there was none. */
bool os_wait(struct os_signal *signal, uint64_t until);

/* For what threads and event handlers share: masks events here, and keeps other vcpus out. Not recursive. */
struct os_lock {
	uint32_t held;
	bool was_masked;
};
void os_lock(struct os_lock *lock);
void os_unlock(struct os_lock *lock);

/* Nanoseconds since some time before the start. */
uint64_t os_now(void);
/* The vcpu that this runs on, from 0 up, and how many are up. */
uint32_t os_vcpu(void);
uint32_t os_vcpus(void);

/* ---- Memory and other domains ------------------------------------------------------------------------- */

/* A page of zeroes, or NULL. */
void *os_page_alloc(void);
void os_page_free(void *page);
/* Lets a domain map the page, or only read it: a grant reference, or -ENOSPC. The page stays the caller's to free. */
int os_grant(uint16_t domid, const void *page, bool readonly);
/* False: the other domain has it mapped still; the grant stands, and the page must not be used for anything else. */
bool os_grant_end(uint32_t gref);

/* An event channel for a domain to bind to: a port, or a negative error. `handler` is called once or more after events. */
int os_event_alloc(uint16_t domid, void (*handler)(void *), void *argument);
/* The same for a port that is there already, such as the store's. */
void os_event_handle(uint32_t port, void (*handler)(void *), void *argument);
void os_event_send(uint32_t port);
void os_event_close(uint32_t port);

/* The page and the port of the store, and those of the console. NULL: this domain has none (Dom0). */
void *os_store_page(uint32_t *port);
void *os_console_page(uint32_t *port);

/* A line, without its end. */
void os_log(const char *fmt, ...) __format_printf(1, 2);

#endif
