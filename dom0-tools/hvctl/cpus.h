/* cpus.h - sets of physical CPUs as people write them: "0-3,5" */
#ifndef HVCTL_CPUS_H
#define HVCTL_CPUS_H

#include <stdint.h>

#include "dom0-tools/lib/plinth.h"

#define CPUS_MOST 256 /* the same as CONFIG_CPUS */
#define CPUS_TEXT 1024

void format_cpus(const uint8_t *map, unsigned int nr_cpus, char text[CPUS_TEXT]);
/* How many CPUs the machine has. */
int count_cpus(struct plinth *h, unsigned int *nr);

#endif
