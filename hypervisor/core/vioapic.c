/* vioapic.c - a guest's I/O interrupt controller */
#include "core/vioapic.h"

#define OFFSET_SELECT 0x00
#define OFFSET_WINDOW 0x10

#define REGISTER_ID	     0x00
#define REGISTER_VERSION     0x01
#define REGISTER_ARBITRATION 0x02
#define REGISTER_ENTRIES     0x10

#define VERSION 0x11

#define ENTRY_DELIVERY(e) ((uint8_t)((e) >> 8 & 7))
#define ENTRY_LOGICAL	  BIT(11)
#define ENTRY_REMOTE_IRR  BIT(14)
#define ENTRY_LEVEL	  BIT(15)
#define ENTRY_MASKED	  BIT(16)
#define ENTRY_WRITABLE	  0xff0000000001afffULL

void vioapic_reset(struct vioapic *a)
{
	*a = (struct vioapic){.id = 0};
	for (unsigned i = 0; i < VIOAPIC_INPUTS; i++)
		a->entry[i] = ENTRY_MASKED;
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static void make_message(uint64_t entry, struct vioapic_message *m)
{
	*m = (struct vioapic_message){
		.vector = entry & 0xff,
		.delivery = ENTRY_DELIVERY(entry),
		.destination = entry >> 56,
		.logical = entry & ENTRY_LOGICAL,
		.level = entry & ENTRY_LEVEL,
	};
}

bool vioapic_send(struct vioapic *a, unsigned input, struct vioapic_message *m)
{
	uint64_t *entry = &a->entry[input];

	if (*entry & (ENTRY_MASKED | ENTRY_REMOTE_IRR) || !(*entry & ENTRY_LEVEL) || !(a->lines & BIT(input)))
		return false;
	*entry |= ENTRY_REMOTE_IRR;
	make_message(*entry, m);
	return true;
}

bool vioapic_set_line(struct vioapic *a, unsigned input, bool high, struct vioapic_message *m)
{
	uint64_t entry;
	bool was;

	if (input >= VIOAPIC_INPUTS)
		return false;
	entry = a->entry[input];
	was = a->lines & BIT(input);
	a->lines = high ? a->lines | BIT(input) : a->lines & ~BIT(input);
	if (entry & ENTRY_LEVEL)
		return vioapic_send(a, input, m);
	if (!high || was || entry & ENTRY_MASKED)
		return false;
	make_message(entry, m);
	return true;
}

uint64_t vioapic_end(struct vioapic *a, uint8_t vector)
{
	uint64_t inputs = 0;

	for (unsigned i = 0; i < VIOAPIC_INPUTS; i++) {
		if (!(a->entry[i] & ENTRY_REMOTE_IRR) || (a->entry[i] & 0xff) != vector)
			continue;
		a->entry[i] &= ~ENTRY_REMOTE_IRR;
		inputs |= BIT(i);
	}
	return inputs;
}

/* ---- registers ------------------------------------------------------------------------------------------------- */

static uint32_t read_register(const struct vioapic *a)
{
	unsigned n = a->select - (unsigned)REGISTER_ENTRIES;

	switch (a->select) {
	case REGISTER_ID:
	case REGISTER_ARBITRATION:
		return (uint32_t)a->id << 24;
	case REGISTER_VERSION:
		return VERSION | (VIOAPIC_INPUTS - 1) << 16;
	default:
		if (a->select < REGISTER_ENTRIES || n / 2 >= VIOAPIC_INPUTS)
			return 0xffffffff;
		return (uint32_t)(a->entry[n / 2] >> n % 2 * 32);
	}
}

/* The remote IRR is not software's, but goes with the change to edges, as old kernels rely on. */
static uint64_t write_entry(struct vioapic *a, unsigned n, uint32_t value)
{
	uint64_t *entry = &a->entry[n / 2], shifted = (uint64_t)value << n % 2 * 32;
	uint64_t mask = (n % 2 ? 0xffffffff00000000ULL : 0xffffffffULL) & ENTRY_WRITABLE;

	*entry = (*entry & ~mask) | (shifted & mask);
	if (!(*entry & ENTRY_LEVEL))
		*entry &= ~ENTRY_REMOTE_IRR;
	return BIT(n / 2);
}

uint32_t vioapic_read(const struct vioapic *a, unsigned offset)
{
	switch (offset) {
	case OFFSET_SELECT:
		return a->select;
	case OFFSET_WINDOW:
		return read_register(a);
	default:
		return 0xffffffff;
	}
}

uint64_t vioapic_write(struct vioapic *a, unsigned offset, uint32_t value)
{
	unsigned n = a->select - (unsigned)REGISTER_ENTRIES;

	if (offset == OFFSET_SELECT)
		a->select = value & 0xff;
	else if (offset == OFFSET_WINDOW && a->select == REGISTER_ID)
		a->id = value >> 24 & 15;
	else if (offset == OFFSET_WINDOW && a->select >= REGISTER_ENTRIES && n / 2 < VIOAPIC_INPUTS)
		return write_entry(a, n, value);
	return 0;
}
