/* printf.c - text from a format, into a buffer */
#include "lib/printf.h"
#include "lib/string.h"

struct output {
	char *buf;
	size_t size, length; /* length counts on when the buffer is full */
};

/* One conversion, as it was read from the format. */
struct spec {
	bool left, zero, plus, space, alternate, upper;
	int width;
	int precision;	    /* -1 when not given */
	unsigned int bytes; /* size of an integer argument */
	char conversion;
};

static void put(struct output *out, char c)
{
	if (out->length < out->size)
		out->buf[out->length] = c;
	out->length++;
}

static void put_many(struct output *out, const char *s, size_t n)
{
	while (n--)
		put(out, *s++);
}

static void pad(struct output *out, char c, int n)
{
	while (n-- > 0)
		put(out, c);
}

static bool read_flag(struct spec *spec, char c)
{
	switch (c) {
	case '-':
		return spec->left = true;
	case '0':
		return spec->zero = true;
	case '+':
		return spec->plus = true;
	case ' ':
		return spec->space = true;
	case '#':
		return spec->alternate = true;
	default:
		return false;
	}
}

/* A decimal number; one that would not fit a screen anyway is kept small. */
static int read_number(const char **fmt)
{
	int n = 0;

	for (; **fmt >= '0' && **fmt <= '9'; (*fmt)++)
		n = MIN(n * 10 + (**fmt - '0'), 65535);
	return n;
}

static unsigned int read_length(const char **fmt)
{
	switch (**fmt) {
	case 'h':
		(*fmt)++;
		if (**fmt != 'h')
			return 2;
		(*fmt)++;
		return 1;
	case 'l':
		(*fmt)++;
		if (**fmt == 'l')
			(*fmt)++;
		return 8;
	case 'z':
	case 'j':
	case 't':
		(*fmt)++;
		return 8;
	default:
		return 4;
	}
}

/* Sign or 0x, zeros, digits: the whole of a number with its padding. */
static void put_number(struct output *out, const struct spec *spec, uint64_t value, bool negative, unsigned int base)
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	char digits[24], prefix[3];
	int n = 0, prefix_length = 0, zeros, i;

	if (negative)
		prefix[prefix_length++] = '-';
	else if (spec->plus)
		prefix[prefix_length++] = '+';
	else if (spec->space)
		prefix[prefix_length++] = ' ';
	if (spec->alternate && base != 10 && value) {
		prefix[prefix_length++] = '0';
		if (base == 16)
			prefix[prefix_length++] = spec->upper ? 'X' : 'x';
	}
	for (; value; value /= base)
		digits[n++] = (spec->upper ? upper : lower)[value % base];
	if (!n && spec->precision)
		digits[n++] = '0';

	zeros = spec->precision - n;
	if (spec->precision < 0 && spec->zero && !spec->left)
		zeros = spec->width - prefix_length - n;
	zeros = MAX(zeros, 0);

	if (!spec->left)
		pad(out, ' ', spec->width - prefix_length - zeros - n);
	put_many(out, prefix, (size_t)prefix_length);
	pad(out, '0', zeros);
	for (i = n; i > 0; i--)
		put(out, digits[i - 1]);
	if (spec->left)
		pad(out, ' ', spec->width - prefix_length - zeros - n);
}

static void put_text(struct output *out, const struct spec *spec, const char *s, size_t n)
{
	if (!spec->left)
		pad(out, ' ', spec->width - (int)n);
	put_many(out, s, n);
	if (spec->left)
		pad(out, ' ', spec->width - (int)n);
}

static void put_string(struct output *out, const struct spec *spec, const char *s)
{
	size_t max = spec->precision < 0 ? 65535 : (size_t)spec->precision;

	if (!s)
		s = "(null)";
	put_text(out, spec, s, strnlen(s, max));
}

static int64_t sign_extend(uint64_t value, unsigned int bytes)
{
	unsigned int unused = 64 - 8 * bytes;

	return (int64_t)(value << unused) >> unused;
}

static uint64_t zero_extend(uint64_t value, unsigned int bytes)
{
	unsigned int unused = 64 - 8 * bytes;

	return value << unused >> unused;
}

static void put_signed(struct output *out, const struct spec *spec, int64_t value)
{
	put_number(out, spec, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0, 10);
}

static void put_unsigned(struct output *out, struct spec *spec, uint64_t value, unsigned int base)
{
	spec->plus = false;
	spec->space = false;
	put_number(out, spec, value, false, base);
}

/* A width or precision: digits, or * for the next argument. */
static int read_count(const char **fmt, va_list *args)
{
	int n;

	if (**fmt != '*')
		return read_number(fmt);
	(*fmt)++;
	n = va_arg(*args, int);
	return MAX(MIN(n, 65535), -65535);
}

/* Flags, width, precision and length; *fmt stands behind the % and is left on the conversion. */
static void read_spec(const char **fmt, struct spec *spec, va_list *args)
{
	*spec = (struct spec){.precision = -1};
	while (read_flag(spec, **fmt))
		(*fmt)++;
	spec->width = read_count(fmt, args);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (**fmt == '.') {
		(*fmt)++;
		spec->precision = read_count(fmt, args);
	}
	spec->bytes = read_length(fmt);
	spec->conversion = **fmt;
}

static uint64_t integer_argument(const struct spec *spec, va_list *args)
{
	if (spec->bytes == 8)
		return va_arg(*args, uint64_t);
	return va_arg(*args, unsigned int);
}

/* Writes one conversion; false when there is none of that name. */
static bool convert(struct output *out, struct spec *spec, va_list *args)
{
	char c;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		put_signed(out, spec, sign_extend(integer_argument(spec, args), spec->bytes));
		return true;
	case 'u':
		put_unsigned(out, spec, zero_extend(integer_argument(spec, args), spec->bytes), 10);
		return true;
	case 'o':
		put_unsigned(out, spec, zero_extend(integer_argument(spec, args), spec->bytes), 8);
		return true;
	case 'X':
		spec->upper = true;
		/* fall through */
	case 'x':
		put_unsigned(out, spec, zero_extend(integer_argument(spec, args), spec->bytes), 16);
		return true;
	case 'p':
		spec->alternate = true;
		put_unsigned(out, spec, (uintptr_t)va_arg(*args, void *), 16);
		return true;
	case 'c':
		c = (char)va_arg(*args, int);
		put_text(out, spec, &c, 1);
		return true;
	case 's':
		put_string(out, spec, va_arg(*args, const char *));
		return true;
	case '%':
		put(out, '%');
		return true;
	default:
		return false;
	}
}

int format_va(char *buf, size_t size, const char *fmt, va_list args)
{
	struct output out = {.buf = buf, .size = size};
	struct spec spec;
	va_list rest;

	va_copy(rest, args);
	while (*fmt) {
		const char *start = fmt;

		if (*fmt++ != '%') {
			put(&out, *start);
			continue;
		}
		read_spec(&fmt, &spec, &rest);
		if (*fmt && convert(&out, &spec, &rest))
			fmt++;
		else
			put_many(&out, start, (size_t)(fmt - start));
	}
	va_end(rest);
	if (size)
		buf[MIN(out.length, size - 1)] = '\0';
	return (int)MIN(out.length, (size_t)INT32_MAX);
}

int format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = format_va(buf, size, fmt, args);
	va_end(args);
	return length;
}
