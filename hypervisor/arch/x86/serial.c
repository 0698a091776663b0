/* serial.c - the serial ports that carry the console: 16550 and compatible
 *
 * Sending waits for the port; what comes in is fetched by polling, from a timer.
 */
#include "arch/x86/io.h"
#include "arch/x86/serial.h"
#include "kern/lock.h"
#include "kern/options.h"
#include "kern/printk.h"
#include "lib/types.h"

#define CLOCK 115200 /* baud at divisor 1 */

/* Registers, from the port's base. */
#define DATA	      0 /* and with DIVISOR_ACCESS: divisor, low byte */
#define INTERRUPTS    1 /* and: high byte */
#define FIFO_CONTROL  2
#define LINE_CONTROL  3
#define MODEM_CONTROL 4
#define LINE_STATUS   5
#define SCRATCH	      7

#define FIFO_ENABLE_AND_CLEAR 0x07
#define DIVISOR_ACCESS	      0x80
#define MODEM_READY	      0x03 /* DTR, RTS */
#define STATUS_RECEIVED	      0x01
#define STATUS_CAN_SEND	      0x20

#define MAX_WAIT  1000000 /* looks at the status, before a port that never gets ready is given up */
#define RING_SIZE 1024	  /* a power of two */

#define FIFO_WORKS 0xc0 /* in register 2, when read */
#define FIFO_SIZE  16

struct port {
	uint16_t base; /* 0: not in use */
	uint8_t depth; /* bytes it takes once it can send */
	uint8_t room;  /* bytes it still takes without being asked again */
};

static struct port ports[2];
static char received[RING_SIZE];
static uint32_t received_head, received_tail; /* [lock] running counts */
static spinlock_t lock = SPINLOCK_INIT;

static uint8_t frame_bits(const struct options_serial *o)
{
	uint8_t bits = (uint8_t)((o->data_bits - 5) | (o->stop_bits == 2 ? 0x04 : 0));

	switch (o->parity) {
	case 'o':
		return bits | 0x08;
	case 'e':
		return bits | 0x18;
	case 'm':
		return bits | 0x28;
	case 's':
		return bits | 0x38;
	default:
		return bits;
	}
}

static void open_port(struct port *p, const struct options_serial *o, const char *name)
{
	uint16_t base = o->io_base;

	io_out8(base + SCRATCH, 0x5a);
	if (io_in8(base + SCRATCH) != 0x5a) {
		log_warning("There is no serial port %s at %#x.", name, base);
		return;
	}
	io_out8(base + INTERRUPTS, 0);
	if (o->baud) {
		uint16_t divisor = (uint16_t)MAX(CLOCK / o->baud, 1U);

		io_out8(base + LINE_CONTROL, DIVISOR_ACCESS);
		io_out8(base + DATA, (uint8_t)divisor);
		io_out8(base + INTERRUPTS, (uint8_t)(divisor >> 8));
	}
	io_out8(base + LINE_CONTROL, frame_bits(o));
	io_out8(base + FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
	io_out8(base + MODEM_CONTROL, MODEM_READY);
	p->depth = (io_in8(base + FIFO_CONTROL) & FIFO_WORKS) == FIFO_WORKS ? FIFO_SIZE : 1;
	p->base = base;
}

void serial_init(void)
{
	if (options.console & CONSOLE_COM1)
		open_port(&ports[0], &options.com1, "com1");
	if (options.console & CONSOLE_COM2)
		open_port(&ports[1], &options.com2, "com2");
}

static void send(struct port *p, char c)
{
	for (unsigned i = 0; !p->room; i++) {
		if (i == MAX_WAIT) {
			p->base = 0;
			return;
		}
		if (io_in8(p->base + LINE_STATUS) & STATUS_CAN_SEND)
			p->room = p->depth;
	}
	io_out8(p->base + DATA, (uint8_t)c);
	p->room--;
}

void serial_write(const char *text, size_t length)
{
	for (unsigned i = 0; i < 2; i++) {
		struct port *p = &ports[i];

		for (size_t at = 0; at < length && p->base; at++) {
			if (text[at] == '\n')
				send(p, '\r');
			if (p->base)
				send(p, text[at]);
		}
	}
}

bool serial_poll(void)
{
	bool news = false;

	spin_lock(&lock);
	for (unsigned i = 0; i < 2; i++) {
		uint16_t base = ports[i].base;

		/* What finds no room is left in the port. */
		while (base && received_head - received_tail < RING_SIZE &&
		       (io_in8(base + LINE_STATUS) & STATUS_RECEIVED)) {
			received[received_head++ % RING_SIZE] = (char)io_in8(base + DATA);
			news = true;
		}
	}
	spin_unlock(&lock);
	return news;
}

size_t serial_read(char *to, size_t size)
{
	size_t copied = 0;

	spin_lock(&lock);
	while (copied < size && received_tail != received_head)
		to[copied++] = received[received_tail++ % RING_SIZE];
	spin_unlock(&lock);
	return copied;
}
