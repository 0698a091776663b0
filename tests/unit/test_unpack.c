/* test_unpack.c - payloads of kernels: every format unpacks, in part and whole, and damage is
 * noticed */
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "dom0-tools/build/unpack.h"
#include "unit.h"

#define SIZE  300000
#define BLOCK 100000 /* lz4's legacy frame holds several */

static uint8_t plain[SIZE], packed[2 * SIZE], out[SIZE + 1];

static void make_plain(void)
{
	uint32_t x = 1;

	for (size_t i = 0; i < SIZE; i++) {
		x = x * 1664525 + 1013904223;
		plain[i] = i % 5 ? plain[i - 1] : x >> 24;
	}
}

static size_t pack_gzip(void)
{
	z_stream z = {.next_in = plain, .avail_in = SIZE, .next_out = packed, .avail_out = sizeof(packed)};

	deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return z.next_out - packed;
}

static size_t pack_xz(void)
{
	size_t at = 0;

	lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, plain, SIZE, packed, &at, sizeof(packed));
	return at;
}

static size_t pack_lzma(void)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_options_lzma options;

	lzma_lzma_preset(&options, 6);
	CU_ASSERT_EQUAL_FATAL(lzma_alone_encoder(&stream, &options), LZMA_OK);
	stream.next_in = plain;
	stream.avail_in = SIZE;
	stream.next_out = packed;
	stream.avail_out = sizeof(packed);
	CU_ASSERT_EQUAL_FATAL(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
	lzma_end(&stream);
	return stream.total_out;
}

static size_t pack_lz4(void)
{
	size_t at = 4;

	memcpy(packed, "\x02\x21\x4c\x18", 4);
	for (size_t done = 0; done < SIZE; done += BLOCK) {
		uint32_t n = LZ4_compress_default((char *)plain + done, (char *)packed + at + 4, BLOCK,
						  sizeof(packed) - at - 4);

		memcpy(packed + at, &n, 4);
		at += 4 + n;
	}
	return at;
}

static size_t pack_zstd(void)
{
	return ZSTD_compress(packed, sizeof(packed), plain, SIZE, 19);
}

static const struct {
	enum bzimage_packing packing;
	size_t (*pack)(void);
} formats[] = {{BZIMAGE_GZIP, pack_gzip},
	       {BZIMAGE_XZ, pack_xz},
	       {BZIMAGE_LZMA, pack_lzma},
	       {BZIMAGE_LZ4, pack_lz4},
	       {BZIMAGE_ZSTD, pack_zstd}};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

TEST(every_format_unpacks_whole)
{
	make_plain();
	for (size_t i = 0; i < FORMATS; i++) {
		size_t len = formats[i].pack();

		memset(out, 0, sizeof(out));
		CU_ASSERT_EQUAL(unpack(formats[i].packing, packed, len, out, SIZE), SIZE);
		CU_ASSERT_EQUAL(memcmp(out, plain, SIZE), 0);
	}
}

TEST(every_format_unpacks_its_beginning)
{
	make_plain();
	for (size_t i = 0; i < FORMATS; i++) {
		size_t len = formats[i].pack();

		memset(out, 0xee, sizeof(out));
		CU_ASSERT_EQUAL(unpack(formats[i].packing, packed, len, out, 4096), 4096);
		CU_ASSERT_EQUAL(memcmp(out, plain, 4096), 0);
		CU_ASSERT_EQUAL(out[4096], 0xee);
	}
}

TEST(what_is_cut_short_is_noticed)
{
	make_plain();
	for (size_t i = 0; i < FORMATS; i++) {
		size_t len = formats[i].pack();

		CU_ASSERT_NOT_EQUAL(unpack(formats[i].packing, packed, len / 2, out, SIZE), SIZE);
	}
}

TEST(damage_never_writes_beyond_the_end)
{
	make_plain();
	for (size_t i = 0; i < FORMATS; i++) {
		size_t len = formats[i].pack();

		for (size_t at = 16; at < len; at += len / 50 + 1) {
			uint8_t was = packed[at];
			long n;

			packed[at] ^= 0x55;
			out[SIZE] = 0xee;
			n = unpack(formats[i].packing, packed, len, out, SIZE);
			CU_ASSERT_TRUE(n <= SIZE);
			CU_ASSERT_EQUAL(out[SIZE], 0xee);
			packed[at] = was;
		}
	}
}

TEST(formats_without_a_library_are_refused)
{
	CU_ASSERT_EQUAL(unpack(BZIMAGE_BZIP2, packed, 100, out, SIZE), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(unpack(BZIMAGE_LZO, packed, 100, out, SIZE), -EOPNOTSUPP);
}

TEST(a_plain_file_is_copied)
{
	make_plain();
	CU_ASSERT_EQUAL(unpack(BZIMAGE_PLAIN, plain, 1000, out, SIZE), 1000);
	CU_ASSERT_EQUAL(unpack(BZIMAGE_PLAIN, plain, SIZE, out, 500), 500);
	CU_ASSERT_EQUAL(memcmp(out, plain, 1000), 0);
}
