/* test_ptable_again.c - what an interrupted call comes to in the end is what it comes to at one go
 *
 * Random calls on a world of tables. Each is made twice from the same beginning: at one go, and again and again with a budget
 * that is soon used up, as a guest makes a hypercall that is not finished. Then both worlds are the same.
 */
#include "page_world.h"
#include "random.h"

#define ROUNDS_MOST 20000 /* of one call: it gets on with any budget */

struct call {
	enum { PIN, UNPIN, WRITE } what;
	uint64_t frame, entry;
	unsigned level, index;
};

static struct {
	uint64_t words[FRAMES], contents[FRAMES][512];
	uint32_t aux[FRAMES];
} before, at_one_go;

/* Is m VALID at the level that the call thinks it is? Callers look before each ptable_write. */
static int write_table(const struct call *c, struct work *w)
{
	if (ptable_level(&mm, MFN(c->frame)) != c->level)
		return -EBUSY;
	return ptable_write(&mm, &parked, MFN(c->frame), c->level, c->index, c->entry, PTABLE_REPLACE, w);
}

/* One round of a hypercall, as call/mmu.c has it: what is to be undone first, then the call. *done: not to be made again. */
static int one_round(const struct call *c, struct work *w, bool *done)
{
	int ret = parked.undoing ? ptable_drain(&mm, &parked, w) : 0;

	if (ret || *done)
		return ret;
	do {
		if (mm.want_flush || ret == -EAGAIN)
			world_flush();
		mm.want_flush = false;
		ret = c->what == PIN	 ? ptable_pin(&mm, &parked, MFN(c->frame), c->level, w)
		      : c->what == UNPIN ? ptable_unpin(&mm, &parked, MFN(c->frame), w)
					 : write_table(c, w);
	} while (ret == -EAGAIN || (ret == -ERESTART && mm.want_flush));
	*done = !ret || (ret == -ERESTART && parked.undoing);
	return ret;
}

/* To its end, and what it has left to be undone with it. */
static int make(const struct call *c, long budget)
{
	struct work w = {.left = budget};
	bool done = false;
	int ret, rounds = 1;

	for (; (ret = one_round(c, &w, &done)) == -ERESTART && rounds < ROUNDS_MOST; rounds++) {
		if (random_below(50) == 0 && !world_check())
			return -1000;
		w.left = budget;
	}
	for (; ptable_drain(&mm, &parked, &w) && rounds < ROUNDS_MOST; rounds++)
		w.left = budget;
	return rounds < ROUNDS_MOST ? ret : -1001;
}

/* What was refused may have its US bits set so far as it was looked at: it is the guest's own memory. */
static bool same_contents(uint64_t n)
{
	uint64_t ignored = words[n] & FRAME_VALID ? 0 : PTE_US, differs = 0;

	for (unsigned i = 0; i < 512; i++)
		differs |= (contents[n][i] ^ at_one_go.contents[n][i]) & ~ignored;
	return !differs;
}

/* The clock may tell another time; nothing is PARTIAL, so that is all that differs in aux. */
static bool same_world(void)
{
	for (uint64_t n = 1; n < FRAMES; n++) {
		if (words[n] == at_one_go.words[n] && same_contents(n))
			continue;
		printf("    frame %lu: word %#lx, at one go %#lx\n", (unsigned long)n, (unsigned long)words[n],
		       (unsigned long)at_one_go.words[n]);
		return false;
	}
	return true;
}

static unsigned some_index(void)
{
	static const unsigned some[] = {0, 1, 2, 3, 255, 256, 272, 511};

	return some[random_below(8)];
}

/* Frames 1-7 are likely to be tables of level 4, and so on; those from 29 on of none. */
static uint64_t frame_of(unsigned level)
{
	return level ? 1 + (4 - level) * 7 + random_below(7) : 29 + random_below(BOBS - 29);
}

static uint64_t some_entry(unsigned level)
{
	static const uint64_t flags[] = {P, PW, PU, PWU, PWU, PU | PTE_A};
	unsigned below = random_below(30) ? level - 1 : (unsigned)random_below(5);

	if (random_below(8) == 0)
		return 0;
	return pte_make(MFN(random_below(200) ? frame_of(below) : BOBS), flags[random_below(6)]);
}

static void scribble(void)
{
	unsigned level = 1 + (unsigned)random_below(4);
	uint64_t n = frame_of(level);

	if (!(words[n] & FRAME_TCOUNT_MASK))
		contents[n][some_index()] = some_entry(level);
}

static struct call some_call(void)
{
	unsigned level = 1 + (unsigned)random_below(4);
	struct call c = {
		.what = (unsigned)random_below(3), .frame = frame_of(level), .level = level, .index = some_index()};

	c.entry = some_entry(level);
	return c;
}

TEST(interrupted_or_not_it_comes_to_the_same)
{
	unsigned succeeded = 0;

	random_seed("interrupted_or_not_it_comes_to_the_same", 1);
	world_start();
	for (unsigned i = 0; i < 20000; i++) {
		struct call c = some_call();
		int once, again;

		for (unsigned k = random_below(4); k; k--)
			scribble();
		memcpy(before.words, words, sizeof(words));
		memcpy(before.aux, aux, sizeof(aux));
		memcpy(before.contents, contents, sizeof(contents));
		once = make(&c, 1000000);
		memcpy(at_one_go.words, words, sizeof(words));
		memcpy(at_one_go.contents, contents, sizeof(contents));
		memcpy(words, before.words, sizeof(words));
		memcpy(aux, before.aux, sizeof(aux));
		memcpy(contents, before.contents, sizeof(contents));
		again = make(&c, 1 + (long)random_below(6));
		if (once != again || !same_world() || !world_check()) {
			printf("    step %u: call %u on frame %lu: %d at one go, %d interrupted\n", i, c.what,
			       (unsigned long)c.frame, once, again);
			CU_FAIL_FATAL("an interruption made a difference");
		}
		succeeded += !once;
	}
	CU_ASSERT_TRUE(succeeded > 1000);
}

/* Another vcpu's interrupted work, which has to be done on the way, must not use up what looking for it costs. */
TEST(others_interrupted_work_gets_on_with_any_budget)
{
	for (uint64_t first = 2; first <= 4; first++) {
		struct parked other = {.mfn = MFN(0)};
		struct work w = {.left = 1};
		unsigned rounds = 0;

		world_start();
		for (unsigned level = 4; level > 1; level--)
			for (unsigned i = 0; i < 8; i++)
				world_entry(level, i, level - 1, PWU);
		for (unsigned i = 0; i < 8; i++)
			world_entry(1, i, 20 + i, PWU);
		CU_ASSERT_EQUAL_FATAL(ptable_acquire(&mm, &other, MFN(first - 1), (unsigned)first - 1, &w), -ERESTART);
		held_refs[first - 1] = held_types[first - 1] = 1;
		do {
			w.left = 1;
			CU_ASSERT_TRUE(world_check());
		} while (++rounds < 100 && ptable_pin(&mm, &parked, MFN(first), (unsigned)first, &w) == -ERESTART);
		CU_ASSERT_TRUE(rounds < 100);
		CU_ASSERT_TRUE(world_check());
	}
}
