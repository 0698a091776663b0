/* attach.h - a terminal on a domain's console */
#ifndef HVCTL_ATTACH_H
#define HVCTL_ATTACH_H

#include "dom0-tools/lib/plinth.h"

/*
 * Opens the terminal that hvconsoled has for a domain, or, serial, the one that its device model has for its serial line; waits a
 * while for it to be there.
 */
int attach_open(struct plinth_store *store, unsigned int domid, bool serial);
/* Carries bytes between our terminal and it until Ctrl-] or its end; closes it. */
int attach_run(int fd);

#endif
