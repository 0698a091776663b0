/* unpack.c - a kernel's payload, unpacked by the library of its format */
#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "unpack.h"

static long unpack_plain(const uint8_t *src, size_t len, uint8_t *dst, size_t most)
{
	size_t n = len < most ? len : most;

	memcpy(dst, src, n);
	return n;
}

static long unpack_gzip(const uint8_t *src, size_t len, uint8_t *dst, size_t most)
{
	z_stream z = {.next_in = (uint8_t *)src, .next_out = dst};
	size_t in = len, out = most;
	int ret = inflateInit2(&z, 16 + MAX_WBITS);

	if (ret != Z_OK)
		return -ENOMEM;
	do {
		/* zlib counts in 32 bits. */
		if (!z.avail_in) {
			z.avail_in = in < UINT_MAX ? in : UINT_MAX;
			in -= z.avail_in;
		}
		if (!z.avail_out) {
			z.avail_out = out < UINT_MAX ? out : UINT_MAX;
			out -= z.avail_out;
		}
		ret = inflate(&z, Z_NO_FLUSH);
	} while (ret == Z_OK && (z.avail_out || out) && (z.avail_in || in));
	inflateEnd(&z);
	if (ret == Z_STREAM_END || (ret == Z_OK && !z.avail_out && !out))
		return z.next_out - dst;
	return ret == Z_MEM_ERROR ? -ENOMEM : -EINVAL;
}

static long unpack_lzma(const uint8_t *src, size_t len, uint8_t *dst, size_t most)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret ret = lzma_auto_decoder(&stream, UINT64_MAX, 0);

	if (ret != LZMA_OK)
		return -ENOMEM;
	stream.next_in = src;
	stream.avail_in = len;
	stream.next_out = dst;
	stream.avail_out = most;
	do {
		ret = lzma_code(&stream, LZMA_FINISH);
	} while (ret == LZMA_OK && stream.avail_out && stream.avail_in);
	lzma_end(&stream);
	if (ret == LZMA_STREAM_END || !stream.avail_out)
		return most - stream.avail_out;
	return ret == LZMA_MEM_ERROR ? -ENOMEM : -EINVAL;
}

/* The legacy frame: a magic number, then blocks that each stand for themselves. */
static long unpack_lz4(const uint8_t *src, size_t len, uint8_t *dst, size_t most)
{
	size_t at = sizeof(uint32_t), done = 0, room;
	uint32_t size;
	int n;

	while (at + sizeof(size) <= len && done < most) {
		memcpy(&size, src + at, sizeof(size));
		at += sizeof(size);
		if (size > len - at || size > INT_MAX)
			return -EINVAL;
		room = most - done < INT_MAX ? most - done : INT_MAX;
		n = LZ4_decompress_safe_partial((const char *)src + at, (char *)dst + done, size, room, room);
		if (n <= 0)
			return -EINVAL;
		at += size;
		done += n;
	}
	return done;
}

static long unpack_zstd(const uint8_t *src, size_t len, uint8_t *dst, size_t most)
{
	ZSTD_inBuffer in = {src, len, 0};
	ZSTD_outBuffer out = {dst, most, 0};
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	size_t ret;

	if (!ctx)
		return -ENOMEM;
	/* Kernels are packed with windows larger than a careful reader of files would allow; the
	 * output is the window here, in one piece. */
	ZSTD_DCtx_setParameter(ctx, ZSTD_d_windowLogMax, 31);
	do {
		ret = ZSTD_decompressStream(ctx, &out, &in);
	} while (!ZSTD_isError(ret) && ret && out.pos < out.size && in.pos < in.size);
	ZSTD_freeDCtx(ctx);
	if (ZSTD_isError(ret))
		return -EINVAL;
	return ret && out.pos < out.size ? -EINVAL : (long)out.pos;
}

long unpack(enum bzimage_packing packing, const uint8_t *src, size_t len, uint8_t *dst, size_t most)
{
	switch (packing) {
	case BZIMAGE_PLAIN:
		return unpack_plain(src, len, dst, most);
	case BZIMAGE_GZIP:
		return unpack_gzip(src, len, dst, most);
	case BZIMAGE_XZ:
	case BZIMAGE_LZMA:
		return unpack_lzma(src, len, dst, most);
	case BZIMAGE_LZ4:
		return unpack_lz4(src, len, dst, most);
	case BZIMAGE_ZSTD:
		return unpack_zstd(src, len, dst, most);
	default:
		return -EOPNOTSUPP;
	}
}
