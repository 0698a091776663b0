/* test_execute.c - emulated writes against what the CPU this test runs on does */
#include "core/execute.h"
#include "lib/errno.h"
#include "unit.h"

#define FLAGS 0x8d5 /* CF PF AF ZF SF OF */

static const uint64_t samples[] = {0,
				   1,
				   2,
				   0x7f,
				   0x80,
				   0xff,
				   0x7fff,
				   0x8000,
				   0x7fffffff,
				   0x80000000,
				   0xffffffff,
				   0x7fffffffffffffff,
				   0x8000000000000000,
				   0xffffffffffffffff,
				   0x123456789abcdef0};

/* Computes kind on (old, source) of `size` bytes with the carry given. */
static struct insn_effect computed(enum insn_kind kind, unsigned size, uint64_t old, uint64_t source, unsigned carry)
{
	struct insn insn = {.kind = (uint8_t)kind, .size = (uint8_t)size, .address_size = 8, .reg = 1, .memory = true};
	struct cpu_user_regs regs = {.rcx = source, .rflags = 2 | carry};
	struct insn_effect e;

	CU_ASSERT_EQUAL_FATAL(insn_compute(&insn, &regs, old, &e), 0);
	return e;
}

/* The CPU's own answer. */
#define BY_CPU(name, type, op)                                                                                         \
	static uint64_t name(uint64_t old, uint64_t source, unsigned carry, uint64_t *flags)                           \
	{                                                                                                              \
		type m = (type)old, s = (type)source;                                                                  \
		__asm__ volatile("btl $0, %3\n\t" op "\n\tpushfq\n\tpop %1"                                            \
				 : "+r"(m), "=r"(*flags), "+r"(s)                                                      \
				 : "r"(carry)                                                                          \
				 : "cc");                                                                              \
		return m;                                                                                              \
	}

typedef uint64_t by_cpu(uint64_t old, uint64_t source, unsigned carry, uint64_t *flags);

#define ALL_SIZES(op, two)                                                                                             \
	BY_CPU(op##_1, uint8_t, #op "b " two "%0")                                                                     \
	BY_CPU(op##_2, uint16_t, #op "w " two "%0")                                                                    \
	BY_CPU(op##_4, uint32_t, #op "l " two "%0")                                                                    \
	BY_CPU(op##_8, uint64_t, #op "q " two "%0")                                                                    \
	static by_cpu *const cpu_##op[] = {op##_1, op##_2, op##_4, op##_8};

ALL_SIZES(add, "%2, ")
ALL_SIZES(adc, "%2, ")
ALL_SIZES(sub, "%2, ")
ALL_SIZES(sbb, "%2, ")
ALL_SIZES(and, "%2, ")
ALL_SIZES(or, "%2, ")
ALL_SIZES(xor, "%2, ")
ALL_SIZES(inc, "")
ALL_SIZES(dec, "")
ALL_SIZES(not, "")
ALL_SIZES(neg, "")

static const struct {
	enum insn_kind kind;
	by_cpu *const *by_cpu;
	uint64_t flags; /* that are defined */
} operations[] = {
	{INSN_ADD, cpu_add, FLAGS},	    {INSN_ADC, cpu_adc, FLAGS},		{INSN_SUB, cpu_sub, FLAGS},
	{INSN_SBB, cpu_sbb, FLAGS},	    {INSN_AND, cpu_and, FLAGS & ~0x10}, {INSN_OR, cpu_or, FLAGS & ~0x10},
	{INSN_XOR, cpu_xor, FLAGS & ~0x10}, {INSN_INC, cpu_inc, FLAGS},		{INSN_DEC, cpu_dec, FLAGS},
	{INSN_NOT, cpu_not, FLAGS & 1},	    {INSN_NEG, cpu_neg, FLAGS},
};

TEST(arithmetic_gives_the_cpus_results_and_flags)
{
	unsigned wrong = 0;

	for (size_t op = 0; op < ARRAY_SIZE(operations); op++)
		for (unsigned s = 0; s < 4; s++)
			for (size_t a = 0; a < ARRAY_SIZE(samples); a++)
				for (size_t b = 0; b < ARRAY_SIZE(samples) * 2; b++) {
					uint64_t flags, source = samples[b / 2], value;
					struct insn_effect e =
						computed(operations[op].kind, 1u << s, samples[a], source, b & 1);

					value = operations[op].by_cpu[s](samples[a], source, b & 1, &flags);
					wrong += value != e.value || !e.write;
					wrong += ((flags ^ e.rflags) & operations[op].flags) != 0;
				}
	CU_ASSERT_EQUAL(wrong, 0);
}

TEST(bits_are_set_cleared_and_toggled)
{
	struct insn_effect e = computed(INSN_BTS, 8, 0x10, 64 + 5, 0);

	CU_ASSERT_EQUAL(e.value, 0x30);
	CU_ASSERT_EQUAL(e.rflags & 1, 0);
	e = computed(INSN_BTR, 4, 0x30, 5, 0);
	CU_ASSERT_EQUAL(e.value, 0x10);
	CU_ASSERT_EQUAL(e.rflags & 1, 1);
	e = computed(INSN_BTC, 8, 0x30, 63, 0);
	CU_ASSERT_EQUAL(e.value, 0x8000000000000030);
}

TEST(cmpxchg_writes_only_when_it_matches)
{
	struct insn insn = {.kind = INSN_CMPXCHG, .size = 8, .reg = 2, .memory = true, .length = 5};
	struct cpu_user_regs regs = {.rax = 7, .rdx = 9, .rip = 0x1000};
	struct insn_effect e;

	CU_ASSERT_EQUAL(insn_compute(&insn, &regs, 7, &e), 0);
	CU_ASSERT_TRUE(e.write);
	CU_ASSERT_EQUAL(e.value, 9);
	CU_ASSERT_TRUE(e.rflags & 0x40);
	CU_ASSERT_EQUAL(insn_compute(&insn, &regs, 8, &e), 0);
	CU_ASSERT_FALSE(e.write);
	CU_ASSERT_FALSE(e.rflags & 0x40);
	CU_ASSERT_EQUAL(regs.rax, 7);
	insn_commit(&insn, &regs, &e);
	CU_ASSERT_EQUAL(regs.rax, 8);
	CU_ASSERT_EQUAL(regs.rip, 0x1005);
}

TEST(xchg_and_xadd_hand_back_the_old_value_at_commit)
{
	struct insn insn = {.kind = INSN_XCHG, .size = 8, .reg = 1, .memory = true, .length = 3};
	struct cpu_user_regs regs = {.rcx = 5};
	struct insn_effect e;

	CU_ASSERT_EQUAL(insn_compute(&insn, &regs, 77, &e), 0);
	CU_ASSERT_EQUAL(e.value, 5);
	insn_commit(&insn, &regs, &e);
	CU_ASSERT_EQUAL(regs.rcx, 77);
	insn.kind = INSN_XADD;
	CU_ASSERT_EQUAL(insn_compute(&insn, &regs, 3, &e), 0);
	CU_ASSERT_EQUAL(e.value, 80);
	insn_commit(&insn, &regs, &e);
	CU_ASSERT_EQUAL(regs.rcx, 3);
}

TEST(a_repeated_store_advances_one_by_one)
{
	struct insn insn = {.kind = INSN_STOS, .size = 8, .address_size = 8, .repeat = true, .length = 3};
	struct cpu_user_regs regs = {.rax = 0xab, .rcx = 2, .rdi = 0x1000, .rip = 0x500};
	struct insn_effect e;

	CU_ASSERT_EQUAL(insn_compute(&insn, &regs, 1, &e), 0);
	CU_ASSERT_EQUAL(e.value, 0xab);
	insn_commit(&insn, &regs, &e);
	CU_ASSERT_EQUAL(regs.rdi, 0x1008);
	CU_ASSERT_EQUAL(regs.rcx, 1);
	CU_ASSERT_EQUAL(regs.rip, 0x500);
	insn_commit(&insn, &regs, &e);
	CU_ASSERT_EQUAL(regs.rcx, 0);
	CU_ASSERT_EQUAL(regs.rip, 0x503);
	CU_ASSERT_EQUAL(insn_compute(&insn, &regs, 1, &e), 0); /* none left to do */
	CU_ASSERT_FALSE(e.write);
	insn_commit(&insn, &regs, &e);
	CU_ASSERT_EQUAL(regs.rdi, 0x1010);
	CU_ASSERT_EQUAL(regs.rip, 0x506);
}

/* What is compared with the CPU's own answers above serves as the reference. */
TEST(comparisons_change_flags_alone_and_the_register_may_be_the_destination)
{
	static const enum insn_kind pairs[][2] = {{INSN_CMP, INSN_SUB}, {INSN_TEST, INSN_AND}};
	struct insn insn = {.address_size = 8, .reg = 1, .memory = true, .to_register = true, .length = 2};

	for (size_t n = 0; n < 15 * 15; n++) {
		uint64_t memory = samples[n / 15], reg = samples[n % 15];
		struct cpu_user_regs regs = {.rcx = reg, .rflags = 2};
		struct insn_effect e, reference;

		for (unsigned k = 0; k < 2; k++) {
			e = computed(pairs[k][0], 4, memory, reg, 0);
			reference = computed(pairs[k][1], 4, memory, reg, 0);
			CU_ASSERT_EQUAL(e.rflags, reference.rflags);
			CU_ASSERT_FALSE(e.write);
			CU_ASSERT_EQUAL(e.reg, INSN_NO_REGISTER);
		}
		insn.kind = INSN_SUB;
		insn.size = 8;
		CU_ASSERT_EQUAL_FATAL(insn_compute(&insn, &regs, memory, &e), 0);
		reference = computed(INSN_SUB, 8, reg, memory, 0);
		CU_ASSERT_EQUAL(e.rflags, reference.rflags);
		CU_ASSERT_FALSE(e.write);
		insn_commit(&insn, &regs, &e);
		CU_ASSERT_EQUAL(regs.rcx, reg - memory);
		CU_ASSERT_EQUAL(regs.rip, 2);
		insn.kind = INSN_CMP;
		regs.rcx = reg;
		CU_ASSERT_EQUAL_FATAL(insn_compute(&insn, &regs, memory, &e), 0);
		CU_ASSERT_EQUAL(e.rflags, reference.rflags);
		insn_commit(&insn, &regs, &e);
		CU_ASSERT_EQUAL(regs.rcx, reg);
	}
}

/* A guest kernel's write into its page tables is done by this alone: what is refused here becomes its page fault. */
TEST(what_has_no_destination_in_memory_is_refused)
{
	struct insn insn = {.size = 4, .address_size = 8, .memory = true, .length = 3};
	struct cpu_user_regs regs = {.rax = 1};
	struct insn_effect e;

	for (unsigned kind = INSN_NONE; kind <= INSN_LOAD_WORD_SIGNED; kind++) {
		bool has_one = kind >= INSN_MOV && kind <= INSN_BTC && kind != INSN_MOVS && kind != INSN_CMPXCHG_PAIR;

		insn.kind = (uint8_t)kind;
		CU_ASSERT_EQUAL(insn_compute(&insn, &regs, 0, &e), has_one ? 0 : -EOPNOTSUPP);
	}
}

TEST(an_immediate_is_the_source)
{
	struct insn insn = {.kind = INSN_MOV, .size = 8, .has_imm = true, .imm = -2, .memory = true, .length = 7};
	struct cpu_user_regs regs = {.rax = 1};
	struct insn_effect e;

	CU_ASSERT_EQUAL(insn_compute(&insn, &regs, 0, &e), 0);
	CU_ASSERT_EQUAL(e.value, 0xfffffffffffffffe);
	insn.kind = INSN_CMPXCHG_PAIR;
	CU_ASSERT_EQUAL(insn_compute(&insn, &regs, 0, &e), -EOPNOTSUPP);
	insn.kind = INSN_IN;
	CU_ASSERT_EQUAL(insn_compute(&insn, &regs, 0, &e), -EOPNOTSUPP);
}
