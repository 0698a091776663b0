/* test_string_insn.c - string instructions in parts, against what the CPU this test runs on does */
#include "core/string_insn.h"
#include "unit.h"

static const struct insn movsw = {
	.kind = INSN_MOVS, .size = 2, .address_size = 8, .repeat = true, .length = 3, .high_bytes = true};

/* The CPU's own: how it leaves its registers. */
#define BY_CPU(insn, r)                                                                                                \
	__asm__ volatile(insn : "+D"((r)->rdi), "+S"((r)->rsi), "+c"((r)->rcx), "+a"((r)->rax) : : "memory", "cc")

static void same(const struct cpu_user_regs *a, const struct cpu_user_regs *b)
{
	CU_ASSERT_EQUAL(a->rdi, b->rdi);
	CU_ASSERT_EQUAL(a->rsi, b->rsi);
	CU_ASSERT_EQUAL(a->rcx, b->rcx);
}

TEST(the_registers_are_as_the_cpu_leaves_them)
{
	static uint16_t words[2][16];
	struct cpu_user_regs begin = {.rdi = (uint64_t)words[0], .rsi = (uint64_t)words[1], .rcx = 5}, ours, cpus;
	struct insn lodsw = movsw, stosw = movsw;

	ours = cpus = begin;
	BY_CPU("rep movsw", &cpus);
	string_insn_advance(&movsw, &ours, 2);
	CU_ASSERT_EQUAL(ours.rip, 0);
	CU_ASSERT_EQUAL(string_insn_left(&movsw, &ours), 3);
	string_insn_advance(&movsw, &ours, 3);
	CU_ASSERT_EQUAL(ours.rip, 3);
	same(&ours, &cpus);
	begin.rdi += 16;
	begin.rsi += 16;
	ours = cpus = begin;
	ours.rflags = 0x400;
	BY_CPU("std; rep movsw; cld", &cpus);
	CU_ASSERT_TRUE(string_insn_down(&ours));
	string_insn_advance(&movsw, &ours, 5);
	same(&ours, &cpus);
	lodsw.kind = INSN_LODS;
	ours = cpus = begin;
	BY_CPU("rep lodsw", &cpus);
	string_insn_advance(&lodsw, &ours, 5);
	same(&ours, &cpus);
	stosw.kind = INSN_STOS;
	ours = cpus = begin;
	BY_CPU("rep stosw", &cpus);
	string_insn_advance(&stosw, &ours, 5);
	same(&ours, &cpus);
}

TEST(one_that_is_not_repeated_is_done_once)
{
	struct insn i = movsw;
	struct cpu_user_regs regs = {.rsi = 10, .rdi = 20, .rcx = 7};

	i.repeat = false;
	CU_ASSERT_EQUAL(string_insn_left(&i, &regs), 1);
	string_insn_advance(&i, &regs, 1);
	CU_ASSERT_EQUAL(regs.rsi, 12);
	CU_ASSERT_EQUAL(regs.rdi, 22);
	CU_ASSERT_EQUAL(regs.rcx, 7);
	CU_ASSERT_EQUAL(regs.rip, 3);
}

TEST(addresses_and_counts_are_as_wide_as_the_address_size)
{
	struct insn i = movsw;
	struct cpu_user_regs regs = {.rsi = 0x11112222fffe, .rdi = 0x11112222fffc, .rcx = 0x11110002, .rip = 0x100};

	i.address_size = 2;
	CU_ASSERT_EQUAL(string_insn_source(&i, &regs), 0xfffe);
	CU_ASSERT_EQUAL(string_insn_target(&i, &regs), 0xfffc);
	CU_ASSERT_EQUAL(string_insn_left(&i, &regs), 2);
	string_insn_advance(&i, &regs, 2);
	CU_ASSERT_EQUAL(regs.rsi, 0x111122220002);
	CU_ASSERT_EQUAL(regs.rdi, 0x111122220000);
	CU_ASSERT_EQUAL(regs.rcx, 0x11110000);
	CU_ASSERT_EQUAL(regs.rip, 0x103);
	i.address_size = 4;
	regs.rcx = 0x100000000;
	CU_ASSERT_EQUAL(string_insn_left(&i, &regs), 0);
	string_insn_advance(&i, &regs, 0);
	CU_ASSERT_EQUAL(regs.rip, 0x106);
	regs.rsi = 0x1fffffffe;
	regs.rcx = 1;
	string_insn_advance(&i, &regs, 1);
	CU_ASSERT_EQUAL(regs.rsi, 0); /* as the CPU does with registers of 32 bits */
}

TEST(a_page_has_room_for_so_many)
{
	struct cpu_user_regs up = {0}, down = {.rflags = 0x400};

	CU_ASSERT_EQUAL(string_insn_in_page(&movsw, &up, 0x1000, 9999), 2048);
	CU_ASSERT_EQUAL(string_insn_in_page(&movsw, &up, 0x1000, 7), 7);
	CU_ASSERT_EQUAL(string_insn_in_page(&movsw, &up, 0x1ffe, 7), 1);
	CU_ASSERT_EQUAL(string_insn_in_page(&movsw, &up, 0x1fff, 7), 0);
	CU_ASSERT_EQUAL(string_insn_in_page(&movsw, &up, 0x1ffb, 7), 2);
	CU_ASSERT_EQUAL(string_insn_in_page(&movsw, &down, 0x1000, 7), 1);
	CU_ASSERT_EQUAL(string_insn_in_page(&movsw, &down, 0x1003, 7), 2);
	CU_ASSERT_EQUAL(string_insn_in_page(&movsw, &down, 0x1ffe, 9999), 2048);
	CU_ASSERT_EQUAL(string_insn_in_page(&movsw, &down, 0x1fff, 7), 0);
}

TEST(each_kind_reads_or_writes_or_both)
{
	static const struct {
		uint8_t kind;
		bool reads, writes;
	} cases[] = {{INSN_MOVS, true, true}, {INSN_STOS, false, true}, {INSN_LODS, true, false},
		     {INSN_INS, false, true}, {INSN_OUTS, true, false}, {INSN_MOV, false, false}};

	for (size_t n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		struct insn i = {.kind = cases[n].kind};

		CU_ASSERT_EQUAL(string_insn_reads(&i), cases[n].reads);
		CU_ASSERT_EQUAL(string_insn_writes(&i), cases[n].writes);
		CU_ASSERT_EQUAL(string_insn(&i), cases[n].reads || cases[n].writes);
	}
}
