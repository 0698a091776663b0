/* unpack.h - a kernel's payload, unpacked by the library of its format */
#ifndef BUILD_UNPACK_H
#define BUILD_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "core/bzimage.h"

/*
 * Unpacks the first `most` bytes of a payload, or all of it if it is shorter, to dst. The number of
 * bytes; -EINVAL: the payload is damaged; -EOPNOTSUPP: no library for its format; -ENOMEM. dst may
 * be any memory, also another domain's, and nothing is read from it that was not written before.
 */
long unpack(enum bzimage_packing packing, const uint8_t *src, size_t len, uint8_t *dst, size_t most);

#endif
