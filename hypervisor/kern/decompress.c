/* decompress.c - unpacks Dom0's kernel with the distribution's libraries
 *
 * The libraries are compiled for programs: they use SSE, which is nobody's at this time, want a C library's allocator, and
 * look for a stack protector's canary behind FS. All memory they take is from the heap and goes back.
 */
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "arch/x86/msr.h"
#include "kern/decompress.h"
#include "kern/memory.h"
#include "kern/printk.h"
#include "lib/string.h"

/* --- What the libraries expect of their surroundings -------------------------------------------- */

struct allocation {
	size_t size; /* with this header */
	uint64_t unused;
	uint8_t bytes[];
};

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *bytes);
_Noreturn void __stack_chk_fail(void);
unsigned long long ZSTD_trace_decompress_begin(const void *context);
void ZSTD_trace_decompress_end(unsigned long long trace, const void *result);

void *malloc(size_t size)
{
	struct allocation *a;

	if (size > SIZE_MAX / 2)
		return NULL;
	a = heap_alloc(sizeof(*a) + size);
	if (!a)
		return NULL;
	a->size = sizeof(*a) + size;
	return a->bytes;
}

/* The heap's memory is zeroed. */
void *calloc(size_t count, size_t size)
{
	return size && count > SIZE_MAX / size ? NULL : malloc(count * size);
}

void free(void *bytes)
{
	struct allocation *a = bytes ? container_of(bytes, struct allocation, bytes) : NULL;

	if (a)
		heap_free(a, a->size);
}

void __stack_chk_fail(void)
{
	panic("A decompression library has overrun its stack");
}

/* Hooks that zstd calls if they are there, by calls that cannot reach the address 0 from here. */
unsigned long long ZSTD_trace_decompress_begin(const void *context)
{
	(void)context;
	return 0;
}

void ZSTD_trace_decompress_end(unsigned long long trace, const void *result)
{
	(void)trace;
	(void)result;
}

/* --- One function for each packing --------------------------------------------------------------- */

static const char damaged[] = "is damaged: it cannot be decompressed";
static const char no_memory[] = "cannot be decompressed: there is too little memory";

static const char *unpack_plain(const void *from, size_t length, void *to, size_t size)
{
	memcpy(to, from, MIN(length, size));
	return length == size ? NULL : damaged;
}

static const char *unpack_lzma(lzma_stream *s, lzma_ret begun, const void *from, size_t length, void *to, size_t size)
{
	lzma_ret result = begun;

	s->next_in = from;
	s->avail_in = length;
	s->next_out = to;
	s->avail_out = size;
	if (result == LZMA_OK)
		result = lzma_code(s, LZMA_FINISH);
	lzma_end(s);
	if (result == LZMA_MEM_ERROR)
		return no_memory;
	/* The old format has no end that it must find if it knows its size. */
	return result == LZMA_STREAM_END && !s->avail_out ? NULL : damaged;
}

static const char *unpack_xz(const void *from, size_t length, void *to, size_t size)
{
	lzma_stream s = LZMA_STREAM_INIT;

	return unpack_lzma(&s, lzma_stream_decoder(&s, UINT64_MAX, 0), from, length, to, size);
}

static const char *unpack_old_lzma(const void *from, size_t length, void *to, size_t size)
{
	lzma_stream s = LZMA_STREAM_INIT;

	return unpack_lzma(&s, lzma_alone_decoder(&s, UINT64_MAX), from, length, to, size);
}

static const char *unpack_gzip(const void *from, size_t length, void *to, size_t size)
{
	z_stream s = {
		.next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)length, .next_out = to, .avail_out = (uInt)size};
	int result = inflateInit2(&s, 16 + MAX_WBITS); /* 16: gzip's header */

	if (result == Z_OK) {
		result = inflate(&s, Z_FINISH);
		inflateEnd(&s);
	}
	if (result == Z_MEM_ERROR)
		return no_memory;
	return result == Z_STREAM_END && !s.avail_out ? NULL : damaged;
}

/* A magic number, then blocks of at most 8 MiB, each led by its packed length. */
static const char *unpack_lz4(const void *from, size_t length, void *to, size_t size)
{
	const char *in = (const char *)from + 4, *end = (const char *)from + length;
	char *out = to, *out_end = out + size;

	while (end - in >= 4) {
		uint32_t packed;
		int written;

		memcpy(&packed, in, 4);
		in += 4;
		if (packed > (size_t)(end - in))
			return damaged;
		written = LZ4_decompress_safe(in, out, (int)packed, (int)MIN((size_t)(out_end - out), MIB(8)));
		if (written < 0)
			return damaged;
		in += packed;
		out += written;
	}
	return out == out_end ? NULL : damaged;
}

static const char *unpack_zstd(const void *from, size_t length, void *to, size_t size)
{
	size_t result = ZSTD_decompress(to, size, from, length);

	return result == size ? NULL : damaged;
}

const char *decompress(enum bzimage_packing packing, const void *from, size_t length, void *to, size_t size)
{
	static const char *(*const unpack[BZIMAGE_PACKINGS])(const void *, size_t, void *, size_t) = {
		[BZIMAGE_PLAIN] = unpack_plain,	  [BZIMAGE_GZIP] = unpack_gzip, [BZIMAGE_XZ] = unpack_xz,
		[BZIMAGE_LZMA] = unpack_old_lzma, [BZIMAGE_LZ4] = unpack_lz4,	[BZIMAGE_ZSTD] = unpack_zstd,
	};
	uint64_t canary_block[8] = {0}; /* the canary is at FS + 0x28 */
	uint64_t fs = msr_read(MSR_FS_BASE);
	const char *wrong;

	if ((unsigned)packing >= BZIMAGE_PACKINGS || !unpack[packing])
		return "is packed in a way that this hypervisor cannot unpack";
	msr_write(MSR_FS_BASE, (uint64_t)canary_block);
	wrong = unpack[packing](from, length, to, size);
	msr_write(MSR_FS_BASE, fs);
	return wrong;
}
