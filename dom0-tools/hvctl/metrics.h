/* metrics.h - figures of the machine and its domains, for collectors */
#ifndef HVCTL_METRICS_H
#define HVCTL_METRICS_H

#include <stdio.h>

#include "dom0-tools/lib/plinth.h"

#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* All of them, as they are now, as OpenMetrics text. */
int metrics_print(FILE *out, struct plinth *h);

/*
 * Answers HTTP requests for /metrics until a signal ends it. where: a port, on which only this machine is listened to,
 * or the absolute path of a socket, which only root can open.
 */
int metrics_serve(const char *where, struct plinth *h);

#endif
