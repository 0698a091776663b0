/* cpus.c - the CPUs of the machine */
#include "cpus.h"

int count_cpus(struct plinth *h, unsigned int *nr)
{
	struct plinth_host host;
	int err = plinth_get_host(h, &host);

	if (!err)
		*nr = host.max_cpu_id + 1 < CPUS_MOST ? host.max_cpu_id + 1 : CPUS_MOST;
	return err;
}
