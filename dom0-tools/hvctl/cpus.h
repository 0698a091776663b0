/* cpus.h - the CPUs of the machine */
#ifndef HVCTL_CPUS_H
#define HVCTL_CPUS_H

#include <stdint.h>

#include "dom0-tools/lib/plinth.h"

#define CPUS_MOST 256 /* the same as CONFIG_CPUS */

/* How many CPUs the machine has. */
int count_cpus(struct plinth *h, unsigned int *nr);

#endif
