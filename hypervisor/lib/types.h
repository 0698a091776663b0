/* types.h - the words everybody uses: integers, boxed frame numbers, small macros */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#ifndef static_assert
#define static_assert _Static_assert
#endif

/* A C library's headers may define these too; theirs mean the same. MIN and MAX evaluate their
 * arguments twice. */
#ifndef __packed
#define __packed __attribute__((packed))
#endif
#ifndef __noreturn
#define __noreturn __attribute__((noreturn))
#endif
#ifndef __unused
#define __unused __attribute__((unused))
#endif
#ifndef __used
#define __used __attribute__((used))
#endif
#ifndef __aligned
#define __aligned(n) __attribute__((aligned(n)))
#endif
#ifndef __section
#define __section(name) __attribute__((section(name)))
#endif
#ifndef __must_check
#define __must_check __attribute__((warn_unused_result))
#endif
#ifndef __format_printf
#define __format_printf(fmt, first) __attribute__((format(printf, fmt, first)))
#endif
#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#endif
#ifndef MAX
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif

#define ARRAY_SIZE(a)			(sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#define BIT(n) (UINT64_C(1) << (n))

/* Rounding to a power of two, in the type of x. */
#define ROUND_DOWN(x, to)   ((x) & ~((__typeof__(x))(to)-1))
#define ROUND_UP(x, to)	    ROUND_DOWN((x) + ((__typeof__(x))(to)-1), to)
#define DIV_ROUND_UP(x, by) (((x) + (by)-1) / (by))

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define PAGE_SHIFT 12
#define PAGE_SIZE  (UINT64_C(1) << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1)) /* keeps the number of the page */

/* A physical address of the machine, in bytes. */
typedef uint64_t paddr_t;

/*
 * Three kinds of frame numbers that must never be mixed:
 * a machine frame (mfn) is what the memory controller knows; a pseudo-physical frame (pfn) is what
 * a PV guest counts its memory in; a guest frame (gfn) is what a hypercall carries: a PV guest's
 * mfn, or what a guest under VT-x or AMD-V takes for physical memory.
 */
typedef struct {
	uint64_t n;
} mfn_t;

typedef struct {
	uint64_t n;
} pfn_t;

typedef struct {
	uint64_t n;
} gfn_t;

#define MFN(x) ((mfn_t){(x)})
#define PFN(x) ((pfn_t){(x)})
#define GFN(x) ((gfn_t){(x)})

#define INVALID_MFN MFN(UINT64_MAX)
#define INVALID_PFN PFN(UINT64_MAX)
#define INVALID_GFN GFN(UINT64_MAX)

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.n == b.n;
}

static inline bool pfn_eq(pfn_t a, pfn_t b)
{
	return a.n == b.n;
}

static inline bool gfn_eq(gfn_t a, gfn_t b)
{
	return a.n == b.n;
}

static inline mfn_t mfn_add(mfn_t m, uint64_t frames)
{
	return MFN(m.n + frames);
}

static inline pfn_t pfn_add(pfn_t p, uint64_t frames)
{
	return PFN(p.n + frames);
}

static inline gfn_t gfn_add(gfn_t g, uint64_t frames)
{
	return GFN(g.n + frames);
}

static inline mfn_t mfn_of_paddr(paddr_t address)
{
	return MFN(address >> PAGE_SHIFT);
}

static inline paddr_t paddr_of_mfn(mfn_t m)
{
	return m.n << PAGE_SHIFT;
}

#endif
