/* answers.h - a ring's responses, written down before they are shown, in memory that outlives the process [pure]
 *
 * A response takes the place of a request. A process that dies between that and showing it would leave its successor
 * a slot that is neither: half of a response would be read as a grant to copy from or to. So the responses to whole packets
 * are written down here first, and counted; only then do they go into the ring. The successor puts in again what was counted
 * and not yet shown; what was not counted has left its requests as they were.
 */
#ifndef BACKEND_NET_ANSWERS_H
#define BACKEND_NET_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event-channel/ring.h"

#define ANSWERS_SLOTS 256 /* of a ring of one page, of either direction */
#define ANSWER_BYTES  8	  /* the longest response, and no slot is smaller */

struct answers {
	uint32_t magic;
	uint32_t counted; /* in the ring's count of responses: all before are complete here */
	uint32_t written; /* of these, some may belong to a packet that is not done */
	uint32_t pad;
	uint8_t response[ANSWERS_SLOTS][ANSWER_BYTES];
};

/* One queue's part, as it lies in the memory. */
struct queue_answers {
	struct answers tx, rx;
};

/*
 * For a ring that has just been attached to, of at most ANSWERS_SLOTS slots: memory that is blank begins with it; what else
 * was counted is put into the ring and shown. -EPROTO: the two do not belong together, or the guest has changed its counts.
 */
int answers_take_over(struct answers *a, struct ring_back *ring);
/* Writes the next response down; at most ANSWER_BYTES, and no more of them than requests were taken. */
void answers_add(struct answers *a, const void *response, size_t size);
/* When all slots of each packet have been answered: shows them. True: the front end must be notified. */
bool answers_publish(struct answers *a, struct ring_back *ring);

#endif
