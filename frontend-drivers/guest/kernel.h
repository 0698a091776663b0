/* kernel.h - the reference guest's kernel, all that its files have in common
 *
 * One address space for the kernel, in which pseudo-physical page n lies at KERNEL_BASE + n * 4096. Threads are bound to a
 * vcpu. Events are masked while a vcpu is in an event handler, switches threads, or holds an os_lock.
 */
#ifndef GUEST_KERNEL_H
#define GUEST_KERNEL_H

#include <xen/event_channel.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include "frontend-drivers/guest/hypercall.h"
#include "frontend-drivers/guest/trap_frame.h"
#include "frontend-drivers/os.h"

#define KERNEL_BASE 0xffffffff80000000UL
#define VCPUS_MOST  4

extern struct start_info *start_info;
extern struct shared_info *const shared;

static inline bool is_dom0(void)
{
	return start_info->flags & SIF_INITDOMAIN;
}

/* ---- main.c ---- */
/* The value of a word "name=value" of the command line, up to the next space; false: there is no such word. */
bool option(const char *name, char *value, size_t size);
/* Says why, and ends the domain as crashed. */
void panic(const char *fmt, ...) __format_printf(1, 2) __noreturn;
void shut_down(unsigned int reason) __noreturn;

/* ---- paging.c: direct paging ---- */
#define PTE_PRESENT  0x001UL
#define PTE_WRITABLE 0x002UL
#define PTE_USERMODE 0x004UL
#define PTE_ACCESSED 0x020UL
#define PTE_DIRTY    0x040UL
/* A PV kernel runs in ring 3, so its own pages are the user's to the hardware, too. */
#define PTE_PLAIN    (PTE_PRESENT | PTE_WRITABLE | PTE_USERMODE | PTE_ACCESSED | PTE_DIRTY)
#define PTE_READONLY (PTE_PRESENT | PTE_USERMODE | PTE_ACCESSED)

typedef uint64_t table_t[512];

uint64_t mfn_of(const volatile void *address); /* of a page of the kernel's range */
/* Maps all of the domain's memory into the kernel's range; the number of pages that are. */
uint64_t paging_init(void);
/* Maps one page into tables under `root`, which are made as needed. Panics without memory. */
void map_page(uint64_t *root, uint64_t address, uint64_t pte);
/* An empty root for user mode, pinned; and its end, with the tables and without the pages below it. */
uint64_t *root_new(void);
void root_free(uint64_t *root);

/* ---- memory.c: pages, and smaller pieces ---- */
void memory_init(uint64_t first, uint64_t pages); /* numbers of pages that nobody uses */
void *page_alloc(void);				  /* NULL: none */
void page_free(void *page);
uint64_t pages_free(void);
void *memory_alloc(size_t size); /* NULL: none; aligned to 16 */
void memory_free(void *p);

/* ---- trap.c ---- */
enum { TRAP_PF = 14 }; /* and TRAP_EVENT and so on, of trap_frame.h */

static inline bool from_user(const struct trap_frame *f)
{
	return f->cs & 3;
}
void trap_init(void);
void trap_describe(struct vcpu_guest_context *context); /* the same for another vcpu */

/* ---- event.c ---- */
bool events_mask(void); /* what it was */
void events_restore(bool masked);
void events_init(void);
void events_deliver(void); /* to their handlers; with events masked */
int event_bind_virq(uint32_t virq, uint32_t vcpu, void (*handler)(void *), void *argument);
int event_bind_ipi(uint32_t vcpu, void (*handler)(void *), void *argument);

/* ---- grant.c ---- */
void grants_init(void);

/* ---- thread.c ---- */
#define STACK_SIZE 16384u

struct thread {	      /* at the lowest end of its stack */
	uint64_t rsp; /* while it does not run */
	enum { THREAD_NONE, THREAD_RUNNABLE, THREAD_WAITING, THREAD_ENDED } state;
	uint32_t vcpu;
	struct os_signal *waits;
	uint64_t until;
	uint64_t *user_root; /* user mode's page tables; NULL: a kernel thread */
	void (*function)(void *);
	void *argument;
	const char *name;
	uint8_t fpu[512] __aligned(16);
};

static inline struct thread *current_thread(void)
{
	uint64_t rsp;

	__asm__("mov %%rsp, %0" : "=r"(rsp));
	return (struct thread *)(rsp & ~(uint64_t)(STACK_SIZE - 1));
}
void threads_init(void); /* on the first thread's stack */
struct thread *thread_new(const char *name, uint32_t vcpu, void (*function)(void *), void *argument);
/* A vcpu's first thread, which is not switched to but started. */
struct thread *thread_of_vcpu(uint32_t vcpu);
void thread_exit(void) __noreturn;
uint64_t *stack_top(struct thread *t);
/* Lets others run; with events masked. */
void schedule(void);
/* At the end of an upcall that came to a running thread. */
void schedule_if_due(void);
void vcpu_timers_init(uint32_t vcpu); /* its timer and its IPI */
uint64_t switches(void);

/* ---- vcpu.c ---- */
void vcpus_start(void);

/* ---- user.c ---- */
/* Runs the user program on a vcpu; `done` is raised when it has ended. */
void user_start(uint32_t vcpu, struct os_signal *done);
void user_syscall(struct trap_frame *f);
bool user_fault(struct trap_frame *f); /* false: it was not the user's */

/* ---- entry.S ---- */
void thread_switch(uint64_t *save, uint64_t load);
void thread_first(void);
void user_enter(const struct iret_context *frame) __noreturn;
void vcpu_entry(void);

#endif
