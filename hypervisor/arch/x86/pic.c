/* pic.c - the pair of 8259s that IO-APICs have replaced */
#include "arch/x86/pic.h"
#include "arch/x86/io.h"
#include "arch/x86/vectors.h"

#define MASTER 0x20
#define SLAVE  0xa0
#define DATA   1 /* beside the command port */

#define INIT	      0x11 /* four words of initialisation follow: vector, wiring, mode */
#define SLAVE_ON_LINE 2
#define MODE_8086     0x01
#define MASK_ALL      0xff

static void initialise(uint16_t port, uint8_t vector, uint8_t wiring)
{
	io_out8(port, INIT);
	io_out8(port + DATA, vector);
	io_out8(port + DATA, wiring);
	io_out8(port + DATA, MODE_8086);
	io_out8(port + DATA, MASK_ALL);
}

void pic_silence(void)
{
	io_out8(MASTER + DATA, MASK_ALL);
	io_out8(SLAVE + DATA, MASK_ALL);
	/* Masked as they are, they can still raise their lines 7 by mistake: out of the exceptions' way with these. */
	initialise(MASTER, VECTOR_PIC, 1 << SLAVE_ON_LINE);
	initialise(SLAVE, VECTOR_PIC + 8, SLAVE_ON_LINE);
}
