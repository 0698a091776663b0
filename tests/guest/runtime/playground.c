/* playground.c - what random calls play with */
#include "playground.h"

#define RFLAGS_IF 0x200UL

table_t play_pages[PLAY_PAGES];
static table_t entries;
static uint8_t rooms[GUEST_VCPUS][WILD_ROOM] __attribute__((aligned(4096)));

static bool ignore_events(struct trap_frame *f)
{
	if (f->vector != TRAP_EVENT && f->vector != TRAP_NMI)
		return false;
	my_info->evtchn_upcall_pending = 0;
	f->rflags &= ~RFLAGS_IF; /* the word may be elsewhere since: without this the same event would come for ever */
	return true;
}

struct turn {
	struct game *game;
	struct wild_call call;
};

static void make_call(void *turn)
{
	struct turn *t = turn;
	const struct wild_call *c = &t->call;
	long ret = hypercall(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3]);

	if (ret >= 0 || ret < -4095)
		__atomic_add_fetch(&t->game->taken, 1, __ATOMIC_RELAXED);
}

static void write_words(void *wild)
{
	struct wild *w = wild;
	volatile uint64_t *page = play_pages[wild_below(w, PLAY_PAGES)];

	for (unsigned i = 0; i < 8; i++)
		page[wild_below(w, 512)] = wild_entry(w);
}

static void write_grants(struct wild *w)
{
	volatile struct grant_entry_v1 *e = (volatile struct grant_entry_v1 *)entries;

	for (unsigned i = 0; i < 4; i++) {
		unsigned ref = wild_below(w, PLAY_GRANTS);

		e[ref].frame = (uint32_t)mfn_of(play_pages[wild_below(w, PLAY_PAGES)]);
		e[ref].domid = w->domain[wild_below(w, ARRAY_SIZE(w->domain))];
		e[ref].flags = (uint16_t)(wild_below(w, 8) ? GTF_permit_access | (wild_below(w, 3) ? 0 : GTF_readonly)
							   : wild_random(w));
	}
}

void play(struct game *g)
{
	uint8_t *room = rooms[my_vcpu()];
	struct wild w = {
		.state = g->seed + 0x9e3779b97f4a7c15UL * (1 + my_vcpu()),
		.mfn = (const uint64_t *)start_info->mfn_list,
		.pages = g->allowed ? 0 : (uint32_t)MIN(start_info->nr_pages, 512UL),
		.base = GUEST_BASE,
		.play = (uint32_t)(((uint64_t)play_pages - GUEST_BASE) >> 12),
		.play_pages = PLAY_PAGES,
		.l1 = (uint32_t)machine_to_phys_mapping[*entry_of(play_pages, 2) >> 12 & 0xffffffffffUL],
		.room = room,
		.deadly = g->deadly,
	};
	struct turn t = {.game = g};

	memcpy(w.domain, g->domain, sizeof(w.domain));
	memcpy(w.foreign, g->foreign, sizeof(w.foreign));
	while (*g->done < g->wanted) {
		if (!wild_below(&w, 8))
			(void)attempt(write_words, &w);
		if (!wild_below(&w, 8))
			write_grants(&w);
		t.call = wild_next(&w);
		if (g->allowed && !g->allowed(&t.call, room))
			continue;
		(void)attempt(make_call, &t);
		__atomic_add_fetch(g->done, 1, __ATOMIC_RELAXED);
	}
}

/* Some of the playground are tables, as a guest has them: four of level 1, under two of level 2, and so on. */
static void make_tables(void *none)
{
	static const uint8_t level[] = {1, 1, 1, 1, 2, 2, 3, 3, 4, 4};

	(void)none;
	for (unsigned i = 0; i < ARRAY_SIZE(level); i++) {
		if (level[i] == 1)
			for (unsigned k = 0; k < 32; k++)
				play_pages[i][k * 5] =
					mfn_of(play_pages[16 + k]) << 12 | (k & 1 ? PTE_PLAIN : PTE_READONLY);
		else if (level[i] == 4)
			memcpy(play_pages[i], (void *)start_info->pt_base, 4096);
		if (level[i] > 1)
			for (unsigned k = 0; k < i; k++)
				if (level[k] == level[i] - 1)
					play_pages[i][k * 3] = mfn_of(play_pages[k]) << 12 | PTE_PLAIN;
		(void)make_readonly(play_pages[i]);
		(void)mmuext(MMUEXT_PIN_L1_TABLE + level[i] - 1u, mfn_of(play_pages[i]));
	}
}

void play_prepare(void)
{
	uint64_t frame = 0;
	struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = 1, .frame_list = &frame};

	on_trap = ignore_events;
	NEED(!CALL3(grant_table_op, GNTTABOP_setup_table, &s, 1) && !s.status, "no grant table");
	NEED(!map(entries, frame << 12 | PTE_PLAIN), "the grant table cannot be mapped");
	make_tables(NULL);
}

void play_renew(uint64_t *spare)
{
	uint64_t *mine = (uint64_t *)start_info->mfn_list, first = ((uint64_t)play_pages - GUEST_BASE) >> 12;

	for (unsigned i = 0; i < PLAY_PAGES; i++)
		while (mmuext(MMUEXT_UNPIN_TABLE, mine[first + i]) == 0)
			;
	for (unsigned i = 0; i < PLAY_PAGES; i++) {
		/* A spare one may have gone with its neighbour: calls name several in a row. */
		while (make_writable(play_pages[i]) && make_readonly(play_pages[i]) && *spare < start_info->nr_pages) {
			mine[first + i] = mine[*spare];
			mine[(*spare)++] = 0;
		}
	}
	(void)attempt(make_tables, NULL);
}
