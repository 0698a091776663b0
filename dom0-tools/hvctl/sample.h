/* sample.h - what all domains use at a moment, and what they have used between two */
#ifndef HVCTL_SAMPLE_H
#define HVCTL_SAMPLE_H

#include "names.h"
#include "usage.h"

struct sample_row {
	struct plinth_domain dom;
	char name[NAME_BYTES];
	struct usage used; /* by all its devices */
	/* Since the sample before; 0 for a domain that was not there then. */
	double cpu_percent;					  /* of one CPU */
	double sent_rate, received_rate, read_rate, written_rate; /* bytes a second */
};

struct sample {
	struct plinth_host host;
	uint64_t at_ns;
	size_t count;
	struct sample_row *rows;
};

/* before (NULL: none) is what the rates are counted from. */
int sample_take(struct sample *now, const struct sample *before, struct plinth *h, struct plinth_store *store);
void sample_free(struct sample *sample);

enum sample_order { BY_DOMID, BY_CPU, BY_MEMORY, BY_NAME };
void sample_sort(struct sample *sample, enum sample_order order);

#endif
