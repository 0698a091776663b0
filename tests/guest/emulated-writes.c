/* emulated-writes.c - a guest kernel writes into its level-1 tables as if they were memory
 *
 * Mechanism: the tables are mapped read-only, the write faults, the instruction is decoded, and what it would write goes
 * through the checks of mmu_update.
 * Promise: each form does what the CPU would do to memory, flags and registers included; an entry that mmu_update refuses is a
 * page fault, and the table is as before; upper tables and other read-only memory fault as they are.
 * Probe: an instruction at a time, on a pinned table, against what the manual says of it.
 */
#include "runtime/guest.h"

const char test_title[] = "page-table writes by plain instructions";

static table_t table, target, other;
static uint64_t *slot;

#define FORM(before, after, ...)                                                                                       \
	({                                                                                                             \
		struct outcome o_;                                                                                     \
		CHECK(!mmu_write(machine_of(slot), (before)), "cannot set the entry up");                              \
		o_ = TRY(__VA_ARGS__);                                                                                 \
		CHECK(o_.vector == TRAP_NONE, "%s: trap %d, cr2 %#lx", #__VA_ARGS__, o_.vector, o_.cr2);               \
		CHECK(*slot == (after), "%s: %#lx, and it should be %#lx", #__VA_ARGS__, *slot, (uint64_t)(after));    \
	})

static uint64_t entry, entry2;

static void moves(void)
{
	FORM(0, entry, "mov %0, (%1)" ::"r"(entry), "r"(slot) : "memory");
	FORM(entry, entry2, "mov %0, (%1)" ::"r"(entry2), "r"(slot) : "memory");
	FORM(entry, 0, "movq $0, (%0)" ::"r"(slot) : "memory");
	FORM(entry, (entry & ~0xffUL) | 0x25, "movb $0x25, (%0)" ::"r"(slot) : "memory");
	FORM(0, 0x4240, "movw $0x4240, (%0)" ::"r"(slot) : "memory");
	FORM(0, 0x12345600, "movl $0x12345600, (%0)" ::"r"(slot) : "memory");
	FORM(0, 0x12345600UL << 32, "movl $0x12345600, 4(%0)" ::"r"(slot) : "memory");
	FORM(0, entry, "mov %0, (%1, %2, 8)" ::"r"(entry), "r"(slot - 16), "r"(16UL) : "memory");
	FORM(entry, entry2, "xchg %0, (%1)" ::"r"(entry2), "r"(slot) : "memory");
	FORM(0, entry, "stosq" ::"a"(entry), "D"(slot) : "memory");
	FORM(0, entry, "rep stosq" ::"a"(entry), "D"(slot), "c"(1) : "memory");
	CHECK(slot[1] == 0, "rep stosq went too far");
	FORM(0, entry, "movnti %0, (%1)" ::"r"(entry), "r"(slot) : "memory");
}

static void arithmetic(void)
{
	FORM(entry, entry & ~PTE_WRITABLE, "andq $~2, (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry, entry & ~PTE_WRITABLE, "lock andq $~2, (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry & ~PTE_WRITABLE, entry, "orb $2, (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry, entry & ~PTE_WRITABLE, "lock btrq $1, (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry & ~PTE_WRITABLE, entry, "lock btsq $1, (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry, entry ^ PTE_DIRTY, "btcq $6, (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry, entry ^ PTE_DIRTY, "xorq $0x40, (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry, entry - 0x40, "subq $0x40, (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry - 0x40, entry, "addq $0x40, (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry - 0x40, entry, "lock xadd %0, (%1)" ::"r"(0x40UL), "r"(slot) : "memory", "cc");
	FORM(entry - 1, entry, "incq (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry, entry - 1, "decq (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry, ~entry, "notq (%0)" ::"r"(slot) : "memory", "cc");
	FORM(0x10, -0x10UL, "negq (%0)" ::"r"(slot) : "memory", "cc");
	FORM(entry, entry2, "lock cmpxchg %0, (%1)" ::"r"(entry2), "r"(slot), "a"(entry) : "memory", "cc");
	FORM(entry, entry, "lock cmpxchg %0, (%1)" ::"r"(entry2), "r"(slot), "a"(0) : "memory", "cc");
}

/* The CPU's own answer is at hand: the same instruction, on memory. */
static void results(void)
{
	static uint64_t memory;
	uint64_t a, b, fa, fb;

#define BOTH(start, text, ...)                                                                                         \
	do {                                                                                                           \
		memory = (start);                                                                                      \
		CHECK(!mmu_write(machine_of(slot), (start)), "cannot set the entry up");                               \
		a = b = (__VA_ARGS__);                                                                                 \
		__asm__ volatile(text "; pushfq; pop %1"                                                               \
				 : "+r"(a), "=r"(fa)                                                                   \
				 : "r"(&memory), "a"(entry)                                                            \
				 : "memory", "cc");                                                                    \
		__asm__ volatile(text "; pushfq; pop %1"                                                               \
				 : "+r"(b), "=r"(fb)                                                                   \
				 : "r"(slot), "a"(entry)                                                               \
				 : "memory", "cc");                                                                    \
		CHECK(memory == *slot && a == b && (fa & 0x8d5) == (fb & 0x8d5),                                       \
		      "%s: %#lx, register %#lx, flags %#lx, and it should be %#lx, %#lx, %#lx", text, *slot, b,        \
		      fb & 0x8d5, memory, a, fa & 0x8d5);                                                              \
	} while (0)
	BOTH(entry, "xchg %0, (%2)", entry2);
	BOTH(entry, "lock xadd %0, (%2)", 0x200);
	BOTH(entry, "lock cmpxchg %0, (%2)", entry2);
	BOTH(entry2, "lock cmpxchg %0, (%2)", entry2);
	BOTH(entry, "add %0, (%2)", 0x200UL);
	BOTH(entry, "sub %0, (%2)", entry);
	BOTH(0x8000000000000000, "add %0, (%2)", 0x8000000000000000);
	BOTH(0x10, "stc; adc %0, (%2)", 0x0f);
	BOTH(entry, "stc; sbb %0, (%2)", 2);
	BOTH(entry, "stc; decq (%2)", 0);
	BOTH(entry, "lock btrq $1, (%2)", 0);
	BOTH(0, "lock btrq $1, (%2)", 0);
}

static void refused_entry(uint64_t value, const char *what)
{
	struct outcome o;

	NEED(!mmu_write(machine_of(slot), entry), "cannot set the entry up");
	o = TRY("mov %0, (%1)" ::"r"(value), "r"(slot) : "memory");
	CHECK(o.vector == TRAP_PF && o.cr2 == (uint64_t)slot, "%s: trap %d, cr2 %#lx", what, o.vector, o.cr2);
	CHECK((o.at.error_code & 3) == 3, "%s: error code %#lx", what, o.at.error_code);
	CHECK(*slot == entry, "%s: the entry became %#lx", what, *slot);
}

static void refused(void)
{
	uint64_t *upper = entry_of(target, 2);
	struct outcome o;

	refused_entry(mfn_of(table) << 12 | PTE_PLAIN, "the table itself, writable");
	refused_entry(mfn_of(upper) << 12 | PTE_PLAIN, "an L2, writable");
	refused_entry(0x7fffffffffUL << 12 | PTE_PLAIN, "memory that is not there");
	o = TRY("mov %0, (%1)" ::"r"(*upper), "r"(upper) : "memory");
	CHECK(o.vector == TRAP_PF, "a write to an L2: trap %d", o.vector);
	EXPECT(make_readonly(other), 0);
	o = TRY("movq $1, %0" : "=m"(other[0]));
	CHECK(o.vector == TRAP_PF, "a write to plain read-only memory: trap %d", o.vector);
	o = TRY("movq $1, (%0)" ::"r"((uint64_t)slot + 4) : "memory");
	CHECK(o.vector == TRAP_PF, "a write across two entries: trap %d", o.vector);
	EXPECT(make_writable(other), 0);
}

void test_main(void)
{
	slot = &table[5];
	entry = mfn_of(target) << 12 | PTE_PLAIN | PTE_GLOBAL; /* it would be added */
	entry2 = mfn_of(other) << 12 | PTE_PLAIN | PTE_GLOBAL;
	NEED(!make_readonly(table) && !mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table)), "no table");
	moves();
	arithmetic();
	results();
	refused();
	EXPECT(mmu_write(machine_of(slot), 0), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(table)), 0);
	EXPECT(make_writable(table), 0);
}
