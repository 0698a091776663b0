/* options.c - what the hypervisor's command line can set */
#include "core/options.h"
#include "lib/string.h"

#define OPTION(field_name, parser, ...)                                                                                \
	{                                                                                                              \
		.name = #field_name, .parse = parser, .offset = offsetof(struct options, field_name), ##__VA_ARGS__    \
	}

static enum cmdline_reason serial_baud(const char *piece, struct options_serial *serial)
{
	const char *end = piece;
	uint64_t n;

	if (strcmp(piece, "auto") == 0) {
		serial->baud = 0;
		return CMDLINE_OK;
	}
	if (parse_u64(&end, &n) || *end)
		return CMDLINE_NOT_NUMBER;
	if (n > 115200 * 32)
		return CMDLINE_TOO_LARGE;
	/* The divisor of 115200 has 16 bits. */
	if (n < 2)
		return CMDLINE_MALFORMED;
	serial->baud = (uint32_t)n;
	return CMDLINE_OK;
}

static enum cmdline_reason serial_frame(const char *piece, struct options_serial *serial)
{
	if (strlen(piece) != 3 || piece[0] < '5' || piece[0] > '8' || !strchr("noems", piece[1]) || piece[2] < '1' ||
	    piece[2] > '2')
		return CMDLINE_MALFORMED;
	serial->data_bits = (uint8_t)(piece[0] - '0');
	serial->parity = piece[1];
	serial->stop_bits = (uint8_t)(piece[2] - '0');
	return CMDLINE_OK;
}

static enum cmdline_reason serial_number(const char *piece, uint64_t max, uint64_t *n)
{
	const char *end = piece;

	if (parse_u64(&end, n) || *end)
		return CMDLINE_NOT_NUMBER;
	return *n > max ? CMDLINE_TOO_LARGE : CMDLINE_OK;
}

static enum cmdline_reason serial_piece(unsigned int i, const char *piece, struct options_serial *serial)
{
	enum cmdline_reason reason;
	uint64_t n = 0;

	if (!*piece)
		return CMDLINE_OK; /* "com1=115200,,0x2f8": the default stays */
	switch (i) {
	case 0:
		return serial_baud(piece, serial);
	case 1:
		return serial_frame(piece, serial);
	case 2:
		/* Eight ports, all of them below 64 Ki. */
		reason = serial_number(piece, 0xfff8, &n);
		serial->io_base = (uint16_t)n;
		return reason;
	case 3:
		reason = serial_number(piece, 255, &n);
		serial->irq = (uint8_t)n;
		return reason;
	default:
		return CMDLINE_MALFORMED;
	}
}

static enum cmdline_reason parse_serial(const struct cmdline_option *option __unused, const char *value, void *field)
{
	struct options_serial serial = *(struct options_serial *)field;
	enum cmdline_reason reason;
	char piece[24];
	unsigned int i;

	if (!*value)
		return CMDLINE_NO_VALUE;
	for (i = 0; cmdline_next_piece(&value, piece, sizeof(piece)); i++) {
		reason = serial_piece(i, piece, &serial);
		if (reason != CMDLINE_OK)
			return reason;
	}
	if (*value)
		return CMDLINE_MALFORMED;
	serial.given = true;
	*(struct options_serial *)field = serial;
	return CMDLINE_OK;
}

static enum cmdline_reason parse_console(const struct cmdline_option *option, const char *value, void *field)
{
	struct options *options = container_of(field, struct options, console);
	enum cmdline_reason reason = cmdline_set(option, value, field);

	if (reason == CMDLINE_OK)
		options->console_given = true;
	return reason;
}

static enum cmdline_reason dom0_mem_piece(const char *piece, struct options_dom0_mem *mem)
{
	uint64_t *part = &mem->size, bytes;

	if (str_starts(piece, "min:"))
		part = &mem->min;
	else if (str_starts(piece, "max:"))
		part = &mem->max;
	if (part != &mem->size)
		piece += 4;
	if (parse_size(&piece, 10, &bytes))
		return CMDLINE_NOT_NUMBER;
	if (*piece)
		return CMDLINE_MALFORMED;
	if (!bytes)
		return CMDLINE_MALFORMED;
	*part = bytes;
	return CMDLINE_OK;
}

static enum cmdline_reason parse_dom0_mem(const struct cmdline_option *option __unused, const char *value, void *field)
{
	struct options_dom0_mem mem = {0};
	enum cmdline_reason reason;
	char piece[40];

	if (!*value)
		return CMDLINE_NO_VALUE;
	while (cmdline_next_piece(&value, piece, sizeof(piece))) {
		reason = dom0_mem_piece(piece, &mem);
		if (reason != CMDLINE_OK)
			return reason;
	}
	if (*value)
		return CMDLINE_MALFORMED;
	if (mem.min && mem.max && mem.min > mem.max)
		return CMDLINE_CONFLICT;
	*(struct options_dom0_mem *)field = mem;
	return CMDLINE_OK;
}

/* r=a and the like: only the first letter counts, as in "reboot=acpi". */
static enum cmdline_reason parse_reboot(const struct cmdline_option *option __unused, const char *value, void *field)
{
	static const struct {
		char letter;
		enum options_reboot how;
	} ways[] = {
		{'a', REBOOT_ACPI},   {'k', REBOOT_KEYBOARD}, {'p', REBOOT_PCI},
		{'t', REBOOT_TRIPLE}, {'n', REBOOT_NEVER},
	};
	unsigned int i;

	if (!*value)
		return CMDLINE_NO_VALUE;
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (ways[i].letter == *value) {
			*(uint32_t *)field = ways[i].how;
			return CMDLINE_OK;
		}
	}
	return CMDLINE_NOT_A_NAME;
}

unsigned int options_parse(struct options *options, const char *line, struct cmdline_complaint *complaints,
			   unsigned int room, const char **rest)
{
	static const char *const consoles[] = {"com1", "com2", "vga", NULL};
	static const char *const levels[] = {"error", "warning", "info", "debug", NULL};
	static const struct cmdline_option table[] = {
		OPTION(com1, parse_serial),
		OPTION(com2, parse_serial),
		OPTION(console, parse_console, .names = consoles),
		{.name = "loglvl",
		 .parse = cmdline_name,
		 .offset = offsetof(struct options, log_level),
		 .names = levels},
		OPTION(lenient, cmdline_bool),
		OPTION(noreboot, cmdline_bool),
		OPTION(reboot, parse_reboot),
		OPTION(cpus, cmdline_u32, .max = 4095),
		{.name = "maxcpus", .parse = cmdline_u32, .offset = offsetof(struct options, cpus), .max = 4095},
		OPTION(sched_slice, cmdline_u32, .max = 1000000),
		OPTION(dom0_mem, parse_dom0_mem),
		OPTION(dom0_max_vcpus, cmdline_u32, .max = 8192),
	};

	*options = (struct options){
		.com1 = {.baud = 115200, .data_bits = 8, .parity = 'n', .stop_bits = 1, .io_base = 0x3f8, .irq = 4},
		.com2 = {.baud = 115200, .data_bits = 8, .parity = 'n', .stop_bits = 1, .io_base = 0x2f8, .irq = 3},
		.console = CONSOLE_VGA,
		.log_level = LOG_INFO,
	};
	return cmdline_parse(cmdline_skip_program(line), table, ARRAY_SIZE(table), options, complaints, room, rest);
}
