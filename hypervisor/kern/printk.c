/* printk.c - the hypervisor's log: a ring of the latest text, and the consoles it is shown on */
#include "arch/x86/serial.h"
#include "arch/x86/vga.h"
#include "kern/lock.h"
#include "kern/options.h"
#include "kern/printk.h"
#include "lib/printf.h"
#include "lib/string.h"

#define RING_SIZE 32768 /* a power of two */
#define LINE_SIZE 512

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

void printk(enum options_log_level level, const char *fmt, ...)
{
	char text[LINE_SIZE];
	const char *line = text;
	bool shown = level <= options.log_level;
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);

	take_lock();
	if (shown && consoles_open && last_shown != '\n')
		show("\n", 1);
	do {
		const char *end = strchr(line, '\n');
		size_t length = end ? (size_t)(end - line) : strlen(line);

		put(prefix, sizeof(prefix) - 1, shown);
		put(line, length, shown);
		put("\n", 1, shown);
		line += length + (end ? 1 : 0);
	} while (*line);
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
