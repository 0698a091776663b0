/* test_cmdline.c - taking a command line apart */
#include "core/cmdline.h"
#include "unit.h"
#include "random.h"

static const char *const colours[] = {"red", "green", "blue", NULL};

struct target {
	bool flag;
	uint64_t number;
	uint32_t small, colour, set;
	uint64_t size;
	char text[6];
};

static const struct cmdline_option table[] = {
	{.name = "flag", .parse = cmdline_bool, .offset = offsetof(struct target, flag)},
	{.name = "number", .parse = cmdline_u64, .offset = offsetof(struct target, number)},
	{.name = "small", .parse = cmdline_u32, .offset = offsetof(struct target, small), .max = 100},
	{.name = "size", .parse = cmdline_size, .offset = offsetof(struct target, size), .max = MIB(64)},
	{.name = "text", .parse = cmdline_string, .offset = offsetof(struct target, text), .size = 6},
	{.name = "colour", .parse = cmdline_name, .offset = offsetof(struct target, colour), .names = colours},
	{.name = "set", .parse = cmdline_set, .offset = offsetof(struct target, set), .names = colours},
};

static struct target target;
static struct cmdline_complaint complaint[4];
static const char *rest;

static unsigned int parse(const char *line)
{
	target = (struct target){.number = 7, .small = 7, .colour = 7, .set = 7, .size = 7, .text = "old"};
	return cmdline_parse(line, table, ARRAY_SIZE(table), &target, complaint, ARRAY_SIZE(complaint), &rest);
}

/* The line is one word, refused for this reason, and nothing was changed. */
static void refused(const char *line, enum cmdline_reason reason)
{
	CU_ASSERT_EQUAL(parse(line), 1);
	CU_ASSERT_EQUAL(complaint[0].reason, reason);
	CU_ASSERT_STRING_EQUAL(complaint[0].word, line);
	CU_ASSERT_TRUE(!target.flag && target.number == 7 && target.small == 7 && target.colour == 7);
	CU_ASSERT_TRUE(target.set == 7 && target.size == 7 && strcmp(target.text, "old") == 0);
}

TEST(every_kind_of_value_is_read)
{
	CU_ASSERT_EQUAL(parse("flag number=0x12345678901 small=100 size=64M text=hello colour=blue "
			      "set=red,blue"),
			0);
	CU_ASSERT_TRUE(target.flag);
	CU_ASSERT_EQUAL(target.number, 0x12345678901);
	CU_ASSERT_EQUAL(target.small, 100);
	CU_ASSERT_EQUAL(target.size, MIB(64));
	CU_ASSERT_STRING_EQUAL(target.text, "hello");
	CU_ASSERT_EQUAL(target.colour, 2);
	CU_ASSERT_EQUAL(target.set, 5);
	CU_ASSERT_STRING_EQUAL(rest, "");
}

TEST(a_bool_has_many_names_and_the_last_word_wins)
{
	static const char *const on[] = {"flag", "flag=on", "flag=yes", "flag=true", "flag=1", "no-flag flag"};
	static const char *const off[] = {"", "no-flag", "flag=off", "flag flag=no", "flag flag=false", "flag no-flag"};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(on); i++) {
		CU_ASSERT_EQUAL(parse(on[i]), 0);
		CU_ASSERT_TRUE(target.flag);
		CU_ASSERT_EQUAL(parse(off[i]), 0);
		CU_ASSERT_FALSE(target.flag);
	}
}

TEST(an_empty_line_changes_nothing)
{
	CU_ASSERT_EQUAL(parse(""), 0);
	CU_ASSERT_EQUAL(parse(" \t\n "), 0);
	CU_ASSERT_EQUAL(target.number, 7);
}

TEST(each_bad_word_is_refused_with_its_reason)
{
	refused("flags", CMDLINE_UNKNOWN);
	refused("fla", CMDLINE_UNKNOWN);
	refused("=", CMDLINE_UNKNOWN);
	refused("no-number", CMDLINE_UNKNOWN);
	refused("no-", CMDLINE_UNKNOWN);
	refused("no-flag=on", CMDLINE_HAS_VALUE);
	refused("flag=maybe", CMDLINE_NOT_BOOL);
	refused("flag=", CMDLINE_NOT_BOOL);
	refused("number", CMDLINE_NO_VALUE);
	refused("number=", CMDLINE_NOT_NUMBER);
	refused("number=12x", CMDLINE_NOT_NUMBER);
	refused("number=-1", CMDLINE_NOT_NUMBER);
	refused("number=18446744073709551616", CMDLINE_TOO_LARGE);
	refused("small=101", CMDLINE_TOO_LARGE);
	refused("size=65M", CMDLINE_TOO_LARGE);
	refused("size=5Q", CMDLINE_NOT_NUMBER);
	refused("size=M", CMDLINE_NOT_NUMBER);
	refused("text=toolong", CMDLINE_TOO_LONG);
	refused("colour=purple", CMDLINE_NOT_A_NAME);
	refused("colour=", CMDLINE_NOT_A_NAME);
	refused("set=", CMDLINE_NO_VALUE);
	refused("set=red,purple", CMDLINE_NOT_A_NAME);
	refused("set=red,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", CMDLINE_NOT_A_NAME);
}

TEST(none_is_the_empty_set)
{
	CU_ASSERT_EQUAL(parse("set=none"), 0);
	CU_ASSERT_EQUAL(target.set, 0);
}

TEST(quotes_hold_blanks_together_and_are_dropped)
{
	CU_ASSERT_EQUAL(parse("text=\"a b\" number=5"), 0);
	CU_ASSERT_STRING_EQUAL(target.text, "a b");
	CU_ASSERT_EQUAL(target.number, 5);
	CU_ASSERT_EQUAL(parse("'text=a\"b'"), 0);
	CU_ASSERT_STRING_EQUAL(target.text, "a\"b");
	CU_ASSERT_EQUAL(parse("\"number=9\" te'xt'=x''y"), 0);
	CU_ASSERT_EQUAL(target.number, 9);
	CU_ASSERT_STRING_EQUAL(target.text, "xy");
	CU_ASSERT_EQUAL(parse("number=5 text=\"a b"), 1);
	CU_ASSERT_EQUAL(complaint[0].reason, CMDLINE_UNCLOSED);
	CU_ASSERT_EQUAL(target.number, 5);
}

TEST(two_dashes_end_our_part)
{
	CU_ASSERT_EQUAL(parse("number=5 --   root=/dev/sda -- quiet"), 0);
	CU_ASSERT_STRING_EQUAL(rest, "root=/dev/sda -- quiet");
	CU_ASSERT_EQUAL(parse("number=5 --"), 0);
	CU_ASSERT_STRING_EQUAL(rest, "");
	CU_ASSERT_EQUAL(parse("number=5 --x"), 1);
}

TEST(complaints_beyond_the_room_are_counted)
{
	CU_ASSERT_EQUAL(parse("a b c d e f number=9"), 6);
	CU_ASSERT_STRING_EQUAL(complaint[3].word, "d");
	CU_ASSERT_EQUAL(target.number, 9);
	CU_ASSERT_EQUAL(cmdline_parse("a b", table, ARRAY_SIZE(table), &target, NULL, 0, NULL), 2);
}

TEST(a_word_without_end_is_cut_and_refused)
{
	char line[400];

	memset(line, 'x', sizeof(line));
	memcpy(line, "text=", 5);
	line[399] = '\0';
	CU_ASSERT_EQUAL(parse(line), 1);
	CU_ASSERT_EQUAL(complaint[0].reason, CMDLINE_TOO_LONG);
	CU_ASSERT_EQUAL(strlen(complaint[0].word), CMDLINE_WORD_MAX - 1);
	CU_ASSERT_STRING_EQUAL(target.text, "old");
}

TEST(our_own_name_is_passed_over)
{
	CU_ASSERT_STRING_EQUAL(cmdline_skip_program("/boot/plinth.elf com1=115200"), "com1=115200");
	CU_ASSERT_STRING_EQUAL(cmdline_skip_program(" plinth.elf  a b"), "a b");
	CU_ASSERT_STRING_EQUAL(cmdline_skip_program("placeholder a"), "a");
	CU_ASSERT_STRING_EQUAL(cmdline_skip_program(" dom0_mem=1.5G a"), "dom0_mem=1.5G a");
	CU_ASSERT_STRING_EQUAL(cmdline_skip_program("noreboot"), "noreboot");
	CU_ASSERT_STRING_EQUAL(cmdline_skip_program(""), "");
	CU_ASSERT_STRING_EQUAL(cmdline_skip_program("plinth.elf"), "");
}

TEST(every_reason_has_its_sentence)
{
	unsigned int i;

	for (i = 0; i < CMDLINE_REASONS; i++)
		CU_ASSERT_TRUE(strlen(cmdline_reason_text((enum cmdline_reason)i)) > 5);
	CU_ASSERT_PTR_NOT_NULL(cmdline_reason_text((enum cmdline_reason)99));
}

TEST(noise_is_survived)
{
	static const char letters[] = "flagnumbersizetextcolourset==,,\"' --01x9M\t";
	unsigned int i, n;

	random_seed("noise", 31);
	for (i = 0; i < 20000; i++) {
		char *line = malloc(60);

		n = (unsigned int)random_below(59);
		line[n] = '\0';
		while (n--)
			line[n] = letters[random_below(sizeof(letters) - 1)];
		CU_ASSERT_TRUE(parse(line) < 60);
		CU_ASSERT_TRUE(rest >= line && rest <= line + strlen(line));
		CU_ASSERT_TRUE(target.small <= 100 && target.size <= MIB(64));
		free(line);
	}
}
