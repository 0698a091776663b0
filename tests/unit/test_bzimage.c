/* test_bzimage.c - finding the kernel inside a bzImage that may be damaged */
#include "core/bzimage.h"
#include "unit.h"
#include "random.h"

#define SECTORS	   2
#define PAYLOAD_AT 100
#define PAYLOAD	   64
#define SIZE	   ((SECTORS + 1) * 512 + PAYLOAD_AT + PAYLOAD)

static uint8_t image[SIZE];

static void put(size_t at, uint32_t value, size_t width)
{
	memcpy(image + at, &value, width);
}

static void make(const void *magic, size_t length)
{
	memset(image, 0xa5, sizeof(image));
	image[0x1f1] = SECTORS;
	put(0x1fe, 0xaa55, 2);
	memcpy(image + 0x202, "HdrS", 4);
	put(0x206, 0x20f, 2);
	put(0x248, PAYLOAD_AT, 4);
	put(0x24c, PAYLOAD, 4);
	memcpy(image + SIZE - PAYLOAD, magic, length);
	put(SIZE - 4, 0x123456, 4);
}

/* The first n bytes, in a block of that size, so that a read behind it is seen. */
static enum bzimage_reason parse(size_t n, struct bzimage *out)
{
	uint8_t *copy = malloc(n ? n : 1);
	enum bzimage_reason reason;

	memcpy(copy, image, n);
	reason = bzimage_parse(copy, n, out);
	if (reason == BZIMAGE_OK)
		CU_ASSERT_TRUE(out->offset <= n && out->length <= n - out->offset);
	free(copy);
	return reason;
}

TEST(every_packing_is_known_by_its_magic)
{
	static const struct {
		const char *name, *magic;
		size_t length;
	} kinds[] = {
		{"gzip", "\x1f\x8b\x08", 3},
		{"xz",
		 "\xfd"
		 "7zXZ\0",
		 6},
		{"zstd", "\x28\xb5\x2f\xfd", 4},
		{"lz4", "\x02\x21\x4c\x18", 4},
		{"lzma", "\x5d\0\0", 3},
		{"bzip2", "BZh9", 4},
		{"lzo", "\x89LZO\0\r\n\x1a\n", 9},
		{"plain",
		 "\x7f"
		 "ELF",
		 4},
	};
	struct bzimage b;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool plain = i == 7, gzip = i == 0;

		make(kinds[i].magic, kinds[i].length);
		CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_OK);
		CU_ASSERT_STRING_EQUAL(bzimage_packing_name(b.packing), kinds[i].name);
		CU_ASSERT_EQUAL(b.offset, SIZE - PAYLOAD);
		CU_ASSERT_EQUAL(b.length, plain || gzip ? PAYLOAD : PAYLOAD - 4);
		CU_ASSERT_EQUAL(b.unpacked_size, plain ? PAYLOAD : 0x123456);
		CU_ASSERT_EQUAL(b.protocol, 0x20f);
	}
}

TEST(an_elf_file_by_itself_is_its_own_payload)
{
	struct bzimage b;

	make("x", 1);
	memcpy(image,
	       "\x7f"
	       "ELF",
	       4);
	CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_OK);
	CU_ASSERT_EQUAL(b.packing, BZIMAGE_PLAIN);
	CU_ASSERT_EQUAL(b.offset, 0);
	CU_ASSERT_EQUAL(b.length, SIZE);
}

TEST(what_is_wrong_is_told)
{
	struct bzimage b;

	make("????", 4);
	CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_UNKNOWN_PAYLOAD);
	make("BZh", 3);
	put(0x206, 0x207, 2);
	CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_TOO_OLD);
	put(0x1fe, 0, 2);
	CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_NO_MAGIC);
	make("BZh", 3);
	image[0x202] = 'h';
	CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_NO_MAGIC);
	make("BZh", 3);
	put(0x24c, PAYLOAD + 1, 4);
	CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_PAYLOAD_OUTSIDE);
	put(0x24c, 4, 4);
	CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_PAYLOAD_OUTSIDE);
	put(0x24c, 0, 4);
	CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_UNKNOWN_PAYLOAD);
	put(0x248, UINT32_MAX, 4);
	CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_PAYLOAD_OUTSIDE);
	put(0x24c, UINT32_MAX, 4);
	CU_ASSERT_EQUAL(parse(SIZE, &b), BZIMAGE_PAYLOAD_OUTSIDE);
}

TEST(an_image_cut_anywhere_is_refused)
{
	struct bzimage b;
	size_t n;

	make("\x28\xb5\x2f\xfd", 4);
	for (n = 0; n < SIZE; n++)
		CU_ASSERT_EQUAL(parse(n, &b), n < 0x250 ? BZIMAGE_TOO_SHORT : BZIMAGE_PAYLOAD_OUTSIDE);
}

TEST(damaged_headers_are_survived)
{
	struct bzimage b;
	unsigned int i, n;

	random_seed("damage", 61);
	for (i = 0; i < 20000; i++) {
		make("\xfd"
		     "7zXZ\0",
		     6);
		for (n = (unsigned int)random_below(4); n < 4; n++)
			image[0x1f0 + random_below(0x60)] = (uint8_t)random_u64();
		parse(SIZE, &b);
	}
}

TEST(every_reason_has_its_sentence)
{
	unsigned int i;

	for (i = 0; i < BZIMAGE_REASONS; i++)
		CU_ASSERT_TRUE(strlen(bzimage_reason_text((enum bzimage_reason)i)) > 5);
	CU_ASSERT_PTR_NOT_NULL(bzimage_reason_text((enum bzimage_reason)99));
	CU_ASSERT_STRING_EQUAL(bzimage_packing_name((enum bzimage_packing)99), "unknown");
}
