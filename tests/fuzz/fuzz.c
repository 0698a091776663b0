/* fuzz.c - what every fuzz target links: a broken invariant is a finding */
#include <stdio.h>
#include <stdlib.h>

#include "lib/invariant.h"

void invariant_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, what);
	abort();
}
