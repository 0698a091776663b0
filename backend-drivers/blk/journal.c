/* journal.c - which requests of a ring are under way, in memory that outlives the process [pure] */
#include <errno.h>
#include <string.h>

#include "backend-drivers/blk/journal.h"

#define MAGIC 0x6c627632 /* changes with the layout: a journal of another build is not read */

/* The process may be stopped between any two stores: they must be made in this order. */
static void put(uint32_t *where, uint32_t value)
{
	__atomic_store_n(where, value, __ATOMIC_RELEASE);
}

void journal_start(struct journal *j, uint32_t slots, uint32_t taken)
{
	put(&j->magic, 0);
	for (uint32_t i = 0; i < JOURNAL_SLOTS; i++)
		j->entry[i].state = JOURNAL_FREE;
	j->slots = slots;
	j->taken = taken;
	put(&j->magic, MAGIC);
}

void journal_count(struct journal *j, enum blk_action action, uint64_t bytes)
{
	struct disk_figures *f = &j->figures;

	if (action == BLK_READ) {
		f->reads++;
		f->read_bytes += bytes;
	} else if (action != BLK_DISCARD && bytes) { /* some of those that flush write too */
		f->writes++;
		f->written_bytes += bytes;
	}
	f->part = sizeof(*j);
	put(&f->magic, DISK_FIGURES_MAGIC);
}

bool journal_is_blank(const struct journal *j)
{
	return j->magic == 0;
}

void journal_take(struct journal *j, uint32_t entry, const union blk_request *request)
{
	struct journal_entry *e = &j->entry[entry];

	e->request = *request;
	e->request_index = j->taken;
	put(&e->state, JOURNAL_UNDER_WAY);
	put(&j->taken, j->taken + 1);
}

void journal_answer(struct journal *j, uint32_t entry, uint32_t response_index)
{
	j->entry[entry].response_index = response_index;
	put(&j->entry[entry].state, JOURNAL_ANSWERED);
}

void journal_free(struct journal *j, uint32_t entry)
{
	put(&j->entry[entry].state, JOURNAL_FREE);
}

/* a comes before b, in counts that run freely */
static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

int journal_recover(struct journal *j, uint32_t slots, uint32_t published)
{
	uint32_t under_way = 0;

	if (j->magic != MAGIC || j->slots != slots || slots > JOURNAL_SLOTS)
		return -EPROTO;
	for (uint32_t i = 0; i < JOURNAL_SLOTS; i++) {
		struct journal_entry *e = &j->entry[i];

		if (e->state == JOURNAL_FREE)
			continue;
		if (!before(e->request_index, j->taken) ||
		    (e->state == JOURNAL_ANSWERED && before(e->response_index, published))) {
			e->state = JOURNAL_FREE;
			continue;
		}
		e->state = JOURNAL_UNDER_WAY;
		under_way++;
	}
	/* Each request taken is either answered or under way. */
	return under_way == j->taken - published && under_way <= slots ? (int)under_way : -EPROTO;
}
