/* ptable.c - validation of the page tables that guests write for themselves */
#include "core/ptable.h"
#include "core/segdesc.h"
#include "lib/errno.h"
#include "lib/invariant.h"

#define OUR_FIRST_SLOT 256
#define OUR_LAST_SLOT  271

static int table_get(struct mm *mm, mfn_t m, unsigned level, struct work *w, bool *held);
static int table_put(struct mm *mm, mfn_t m, unsigned level, struct work *w);

static inline bool word_swap(struct mm *mm, mfn_t m, uint64_t *old, uint64_t new)
{
	return __atomic_compare_exchange_n(&mm->frames->word[m.n], old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* ---- frames whose last reference went ------------------------------------------------------------------------- */

/* Until the caller fetches it, the frame's word is a link: neither in use nor a free block's head. */
#define RELEASED (FRAME_IS_FREE | 1ULL << 62)

static void chain_released(struct mm *mm, mfn_t m)
{
	__atomic_store_n(&mm->frames->word[m.n], RELEASED | mm->released.n, __ATOMIC_RELEASE);
	mm->released = m;
}

bool ptable_next_released(struct mm *mm, mfn_t *m)
{
	uint64_t *word;

	if (!mm->released.n)
		return false;
	*m = mm->released;
	word = &mm->frames->word[m->n];
	mm->released = MFN(*word & ~RELEASED);
	*word = 0;
	return true;
}

/* ---- level 1 -------------------------------------------------------------------------------------------------- */

static inline uint64_t cpus_of(const struct mm *mm)
{
	return __atomic_load_n(mm->cpus, __ATOMIC_SEQ_CST);
}

/* Device memory has no word in the frame table, or one that was never used: then no reference is kept for it. */
static inline bool is_device(const struct mm *mm, mfn_t m)
{
	return !frame_exists(mm->frames, m) || frame_word(mm->frames, m) == 0;
}

static int l1_get_device(const struct mm *mm, mfn_t m)
{
	return rangeset_contains(mm->iomem, m.n, m.n) ? 0 : -EPERM;
}

/* Another domain's frame, to write to. If it was a table of that domain's, it is that domain's CPUs that may still walk it, and
 * any may be one of them. */
static __attribute__((noinline)) int get_foreign(struct mm *mm, mfn_t m)
{
	int ret = frame_get_both(mm->frames, m, mm->target, mm->frames->clock->cpus);

	if (!ret)
		frame_mark_foreign(mm->frames, m);
	mm->everywhere |= ret == -EAGAIN;
	return ret;
}

static inline int l1_get(struct mm *mm, uint64_t pte)
{
	mfn_t m = pte_mfn(pte);
	int ret;

	if (unlikely(pte & mm->reserved))
		return -EINVAL;
	if (unlikely(!frame_exists(mm->frames, m)))
		return l1_get_device(mm, m);
	if (pte & PTE_RW) {
		ret = likely(mm->target == mm->owner) ? frame_get_both(mm->frames, m, mm->owner, cpus_of(mm))
						      : get_foreign(mm, m);
	} else {
		ret = frame_get(mm->frames, m, mm->target);
	}
	if (unlikely(ret == -EINVAL && is_device(mm, m)))
		return l1_get_device(mm, m);
	return ret;
}

static inline void l1_put(struct mm *mm, uint64_t pte)
{
	mfn_t m = pte_mfn(pte);

	if (unlikely(is_device(mm, m)))
		return;
	if (pte & PTE_RW ? frame_put_both(mm->frames, m) : frame_put(mm->frames, m))
		chain_released(mm, m);
}

/* What the hardware shall see. The guest kernel runs in ring 3, so its pages need US as well; they are marked, and never
 * global. User pages are, and survive the switch between the guest's two L4 tables in the TLB. */
static inline uint64_t l1_adjust(uint64_t pte)
{
	if (!(pte & PTE_P))
		return pte;
	if (!(pte & PTE_US))
		pte |= PTE_US | PTE_GUEST_KERNEL;
	return pte & PTE_GUEST_KERNEL ? pte & ~PTE_G : pte | PTE_G;
}

/* Same frame, same rights to it: references need not change. */
static inline bool l1_same_use(uint64_t a, uint64_t b)
{
	return !((a ^ b) & (PTE_FRAME_MASK | PTE_RW | PTE_P));
}

int ptable_swap_l1(struct mm *mm, uint64_t *slot, uint64_t *expected, uint64_t entry)
{
	uint64_t old = *expected, new = l1_adjust(entry);
	bool same = (old & PTE_P) && l1_same_use(old, new);
	int ret;

	if ((new &PTE_P) && !same) {
		ret = l1_get(mm, new);
		if (ret)
			return ret;
	} else if (same && (new & mm->reserved)) {
		return -EINVAL;
	}
	if (!__atomic_compare_exchange_n(slot, expected, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
		if ((new &PTE_P) && !same)
			l1_put(mm, new);
		return 1;
	}
	if ((old & PTE_P) && !same)
		l1_put(mm, old);
	return 0;
}

/* The hardware may set A and D in the entry at any time, and nobody else may change it: so this loop ends. */
int ptable_write_l1(struct mm *mm, uint64_t *slot, uint64_t entry, enum ptable_write how)
{
	uint64_t old = __atomic_load_n(slot, __ATOMIC_RELAXED), new;
	int ret;

	do {
		new = entry;
		if (how == PTABLE_PRESERVE_AD)
			new |= old &(PTE_A | PTE_D);
		ret = ptable_swap_l1(mm, slot, &old, new);
	} while (ret == 1);
	return ret;
}

void ptable_install_l1(struct mm *mm, uint64_t *slot, uint64_t entry)
{
	uint64_t old = __atomic_exchange_n(slot, l1_adjust(entry), __ATOMIC_ACQ_REL);

	if (old & PTE_P)
		l1_put(mm, old);
}

int ptable_remove_l1(uint64_t *slot, mfn_t m, bool writable, uint64_t replacement)
{
	uint64_t old = __atomic_load_n(slot, __ATOMIC_RELAXED);

	do {
		if (!(old & PTE_P) || !mfn_eq(pte_mfn(old), m) || !(old & PTE_RW) == writable)
			return -EINVAL;
	} while (!__atomic_compare_exchange_n(slot, &old, replacement, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return 0;
}

/* ---- tables --------------------------------------------------------------------------------------------------- */

static inline enum frame_type type_of_level(unsigned level)
{
	return (enum frame_type)level;
}

_Static_assert(FRAME_L1 == 1 && FRAME_L4 == 4 && FRAME_SEGDESC == LEVEL_SEGDESC, "levels are types");

static inline bool is_our_slot(unsigned level, unsigned index)
{
	return level == 4 && index >= OUR_FIRST_SLOT && index <= OUR_LAST_SLOT;
}

static inline bool entry_allowed(const struct mm *mm, uint64_t pte)
{
	return !(pte & (mm->reserved | PTE_PS)) && frame_exists(mm->frames, pte_mfn(pte));
}

static void fill_our_slots(uint64_t *table, const uint64_t *slots)
{
	for (unsigned i = OUR_FIRST_SLOT; i <= OUR_LAST_SLOT; i++)
		table[i] = slots ? slots[i - OUR_FIRST_SLOT] : 0;
}

static inline unsigned progress(const struct mm *mm, mfn_t m)
{
	return frame_stamp(mm->frames, m);
}

static int interrupted(struct mm *mm, mfn_t m, unsigned at, int why)
{
	frame_set_low(mm->frames, m, (uint16_t)at);
	__atomic_fetch_or(&mm->frames->word[m.n], FRAME_PARTIAL, __ATOMIC_RELEASE);
	if (why == -EAGAIN) {
		mm->want_flush = true;
		return -ERESTART;
	}
	return why;
}

static int validate_l1(struct mm *mm, mfn_t m, unsigned from, struct work *w)
{
	uint64_t *table = frame_contents(mm->frames, m);
	int ret;

	for (unsigned i = pte_next_present(table, from); i < PTES_PER_TABLE; i = pte_next_present(table, i + 1)) {
		uint64_t pte = l1_adjust(table[i]);

		ret = work_spend(w, 1) ? l1_get(mm, pte) : -ERESTART;
		if (ret)
			return interrupted(mm, m, i, ret);
		table[i] = pte;
	}
	return 0;
}

/* Paid for already when it was begun: so that the smallest budget gets on. */
static inline bool is_partial_table(const struct mm *mm, uint64_t pte, unsigned level)
{
	return level > 1 && (frame_word(mm->frames, pte_mfn(pte)) & FRAME_PARTIAL);
}

/* Entry progress-1 may have been interrupted in the middle: its table is PARTIAL, and ours to go on with. */
static int resume_child(struct mm *mm, uint64_t pte, unsigned level, struct work *w);

static int validate_upper(struct mm *mm, mfn_t m, unsigned level, unsigned from, struct work *w)
{
	uint64_t *table = frame_contents(mm->frames, m);
	bool held;
	int ret;

	if (from && (table[from - 1] & PTE_P) && !is_our_slot(level, from - 1)) {
		ret = resume_child(mm, table[from - 1], level - 1, w);
		if (ret)
			return interrupted(mm, m, from, ret);
	}
	for (unsigned i = pte_next_present(table, from); i < PTES_PER_TABLE; i = pte_next_present(table, i + 1)) {
		uint64_t pte = table[i];

		if (is_our_slot(level, i))
			continue;
		if (!entry_allowed(mm, pte))
			return interrupted(mm, m, i, -EINVAL);
		if (!is_partial_table(mm, pte, level) && !work_spend(w, 1))
			return interrupted(mm, m, i, -ERESTART);
		ret = table_get(mm, pte_mfn(pte), level - 1, w, &held);
		if (held) /* even if it is to be gone on with: from here on the entry is not looked at again */
			table[i] = pte | PTE_US;
		if (ret)
			return interrupted(mm, m, held ? i + 1 : i, ret);
	}
	if (level == 4)
		fill_our_slots(table, mm->our_slots);
	return 0;
}

/* From not VALID (fresh, or PARTIAL) to VALID. Any failure leaves it PARTIAL. */
static int validate(struct mm *mm, mfn_t m, unsigned level, struct work *w)
{
	uint64_t word = frame_word(mm->frames, m);
	unsigned from = word & FRAME_PARTIAL ? progress(mm, m) : 0;
	int ret;

	if (level == LEVEL_SEGDESC)
		ret = segdesc_validate_page(frame_contents(mm->frames, m)) ? 0 : interrupted(mm, m, 0, -EINVAL);
	else if (level == 1)
		ret = validate_l1(mm, m, from, w);
	else
		ret = validate_upper(mm, m, level, from, w);
	if (ret)
		return ret;
	word = frame_word(mm->frames, m);
	while (!word_swap(mm, m, &word, (word & ~FRAME_PARTIAL) | FRAME_VALID))
		;
	return 0;
}

static int resume_child(struct mm *mm, uint64_t pte, unsigned level, struct work *w)
{
	mfn_t child = pte_mfn(pte);

	if (frame_word(mm->frames, child) & FRAME_VALID)
		return 0;
	return validate(mm, child, level, w);
}

/* Undo the references of entries [0, progress), from the end. */
static int devalidate(struct mm *mm, mfn_t m, unsigned level, struct work *w)
{
	uint64_t *table = frame_contents(mm->frames, m);

	if (level == LEVEL_SEGDESC)
		return 0;
	if (level == 4)
		fill_our_slots(table, NULL);
	for (unsigned i = pte_last_present(table, progress(mm, m)); i > 0; i = pte_last_present(table, i - 1)) {
		uint64_t pte = table[i - 1];

		if (!is_partial_table(mm, pte, level) && !work_spend(w, 1))
			return interrupted(mm, m, i, -ERESTART);
		if (level == 1)
			l1_put(mm, pte);
		else if (table_put(mm, pte_mfn(pte), level - 1, w))
			return interrupted(mm, m, i, -ERESTART);
	}
	return 0;
}

/* One more use of a table that is VALID: the way of nearly all calls. 0, or -EBUSY when it is not. */
static inline int take_valid(struct mm *mm, mfn_t m, unsigned level)
{
	uint64_t old = frame_word(mm->frames, m);

	do {
		if ((old & FRAME_IS_FREE) || frame_type(old) != type_of_level(level) || !(old & FRAME_VALID))
			return -EBUSY;
		if ((old & FRAME_TCOUNT_MASK) == FRAME_TCOUNT_MASK || (old & FRAME_REF_MASK) == FRAME_REF_MASK)
			return -EOVERFLOW;
	} while (!word_swap(mm, m, &old, old + FRAME_TCOUNT_ONE + 1));
	return 0;
}

/* May some CPU still write to the frame through an old translation? A domain may let go of another's frame by a mere write to
 * its page table, so where others had it mapped, that can be any CPU. */
static bool may_be_written(struct mm *mm, mfn_t m, uint64_t word)
{
	uint64_t cpus = word & FRAME_FOREIGN ? mm->frames->clock->cpus : cpus_of(mm);

	if (!flushclock_stale(mm->frames->clock, cpus, frame_stamp(mm->frames, m)))
		return false;
	mm->everywhere |= !!(word & FRAME_FOREIGN);
	return true;
}

/* First use as a table. The type is taken before the entries are read, so that nobody can make the frame writable; and all
 * CPUs have flushed since it last was, so that nobody can write it through an old translation. */
static int take_fresh(struct mm *mm, mfn_t m, unsigned level)
{
	uint64_t old = frame_word(mm->frames, m), type = (uint64_t)level << FRAME_TYPE_SHIFT;

	do {
		if ((old & FRAME_IS_FREE) || !(old & FRAME_REF_MASK))
			return -EINVAL;
		if (old & FRAME_TCOUNT_MASK)
			return -EBUSY;
		if (frame_type(old) != FRAME_NONE && frame_type(old) != type_of_level(level) &&
		    may_be_written(mm, m, old))
			return -EAGAIN;
		if ((old & FRAME_REF_MASK) == FRAME_REF_MASK)
			return -EOVERFLOW;
	} while (!word_swap(mm, m, &old, ((old & ~(FRAME_TYPE_MASK | FRAME_FOREIGN)) | type) + FRAME_TCOUNT_ONE + 1));
	return 0;
}

static int table_get(struct mm *mm, mfn_t m, unsigned level, struct work *w, bool *held)
{
	uint64_t word;
	int ret;

	*held = false;
	if (!frame_exists(mm->frames, m) || frame_owner(mm->frames, m) != mm->owner)
		return -EINVAL;
	word = frame_word(mm->frames, m);
	if ((word & FRAME_PARTIAL) && frame_type(word) == type_of_level(level)) {
		/* Somebody else's interrupted work: it has to be done, so do it. The reference remains his. */
		ret = validate(mm, m, level, w);
		if (ret)
			return ret;
	}
	ret = take_valid(mm, m, level);
	if (ret != -EBUSY) {
		*held = !ret;
		return ret;
	}
	ret = take_fresh(mm, m, level);
	if (ret)
		return ret;
	ret = validate(mm, m, level, w);
	*held = !ret || ret == -ERESTART || table_put(mm, m, level, w);
	return ret;
}

/* 0, or -ERESTART: the use is still held, and the table PARTIAL. */
static int table_put(struct mm *mm, mfn_t m, unsigned level, struct work *w)
{
	uint64_t old = frame_word(mm->frames, m), new;

	INVARIANT(frame_type(old) == type_of_level(level) && (old & FRAME_TCOUNT_MASK));
	while ((old & FRAME_TCOUNT_MASK) != FRAME_TCOUNT_ONE)
		if (word_swap(mm, m, &old, old - FRAME_TCOUNT_ONE - 1))
			return 0;
	if (old & FRAME_VALID) {
		frame_set_low(mm->frames, m, PTES_PER_TABLE);
		while (!word_swap(mm, m, &old, (old & ~FRAME_VALID) | FRAME_PARTIAL))
			;
	}
	if (devalidate(mm, m, level, w))
		return -ERESTART;
	frame_set_low(mm->frames, m, flushclock_stamp(mm->frames->clock));
	old = frame_word(mm->frames, m);
	do {
		new = (old & ~(FRAME_PARTIAL | FRAME_VALID)) - FRAME_TCOUNT_ONE - 1;
	} while (!word_swap(mm, m, &old, new));
	if (!(new &FRAME_REF_MASK))
		chain_released(mm, m);
	return 0;
}

unsigned ptable_level(const struct mm *mm, mfn_t m)
{
	uint64_t word;

	if (!frame_exists(mm->frames, m) || frame_owner(mm->frames, m) != mm->owner)
		return 0;
	word = frame_word(mm->frames, m);
	if ((word & FRAME_IS_FREE) || !(word & FRAME_VALID) || !(word & FRAME_TCOUNT_MASK))
		return 0;
	return frame_type(word);
}

/* ---- uses that may be interrupted ----------------------------------------------------------------------------- */

static void park(const struct mm *mm, struct parked *p, mfn_t m, unsigned level, bool undoing)
{
	INVARIANT(!p->mfn.n);
	*p = (struct parked){.mfn = m, .owner = mm->owner, .level = (uint8_t)level, .undoing = undoing};
}

/* Nothing is parked, and nothing of it says that something is left to be undone. */
static void unpark(struct parked *p)
{
	*p = (struct parked){0};
}

int ptable_drain(struct mm *mm, struct parked *p, struct work *w)
{
	if (p->mfn.n) {
		if (table_put(mm, p->mfn, p->level, w))
			return -ERESTART;
		unpark(p);
	}
	return 0;
}

/* The same call again after an interruption: the use is ours already, only validation has to go on. */
static int acquire_parked(struct mm *mm, struct parked *p, struct work *w)
{
	unsigned level = p->level;
	mfn_t m = p->mfn;
	int ret = 0;

	if (!(frame_word(mm->frames, m) & FRAME_VALID))
		ret = validate(mm, m, level, w);
	if (ret == -ERESTART)
		return ret;
	unpark(p);
	if (ret && table_put(mm, m, level, w))
		park(mm, p, m, level, true);
	return ret;
}

int ptable_acquire(struct mm *mm, struct parked *p, mfn_t m, unsigned level, struct work *w)
{
	bool held;
	int ret;

	if (unlikely(p->mfn.n)) {
		if (mfn_eq(p->mfn, m) && p->level == level && !p->undoing)
			return acquire_parked(mm, p, w);
		ret = ptable_drain(mm, p, w);
		if (ret)
			return ret;
	}
	ret = table_get(mm, m, level, w, &held);
	if (unlikely(ret && held))
		park(mm, p, m, level, ret != -ERESTART);
	return ret;
}

int ptable_drop(struct mm *mm, struct parked *p, mfn_t m, unsigned level, struct work *w)
{
	int ret;

	INVARIANT(!p->mfn.n);
	ret = table_put(mm, m, level, w);
	if (unlikely(ret))
		park(mm, p, m, level, true);
	return ret;
}

int ptable_pin(struct mm *mm, struct parked *p, mfn_t m, unsigned level, struct work *w)
{
	int ret = ptable_acquire(mm, p, m, level, w);

	if (ret)
		return ret;
	if (!(__atomic_fetch_or(&mm->frames->word[m.n], FRAME_PINNED, __ATOMIC_ACQ_REL) & FRAME_PINNED))
		return 0;
	(void)table_put(mm, m, level, w); /* not the last use: the pin's is another */
	return -EINVAL;
}

int ptable_unpin(struct mm *mm, struct parked *p, mfn_t m, struct work *w)
{
	uint64_t old;
	int ret;

	if (!frame_exists(mm->frames, m) || frame_owner(mm->frames, m) != mm->owner)
		return -EINVAL;
	ret = ptable_drain(mm, p, w);
	if (ret)
		return ret;
	old = frame_word(mm->frames, m);
	do {
		if ((old & FRAME_IS_FREE) || !(old & FRAME_PINNED))
			return -EINVAL;
	} while (!word_swap(mm, m, &old, old & ~FRAME_PINNED));
	return ptable_drop(mm, p, m, frame_type(old), w);
}

static int write_upper(struct mm *mm, struct parked *p, mfn_t m, unsigned level, unsigned index, uint64_t entry,
		       struct work *w)
{
	uint64_t *slot = (uint64_t *)frame_contents(mm->frames, m) + index;
	uint64_t old = __atomic_load_n(slot, __ATOMIC_RELAXED);
	int ret;

	if (is_our_slot(level, index))
		return -EPERM;
	if (entry & PTE_P) {
		if (!entry_allowed(mm, entry))
			return -EINVAL;
		entry |= PTE_US;
		if ((old & PTE_P) && mfn_eq(pte_mfn(old), pte_mfn(entry))) {
			__atomic_store_n(slot, entry, __ATOMIC_RELEASE);
			return 0;
		}
		ret = ptable_acquire(mm, p, pte_mfn(entry), level - 1, w);
		if (ret)
			return ret;
	}
	old = __atomic_exchange_n(slot, entry, __ATOMIC_ACQ_REL);
	return old & PTE_P ? ptable_drop(mm, p, pte_mfn(old), level - 1, w) : 0;
}

/* What is parked may be all that holds m. Unless this call goes on with it, it ends before m's entries are looked at. */
static int settle_before_write(struct mm *mm, struct parked *p, mfn_t m, unsigned level, uint64_t entry, struct work *w)
{
	int ret;

	if ((entry & PTE_P) && mfn_eq(p->mfn, pte_mfn(entry)) && p->level == level - 1 && !p->undoing)
		return 0;
	ret = ptable_drain(mm, p, w);
	return !ret && ptable_level(mm, m) != level ? -EINVAL : ret;
}

int ptable_write(struct mm *mm, struct parked *p, mfn_t m, unsigned level, unsigned index, uint64_t entry,
		 enum ptable_write how, struct work *w)
{
	int ret;

	INVARIANT(ptable_level(mm, m) == level && index < PTES_PER_TABLE);
	if (level == 1)
		return ptable_write_l1(mm, (uint64_t *)frame_contents(mm->frames, m) + index, entry, how);
	if (unlikely(p->mfn.n)) {
		ret = settle_before_write(mm, p, m, level, entry, w);
		if (ret)
			return ret;
	}
	if (how == PTABLE_PRESERVE_AD)
		entry |= ((uint64_t *)frame_contents(mm->frames, m))[index] & PTE_A;
	return write_upper(mm, p, m, level, index, entry, w);
}
