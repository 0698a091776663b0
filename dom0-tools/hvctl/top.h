/* top.h - the lines of hvctl top, on a screen or one below the other */
#ifndef HVCTL_TOP_H
#define HVCTL_TOP_H

#include "sample.h"

#define TOP_LINE 160

struct top {
	struct plinth *h;
	struct plinth_store *store; /* may be NULL */
	double delay;		    /* seconds between two samples */
	long times;		    /* how many are shown; 0: until somebody has seen enough */
	enum sample_order order;
};

void top_summary(const struct sample *sample, char line[TOP_LINE]);
void top_title(char line[TOP_LINE]);
void top_row(const struct sample_row *row, char line[TOP_LINE]);

/* top_screen.c: full-screen, until q is pressed. -ENOTTY: this is no terminal that is known. */
int top_screen(struct top *top);

#endif
