/* console.c - HYPERVISOR_console_io: the machine's console, for Dom0 */
#include "call/call.h"
#include "kern/printk.h"

#define CHUNK 128

/* What a byte on a serial line costs, in units of work. */
#define BYTE_COST 16

static long console_out(uint64_t count, const char *text)
{
	char chunk[CHUNK];

	while (count) {
		uint64_t nr = MIN(count, (uint64_t)CHUNK);

		if (!work_spend(&this_cpu()->work, (long)nr * BYTE_COST))
			return call_again(3, CONSOLEIO_write, count, (uint64_t)text, 0);
		long rc = guest_read(chunk, text, nr);

		if (rc)
			return rc;
		console_write(chunk, nr);
		text += nr;
		count -= nr;
	}
	return 0;
}

static long console_in(uint64_t count, char *to)
{
	char chunk[CHUNK];
	size_t nr = console_read(chunk, MIN(count, (uint64_t)CHUNK));

	if (nr && guest_write(to, chunk, nr))
		return -EFAULT;
	return (long)nr;
}

long call_console_io(uint64_t cmd, uint64_t count, uint64_t buffer)
{
	if (!call_privileged())
		return -EPERM;
	switch (cmd) {
	case CONSOLEIO_write:
		return console_out((uint32_t)count, (const char *)buffer);
	case CONSOLEIO_read:
		return console_in((uint32_t)count, (char *)buffer);
	default:
		return call_missing(__HYPERVISOR_console_io, (unsigned)cmd);
	}
}
