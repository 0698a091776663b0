/* crash.c - the last words: registers, stack and call trace */
#include "arch/x86/boot/boot.h"
#include "arch/x86/control.h"
#include "arch/x86/crash.h"
#include "arch/x86/hvm/hvm.h"
#include "arch/x86/io.h"
#include "arch/x86/smp.h"
#include "arch/x86/symbols.h"
#include "kern/domain.h"
#include "kern/guest.h"
#include "kern/memory.h"
#include "kern/options.h"
#include "kern/printk.h"
#include "lib/invariant.h"
#include "lib/printf.h"

#define STACK_WORDS   32
#define TRACE_ENTRIES 24
#define CODE_BEFORE   16
#define CODE_BYTES    32
#define REBOOT_DELAY  5 /* seconds */

static void show_general(const struct cpu_user_regs *r)
{
	log_error("rip %04x:%016lx  rflags %08lx", r->cs, (unsigned long)r->rip, (unsigned long)r->rflags);
	log_error("rax %016lx  rbx %016lx  rcx %016lx", (unsigned long)r->rax, (unsigned long)r->rbx,
		  (unsigned long)r->rcx);
	log_error("rdx %016lx  rsi %016lx  rdi %016lx", (unsigned long)r->rdx, (unsigned long)r->rsi,
		  (unsigned long)r->rdi);
	log_error("rbp %016lx  rsp %04x:%016lx", (unsigned long)r->rbp, r->ss, (unsigned long)r->rsp);
	log_error("r8  %016lx  r9  %016lx  r10 %016lx", (unsigned long)r->r8, (unsigned long)r->r9,
		  (unsigned long)r->r10);
	log_error("r11 %016lx  r12 %016lx  r13 %016lx", (unsigned long)r->r11, (unsigned long)r->r12,
		  (unsigned long)r->r13);
	log_error("r14 %016lx  r15 %016lx", (unsigned long)r->r14, (unsigned long)r->r15);
}

static void show_control(void)
{
	log_error("cr0 %08lx  cr2 %016lx  cr3 %016lx  cr4 %08lx", (unsigned long)cr0_read(), (unsigned long)cr2_read(),
		  (unsigned long)cr3_read(), (unsigned long)cr4_read());
}

static bool in_text(uint64_t address)
{
	return address >= (uint64_t)text_start && address < (uint64_t)text_end;
}

static void show_code(uint64_t rip)
{
	char text[CODE_BYTES * 4 + 1];
	size_t at = 0;

	if (!in_text(rip - CODE_BEFORE) || !in_text(rip + CODE_BYTES))
		return;
	for (unsigned i = 0; i < CODE_BYTES; i++)
		at += (size_t)format(text + at, sizeof(text) - at, i == CODE_BEFORE ? " <%02x>" : " %02x",
				     ((const uint8_t *)rip)[(int)i - CODE_BEFORE]);
	log_error("code:%s", text);
}

/* Is there an instruction before this address that would have pushed it? */
static bool follows_call(uint64_t address)
{
	const uint8_t *p = (const uint8_t *)address;

	if (!in_text(address - 7) || !in_text(address))
		return false;
	if (p[-5] == 0xe8)
		return true;
	for (int length = 2; length <= 7; length++) /* ff /2: call through a register or memory */
		if (p[-length] == 0xff && (p[1 - length] & 0x38) == 0x10)
			return true;
	return false;
}

static void show_address(uint64_t address)
{
	uint64_t offset;
	const char *name = symbol_find(address, &offset);

	if (name)
		log_error("  [%016lx] %s+%#lx", (unsigned long)address, name, (unsigned long)offset);
	else
		log_error("  [%016lx]", (unsigned long)address);
}

static uint64_t stack_end(uint64_t sp)
{
	uint64_t bottom = (uint64_t)this_cpu();

	if (sp >= bottom && sp < bottom + STACK_SIZE)
		return bottom + STACK_SIZE;
	log_error("%016lx is not in this CPU's stack, which begins at %016lx.", (unsigned long)sp,
		  (unsigned long)bottom);
	return 0;
}

static void show_stack(uint64_t rsp)
{
	uint64_t end = stack_end(rsp);
	const uint64_t *sp = (const uint64_t *)(rsp & ~7UL);
	char text[80];
	size_t at = 0;

	for (unsigned i = 0; i < STACK_WORDS && (uint64_t)(sp + i) < end; i++) {
		at += (size_t)format(text + at, sizeof(text) - at, " %016lx", (unsigned long)sp[i]);
		if (i % 4 == 3 || (uint64_t)(sp + i + 1) == end) {
			log_error("%s%s", i < 4 ? "stack:" : "      ", text);
			at = 0;
		}
	}
}

/* Words that look like return addresses, from rsp to the end of the stack that it is in. */
static void show_calls(uint64_t rip, uint64_t rsp, uint64_t end)
{
	unsigned entries = 0;

	show_address(rip);
	for (uint64_t sp = rsp & ~7UL; sp < end && entries < TRACE_ENTRIES; sp += 8) {
		uint64_t word = *(const uint64_t *)sp;

		if (follows_call(word)) {
			show_address(word);
			entries++;
		}
	}
}

static void show_trace(uint64_t rip, uint64_t rsp)
{
	static const uint64_t ist_tops[] = {STACK_IST_DF, STACK_IST_NMI, STACK_IST_MCE};
	uint64_t bottom = (uint64_t)this_cpu();

	log_error("call trace:");
	for (unsigned i = 0; i < ARRAY_SIZE(ist_tops); i++) {
		const uint64_t *top = (const uint64_t *)(bottom + ist_tops[i]);

		if (rsp < bottom + PAGE_SIZE || rsp >= (uint64_t)top)
			continue;
		show_calls(rip, rsp, (uint64_t)(top - 5));
		log_error("interrupted:"); /* the CPU's frame: rip, cs, rflags, rsp, ss */
		rip = top[-5];
		rsp = top[-2];
		break;
	}
	show_calls(rip, rsp, stack_end(rsp));
}

static void show_who(void)
{
	const struct vcpu *v = current;

	if (v && !is_idle_vcpu(v))
		log_error("CPU %u, running domain %u vcpu %u", this_cpu()->id, v->domain->id, v->id);
	else
		log_error("CPU %u, no domain running", this_cpu()->id);
}

static _Noreturn void end(void)
{
	if (options.noreboot) {
		log_error("The machine is stopped (noreboot).");
		machine_halt();
	}
	log_error("Rebooting in %u seconds; the option noreboot prevents that.", REBOOT_DELAY);
	if (tsc_hz) {
		uint64_t start = tsc_read();

		while (tsc_read() - start < REBOOT_DELAY * tsc_hz)
			cpu_pause();
	} else { /* a read of this port takes about a microsecond */
		for (unsigned i = 0; i < REBOOT_DELAY * 1000000; i++)
			io_in8(0x80);
	}
	machine_reboot();
}

/* Only the first of several CPUs is heard. If the report itself crashes, there is no second one. */
static void begin(void)
{
	static uint32_t reporter; /* id of the CPU, plus one */
	uint32_t nobody = 0, me = this_cpu()->id + 1;

	if (__atomic_compare_exchange_n(&reporter, &nobody, me, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		console_take_over();
		smp_stop_others();
		return;
	}
	if (nobody == me)
		end();
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void say_why(const char *fmt, va_list args)
{
	char why[256];

	format_va(why, sizeof(why), fmt, args);
	log_error("*** Plinth " PLINTH_VERSION " has crashed: %s", why);
	show_who();
}

void crash(const struct cpu_user_regs *r, const char *fmt, ...)
{
	va_list args;

	begin();
	va_start(args, fmt);
	say_why(fmt, args);
	show_general(r);
	show_control();
	show_code(r->rip);
	show_stack(r->rsp);
	show_trace(r->rip, r->rsp);
	memory_report();
	end();
}

void panic(const char *fmt, ...)
{
	uint64_t sp = (uint64_t)__builtin_frame_address(0);
	va_list args;

	begin();
	va_start(args, fmt);
	say_why(fmt, args);
	show_control();
	show_stack(sp);
	show_trace((uint64_t)__builtin_return_address(0), sp + 16); /* behind our own return address */
	memory_report();
	end();
}

void refuse(const char *fmt, ...)
{
	char why[256];
	va_list args;

	va_start(args, fmt);
	format_va(why, sizeof(why), fmt, args);
	va_end(args);
	log_error("%s", why);
	log_error("Plinth cannot start; the machine is stopped.");
	machine_halt();
}

void invariant_failed(const char *what, const char *file, int line)
{
	panic("%s:%d: does not hold: %s", file, line, what);
}

void show_guest(struct vcpu *v)
{
	uint64_t words[16];
	char text[80];
	size_t at = 0;

	if (v->hvm) {
		hvm_show(v);
	} else {
		log_error("domain %u vcpu %u on CPU %u, guest %s:", v->domain->id, v->id, this_cpu()->id,
			  v->pv.kernel_mode ? "kernel" : "user space");
		log_error("fs %016lx  gs %016lx (kernel %016lx)  cr2 %016lx", (unsigned long)v->pv.fs_base,
			  (unsigned long)v->pv.gs_base_user, (unsigned long)v->pv.gs_base_kernel,
			  (unsigned long)v->pv.cr2);
	}
	show_general(&v->regs);
	if (v != current || guest_read(words, (const void *)v->regs.rsp, sizeof(words)))
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		at += (size_t)format(text + at, sizeof(text) - at, " %016lx", (unsigned long)words[i]);
		if (i % 4 == 3) {
			log_error("%s%s", i == 3 ? "stack:" : "      ", text);
			at = 0;
		}
	}
}
