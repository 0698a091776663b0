/* options.h - the hypervisor's command line, parsed (core/cmdline.h); documented in docs/command-line.md */
#ifndef KERN_OPTIONS_H
#define KERN_OPTIONS_H

#include "core/options.h"

extern struct options options;	     /* [I] once options_init() is through */
extern const char *options_for_dom0; /* [I] what our command line holds behind --, for Dom0's kernel */

/* Reads boot_info.cmdline; complains in the log. */
void options_init(void);

/* Stops the machine if there was something to complain of; once a console shows why. */
void options_insist(void);

#endif
