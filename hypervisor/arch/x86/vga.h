/* vga.h - the VGA's text screen */
#ifndef ARCH_X86_VGA_H
#define ARCH_X86_VGA_H

#include <stddef.h>

/* If options want it for the console and the loader left it in text mode. */
void vga_init(void);
void vga_write(const char *text, size_t length);
/* Dom0 has its own driver for the screen from now on. */
void vga_leave(void);

#endif
