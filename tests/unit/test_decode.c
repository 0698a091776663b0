/* test_decode.c - every instruction form we know, with the bytes GNU as makes of it, and many that must stay unknown */
#include "core/decode.h"
#include "lib/errno.h"
#include <stdio.h>

#include "unit.h"

#define NONE		INSN_NO_REGISTER
#define HIGH		true /* no REX prefix: AH to BH can be named */
#define REX		false
#define MEM(b, i, s, d) .memory = true, .base = b, .index = i, .scale = s, .disp = d
#define NO_MEM		.base = NONE, .index = NONE, .scale = 1
#define IMM(n)		.has_imm = true, .imm = n
#define INSN(text, code, k, operand, address, high, ...)                                                               \
	{                                                                                                              \
		text, sizeof(code) - 1, code,                                                                          \
		{                                                                                                      \
			.kind = INSN_##k, .length = sizeof(code) - 1, .size = operand, .address_size = address,        \
			.high_bytes = high, __VA_ARGS__                                                                \
		}                                                                                                      \
	}

static const struct {
	const char *text;
	size_t length;
	const char *bytes;
	struct insn expect;
} known[] = {
	INSN("in $0x60,%al", "\xe4\x60", IN, 1, 8, HIGH, NO_MEM, IMM(0x60)),
	INSN("in $0xff,%eax", "\xe5\xff", IN, 4, 8, HIGH, NO_MEM, IMM(0xff)),
	INSN("in (%dx),%al", "\xec", IN, 1, 8, HIGH, NO_MEM),
	INSN("in (%dx),%ax", "\x66\xed", IN, 2, 8, HIGH, NO_MEM),
	INSN("in (%dx),%eax", "\xed", IN, 4, 8, HIGH, NO_MEM),
	INSN("out %al,$0x80", "\xe6\x80", OUT, 1, 8, HIGH, NO_MEM, IMM(0x80)),
	INSN("out %al,(%dx)", "\xee", OUT, 1, 8, HIGH, NO_MEM),
	INSN("out %ax,(%dx)", "\x66\xef", OUT, 2, 8, HIGH, NO_MEM),
	INSN("out %eax,(%dx)", "\xef", OUT, 4, 8, HIGH, NO_MEM),
	INSN("insb (%dx),%es:(%rdi)", "\x6c", INS, 1, 8, HIGH, NO_MEM),
	INSN("rep insl (%dx),%es:(%rdi)", "\xf3\x6d", INS, 4, 8, HIGH, NO_MEM, .repeat = true),
	INSN("rep outsw %ds:(%rsi),(%dx)", "\x66\xf3\x6f", OUTS, 2, 8, HIGH, NO_MEM, .repeat = true),
	INSN("hlt", "\xf4", HLT, 4, 8, HIGH, NO_MEM),
	INSN("pause", "\xf3\x90", PAUSE, 4, 8, HIGH, NO_MEM, .repeat = true),
	INSN("rep rex.W pause", "\xf3\x48\x90", PAUSE, 8, 8, REX, NO_MEM, .repeat = true),
	INSN("cli", "\xfa", CLI, 4, 8, HIGH, NO_MEM),
	INSN("sti", "\xfb", STI, 4, 8, HIGH, NO_MEM),
	INSN("clts", "\x0f\x06", CLTS, 4, 8, HIGH, NO_MEM),
	INSN("invd", "\x0f\x08", INVD, 4, 8, HIGH, NO_MEM),
	INSN("wbinvd", "\x0f\x09", WBINVD, 4, 8, HIGH, NO_MEM),
	INSN("smsw %ax", "\x66\x0f\x01\xe0", SMSW, 2, 8, HIGH, NO_MEM, .rm = 0, .reg = 4),
	INSN("smsw 8(%rbx)", "\x0f\x01\x63\x08", SMSW, 4, 8, HIGH, MEM(3, NONE, 1, 8), .reg = 4),
	INSN("lmsw %cx", "\x0f\x01\xf1", LMSW, 4, 8, HIGH, NO_MEM, .rm = 1, .reg = 6),
	INSN("invlpg (%rdi)", "\x0f\x01\x3f", INVLPG, 4, 8, HIGH, MEM(7, NONE, 1, 0), .reg = 7),
	INSN("invlpg (%r12)", "\x41\x0f\x01\x3c\x24", INVLPG, 4, 8, REX, MEM(12, NONE, 1, 0), .reg = 7),
	INSN("invlpg (%r13)", "\x41\x0f\x01\x7d\x00", INVLPG, 4, 8, REX, MEM(13, NONE, 1, 0), .reg = 7),
	INSN("xsetbv", "\x0f\x01\xd1", XSETBV, 4, 8, HIGH, NO_MEM, .reg = 2, .rm = 1),
	INSN("rdtscp", "\x0f\x01\xf9", RDTSCP, 4, 8, HIGH, NO_MEM, .reg = 7, .rm = 1),
	INSN("mov %cr0,%rax", "\x0f\x20\xc0", MOV_FROM_CR, 8, 8, HIGH, NO_MEM, .reg = 0, .rm = 0),
	INSN("mov %cr3,%r9", "\x41\x0f\x20\xd9", MOV_FROM_CR, 8, 8, REX, NO_MEM, .reg = 3, .rm = 9),
	INSN("mov %cr8,%rdx", "\x44\x0f\x20\xc2", MOV_FROM_CR, 8, 8, REX, NO_MEM, .reg = 8, .rm = 2),
	INSN("mov %rsi,%cr4", "\x0f\x22\xe6", MOV_TO_CR, 8, 8, HIGH, NO_MEM, .reg = 4, .rm = 6),
	INSN("mov %r15,%cr2", "\x41\x0f\x22\xd7", MOV_TO_CR, 8, 8, REX, NO_MEM, .reg = 2, .rm = 15),
	INSN("mov %db7,%rcx", "\x0f\x21\xf9", MOV_FROM_DR, 8, 8, HIGH, NO_MEM, .reg = 7, .rm = 1),
	INSN("mov %r8,%db6", "\x41\x0f\x23\xf0", MOV_TO_DR, 8, 8, REX, NO_MEM, .reg = 6, .rm = 8),
	INSN("wrmsr", "\x0f\x30", WRMSR, 4, 8, HIGH, NO_MEM),
	INSN("rdmsr", "\x0f\x32", RDMSR, 4, 8, HIGH, NO_MEM),
	INSN("rdtsc", "\x0f\x31", RDTSC, 4, 8, HIGH, NO_MEM),
	INSN("rdpmc", "\x0f\x33", RDPMC, 4, 8, HIGH, NO_MEM),
	INSN("cpuid", "\x0f\xa2", CPUID, 4, 8, HIGH, NO_MEM),
	INSN("vmcall", "\x0f\x01\xc1", VMCALL, 4, 8, HIGH, NO_MEM, .rm = 1),
	INSN("vmmcall", "\x0f\x01\xd9", VMMCALL, 4, 8, HIGH, NO_MEM, .reg = 3, .rm = 1),
	INSN("mov (%rax),%rbx", "\x48\x8b\x18", LOAD, 8, 8, REX, MEM(0, NONE, 1, 0), .reg = 3),
	INSN("mov 0x20(%rdi),%ecx", "\x8b\x4f\x20", LOAD, 4, 8, HIGH, MEM(7, NONE, 1, 0x20), .reg = 1),
	INSN("mov (%rsi),%ah", "\x8a\x26", LOAD, 1, 8, HIGH, MEM(6, NONE, 1, 0), .reg = 4),
	INSN("movabs 0x1122334455667788,%rax", "\x48\xa1\x88\x77\x66\x55\x44\x33\x22\x11", LOAD, 8, 8, REX,
	     MEM(NONE, NONE, 1, 0x1122334455667788)),
	INSN("movzbl (%rdx),%r9d", "\x44\x0f\xb6\x0a", LOAD_BYTE, 4, 8, REX, MEM(2, NONE, 1, 0), .reg = 9),
	INSN("movzwq (%rdx),%rax", "\x48\x0f\xb7\x02", LOAD_WORD, 8, 8, REX, MEM(2, NONE, 1, 0)),
	INSN("mov %rax,(%rdi)", "\x48\x89\x07", MOV, 8, 8, REX, MEM(7, NONE, 1, 0)),
	INSN("mov %r9,8(%rbx,%r12,8)", "\x4e\x89\x4c\xe3\x08", MOV, 8, 8, REX, MEM(3, 12, 8, 8), .reg = 9),
	INSN("mov %ecx,-4(%rbp)", "\x89\x4d\xfc", MOV, 4, 8, HIGH, MEM(5, NONE, 1, -4), .reg = 1),
	INSN("mov %dx,0x12345678(%rsp)", "\x66\x89\x94\x24\x78\x56\x34\x12", MOV, 2, 8, HIGH,
	     MEM(4, NONE, 1, 0x12345678), .reg = 2),
	INSN("mov %ah,(%rcx)", "\x88\x21", MOV, 1, 8, HIGH, MEM(1, NONE, 1, 0), .reg = 4),
	INSN("mov %spl,(%rcx)", "\x40\x88\x21", MOV, 1, 8, REX, MEM(1, NONE, 1, 0), .reg = 4),
	INSN("mov %rax,0x1000(%rip)", "\x48\x89\x05\x00\x10\x00\x00", MOV, 8, 8, REX,
	     MEM(INSN_RIP_RELATIVE, NONE, 1, 0x1000)),
	INSN("mov %rax,%gs:0x10(%rsi)", "\x65\x48\x89\x46\x10", MOV, 8, 8, REX, MEM(6, NONE, 1, 0x10),
	     .segment = INSN_SEGMENT_GS),
	INSN("mov %rax,%fs:0x10", "\x64\x48\x89\x04\x25\x10\x00\x00\x00", MOV, 8, 8, REX, MEM(NONE, NONE, 1, 0x10),
	     .segment = INSN_SEGMENT_FS),
	INSN("mov %rax,%gs:(,%rbx,2)", "\x65\x48\x89\x04\x5d\x00\x00\x00\x00", MOV, 8, 8, REX, MEM(NONE, 3, 2, 0),
	     .segment = INSN_SEGMENT_GS),
	INSN("mov %rax,(%r13,%r13,1)", "\x4b\x89\x44\x2d\x00", MOV, 8, 8, REX, MEM(13, 13, 1, 0)),
	INSN("movl $0x7fffffff,(%eax)", "\x67\xc7\x00\xff\xff\xff\x7f", MOV, 4, 4, HIGH, MEM(0, NONE, 1, 0),
	     IMM(0x7fffffff)),
	INSN("movq $-2,0x20(%r8)", "\x49\xc7\x40\x20\xfe\xff\xff\xff", MOV, 8, 8, REX, MEM(8, NONE, 1, 0x20), IMM(-2)),
	INSN("movb $0x80,(%rax)", "\xc6\x00\x80", MOV, 1, 8, HIGH, MEM(0, NONE, 1, 0), IMM(-128)),
	INSN("movw $0x1234,(%rax)", "\x66\xc7\x00\x34\x12", MOV, 2, 8, HIGH, MEM(0, NONE, 1, 0), IMM(0x1234)),
	INSN("movabs %rax,0x1122334455667788", "\x48\xa3\x88\x77\x66\x55\x44\x33\x22\x11", MOV, 8, 8, REX,
	     MEM(NONE, NONE, 1, 0x1122334455667788)),
	INSN("movabs %al,0xffff888000001000", "\xa2\x00\x10\x00\x00\x80\x88\xff\xff", MOV, 1, 8, HIGH,
	     MEM(NONE, NONE, 1, (int64_t)0xffff888000001000)),
	INSN("movnti %rbx,(%rdi)", "\x48\x0f\xc3\x1f", MOV, 8, 8, REX, MEM(7, NONE, 1, 0), .reg = 3),
	INSN("data16 movnti %ebx,(%rdi)", "\x66\x0f\xc3\x1f", MOV, 4, 8, HIGH, MEM(7, NONE, 1, 0), .reg = 3),
	INSN("stosq %rax,%es:(%rdi)", "\x48\xab", STOS, 8, 8, REX, NO_MEM),
	INSN("rep stosq %rax,%es:(%rdi)", "\xf3\x48\xab", STOS, 8, 8, REX, NO_MEM, .repeat = true),
	INSN("movsq %ds:(%rsi),%es:(%rdi)", "\x48\xa5", MOVS, 8, 8, REX, NO_MEM),
	INSN("lodsb %ds:(%rsi),%al", "\xac", LODS, 1, 8, HIGH, NO_MEM),
	INSN("rep lodsw %ds:(%rsi),%ax", "\xf3\x66\xad", LODS, 2, 8, HIGH, NO_MEM, .repeat = true),
	INSN("lock add %rax,(%rdx)", "\xf0\x48\x01\x02", ADD, 8, 8, REX, MEM(2, NONE, 1, 0), .lock = true),
	INSN("orl $0x10,(%rdx)", "\x83\x0a\x10", OR, 4, 8, HIGH, MEM(2, NONE, 1, 0), .reg = 1, IMM(0x10)),
	INSN("orq $0x12345,(%rdx)", "\x48\x81\x0a\x45\x23\x01\x00", OR, 8, 8, REX, MEM(2, NONE, 1, 0), .reg = 1,
	     IMM(0x12345)),
	INSN("lock andq $-3,(%rbx)", "\xf0\x48\x83\x23\xfd", AND, 8, 8, REX, MEM(3, NONE, 1, 0), .lock = true, .reg = 4,
	     IMM(-3)),
	INSN("andb $0xfd,(%rdi)", "\x80\x27\xfd", AND, 1, 8, HIGH, MEM(7, NONE, 1, 0), .reg = 4, IMM(-3)),
	INSN("cmpw $0xaa55,(%rsi)", "\x66\x81\x3e\x55\xaa", CMP, 2, 8, HIGH, MEM(6, NONE, 1, 0), .reg = 7,
	     IMM(-0x55ab)),
	INSN("cmp %ecx,(%rsi)", "\x39\x0e", CMP, 4, 8, HIGH, MEM(6, NONE, 1, 0), .reg = 1),
	INSN("cmp (%rsi),%cl", "\x3a\x0e", CMP, 1, 8, HIGH, MEM(6, NONE, 1, 0), .reg = 1, .to_register = true),
	INSN("add (%rsi),%r9", "\x4c\x03\x0e", ADD, 8, 8, REX, MEM(6, NONE, 1, 0), .reg = 9, .to_register = true),
	INSN("test %cl,(%rsi)", "\x84\x0e", TEST, 1, 8, HIGH, MEM(6, NONE, 1, 0), .reg = 1),
	INSN("testl $3,(%rsi)", "\xf7\x06\x03\x00\x00\x00", TEST, 4, 8, HIGH, MEM(6, NONE, 1, 0), IMM(3)),
	INSN("movsbl (%rdx),%eax", "\x0f\xbe\x02", LOAD_BYTE_SIGNED, 4, 8, HIGH, MEM(2, NONE, 1, 0)),
	INSN("movswq (%rdx),%rax", "\x48\x0f\xbf\x02", LOAD_WORD_SIGNED, 8, 8, REX, MEM(2, NONE, 1, 0)),
	INSN("xor %esi,(%rcx)", "\x31\x31", XOR, 4, 8, HIGH, MEM(1, NONE, 1, 0), .reg = 6),
	INSN("sub %r10,(%rax)", "\x4c\x29\x10", SUB, 8, 8, REX, MEM(0, NONE, 1, 0), .reg = 10),
	INSN("adc %al,(%rax)", "\x10\x00", ADC, 1, 8, HIGH, MEM(0, NONE, 1, 0)),
	INSN("sbb %bx,(%rax)", "\x66\x19\x18", SBB, 2, 8, HIGH, MEM(0, NONE, 1, 0), .reg = 3),
	INSN("incq (%rax)", "\x48\xff\x00", INC, 8, 8, REX, MEM(0, NONE, 1, 0)),
	INSN("lock decl (%rax)", "\xf0\xff\x08", DEC, 4, 8, HIGH, MEM(0, NONE, 1, 0), .lock = true, .reg = 1),
	INSN("notq (%rax)", "\x48\xf7\x10", NOT, 8, 8, REX, MEM(0, NONE, 1, 0), .reg = 2),
	INSN("negb (%rax)", "\xf6\x18", NEG, 1, 8, HIGH, MEM(0, NONE, 1, 0), .reg = 3),
	INSN("xchg %rax,(%rdi)", "\x48\x87\x07", XCHG, 8, 8, REX, MEM(7, NONE, 1, 0)),
	INSN("xchg %r11d,(%rdi)", "\x44\x87\x1f", XCHG, 4, 8, REX, MEM(7, NONE, 1, 0), .reg = 11),
	INSN("lock cmpxchg %rdx,(%rsi)", "\xf0\x48\x0f\xb1\x16", CMPXCHG, 8, 8, REX, MEM(6, NONE, 1, 0), .reg = 2,
	     .lock = true),
	INSN("cmpxchg %cl,(%rsi)", "\x0f\xb0\x0e", CMPXCHG, 1, 8, HIGH, MEM(6, NONE, 1, 0), .reg = 1),
	INSN("lock xadd %ecx,(%rsi)", "\xf0\x0f\xc1\x0e", XADD, 4, 8, HIGH, MEM(6, NONE, 1, 0), .reg = 1, .lock = true),
	INSN("lock cmpxchg8b (%rsi)", "\xf0\x0f\xc7\x0e", CMPXCHG_PAIR, 4, 8, HIGH, MEM(6, NONE, 1, 0), .reg = 1,
	     .lock = true),
	INSN("lock cmpxchg16b (%rsi)", "\xf0\x48\x0f\xc7\x0e", CMPXCHG_PAIR, 8, 8, REX, MEM(6, NONE, 1, 0), .reg = 1,
	     .lock = true),
	INSN("lock bts %rax,(%rdi)", "\xf0\x48\x0f\xab\x07", BTS, 8, 8, REX, MEM(7, NONE, 1, 0), .lock = true),
	INSN("lock btrq $1,(%rdi)", "\xf0\x48\x0f\xba\x37\x01", BTR, 8, 8, REX, MEM(7, NONE, 1, 0), .lock = true,
	     .reg = 6, IMM(1)),
	INSN("btcl $31,4(%rdi)", "\x0f\xba\x7f\x04\x1f", BTC, 4, 8, HIGH, MEM(7, NONE, 1, 4), .reg = 7, IMM(31)),
	INSN("lock btr %ecx,(%rdi)", "\xf0\x0f\xb3\x0f", BTR, 4, 8, HIGH, MEM(7, NONE, 1, 0), .lock = true, .reg = 1),
	INSN("btsw $5,(%rdi)", "\x66\x0f\xba\x2f\x05", BTS, 2, 8, HIGH, MEM(7, NONE, 1, 0), .reg = 5, IMM(5)),
};

static const struct {
	const char *text;
	size_t length;
	const char *bytes;
} unknown[] = {
	{"nop", 1, "\x90"},
	{"ret", 1, "\xc3"},
	{"lgdt (%rax)", 3, "\x0f\x01\x10"},
	{"lidt (%rax)", 3, "\x0f\x01\x18"},
	{"sgdt (%rax)", 3, "\x0f\x01\x00"},
	{"lldt %ax", 3, "\x0f\x00\xd0"},
	{"ltr %ax", 3, "\x0f\x00\xd8"},
	{"swapgs", 3, "\x0f\x01\xf8"},
	{"sysret", 2, "\x0f\x07"},
	{"iretq", 2, "\x48\xcf"},
	{"movslq (%rax),%rbx", 3, "\x48\x63\x18"},
	{"mov %rax,%rbx", 3, "\x48\x89\xc3"},
	{"add %rax,%rbx", 3, "\x48\x01\xc3"},
	{"mulq (%rax)", 3, "\x48\xf7\x20"},
	{"idivq (%rax)", 3, "\x48\xf7\x38"},
	{"push %rax", 1, "\x50"},
	{"call *(%rax)", 2, "\xff\x10"},
	{"ud2", 2, "\x0f\x0b"},
	{"vmlaunch", 3, "\x0f\x01\xc2"},
	{"vmovdqa %ymm0,(%rax)", 4, "\xc5\xfd\x7f\x00"},
	{"movaps %xmm0,(%rax)", 3, "\x0f\x29\x00"},
	{"popq (%rax)", 2, "\x8f\x00"},
	{"xgetbv", 3, "\x0f\x01\xd0"},
	{"bt %rax,(%rdi)", 4, "\x48\x0f\xa3\x07"},
	{"rdrand %eax", 3, "\x0f\xc7\xf0"},
	{"crc32b %al,%ebx", 5, "\xf2\x0f\x38\xf0\xd8"},
	{"lock movq %rax,(%rdi)", 4, "\xf0\x48\x89\x07"},
	{"a LOCK that the CPU refuses: lock mov %rax,(%rdi)", 4, "\xf0\x48\x89\x07"},
	{"lock in (%dx),%al", 2, "\xf0\xec"},
	{"invlpg with a register", 3, "\x0f\x01\xf8"},
	{"mov $1,m with /1", 6, "\xc7\x08\x01\x00\x00\x00"},
	{"sixteen bytes", 16, "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\xec"},
};

static bool same(const struct insn *a, const struct insn *b)
{
	return a->kind == b->kind && a->length == b->length && a->size == b->size &&
	       a->address_size == b->address_size && a->lock == b->lock && a->repeat == b->repeat &&
	       a->memory == b->memory && a->to_register == b->to_register && a->has_imm == b->has_imm &&
	       a->high_bytes == b->high_bytes && a->reg == b->reg && a->rm == b->rm && a->segment == b->segment &&
	       a->base == b->base && a->index == b->index && a->scale == b->scale && a->disp == b->disp &&
	       a->imm == b->imm;
}

TEST(known_instructions_are_decoded_as_the_assembler_means_them)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct insn insn;

		CU_ASSERT_EQUAL(insn_decode((const uint8_t *)known[i].bytes, known[i].length, &insn), 0);
		if (!same(&insn, &known[i].expect)) {
			printf("\n  decoded otherwise: %s\n", known[i].text);
			CU_FAIL("wrong decoding");
		}
	}
}

TEST(an_instruction_cut_short_asks_for_more)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		for (size_t n = 0; n < known[i].length; n++) {
			struct insn insn;
			int err = insn_decode((const uint8_t *)known[i].bytes, n, &insn);

			if (err != -ENODATA)
				printf("\n  %zu bytes of: %s\n", n, known[i].text);
			CU_ASSERT_EQUAL(err, -ENODATA);
		}
	}
}

TEST(bytes_behind_an_instruction_do_not_matter)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		uint8_t bytes[32];
		struct insn insn;

		memset(bytes, 0xff, sizeof(bytes));
		memcpy(bytes, known[i].bytes, known[i].length);
		CU_ASSERT_EQUAL(insn_decode(bytes, sizeof(bytes), &insn), 0);
		CU_ASSERT_TRUE(same(&insn, &known[i].expect));
	}
}

TEST(what_is_not_ours_stays_unknown)
{
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		struct insn insn;
		int err = insn_decode((const uint8_t *)unknown[i].bytes, unknown[i].length, &insn);

		if (err != -EINVAL)
			printf("\n  taken for something: %s\n", unknown[i].text);
		CU_ASSERT_EQUAL(err, -EINVAL);
	}
}

TEST(a_rex_prefix_counts_only_right_before_the_opcode)
{
	struct insn insn;

	CU_ASSERT_EQUAL(insn_decode((const uint8_t *)"\x48\x66\x89\x07", 4, &insn), 0);
	CU_ASSERT_EQUAL(insn.size, 2);
}

static struct insn decoded(const char *bytes, size_t n)
{
	struct insn insn;

	CU_ASSERT_EQUAL_FATAL(insn_decode((const uint8_t *)bytes, n, &insn), 0);
	return insn;
}

TEST(addresses_are_computed_as_the_cpu_does)
{
	struct cpu_user_regs regs = {
		.rax = 0xffffffff00000010, .rbx = 0x1000, .rdi = 0x2000, .rip = 0xffffffff81000000};
	struct insn insn;

	regs.r12 = 3;
	insn = decoded("\x4e\x89\x4c\xe3\x08", 5); /* mov %r9,8(%rbx,%r12,8) */
	CU_ASSERT_EQUAL(insn_address(&insn, &regs), 0x1000 + 24 + 8);
	insn = decoded("\x48\x89\x05\x00\x10\x00\x00", 7); /* mov %rax,0x1000(%rip) */
	CU_ASSERT_EQUAL(insn_address(&insn, &regs), 0xffffffff81001007);
	insn = decoded("\x67\xc7\x00\xff\xff\xff\x7f", 7); /* movl $…,(%eax) */
	CU_ASSERT_EQUAL(insn_address(&insn, &regs), 0x10);
	insn = decoded("\xf3\x48\xab", 3); /* rep stosq */
	CU_ASSERT_EQUAL(insn_address(&insn, &regs), 0x2000);
}

TEST(a_bit_number_in_a_register_reaches_beyond_the_operand)
{
	struct cpu_user_regs regs = {.rdi = 0x2000};
	struct insn insn = decoded("\xf0\x48\x0f\xab\x07", 5); /* lock bts %rax,(%rdi) */

	regs.rax = 64 * 5 + 3;
	CU_ASSERT_EQUAL(insn_address(&insn, &regs), 0x2000 + 40);
	regs.rax = -(uint64_t)1;
	CU_ASSERT_EQUAL(insn_address(&insn, &regs), 0x2000 - 8);
	insn = decoded("\xf0\x0f\xb3\x0f", 4); /* lock btr %ecx,(%rdi) */
	regs.rcx = 0xffffffe0;		       /* -32 as 32 bits */
	CU_ASSERT_EQUAL(insn_address(&insn, &regs), 0x2000 - 4);
}

TEST(registers_are_read_and_written_by_size)
{
	struct cpu_user_regs regs = {.rax = 0x1122334455667788};
	struct insn insn = decoded("\x88\x21", 2); /* mov %ah,(%rcx) */

	CU_ASSERT_EQUAL(insn_read_register(&insn, &regs, insn.reg, 1), 0x77);
	insn_write_register(&insn, &regs, 4, 1, 0xaa);
	CU_ASSERT_EQUAL(regs.rax, 0x112233445566aa88);
	insn_write_register(&insn, &regs, 0, 1, 0xbb);
	CU_ASSERT_EQUAL(regs.rax, 0x112233445566aabb);
	insn_write_register(&insn, &regs, 0, 2, 0xcccc);
	CU_ASSERT_EQUAL(regs.rax, 0x112233445566cccc);
	insn_write_register(&insn, &regs, 0, 4, 0xdddddddd);
	CU_ASSERT_EQUAL(regs.rax, 0xdddddddd);
	insn = decoded("\x40\x88\x21", 3); /* mov %spl,(%rcx) */
	regs.rsp = 0x99;
	CU_ASSERT_EQUAL(insn_read_register(&insn, &regs, insn.reg, 1), 0x99);
}

/* The same bytes mean something else in other code segments. */
TEST(code_of_16_and_32_bits)
{
	static const struct {
		unsigned bits;
		const char *bytes, *text;
		uint8_t length;
		struct insn expect;
	} narrow[] = {
		{32,
		 "\x89\x05\x78\x56\x34\x12",
		 "mov [12345678h], eax",
		 6,
		 {INSN_MOV, 6, 4, 4, .memory = true, .base = INSN_NO_REGISTER, .disp = 0x12345678}},
		{32,
		 "\xa1\xf0\x00\xe0\xfe",
		 "mov eax, [fee000f0h]",
		 5,
		 {INSN_LOAD, 5, 4, 4, .memory = true, .base = INSN_NO_REGISTER, .disp = 0xfee000f0}},
		{32, "\x66\x89\x03", "mov [ebx], ax", 3, {INSN_MOV, 3, 2, 4, .memory = true, .base = 3}},
		{32,
		 "\x67\x8b\x47\x10",
		 "mov eax, [bx + 10h]",
		 4,
		 {INSN_LOAD, 4, 4, 2, .memory = true, .base = 3, .disp = 0x10}},
		{32, "\x0f\x22\xc0", "mov cr0, eax", 3, {INSN_MOV_TO_CR, 3, 4, 4, .base = INSN_NO_REGISTER}},
		{16, "\x89\x02", "mov [bp + si], ax", 2, {INSN_MOV, 2, 2, 2, .memory = true, .base = 5, .index = 6}},
		{16,
		 "\x89\x0e\x34\x12",
		 "mov [1234h], cx",
		 4,
		 {INSN_MOV, 4, 2, 2, .reg = 1, .memory = true, .base = INSN_NO_REGISTER, .disp = 0x1234}},
		{16,
		 "\x8a\x84\x00\x80",
		 "mov al, [si - 8000h]",
		 4,
		 {INSN_LOAD, 4, 1, 2, .memory = true, .base = 6, .disp = -0x8000}},
		{16, "\x66\x67\x89\x03", "mov [ebx], eax", 4, {INSN_MOV, 4, 4, 4, .memory = true, .base = 3}},
		{16,
		 "\x26\x67\xf3\x6f",
		 "rep outsw es:[esi]",
		 4,
		 {INSN_OUTS, 4, 2, 4, .repeat = true, .segment = INSN_SEGMENT_ES, .base = INSN_NO_REGISTER}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(narrow); i++) {
		struct insn insn, expect = narrow[i].expect;

		expect.scale = 1;
		expect.high_bytes = true;
		if (!expect.index)
			expect.index = INSN_NO_REGISTER;
		CU_ASSERT_EQUAL(
			insn_decode_in(narrow[i].bits, (const uint8_t *)narrow[i].bytes, narrow[i].length, &insn), 0);
		if (!same(&insn, &expect)) {
			printf("\n  decoded otherwise: %s\n", narrow[i].text);
			CU_FAIL("wrong decoding");
		}
	}
}

TEST(prefixes_of_64_bit_code_are_instructions_elsewhere)
{
	struct insn insn;

	CU_ASSERT_EQUAL(insn_decode_in(32, (const uint8_t *)"\x48\x89\x03", 3, &insn), -EINVAL);
	CU_ASSERT_EQUAL(insn_decode_in(64, (const uint8_t *)"\x48\x89\x03", 3, &insn), 0);
	CU_ASSERT_EQUAL(insn_decode_in(64, (const uint8_t *)"\x26\x89\x03", 3, &insn), 0);
	CU_ASSERT_EQUAL(insn.segment, INSN_SEGMENT_FLAT);
	CU_ASSERT_EQUAL(insn_decode_in(16, (const uint8_t *)"\x89\x02", 2, &insn), 0);
	struct cpu_user_regs regs = {.rbp = 0x1fff0, .rsi = 0x20};

	CU_ASSERT_EQUAL(insn_address(&insn, &regs), 0x10); /* wraps */
}
