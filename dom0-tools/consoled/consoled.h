/* consoled.h - hvconsoled: what its parts share */
#ifndef CONSOLED_CONSOLED_H
#define CONSOLED_CONSOLED_H

#include "dom0-tools/lib/plinth.h"
#include "logfile.h"

struct console;

struct daemon {
	struct plinth *hypervisor;
	struct plinth_store *store;
	struct plinth_loop *loop;
	int events, grants; /* /dev/xen/evtchn and gntdev */
	struct log_policy log;
	struct console *consoles;
};

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* guests.c: compares the consoles with the domains there are; opens and closes what changed. */
void guests_look(struct daemon *d);
void guests_close(struct daemon *d);
/* An event channel of a guest. */
void guests_event(struct daemon *d, unsigned int port);
/* Goes on with those who had to wait for their turn; milliseconds until the next one, or -1. */
int guests_go_on(struct daemon *d);

#endif
