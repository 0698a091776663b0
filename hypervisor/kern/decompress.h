/* decompress.h - unpacks Dom0's kernel with the distribution's libraries; boot only */
#ifndef KERN_DECOMPRESS_H
#define KERN_DECOMPRESS_H

#include "core/bzimage.h"

/* Unpacks `length` bytes at `from` into `to`, all `size` bytes of it. NULL, or what is wrong as the end of a sentence. */
const char *decompress(enum bzimage_packing packing, const void *from, size_t length, void *to, size_t size);

#endif
