/* frame.c - whose a frame of memory is, and as what it is used */
#include "core/frame.h"
#include "lib/errno.h"
#include "lib/invariant.h"

/* One step of a compare-and-swap loop: on failure *old is what the word holds now. */
static inline bool word_swap(struct frames *f, mfn_t m, uint64_t *old, uint64_t new)
{
	return __atomic_compare_exchange_n(&f->word[m.n], old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static inline bool in_use(uint64_t word)
{
	return !(word & FRAME_IS_FREE) && (word & FRAME_REF_MASK);
}

void frame_assign(struct frames *f, mfn_t m, uint16_t owner)
{
	INVARIANT(f->word[m.n] == 0);
	f->aux[m.n] = (uint32_t)owner << 16 | (f->aux[m.n] & 0xffff);
	__atomic_store_n(&f->word[m.n], FRAME_ALLOCATED | 1, __ATOMIC_RELEASE);
}

/* With a reference held the owner cannot change but by frame_take, which needs ours to be the only one: so look after. */
static inline int get_checked(struct frames *f, mfn_t m, bool any, uint16_t *owner)
{
	uint64_t old = frame_word(f, m);

	do {
		if (!in_use(old))
			return -EINVAL;
		if ((old & FRAME_REF_MASK) == FRAME_REF_MASK)
			return -EOVERFLOW;
	} while (!word_swap(f, m, &old, old + 1));
	if (any)
		*owner = frame_owner(f, m);
	else if (frame_owner(f, m) != *owner) {
		(void)frame_put(f, m);
		return -EINVAL;
	}
	return 0;
}

int frame_get(struct frames *f, mfn_t m, uint16_t owner)
{
	if (frame_owner(f, m) != owner)
		return -EINVAL;
	return get_checked(f, m, false, &owner);
}

int frame_get_any(struct frames *f, mfn_t m, uint16_t *owner)
{
	return get_checked(f, m, true, owner);
}

bool frame_put(struct frames *f, mfn_t m)
{
	uint64_t old = frame_word(f, m);

	do {
		INVARIANT(in_use(old));
	} while (!word_swap(f, m, &old, old - 1));
	INVARIANT((old & FRAME_REF_MASK) != 1 || !(old & (FRAME_TCOUNT_MASK | FRAME_ALLOCATED)));
	return (old & FRAME_REF_MASK) == 1;
}

int frame_unallocate(struct frames *f, mfn_t m, bool *last)
{
	uint64_t old = frame_word(f, m);

	do {
		if ((old & FRAME_IS_FREE) || !(old & FRAME_ALLOCATED))
			return -EINVAL;
	} while (!word_swap(f, m, &old, (old & ~FRAME_ALLOCATED) - 1));
	*last = (old & FRAME_REF_MASK) == 1;
	return 0;
}

/* May a frame of this word become (or go on being) writable? New word, or an error. */
static inline int add_writable(struct frames *f, mfn_t m, uint64_t old, uint64_t cpus, uint64_t *new)
{
	const uint64_t writable = (uint64_t)FRAME_WRITABLE << FRAME_TYPE_SHIFT;

	if (old & FRAME_TCOUNT_MASK) {
		if (frame_type(old) != FRAME_WRITABLE)
			return -EBUSY;
		if ((old & FRAME_TCOUNT_MASK) == FRAME_TCOUNT_MASK)
			return -EOVERFLOW;
	} else if (frame_type(old) != FRAME_WRITABLE && frame_type(old) != FRAME_NONE &&
		   flushclock_stale(f->clock, cpus, frame_stamp(f, m))) {
		return -EAGAIN;
	}
	*new = ((old & ~FRAME_TYPE_MASK) | writable) + FRAME_TCOUNT_ONE;
	return 0;
}

int frame_get_writable(struct frames *f, mfn_t m, uint64_t cpus)
{
	uint64_t old = frame_word(f, m), new;
	int ret;

	do {
		ret = add_writable(f, m, old, cpus, &new);
		if (ret)
			return ret;
	} while (!word_swap(f, m, &old, new));
	return 0;
}

/* The stamp is written while we still hold the last use: nobody else looks at it before the count is zero. */
static inline void stamp_if_last(struct frames *f, mfn_t m, uint64_t old)
{
	INVARIANT(frame_type(old) == FRAME_WRITABLE && (old & FRAME_TCOUNT_MASK));
	if ((old & FRAME_TCOUNT_MASK) == FRAME_TCOUNT_ONE)
		frame_set_low(f, m, flushclock_stamp(f->clock));
}

void frame_put_writable(struct frames *f, mfn_t m)
{
	uint64_t old = frame_word(f, m);

	do {
		stamp_if_last(f, m, old);
	} while (!word_swap(f, m, &old, old - FRAME_TCOUNT_ONE));
}

/* In use as writable already, as most are that somebody wants to write to; and the counts do not overflow. */
static inline bool is_writable(uint64_t word)
{
	const uint64_t writable = (uint64_t)FRAME_WRITABLE << FRAME_TYPE_SHIFT;
	uint64_t uses = word & FRAME_TCOUNT_MASK;

	return (word & (FRAME_TYPE_MASK | FRAME_IS_FREE)) == writable && uses - 1 < FRAME_TCOUNT_MASK - 1 &&
	       (word & FRAME_REF_MASK) != FRAME_REF_MASK;
}

static __attribute__((noinline)) int get_both(struct frames *f, mfn_t m, uint16_t owner, uint64_t cpus)
{
	uint64_t old = frame_word(f, m), new;
	int ret;

	do {
		if (!in_use(old))
			return -EINVAL;
		if ((old & FRAME_REF_MASK) == FRAME_REF_MASK)
			return -EOVERFLOW;
		ret = add_writable(f, m, old, cpus, &new);
		if (ret)
			return ret;
	} while (!word_swap(f, m, &old, new + 1));
	if (frame_owner(f, m) != owner) {
		(void)frame_put_both(f, m);
		return -EINVAL;
	}
	return 0;
}

int frame_get_both(struct frames *f, mfn_t m, uint16_t owner, uint64_t cpus)
{
	uint64_t old = frame_word(f, m);

	if (unlikely(frame_owner(f, m) != owner))
		return -EINVAL;
	if (unlikely(!is_writable(old) || !word_swap(f, m, &old, old + FRAME_TCOUNT_ONE + 1)))
		return get_both(f, m, owner, cpus);
	if (unlikely(frame_owner(f, m) != owner)) {
		(void)frame_put_both(f, m);
		return -EINVAL;
	}
	return 0;
}

bool frame_put_both(struct frames *f, mfn_t m)
{
	uint64_t old = frame_word(f, m);

	do {
		stamp_if_last(f, m, old);
	} while (!word_swap(f, m, &old, old - FRAME_TCOUNT_ONE - 1));
	return (old & FRAME_REF_MASK) == 1;
}

void frame_share(struct frames *f, mfn_t m, uint16_t owner, bool writable)
{
	uint64_t type = writable ? FRAME_WRITABLE : FRAME_NONE;

	INVARIANT(f->word[m.n] == 0);
	f->aux[m.n] = (uint32_t)owner << 16;
	__atomic_store_n(&f->word[m.n], type << FRAME_TYPE_SHIFT | FRAME_TCOUNT_ONE | 1, __ATOMIC_RELEASE);
}

bool frame_unshare(struct frames *f, mfn_t m)
{
	uint64_t old = frame_word(f, m);

	do {
		INVARIANT((old & FRAME_TCOUNT_MASK) && (old & FRAME_REF_MASK));
	} while (!word_swap(f, m, &old, old - FRAME_TCOUNT_ONE - 1));
	return (old & FRAME_REF_MASK) == 1;
}

int frame_take(struct frames *f, mfn_t m, uint16_t from)
{
	uint64_t old = frame_word(f, m);

	do {
		if (frame_owner(f, m) != from || (old & FRAME_IS_FREE) ||
		    (old & ~(FRAME_TYPE_MASK | FRAME_FOREIGN)) != (FRAME_ALLOCATED | 1))
			return -EBUSY;
	} while (!word_swap(f, m, &old, 0));
	f->aux[m.n] = (uint32_t)OWNER_NONE << 16 | (f->aux[m.n] & 0xffff);
	return 0;
}
