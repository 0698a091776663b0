/* printf.h - text from a format, into a buffer */
#ifndef LIB_PRINTF_H
#define LIB_PRINTF_H

#include <stdarg.h>
#include "lib/types.h"

/*
 * Like C's snprintf: at most size bytes are written, the last of them 0 (none at all when size is
 * 0); the result is the length the whole text has, so it was cut when that is >= size.
 *
 * Conversions d i u x X o c s p %, with the flags - 0 + space #, width and precision (numbers or
 * *), and the lengths hh h l ll z j t. %p prints 0x and hexadecimal digits. %s of NULL prints
 * (null). A conversion that is not known is copied as it stands and takes no argument.
 */
int format_va(char *buf, size_t size, const char *fmt, va_list args) __format_printf(3, 0);
int format(char *buf, size_t size, const char *fmt, ...) __format_printf(3, 4);

#endif
