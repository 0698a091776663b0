/* console_input.c - fetches what is typed on the serial lines, and tells Dom0 */
#include "arch/x86/serial.h"
#include "kern/console_input.h"
#include "kern/event.h"
#include "kern/timer.h"

#define NS_PER_MS 1000000ULL

/* Who types is heard soon enough; who pastes text goes on at once, and a port holds 16 bytes only. */
#define PERIOD_QUIET (20 * NS_PER_MS)
#define PERIOD_BUSY  (1 * NS_PER_MS)
#define BUSY_ROUNDS  100 /* after the last byte */

static struct timer timer;
static unsigned busy;

static void poll(void *unused)
{
	(void)unused;
	if (serial_poll()) {
		busy = BUSY_ROUNDS;
		event_send_global_virq(VIRQ_CONSOLE);
	} else if (busy) {
		busy--;
	}
	timer_set(&timer, 0, time_now() + (busy ? PERIOD_BUSY : PERIOD_QUIET));
}

void console_input_start(void)
{
	timer_init(&timer, poll, NULL);
	timer_set(&timer, 0, time_now() + PERIOD_QUIET);
}
