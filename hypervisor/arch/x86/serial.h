/* serial.h - the serial ports that carry the console */
#ifndef ARCH_X86_SERIAL_H
#define ARCH_X86_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets up the ports that options want for the console; one that is not there is complained of and left out. */
void serial_init(void);
/* To every port in use; waits for the hardware. A newline is sent as carriage return and newline. */
void serial_write(const char *text, size_t length);
/* Takes what the ports have received into a buffer. True: there is something new for serial_read(). */
bool serial_poll(void);
size_t serial_read(char *to, size_t size);

#endif
