/* guest_walk.c - from a linear to a physical address, by page tables that a guest keeps for itself */
#include "core/guest_walk.h"

#include "core/hvm_modes.h"
#include "core/pte.h"
#include "lib/errno.h"

#define ERROR_PRESENT  1u
#define ERROR_RESERVED 8u

struct walk {
	unsigned levels, entry_size, index_bits;
	uint64_t table;	 /* physical address of the table of this level */
	uint64_t rights; /* RW and US of all levels so far */
	bool nx;
};

static struct walk begin(const struct guest_tables *t)
{
	bool pae = t->cr4 & HVM_CR4_PAE, lma = t->efer & HVM_EFER_LMA;
	struct walk w = {.levels = lma	 ? 4
				   : pae ? 3
					 : 2,
			 .entry_size = pae ? 8 : 4,
			 .index_bits = pae ? 9 : 10,
			 .rights = PTE_RW | PTE_US};

	if (lma)
		w.table = t->cr3 & PTE_FRAME_MASK;
	else
		w.table = t->cr3 & (pae ? 0xffffffe0 : 0xfffff000);
	return w;
}

static bool set_bits(void *entry, unsigned size, uint64_t seen, uint64_t bits)
{
	uint32_t low = (uint32_t)seen;

	if ((seen & bits) == bits)
		return true;
	if (size == 4)
		return __atomic_compare_exchange_n((uint32_t *)entry, &low, low | (uint32_t)bits, false,
						   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	return __atomic_compare_exchange_n((uint64_t *)entry, &seen, seen | bits, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

static bool allowed(const struct guest_tables *t, const struct walk *w, unsigned access)
{
	if ((access & WALK_USER) && !(w->rights & PTE_US))
		return false;
	if ((access & WALK_WRITE) && !(w->rights & PTE_RW) && ((access & WALK_USER) || (t->cr0 & HVM_CR0_WP)))
		return false;
	return !((access & WALK_FETCH) && w->nx);
}

static bool is_large(const struct guest_tables *t, const struct walk *w, unsigned level, uint64_t entry)
{
	if (!(entry & PTE_PS))
		return false;
	if (level == 2)
		return w->entry_size == 8 || (t->cr4 & HVM_CR4_PSE);
	return level == 3 && w->levels == 4;
}

/* Bits of the linear address that a leaf of this level leaves over. */
static unsigned leaf_shift(const struct walk *w, unsigned level)
{
	return PAGE_SHIFT + w->index_bits * (level - 1);
}

static uint64_t leaf_base(const struct walk *w, unsigned level, uint64_t entry)
{
	/* PSE-36: four MiB pages above 4 GiB have their upper bits in 20-13. */
	if (level == 2 && w->entry_size == 4)
		return (entry & 0xffc00000) | (entry & 0x1fe000) << 19;
	return entry & PTE_FRAME_MASK & ~(BIT(leaf_shift(w, level)) - 1);
}

/* One level: 1 a leaf, 0 go on, -EFAULT, -EAGAIN: the entry has just changed. */
static int step(const struct guest_tables *t, struct walk *w, unsigned level, uint64_t linear, unsigned access,
		uint32_t *error)
{
	unsigned index = linear >> leaf_shift(w, level) & (BIT(w->index_bits) - 1);
	bool pae_top = w->levels == 3 && level == 3, leaf;
	uint8_t *frame = t->frame(t->context, w->table >> PAGE_SHIFT);
	uint64_t entry, bits = PTE_A;
	void *slot;

	if (!frame)
		return -EFAULT;
	slot = frame + (w->table & ~PAGE_MASK) + (uint64_t)(pae_top ? index & 3 : index) * w->entry_size;
	entry = w->entry_size == 8 ? __atomic_load_n((uint64_t *)slot, __ATOMIC_ACQUIRE)
				   : __atomic_load_n((uint32_t *)slot, __ATOMIC_ACQUIRE);
	if (!(entry & PTE_P))
		return -EFAULT;
	leaf = level == 1 || is_large(t, w, level, entry);
	*error |= ERROR_PRESENT;
	if (w->entry_size == 8 && (entry & PTE_NX) && !(t->efer & HVM_EFER_NX)) {
		*error |= ERROR_RESERVED;
		return -EFAULT;
	}
	if (!pae_top) {
		w->rights &= entry;
		w->nx |= w->entry_size == 8 && (entry & PTE_NX);
	}
	if (leaf && !allowed(t, w, access))
		return -EFAULT;
	if (leaf && (access & WALK_WRITE))
		bits |= PTE_D;
	if (!pae_top && !set_bits(slot, w->entry_size, entry, bits))
		return -EAGAIN;
	if (!leaf)
		*error &= ~ERROR_PRESENT;
	w->table = leaf ? leaf_base(w, level, entry) : entry & PTE_FRAME_MASK;
	return leaf;
}

int guest_walk(const struct guest_tables *t, uint64_t linear, unsigned access, uint64_t *physical, uint32_t *error)
{
	struct walk w, before;
	unsigned level;
	int ret;

	*error = access & (WALK_WRITE | WALK_USER);
	if ((access & WALK_FETCH) && (t->efer & HVM_EFER_NX))
		*error |= WALK_FETCH;
	if (!(t->efer & HVM_EFER_LMA))
		linear &= 0xffffffff;
	else if (!is_canonical(linear))
		return -EFAULT;
	if (!(t->cr0 & HVM_CR0_PG)) {
		*physical = linear;
		return 0;
	}
	w = begin(t);
	for (level = w.levels;; level -= !ret) {
		before = w;
		ret = step(t, &w, level, linear, access, error);
		if (ret == -EAGAIN) {
			w = before;
			*error &= ~ERROR_PRESENT;
			ret = 1;
			continue;
		}
		if (ret < 0)
			return ret;
		if (ret)
			break;
	}
	*physical = w.table + (linear & (BIT(leaf_shift(&w, level)) - 1));
	return 0;
}
