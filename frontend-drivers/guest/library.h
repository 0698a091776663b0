/* library.h - a shared library of the distribution, lwIP, as a part of the kernel
 *
 * Debian ships lwIP as a library for Linux programs. Its file is linked into the image as it is, and bound here as a
 * program's loader would: what it wants of a C library is what library.c has, and its own port to an operating system gives
 * way to ours. It was compiled for user mode, with a red zone below the stack pointer, where an event would push its frame;
 * so it runs between library_enter() and library_leave(), with events masked.
 */
#ifndef GUEST_LIBRARY_H
#define GUEST_LIBRARY_H

#include "lib/types.h"

/* Binds the library; once. Panics if it is not what it was built for. */
void library_init(void);
/* What the segment base FS must be: compilers for user mode keep a word against overflows of the stack there. */
uint64_t library_fs_base(void);
/* What library_enter() says is to be given back. Calls may nest. */
bool library_enter(void);
void library_leave(bool state);

#endif
