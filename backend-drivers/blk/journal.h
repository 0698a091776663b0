/* journal.h - which requests of a ring are under way, in memory that outlives the process [pure]
 *
 * Answers take the slots of the ring in the order in which they come, so a request that is still under way may have been
 * overwritten by another's answer. A process that takes the ring over from one that died would not know of it. The
 * journal keeps each request from the moment it is taken to the moment its answer can be seen; it is memory that the
 * launcher keeps. Doing a request twice that was not yet answered is no harm; forgetting one, or answering one twice, is.
 * The order of the steps makes both impossible wherever the process is stopped:
 *
 *   take:   the entry is filled, then `taken` counts it. An entry that is not counted is not there.
 *   answer: the entry is given its response's index, then the response is published. Who finds the entry compares the
 *           index with what the ring has published, and so knows whether the guest has its answer.
 */
#ifndef BACKEND_BLK_JOURNAL_H
#define BACKEND_BLK_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "backend-drivers/blk/check.h"
#include "dom0-tools/lib/disk_figures.h"

#define JOURNAL_SLOTS 512 /* of the largest ring */

enum journal_state { JOURNAL_FREE, JOURNAL_UNDER_WAY, JOURNAL_ANSWERED };

struct journal_entry {
	uint32_t state;
	uint32_t request_index;	 /* in the ring's count of requests */
	uint32_t response_index; /* if answered: in its count of responses */
	uint32_t pad;
	union blk_request request;
};

/* One queue's part, as it lies in the memory. */
struct journal {
	struct disk_figures figures;
	uint32_t magic;
	uint32_t slots; /* of the ring it belongs to */
	uint32_t taken; /* requests so far */
	uint32_t pad;
	struct journal_entry entry[JOURNAL_SLOTS];
};

/* Empties it for a ring of which nothing is under way, and so many requests have been taken so far. */
void journal_start(struct journal *j, uint32_t slots, uint32_t taken);
/* Writes down a request, as the next one taken, into a free entry. */
void journal_take(struct journal *j, uint32_t entry, const union blk_request *request);
/* Before the response with this index is published. */
void journal_answer(struct journal *j, uint32_t entry, uint32_t response_index);
/* After it was published. */
void journal_free(struct journal *j, uint32_t entry);

/* A request of the guest was done, for the figures. */
void journal_count(struct journal *j, enum blk_action action, uint64_t bytes);

/* Nobody has started it. */
bool journal_is_blank(const struct journal *j);

/*
 * After a process died: keeps what is really under way, frees the rest. `published` is the ring's count of responses.
 * The number of requests under way (their entries are those that are not free), or -EPROTO: the journal and the ring do
 * not belong together, or the guest has changed its counts.
 */
int journal_recover(struct journal *j, uint32_t slots, uint32_t published);

#endif
