/* vga.c - the VGA's text screen, 80 by 25 */
#include "arch/x86/boot/info.h"
#include "arch/x86/io.h"
#include "arch/x86/vga.h"
#include "kern/machine.h"
#include "kern/options.h"
#include "lib/string.h"

#define TEXT_PADDR  0xb8000
#define COLUMNS	    80
#define ROWS	    25
#define BLANK	    0x0720 /* a space, light grey on black */
#define ATTRIBUTE   0x0700
#define CRTC_INDEX  0x3d4
#define CRTC_DATA   0x3d5
#define CURSOR_HIGH 14
#define CURSOR_LOW  15

static uint16_t *screen; /* NULL: not in use */
static unsigned column, row;

static void blank_row(unsigned r)
{
	for (unsigned c = 0; c < COLUMNS; c++)
		screen[r * COLUMNS + c] = BLANK;
}

static void place_cursor(void)
{
	unsigned at = row * COLUMNS + column;

	io_out8(CRTC_INDEX, CURSOR_HIGH);
	io_out8(CRTC_DATA, (uint8_t)(at >> 8));
	io_out8(CRTC_INDEX, CURSOR_LOW);
	io_out8(CRTC_DATA, (uint8_t)at);
}

void vga_init(void)
{
	if (!(options.console & CONSOLE_VGA) || !boot_info.video.text)
		return;
	screen = paddr_to_virt(TEXT_PADDR);
	for (unsigned r = 0; r < ROWS; r++)
		blank_row(r);
}

void vga_leave(void)
{
	screen = NULL;
}

static void next_row(void)
{
	column = 0;
	if (++row < ROWS)
		return;
	row = ROWS - 1;
	memmove(screen, screen + COLUMNS, (ROWS - 1) * COLUMNS * sizeof(*screen));
	blank_row(ROWS - 1);
}

static void put(char c)
{
	switch (c) {
	case '\n':
		next_row();
		break;
	case '\r':
		column = 0;
		break;
	case '\b':
		column -= column ? 1 : 0;
		break;
	case '\t':
		do
			put(' ');
		while (column % 8);
		break;
	default:
		if (column == COLUMNS)
			next_row();
		screen[row * COLUMNS + column++] = (uint16_t)(ATTRIBUTE | (uint8_t)c);
	}
}

void vga_write(const char *text, size_t length)
{
	if (!screen)
		return;
	for (size_t i = 0; i < length; i++)
		put(text[i]);
	place_cursor();
}
