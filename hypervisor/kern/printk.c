/* printk.c - the hypervisor's log: a ring of the latest text, and the consoles it is shown on */
#include "arch/x86/serial.h"
#include "arch/x86/vga.h"
#include "kern/domain.h"
#include "kern/lock.h"
#include "kern/options.h"
#include "kern/printk.h"
#include "lib/printf.h"
#include "lib/string.h"

#define RING_SIZE 32768 /* a power of two */
#define LINE_SIZE 512

/* What an unprivileged domain can make us say: so many messages at once, and one more each period. */
#define GUEST_BURST  20
#define GUEST_PERIOD 200000000 /* ns */

static const char prefix[] = "(plinth) ";

static char ring[RING_SIZE];
static uint64_t ring_written; /* bytes ever written */
static uint64_t ring_cleared; /* what `hvctl dmesg -c` has taken away lies before this */
static spinlock_t lock = SPINLOCK_INIT;
static bool consoles_open, lockless;
static char last_shown = '\n'; /* to begin a line of ours on a line of its own */

static void take_lock(void)
{
	if (!lockless)
		spin_lock(&lock);
}

static void drop_lock(void)
{
	if (!lockless)
		spin_unlock(&lock);
}

static void show(const char *text, size_t length)
{
	if (!length)
		return;
	serial_write(text, length);
	vga_write(text, length);
	last_shown = text[length - 1];
}

static void add_to_ring(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		ring[ring_written++ % RING_SIZE] = text[i];
}

static void put(const char *text, size_t length, bool shown)
{
	add_to_ring(text, length);
	if (shown && consoles_open)
		show(text, length);
}

static void put_lines(const char *text, bool shown)
{
	if (shown && consoles_open && last_shown != '\n')
		show("\n", 1);
	do {
		const char *end = strchr(text, '\n');
		size_t length = end ? (size_t)(end - text) : strlen(text);

		put(prefix, sizeof(prefix) - 1, shown);
		put(text, length, shown);
		put("\n", 1, shown);
		text += length + (end ? 1 : 0);
	} while (*text);
}

/* A guest must not hold up the machine by the slow consoles, nor fill the ring. Under the lock. */
static bool guest_says_too_much(enum options_log_level level)
{
	static uint64_t credit_until; /* when the last of the messages said so far will have been paid for */
	static unsigned left_out;
	const struct vcpu *v = current;
	char text[64];
	uint64_t now;

	if (level == LOG_ERROR || !v || is_idle_vcpu(v) || v->domain->privileged)
		return false;
	now = time_now();
	credit_until = MAX(credit_until, now) + GUEST_PERIOD;
	if (credit_until > now + (uint64_t)GUEST_BURST * GUEST_PERIOD) {
		credit_until -= GUEST_PERIOD;
		left_out++;
		return true;
	}
	if (left_out) {
		format(text, sizeof(text), "%u messages about guests were left out", left_out);
		left_out = 0;
		put_lines(text, LOG_WARNING <= options.log_level);
	}
	return false;
}

void printk(enum options_log_level level, const char *fmt, ...)
{
	char text[LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);

	take_lock();
	if (!guest_says_too_much(level))
		put_lines(text, level <= options.log_level);
	drop_lock();
}

void console_init(void)
{
	static char early[512];
	uint64_t index = 0;
	size_t length;

	serial_init();
	vga_init();
	while ((length = printk_ring_read(early, sizeof(early), &index)))
		show(early, length);
	consoles_open = true;
}

void console_take_over(void)
{
	lockless = true;
}

void console_write(const char *text, size_t length)
{
	take_lock();
	show(text, length);
	drop_lock();
}

size_t console_read(char *to, size_t size)
{
	return serial_read(to, size);
}

size_t printk_ring_read(char *to, size_t size, uint64_t *index)
{
	uint64_t oldest;
	size_t copied = 0;

	take_lock();
	oldest = ring_written > RING_SIZE ? ring_written - RING_SIZE : 0;
	*index = MAX(*index, MAX(oldest, ring_cleared));
	while (copied < size && *index < ring_written)
		to[copied++] = ring[(*index)++ % RING_SIZE];
	drop_lock();
	return copied;
}

void printk_ring_clear(void)
{
	take_lock();
	ring_cleared = ring_written;
	drop_lock();
}
