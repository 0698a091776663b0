/* guest.h - what a test guest is written with
 *
 * A test is one file with test_title and test_main(). It runs as Dom0, in ring 3, on one vcpu, with its whole memory mapped
 * writable from GUEST_BASE on. It may start more vcpus (vcpus.c), and other domains with itself as their image (partner.c).
 * It ends with one of four verdicts: success (test_main returns), skip(), error() (the test is broken), failure() (Plinth is).
 * CHECK() states a promise; a failed one is told, and the test goes on.
 *
 * A line `TEST_CPUS(n)` says how many CPUs it wants [1], `TEST_SECONDS(n)` how long it may take [20], `TEST_MODEL("…")` on which
 * of QEMU's CPU models, `TEST_MACHINE("…")` with which of its options besides: run.sh reads them.
 */
#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

#include <xen/callback.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/xen.h>

#include "frontend-drivers/guest/hypercall.h" /* hypercall(), CALL1() to CALL4() */
#include "frontend-drivers/guest/trap_frame.h"
#include "lib/string.h"
#include "lib/types.h"
#include "tests/guest/runtime/stacks.h"

#define GUEST_BASE 0xffffffff80000000UL
#define GUEST_CS   FLAT_KERNEL_CS64
#define GUEST_SS   FLAT_KERNEL_SS64

extern const char test_title[];
void test_main(void);
#define TEST_CPUS(n)	_Static_assert((n) <= GUEST_VCPUS, "more than there are stacks for")
#define TEST_SECONDS(n) _Static_assert((n) > 0, "")
#define TEST_MODEL(m)	_Static_assert(sizeof(m) > 1, "")
#define TEST_MACHINE(m) _Static_assert(sizeof(m) > 1, "")

extern struct start_info *start_info;
extern struct shared_info *const shared;
#define vcpu0 (&shared->vcpu_info[0])
static inline bool is_dom0(void)
{
	return start_info->flags & SIF_INITDOMAIN;
}

/* ---- verdicts (main.c) ---- */
void say(const char *fmt, ...) __format_printf(1, 2);

/* Of one that hvctl has started: until its console has been read up to here, and so is mapped, whatever becomes of its grants. */
void wait_until_heard(void);
void skip(const char *fmt, ...) __format_printf(1, 2) __attribute__((noreturn));
void error(const char *fmt, ...) __format_printf(1, 2) __attribute__((noreturn));
void failure(const char *fmt, ...) __format_printf(1, 2); /* goes on */
#define CHECK(promise, fmt, ...) ((promise) ? (void)0 : failure("line %d: " fmt, __LINE__, ##__VA_ARGS__))
/* Without this the test makes no sense. */
#define NEED(condition, fmt, ...) ((condition) ? (void)0 : error("line %d: " fmt, __LINE__, ##__VA_ARGS__))
/* That a call answers `want`. */
#define EXPECT(call, want)                                                                                             \
	({                                                                                                             \
		long got_ = (call), want_ = (want);                                                                    \
		CHECK(got_ == want_, "%s: %ld, and it should be %ld", #call, got_, want_);                             \
	})
/* That a call is refused, in whatever words. */
#define REFUSED(call)                                                                                                  \
	({                                                                                                             \
		long got_ = (call);                                                                                    \
		CHECK(got_<0 && got_> - 4096, "%s: %ld, and it should be an error", #call, got_);                      \
	})

/* ---- traps (trap.c) ---- */
enum { TRAP_DB = 1, TRAP_BP = 3, TRAP_OF = 4, TRAP_UD = 6, TRAP_NM = 7, TRAP_SS = 12, TRAP_GP = 13, TRAP_PF = 14 };
enum { TRAP_NONE = -1 }; /* and those of trap_frame.h */

/* What became of a piece of code: the first trap in it, or TRAP_NONE. */
struct outcome {
	int vector;
	uint64_t cr2;
	struct trap_frame at;
};
struct outcome attempt(void (*f)(void *), void *argument);
/* User mode from `rip` on, until its first trap or system call. */
struct outcome attempt_user(uint64_t rip, uint64_t rsp);
struct outcome attempt_iret(struct iret_context frame);
/* The bare call, with the frame where it is. */
void guest_iret(const struct iret_context *frame) __attribute__((noreturn));
extern uint64_t guest_failsafe_selectors[4];
/* If set, it is asked first; true: go on as *f says now. */
extern bool (*on_trap)(struct trap_frame *f);
void set_trap_gate(uint8_t vector, uint8_t flags, uint64_t address);
uint64_t trap_stub(uint8_t vector);

/* Runs one assembly statement that may trap. */
#define TRY(...)                                                                                                       \
	({                                                                                                             \
		void try_(void *p)                                                                                     \
		{                                                                                                      \
			(void)p;                                                                                       \
			__asm__ volatile(__VA_ARGS__);                                                                 \
		}                                                                                                      \
		attempt(try_, NULL);                                                                                   \
	})

/* ---- several vcpus (vcpus.c) ---- */
/* The vcpu that asks; 0 when it is on none of the stacks. */
unsigned my_vcpu(void);
#define my_info (&shared->vcpu_info[my_vcpu()])
/* f(argument) on vcpu `id`, with the page tables of this one, upcalls masked. When f returns, the vcpu goes down. */
void start_vcpu(unsigned id, void (*f)(void *), void *argument);
void join_vcpu(unsigned id); /* waits until it is down */
/* All `n` who call it with the same barrier have come. */
struct barrier {
	unsigned come, round;
};
void meet(struct barrier *b, unsigned n);
static inline void relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* ns since the machine's start, by this vcpu's time info; not once it has been registered elsewhere. */
uint64_t now(void);

/* ---- other domains (partner.c) ---- */
/* What both see: a page of the partner's. Its say() and verdicts go through it. */
struct area {
	void (*role)(struct area *);
	uint32_t failures;
	bool done;		    /* the role has returned */
	bool broken;		    /* error() was called */
	volatile uint64_t word[64]; /* the test's own */
	volatile uint32_t put, got; /* bytes of text, ever */
	char text[2048];
};
struct partner {
	uint16_t id;
	struct area *area;
	unsigned window;
	bool hostile; /* what it says is nobody's concern */
	bool hvm;
	uint64_t mfn[512]; /* by pfn; of one under hardware virtualization, what it calls so itself */
};
#define PARTNER_PAGES 512
/* A domain of 2 MiB and `vcpus` vcpus, made from this very image as it was at its start, paused. Dom0 only. */
struct partner *partner_new(void (*role)(struct area *), unsigned vcpus);
/* Its vcpu 0 runs role(area), after which it shuts down. */
void partner_go(struct partner *p);
/* The number behind `name`= on the command line, or what is said here. */
uint64_t option(const char *name, uint64_t otherwise);
/* Passes on what it says. False: it has shut down; *code says how (SHUTDOWN_*). */
bool partner_runs(struct partner *p, unsigned *code);
/* Until it has shut down: its failures are ours. */
void partner_wait(struct partner *p);
/* Takes everything from it; what others have mapped of it keeps it from going. */
void partner_kill(struct partner *p);
/* Destroys it, whatever it does, until nothing is left of it. */
void partner_end(struct partner *p);
/* The highest version of grants that the next one may have [2]. */
extern uint32_t partner_grant_opts;
struct xen_domctl;
/* With its command, version and domain filled in. */
long domctl(uint16_t id, uint32_t cmd, struct xen_domctl *op);
/* Only on that CPU from now on. */
void pin_vcpu(uint16_t id, unsigned vcpu, unsigned cpu);
uint64_t free_pages(void);
void yield(void);
void nap(uint64_t ns);

/* ---- memory (memory.c) ---- */
#define PTE_PRESENT  0x001UL
#define PTE_WRITABLE 0x002UL
#define PTE_USERMODE 0x004UL
#define PTE_ACCESSED 0x020UL
#define PTE_DIRTY    0x040UL
#define PTE_LARGE    0x080UL
#define PTE_GLOBAL   0x100UL
#define PTE_PLAIN    (PTE_PRESENT | PTE_WRITABLE | PTE_USERMODE | PTE_ACCESSED | PTE_DIRTY)
#define PTE_READONLY (PTE_PRESENT | PTE_USERMODE | PTE_ACCESSED | PTE_DIRTY)

typedef uint64_t table_t[512] __attribute__((aligned(4096)));

uint64_t mfn_of(const volatile void *address);			  /* of the guest's initial region */
void *address_of_mfn(uint64_t mfn);				  /* likewise */
uint64_t *entry_of(const volatile void *address, unsigned level); /* of the initial tables; readable */
uint64_t machine_of(const volatile void *address);		  /* machine address */
long map(const volatile void *address, uint64_t pte);		  /* update_va_mapping, with INVLPG */
long mmu_write(uint64_t machine, uint64_t value);
long make_readonly(const volatile void *page);
long make_writable(const volatile void *page);
long mmuext(unsigned cmd, uint64_t arg1);
/* Makes a root for user mode, loads it, and returns where the image lies for it in the lower half, too. */
#define USER_LOW 0x40000000UL
uint64_t use_user_tables(void);
#define user_low(address) ((uint64_t)(address)-GUEST_BASE + USER_LOW)

#endif
