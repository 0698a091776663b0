/* p2m.c - the physical memory of a guest under hardware virtualization: gfn to mfn */
#include "core/p2m.h"

#include "core/pte.h"
#include "lib/errno.h"

#define ENTRY_READ  PTE_P
#define ENTRY_WRITE PTE_RW
#define ENTRY_TABLE (PTE_P | PTE_RW | PTE_US)
#define ENTRY_LARGE PTE_PS
#define TYPE_SHIFT  52
#define TYPE_MASK   (7ULL << TYPE_SHIFT)

#define LEVELS 4

static uint64_t *table_at(const struct p2m *p, mfn_t m)
{
	return (uint64_t *)(void *)(p->direct + (m.n << PAGE_SHIFT));
}

/* How many gfns an entry of this level stands for, as an order. */
static unsigned order_of(unsigned level)
{
	return 9 * (level - 1);
}

static unsigned index_of(uint64_t gfn, unsigned level)
{
	return gfn >> order_of(level) & (PTES_PER_TABLE - 1);
}

static bool is_leaf(uint64_t entry, unsigned level)
{
	return level == 1 || (entry & ENTRY_LARGE);
}

static uint64_t leaf_entry(const struct p2m *p, mfn_t m, enum p2m_type type, unsigned order)
{
	uint64_t entry = pte_make(m, ENTRY_TABLE | p->leaf | (uint64_t)type << TYPE_SHIFT);

	if (type == P2M_GRANT_RO)
		entry &= ~ENTRY_WRITE;
	return order ? entry | ENTRY_LARGE : entry;
}

static struct p2m_entry entry_of_leaf(uint64_t leaf, unsigned level, uint64_t gfn)
{
	uint64_t within = gfn & (BIT(order_of(level)) - 1);

	return (struct p2m_entry){
		.mfn = mfn_add(pte_mfn(leaf & ~TYPE_MASK), within),
		.type = (enum p2m_type)((leaf & TYPE_MASK) >> TYPE_SHIFT),
		.order = order_of(level),
	};
}

void p2m_init(struct p2m *p, uint8_t *direct, uint64_t leaf, uint64_t limit)
{
	*p = (struct p2m){.direct = direct, .leaf = leaf, .limit = MIN(limit, BIT(36))};
}

struct p2m_entry p2m_lookup(const struct p2m *p, uint64_t gfn)
{
	mfn_t m = p->root;
	uint64_t entry;

	if (!m.n || gfn >= p->limit)
		return (struct p2m_entry){INVALID_MFN, P2M_HOLE, 0};
	for (unsigned level = LEVELS;; level--) {
		entry = __atomic_load_n(table_at(p, m) + index_of(gfn, level), __ATOMIC_ACQUIRE);
		if (!(entry & ENTRY_READ))
			return (struct p2m_entry){INVALID_MFN, P2M_HOLE, order_of(level)};
		if (is_leaf(entry, level))
			return entry_of_leaf(entry, level, gfn);
		m = pte_mfn(entry);
	}
}

/* ---- changing -------------------------------------------------------------------------------------------------- */

void p2m_add_spare(struct p2m *p, mfn_t m)
{
	p->spare[p->nr_spares++] = m;
}

static mfn_t take_spare(struct p2m *p)
{
	return p->spare[--p->nr_spares];
}

/* A large leaf becomes a table of 512 small ones, which show the same. */
static void split(struct p2m *p, uint64_t *slot)
{
	mfn_t table = take_spare(p);
	struct p2m_entry large = entry_of_leaf(*slot, 2, 0);
	uint64_t *entries = table_at(p, table);

	for (unsigned i = 0; i < PTES_PER_TABLE; i++)
		entries[i] = leaf_entry(p, mfn_add(large.mfn, i), large.type, 0);
	__atomic_store_n(slot, pte_make(table, ENTRY_TABLE), __ATOMIC_RELEASE);
}

/* The slot of gfn at `level`, with the tables above it made. NULL: *ret tells why. */
static uint64_t *slot_for(struct p2m *p, uint64_t gfn, unsigned level, int *ret)
{
	uint64_t *slot;
	mfn_t m;

	*ret = gfn >= p->limit ? -EINVAL : -ENOBUFS;
	if (gfn >= p->limit || p->nr_spares < P2M_SPARES)
		return NULL;
	if (!p->root.n) {
		p->root = take_spare(p);
		return NULL;
	}
	m = p->root;
	for (unsigned at = LEVELS;; at--) {
		slot = table_at(p, m) + index_of(gfn, at);
		if (at == level)
			return slot;
		if (!(*slot & ENTRY_READ))
			__atomic_store_n(slot, pte_make(take_spare(p), ENTRY_TABLE), __ATOMIC_RELEASE);
		else if (is_leaf(*slot, at))
			split(p, slot);
		m = pte_mfn(*slot);
	}
}

int p2m_set(struct p2m *p, uint64_t gfn, unsigned order, mfn_t m, enum p2m_type type)
{
	uint64_t *slot;
	int ret;

	slot = slot_for(p, gfn, order ? 2 : 1, &ret);
	if (!slot)
		return ret;
	if (order && (*slot & ENTRY_READ))
		return -EEXIST;
	__atomic_store_n(slot, leaf_entry(p, m, type, order), __ATOMIC_RELEASE);
	p->end = MAX(p->end, gfn + BIT(order));
	return 0;
}

int p2m_clear(struct p2m *p, uint64_t gfn)
{
	uint64_t *slot;
	int ret;

	if (p2m_lookup(p, gfn).type == P2M_HOLE)
		return 0;
	slot = slot_for(p, gfn, 1, &ret);
	if (!slot)
		return ret;
	__atomic_store_n(slot, 0, __ATOMIC_RELEASE);
	return 0;
}

/* ---- going through --------------------------------------------------------------------------------------------- */

static uint64_t *find_next(const struct p2m *p, uint64_t *gfn, struct p2m_entry *found)
{
	while (p->root.n && *gfn < p->end) {
		mfn_t m = p->root;
		unsigned level = LEVELS;
		uint64_t *slot;

		for (;; level--) {
			slot = table_at(p, m) + index_of(*gfn, level);
			if (!(*slot & ENTRY_READ) || is_leaf(*slot, level))
				break;
			m = pte_mfn(*slot);
		}
		if (*slot & ENTRY_READ) {
			*gfn = ROUND_DOWN(*gfn, BIT(order_of(level)));
			*found = entry_of_leaf(*slot, level, *gfn);
			return slot;
		}
		*gfn = ROUND_DOWN(*gfn, BIT(order_of(level))) + BIT(order_of(level));
	}
	return NULL;
}

bool p2m_next(const struct p2m *p, uint64_t *gfn, struct p2m_entry *found)
{
	return find_next(p, gfn, found) != NULL;
}

bool p2m_take_next(struct p2m *p, uint64_t *gfn, struct p2m_entry *taken)
{
	uint64_t *slot = find_next(p, gfn, taken);

	if (slot)
		__atomic_store_n(slot, 0, __ATOMIC_RELEASE);
	return slot;
}

/* The first entry of a table of level 2 or more that names a table, or NULL. */
static uint64_t *first_table(uint64_t *entries)
{
	for (unsigned i = 0; i < PTES_PER_TABLE; i++)
		if (entries[i] & ENTRY_READ)
			return &entries[i];
	return NULL;
}

bool p2m_free_table(struct p2m *p, mfn_t *m)
{
	uint64_t *slot = NULL, *next;

	if (p->nr_spares) {
		*m = take_spare(p);
		return true;
	}
	if (!p->root.n)
		return false;
	*m = p->root;
	for (unsigned level = LEVELS; level > 1; level--) {
		next = first_table(table_at(p, *m));
		if (!next)
			break;
		slot = next;
		*m = pte_mfn(*slot);
	}
	if (slot)
		*slot = 0;
	else
		p->root = MFN(0);
	return true;
}
