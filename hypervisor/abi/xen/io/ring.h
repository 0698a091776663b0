/* io/ring.h - the shared ring of the split drivers, as both ends see it */
#ifndef ABI_IO_RING_H
#define ABI_IO_RING_H

#include <stddef.h>
#include <stdint.h>

/*
 * Requests and responses share the entries of one page or more. Indices run freely and are taken
 * modulo the number of entries, a power of two. An end sets *_event to the index + 1 whose arrival
 * it wants to be told of. How cursors move is not part of the ABI, and lives in event-channel/.
 */
typedef unsigned int RING_IDX;

#define RING_HEADER_BYTES 64

/* name_sring is the shared page; names are those of the split-driver protocols. */
#define DEFINE_RING_TYPES(name, request_t, response_t)                                                                 \
	union name##_sring_entry {                                                                                     \
		request_t req;                                                                                         \
		response_t rsp;                                                                                        \
	};                                                                                                             \
	struct name##_sring {                                                                                          \
		RING_IDX req_prod, req_event;                                                                          \
		RING_IDX rsp_prod, rsp_event;                                                                          \
		uint8_t __pad[RING_HEADER_BYTES - 4 * sizeof(RING_IDX)];                                               \
		union name##_sring_entry ring[1]; /* __CONST_RING_SIZE of them */                                      \
	};                                                                                                             \
	typedef struct name##_sring name##_sring_t;                                                                    \
	_Static_assert(offsetof(struct name##_sring, ring) == RING_HEADER_BYTES, #name)

/* The largest power of two in n; n is a constant. */
#define RING_ROUND_2(n)	 (((n)&0x2U) ? 0x2U : ((n)&0x1U))
#define RING_ROUND_4(n)	 (((n)&0xcU) ? RING_ROUND_2((n) >> 2) << 2 : RING_ROUND_2(n))
#define RING_ROUND_8(n)	 (((n)&0xf0U) ? RING_ROUND_4((n) >> 4) << 4 : RING_ROUND_4(n))
#define RING_ROUND_16(n) (((n)&0xff00U) ? RING_ROUND_8((n) >> 8) << 8 : RING_ROUND_8(n))
#define RING_ROUND_32(n) (((n)&0xffff0000U) ? RING_ROUND_16((n) >> 16) << 16 : RING_ROUND_16(n))

/* Entries of a ring of so many bytes: __CONST_RING_SIZE(blkif, 4096) is 32. */
#define __CONST_RING_SIZE(name, bytes)                                                                                 \
	RING_ROUND_32((unsigned int)(((bytes)-RING_HEADER_BYTES) / sizeof(union name##_sring_entry)))

#endif
