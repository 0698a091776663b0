/* logfile.h - a log that is turned over when it is full, and never fills the disk */
#ifndef CONSOLED_LOGFILE_H
#define CONSOLED_LOGFILE_H

#include <stddef.h>

struct log_policy {
	const char *directory; /* NULL: nothing is logged */
	size_t size;	       /* bytes of one file */
	unsigned int keep;     /* older files: NAME.log.1 is the youngest of them */
};

struct logfile {
	const struct log_policy *policy;
	int fd; /* -1: none */
	size_t used;
	char path[256];
};

/* Failures are complained about once, and the log is then left out. */
void logfile_open(struct logfile *log, const struct log_policy *policy, const char *name);
void logfile_write(struct logfile *log, const char *data, size_t len);
void logfile_close(struct logfile *log);

#endif
