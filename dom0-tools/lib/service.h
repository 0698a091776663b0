/* service.h - what a program does to be a service: signals, background, the file with its process number */
#ifndef PLINTH_SERVICE_H
#define PLINTH_SERVICE_H

#include "plinth.h"

/* SIGTERM and SIGINT stop the loop; a broken pipe is no reason to end. */
int service_catch_signals(struct plinth_loop *loop);

/* Complaints still go where they went; a shell that waits for our output must not wait for ever. */
int service_go_into_background(void);

/* path NULL: none is wanted. */
int service_write_pidfile(const char *path);

#endif
