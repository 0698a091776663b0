/* options.h - the hypervisor's command line, parsed (core/cmdline.h); documented in docs/command-line.md */
#ifndef KERN_OPTIONS_H
#define KERN_OPTIONS_H

#include "core/cmdline.h"

extern struct options options;

#endif
