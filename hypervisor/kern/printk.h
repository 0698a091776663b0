/* printk.h - the hypervisor's own words: console, log ring, panic */
#ifndef KERN_PRINTK_H
#define KERN_PRINTK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/options.h" /* LOG_ERROR … LOG_DEBUG */

/* One line (or several; with or without a newline at the end) to the log ring and, up to the level of loglvl=, to the
 * consoles, each line led by "(plinth) ". What is said before console_init() is shown by that. */
void printk(enum options_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	 printk(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) printk(LOG_WARNING, __VA_ARGS__)
#define log_info(...)	 printk(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	 printk(LOG_DEBUG, __VA_ARGS__)

/* Says why, shows registers and the call trace with symbols, and stops or reboots the machine (noreboot). */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* This machine, or what it was told to boot, will not do: a sentence for its owner, and a stop. Boot only. */
_Noreturn void refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define BUG_ON(cond)                                                                                                   \
	do {                                                                                                           \
		if (__builtin_expect(!!(cond), 0))                                                                     \
			panic("%s:%d: %s", __FILE__, __LINE__, #cond);                                                 \
	} while (0)

/* Opens the consoles that options name, and shows there what is in the ring. */
void console_init(void);
/* A crash: from here on no lock is waited for. */
void console_take_over(void);
/* Raw text to the consoles, no prefix: Dom0's console_io output. */
void console_write(const char *text, size_t length);
/* What was typed on the serial line, for Dom0; returns the number of bytes taken (0: none). */
size_t console_read(char *to, size_t size);

/* The ring behind `hvctl dmesg`: copies up to `size` bytes from position *index (a running count of bytes ever written;
 * too old a position is moved up to the oldest byte kept), advances *index, returns the bytes copied. */
size_t printk_ring_read(char *to, size_t size, uint64_t *index);
void printk_ring_clear(void);

#endif
