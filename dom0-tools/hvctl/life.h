/* life.h - a domain's life: made whole or not at all, and ended without a trace */
#ifndef HVCTL_LIFE_H
#define HVCTL_LIFE_H

#include "record.h"

/* Looks for what would go wrong later, before anything is made; draws a missing UUID and MACs. */
int life_check(struct plinth *h, struct plinth_store *store, struct domain_config *config);

/* The same for those who want to hear all: complain() finds one in plinth_error(), and says whether to go on. */
int life_check_each(struct plinth *h, struct plinth_store *store, struct domain_config *config,
		    bool (*complain)(void *arg), void *arg);

/* The same for one device. */
int life_check_disk(struct plinth_store *store, const struct disk_config *disk);
int life_check_vif(struct plinth_store *store, struct vif_config *vif);

/*
 * From life_begin() to life_finish() no other hvctl makes a domain, so that what was checked stays
 * true, and signals that would end this one wait: life_create() sees them and undoes its work.
 */
int life_begin(void);
void life_finish(void);
bool life_interrupted(void);

/* A new domain, paused, with its devices ready; its number. On failure nothing stays behind. */
int life_create(struct plinth *h, struct plinth_store *store, const struct domain_config *config);

/* Ends a domain and removes all that was its own; waits until its memory is back. */
int life_destroy(struct plinth *h, struct plinth_store *store, unsigned int domid);

/* Asks a guest to shut down: "poweroff", "reboot". */
int life_ask(struct plinth_store *store, unsigned int domid, const char *what);

/*
 * Leaves a process behind that waits for the domain's end and does what on_poweroff, on_reboot and
 * on_crash say. It ends with the domain. -EAGAIN: there is one already. config is changed in that process alone.
 */
int life_watch_over(unsigned int domid, struct domain_config *config);
/* Whether there is such a process. */
bool life_is_watched(unsigned int domid);

#endif
