/* user.c - user mode: page tables of its own, system calls, and its end */
#include "frontend-drivers/guest/kernel.h"
#include "frontend-drivers/guest/user.h"
#include "lib/errno.h"

#define LINE_MOST 100

extern uint8_t user_begin[], user_end[]; /* guest.lds */

static struct run {
	uint8_t *stack;
	struct os_signal *done;
} runs[VCPUS_MOST];

/* Into user mode; the way back is a trap. */
static void enter(void *argument)
{
	struct thread *me = current_thread();
	struct run *run = argument;
	uint64_t *root = root_new();
	struct iret_context frame = {.rip = USER_BASE,
				     .cs = FLAT_USER_CS64,
				     .rflags = 0x202,
				     .rsp = USER_STACK + PAGE_SIZE,
				     .ss = FLAT_USER_SS64};
	struct mmuext_op op = {.cmd = MMUEXT_NEW_USER_BASEPTR, .arg1.mfn = mfn_of(root)};

	run->stack = page_alloc();
	if (!run->stack)
		panic("no memory for a user stack");
	for (uint64_t at = 0; at < (uint64_t)(user_end - user_begin); at += PAGE_SIZE)
		map_page(root, USER_BASE + at, mfn_of(user_begin + at) << 12 | PTE_READONLY);
	map_page(root, USER_STACK, mfn_of(run->stack) << 12 | PTE_PLAIN);
	events_mask();
	me->user_root = root;
	if (CALL4(mmuext_op, &op, 1, NULL, DOMID_SELF) || CALL2(stack_switch, FLAT_KERNEL_SS64, stack_top(me)))
		panic("the hypervisor refuses user mode");
	user_enter(&frame);
}

void user_start(uint32_t vcpu, struct os_signal *done)
{
	runs[vcpu].done = done;
	thread_new("user", vcpu, enter, &runs[vcpu]);
}

static void end(const char *why, uint64_t number) __noreturn;
static void end(const char *why, uint64_t number)
{
	struct thread *me = current_thread();
	struct run *run = &runs[me->vcpu];
	uint64_t *root = me->user_root;

	os_log("user: vcpu %u: ended: %s %#lx", me->vcpu, why, number);
	me->user_root = NULL;
	root_free(root);
	page_free(run->stack);
	os_raise(run->done);
	thread_exit();
}

/* Where the kernel sees `len` bytes of the program's memory, or NULL. Addresses from user mode are never followed. */
static const char *find(uint64_t address, uint64_t len)
{
	uint64_t size = (uint64_t)(user_end - user_begin);

	if (address >= USER_BASE && len <= size && address - USER_BASE <= size - len)
		return (const char *)user_begin + (address - USER_BASE);
	if (address >= USER_STACK && len <= PAGE_SIZE && address - USER_STACK <= PAGE_SIZE - len)
		return (const char *)runs[os_vcpu()].stack + (address - USER_STACK);
	return NULL;
}

void user_syscall(struct trap_frame *f)
{
	struct os_signal never = {0};
	const char *text;

	switch (f->rax) {
	case USER_SAY:
		text = f->rsi <= LINE_MOST ? find(f->rdi, f->rsi) : NULL;
		f->rax = text ? 0 : (uint64_t)-EFAULT;
		if (text)
			os_log("user: vcpu %u: %.*s", os_vcpu(), (int)f->rsi, text);
		break;
	case USER_SLEEP:
		os_wait(&never, os_now() + f->rdi);
		f->rax = 0;
		break;
	case USER_NOW:
		f->rax = os_now();
		break;
	case USER_VCPU:
		f->rax = os_vcpu();
		break;
	case USER_END:
		end("status", f->rdi);
	default:
		f->rax = (uint64_t)-ENOSYS;
	}
}

bool user_fault(struct trap_frame *f)
{
	if (!current_thread()->user_root)
		return false;
	/* What the program could do now is up to a kernel with signals; this one ends it. */
	events_restore(false);
	if (f->vector == TRAP_PF)
		end("page fault at", shared->vcpu_info[os_vcpu()].arch.cr2);
	end("trap", f->vector);
}
