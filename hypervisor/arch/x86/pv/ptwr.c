/* ptwr.c - the guest kernel writes to a page table as if to plain memory, and we do it for it
 *
 * Its page tables are mapped read-only, so the write faults. Linux does this some thousand times a boot, on level 1 only. The
 * instruction is decoded, its new value computed and put through the same checks as mmu_update's.
 */
#include "arch/x86/pv/pv.h"
#include "core/execute.h"
#include "kern/audit.h"
#include "kern/mm.h"
#include "lib/errno.h"

/* The entry's new value when `size` bytes of it, from `shift` bits on, become `value`. */
static uint64_t merge(uint64_t old, uint64_t value, unsigned shift, unsigned size)
{
	uint64_t mask = size == 8 ? ~0ULL : ((1ULL << 8 * size) - 1) << shift;

	return (old & ~mask) | (value << shift & mask);
}

static int write_entry(struct mm *mm, struct vcpu *v, const struct insn *insn, uint64_t *slot, unsigned shift,
		       struct insn_effect *effect)
{
	uint64_t old = __atomic_load_n(slot, __ATOMIC_RELAXED);
	int ret;

	do {
		ret = insn_compute(insn, &v->regs, merge(0, old >> shift, 0, insn->size), effect);
		if (!ret && effect->write)
			ret = ptable_swap_l1(mm, slot, &old, merge(old, effect->value, shift, insn->size));
	} while (ret == 1 || mm_again(mm, v->domain, ret));
	return ret;
}

bool pv_emulate_table_write(struct vcpu *v, uint64_t address)
{
	struct domain *d = v->domain;
	struct insn_effect effect;
	struct insn insn;
	struct mm mm;
	uint64_t pte;
	int ret = -EINVAL;

	pte = pv_read_l1(v, address);
	if (!pte || !frame_exists(&frames, pte_mfn(pte)) || frame_type(frame_word(&frames, pte_mfn(pte))) != FRAME_L1)
		return false;
	if (!pv_fetch(v, &insn) || !(insn.memory || insn.kind == INSN_STOS) || insn.segment != INSN_SEGMENT_FLAT ||
	    insn_address(&insn, &v->regs) != address || (address & (insn.size - 1)))
		return false;
	spin_lock(&d->mm_lock);
	mm = mm_begin(d, d->id);
	pte = pv_read_l1(v, address);
	if (pte && ptable_level(&mm, pte_mfn(pte)) == 1)
		ret = write_entry(&mm, v, &insn, (uint64_t *)((uint8_t *)mfn_to_virt(pte_mfn(pte)) + (address & 0xff8)),
				  8 * (address & 7), &effect);
	spin_unlock(&d->mm_lock);
	mm_end(&mm);
	audit_step(d);
	if (ret)
		return false;
	insn_commit(&insn, &v->regs, &effect);
	return true;
}
