/* main.c - a test guest's beginning, words and end */
#include <stdarg.h>

#include <xen/io/console.h>

#include "guest.h"
#include "lib/printf.h"

void guest_main(struct start_info *si);
void guest_trap_init(void);
void guest_keep_data(void);
void guest_be_partner(void) __attribute__((noreturn));
extern struct area guest_area;

struct start_info *start_info;
static uint8_t shared_page[4096] __attribute__((aligned(4096)));
struct shared_info *const shared = (struct shared_info *)(void *)shared_page;
static unsigned failures;

/* A partner's words, for Dom0 to pass on; what finds no room is lost. */
static void tell_dom0(const char *text, size_t length)
{
	static uint8_t busy;

	while (__atomic_test_and_set(&busy, __ATOMIC_ACQUIRE))
		relax();
	for (size_t i = 0; i < length && guest_area.put - guest_area.got < sizeof(guest_area.text); i++) {
		guest_area.text[guest_area.put % sizeof(guest_area.text)] = text[i];
		guest_area.put++;
	}
	__atomic_clear(&busy, __ATOMIC_RELEASE);
}

/* The console of one that hvctl has started: waits until there is room. */
static void tell_console(const char *text, size_t length)
{
	struct xencons_interface *ring = address_of_mfn(start_info->console.domU.mfn);
	struct evtchn_send send = {start_info->console.domU.evtchn};

	for (size_t i = 0; i < length; i++) {
		while (ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) >= sizeof(ring->out))
			yield();
		ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = text[i];
		__atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
	}
	(void)CALL2(event_channel_op, EVTCHNOP_send, &send);
}

void wait_until_heard(void)
{
	struct xencons_interface *ring = address_of_mfn(start_info->console.domU.mfn);

	while (__atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) != ring->out_prod)
		yield();
}

static void put(const char *head, const char *fmt, va_list args)
{
	char text[256];
	size_t length = strlen(head);

	__builtin_memcpy(text, head, length);
	length += (size_t)format_va(text + length, sizeof(text) - length - 1, fmt, args);
	length = MIN(length, sizeof(text) - 2);
	text[length++] = '\n';
	if (is_dom0())
		(void)CALL3(console_io, CONSOLEIO_write, length, text);
	else if (guest_area.role)
		tell_dom0(text, length);
	else
		tell_console(text, length);
}

static void power_off(void) __attribute__((noreturn));
static void power_off(void)
{
	struct sched_shutdown off = {SHUTDOWN_poweroff};

	(void)CALL2(sched_op, SCHEDOP_shutdown, &off);
	for (;;)
		;
}

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put("  ", fmt, args);
	va_end(args);
}

void failure(const char *fmt, ...)
{
	va_list args;

	failures++;
	guest_area.failures++;
	va_start(args, fmt);
	put("  broken: ", fmt, args);
	va_end(args);
}

/* What has failed until now outweighs that the rest cannot be tried. */
void skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put(failures ? "verdict: failure: " : "verdict: skip: ", fmt, args);
	va_end(args);
	power_off();
}

void error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	guest_area.broken = true;
	put("verdict: error: ", fmt, args);
	va_end(args);
	power_off();
}

static void verdict(const char *fmt, ...) __format_printf(1, 2);
static void verdict(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put("verdict: ", fmt, args);
	va_end(args);
}

void guest_be_partner(void)
{
	guest_area.role(&guest_area);
	guest_area.done = true;
	power_off();
}

uint64_t option(const char *name, uint64_t otherwise)
{
	size_t length = strlen(name);
	uint64_t n = 0;

	for (const char *p = (const char *)start_info->cmd_line; *p; p++) {
		if (strncmp(p, name, length) || p[length] != '=')
			continue;
		for (p += length + 1; *p >= '0' && *p <= '9'; p++)
			n = n * 10 + (uint64_t)(*p - '0');
		return n;
	}
	return otherwise;
}

void guest_main(struct start_info *si)
{
	start_info = si;
	guest_keep_data();
	guest_trap_init();
	NEED(!map(shared_page, si->shared_info | PTE_PLAIN), "shared_info cannot be mapped");
	vcpu0->evtchn_upcall_mask = 1;
	/* One that hvctl has started (domu/) has no role, and is like a test itself. */
	if (!is_dom0() && guest_area.role)
		guest_be_partner();
	say("%s", test_title);
	test_main();
	if (failures)
		verdict("failure: %u promise%s broken", failures, failures == 1 ? "" : "s");
	else
		verdict("success");
	power_off();
}
