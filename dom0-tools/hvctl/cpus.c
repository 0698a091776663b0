/* cpus.c - sets of physical CPUs as people write them: "0-3,5" */
#include <stdio.h>

#include "cpus.h"

static bool is_in(const uint8_t *map, unsigned int cpu)
{
	return map[cpu / 8] >> cpu % 8 & 1;
}

void format_cpus(const uint8_t *map, unsigned int nr_cpus, char text[CPUS_TEXT])
{
	size_t len = 0;

	*text = '\0';
	for (unsigned int cpu = 0, last; cpu < nr_cpus; cpu = last + 1) {
		last = cpu;
		if (!is_in(map, cpu))
			continue;
		while (last + 1 < nr_cpus && is_in(map, last + 1))
			last++;
		len += snprintf(text + len, CPUS_TEXT - len, len ? ",%u" : "%u", cpu);
		if (last > cpu)
			len += snprintf(text + len, CPUS_TEXT - len, "-%u", last);
	}
}

int count_cpus(struct plinth *h, unsigned int *nr)
{
	struct plinth_host host;
	int err = plinth_get_host(h, &host);

	if (!err)
		*nr = host.max_cpu_id + 1 < CPUS_MOST ? host.max_cpu_id + 1 : CPUS_MOST;
	return err;
}
