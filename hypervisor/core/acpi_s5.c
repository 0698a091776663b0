/* acpi_s5.c - how to switch the machine off, read from the DSDT without an AML interpreter [pure] */
#include "core/acpi_s5.h"
#include "lib/errno.h"
#include "lib/string.h"

enum {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_PACKAGE = 0x12,
	AML_ROOT = 0x5c, /* a backslash */
};

/* A number at *at, which moves behind it; only its low byte matters. -ENOENT: something else, or cut off. */
static int read_number(const uint8_t *bytes, size_t length, size_t *at)
{
	size_t size;

	if (*at >= length)
		return -ENOENT;
	switch (bytes[(*at)++]) {
	case AML_ZERO:
		return 0;
	case AML_ONE:
		return 1;
	case AML_BYTE:
		size = 1;
		break;
	case AML_WORD:
		size = 2;
		break;
	case AML_DWORD:
		size = 4;
		break;
	default:
		return -ENOENT;
	}
	if (length - *at < size)
		return -ENOENT;
	*at += size;
	return bytes[*at - size];
}

/* What follows the name: a package, its length in 1 to 4 bytes, how many elements, and the elements. */
static int read_package(const uint8_t *bytes, size_t length, size_t at, uint8_t *pm1a, uint8_t *pm1b)
{
	int a, b;

	if (length - at < 4 || bytes[at] != AML_PACKAGE)
		return -ENOENT;
	at += 2 + (bytes[at + 1] >> 6);
	if (at >= length || bytes[at++] < 2)
		return -ENOENT;
	a = read_number(bytes, length, &at);
	b = read_number(bytes, length, &at);
	if (a < 0 || a > 7 || b < 0 || b > 7)
		return -ENOENT;
	*pm1a = (uint8_t)a;
	*pm1b = (uint8_t)b;
	return 0;
}

int acpi_find_s5(const void *dsdt, size_t length, uint8_t *pm1a, uint8_t *pm1b)
{
	const uint8_t *bytes = dsdt;

	for (size_t at = 2; at + 8 <= length; at++) {
		bool named = bytes[at - 1] == AML_NAME || (bytes[at - 1] == AML_ROOT && bytes[at - 2] == AML_NAME);

		if (named && memcmp(bytes + at, "_S5_", 4) == 0 && read_package(bytes, length, at + 4, pm1a, pm1b) == 0)
			return 0;
	}
	return -ENOENT;
}
