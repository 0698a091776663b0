/* doctor.h - what hvctl doctor finds, and who finds it */
#ifndef HVCTL_DOCTOR_H
#define HVCTL_DOCTOR_H

#include <sys/types.h>

#include "hvctl.h"

enum verdict {
	FINE,	 /* as it should be */
	WARNING, /* works, but somebody should know */
	PROBLEM, /* something does not work: the exit code tells too */
};

struct doctor {
	struct plinth *h;	    /* NULL: not reached */
	struct plinth_store *store; /* NULL: not reached */
	struct json *json;	    /* NULL: plain text is printed */
	bool quiet;		    /* only what is not fine */
	unsigned int problems;
};

/* Prints one finding. advice (NULL: none needed) says what to do. */
void finding(struct doctor *d, enum verdict verdict, const char *subject, const char *advice, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* doctor_host.c: Dom0 itself, the daemons, the bridge, memory, versions */
void doctor_host(struct doctor *d);
/* doctor_domains.c: domains that are dying, crashed or left over, and their devices */
void doctor_domains(struct doctor *d);
/* doctor_config.c: whether a domain could be created from this file now */
void doctor_config(struct doctor *d, const char *path);

/*
 * Calls fn for each process of Dom0: its number, its name, its state as /proc has it ('T': stopped).
 * holders.c has more to say of those that hold pages of other domains.
 */
void for_each_process(void (*fn)(pid_t pid, const char *name, char state, void *arg), void *arg);
/* Names the processes that may keep a dying domain's pages: "blkback (process 99, disk 51712)". The count. */
unsigned int find_holders(unsigned int domid, char *text, size_t size);

#endif
