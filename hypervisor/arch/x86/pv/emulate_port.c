/* emulate_port.c - I/O ports of PV guests
 *
 * The hardware domain's kernel reaches most ports directly, through the bitmap in the TSS; here
 * come those that we keep or watch, all of other domains', and user space with leave to use ports.
 * A port that nobody may use reads as if no device were there.
 */
#include "arch/x86/descriptors.h"
#include "arch/x86/io.h"
#include "arch/x86/pv/emulate.h"
#include "kern/guest.h"
#include "kern/memory.h"
#include "kern/options.h"
#include "kern/pci.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PORT_PCI_ADDRESS 0xcf8
#define PORT_PCI_DATA	 0xcfc
#define PORT_PIT	 0x40
#define PORT_PIT_END	 0x43
#define PORT_SPEAKER	 0x61
#define SPEAKER_OUTPUT	 0x20 /* PIT channel 2's output is high */

#define BITMAP_BYTES   (65536 / 8)
#define STRING_AT_ONCE 64 /* elements of a repeated INS or OUTS before interrupts are let in */

#define RFLAGS_DIRECTION 0x400

static uint32_t io_in(uint16_t port, unsigned size)
{
	return size == 1 ? io_in8(port) : size == 2 ? io_in16(port) : io_in32(port);
}

static void io_out(uint16_t port, unsigned size, uint32_t value)
{
	if (size == 1)
		io_out8(port, (uint8_t)value);
	else if (size == 2)
		io_out16(port, (uint16_t)value);
	else
		io_out32(port, value);
}

/* Are all `size` bits from `port` on clear? Beyond the last port nothing is. */
static bool all_clear(const uint8_t *bitmap, uint16_t port, unsigned size)
{
	for (unsigned p = port; p < port + size; p++)
		if (p > 0xffff || bitmap[p / 8] >> (p % 8) & 1)
			return false;
	return true;
}

static bool is_pci_data(uint16_t port, unsigned size)
{
	return port >= PORT_PCI_DATA && port + size <= PORT_PCI_DATA + 4;
}

/*
 * A PIT that stands at zero with its output high: kernels that calibrate their clocks by it see at
 * once that it does not count, and use the time we give them. One that counted would cost each of
 * them a hundred thousand reads.
 */
static uint32_t read_kept(const struct vcpu *v, uint16_t port, unsigned size)
{
	if (v->domain->privileged) {
		if (port == PORT_PCI_ADDRESS && size == 4)
			return v->domain->pv.pci_address;
		if (is_pci_data(port, size))
			return pci_port_read(v->domain->pv.pci_address, port & 3, size);
		if (port >= PORT_PCI_ADDRESS && port + size <= PORT_PCI_DATA) /* 0xcf9 resets the machine */
			return io_in(port, size);
	}
	if (port >= PORT_PIT && port <= PORT_PIT_END)
		return 0;
	if (port == PORT_SPEAKER)
		return SPEAKER_OUTPUT;
	return ~0u;
}

static void write_kept(struct vcpu *v, uint16_t port, unsigned size, uint32_t value)
{
	if (!v->domain->privileged)
		return;
	if (port == PORT_PCI_ADDRESS && size == 4)
		v->domain->pv.pci_address = value;
	else if (is_pci_data(port, size))
		pci_port_write(v->domain->pv.pci_address, port & 3, size, value);
	else if (port >= PORT_PCI_ADDRESS && port + size <= PORT_PCI_DATA)
		io_out(port, size, value);
}

static uint32_t port_read(const struct vcpu *v, uint16_t port, unsigned size)
{
	if (v->domain->ioports && all_clear(v->domain->ioports, port, size))
		return io_in(port, size);
	return read_kept(v, port, size);
}

static void port_write(struct vcpu *v, uint16_t port, unsigned size, uint32_t value)
{
	if (v->domain->ioports && all_clear(v->domain->ioports, port, size))
		io_out(port, size, value);
	else
		write_kept(v, port, size, value);
}

/* User space may use ports at virtual IOPL 3, or those clear in the bitmap that its kernel set for
 * it. */
static bool user_may(const struct vcpu *v, uint16_t port, unsigned size)
{
	uint8_t bits[2] = {0xff, 0xff};

	if (v->pv.iopl == 3)
		return true;
	if (port + size > v->pv.user_ports ||
	    guest_read(bits, v->pv.user_port_bitmap + port / 8, port % 8 + size > 8 ? 2 : 1))
		return false;
	return ((bits[0] | bits[1] << 8) >> (port % 8) & ((1u << size) - 1)) == 0;
}

/* One element between port and memory; moves the pointer. */
static bool string_element(struct vcpu *v, const struct insn *insn, uint16_t port)
{
	uint64_t step = v->regs.rflags & RFLAGS_DIRECTION ? -(uint64_t)insn->size : insn->size;
	void *address = (void *)insn_address(insn, &v->regs);
	uint32_t value = 0;

	if (insn->kind == INSN_INS) {
		/* Where the value cannot be stored it must not be taken from the device. */
		if (guest_read(&value, address, insn->size) || guest_write(address, &value, insn->size))
			return false;
		value = port_read(v, port, insn->size);
		if (guest_write(address, &value, insn->size))
			return false;
		insn_write_register(insn, &v->regs, 7, insn->address_size, v->regs.rdi + step);
	} else {
		if (guest_read(&value, address, insn->size))
			return false;
		port_write(v, port, insn->size, value);
		insn_write_register(insn, &v->regs, 6, insn->address_size, v->regs.rsi + step);
	}
	return true;
}

static bool emulate_string(struct vcpu *v, const struct insn *insn, uint16_t port)
{
	if (insn->segment != INSN_SEGMENT_FLAT)
		return false;
	for (unsigned n = 0; n < STRING_AT_ONCE; n++) {
		if (insn->repeat) {
			uint64_t count = insn_read_register(insn, &v->regs, 1, insn->address_size);

			if (count == 0)
				break;
			if (!string_element(v, insn, port))
				return n != 0; /* the next try begins at the one that failed */
			insn_write_register(insn, &v->regs, 1, insn->address_size, count - 1);
			if (count > 1)
				continue;
		} else if (!string_element(v, insn, port)) {
			return false;
		}
		break;
	}
	if (!insn->repeat || insn_read_register(insn, &v->regs, 1, insn->address_size) == 0)
		v->regs.rip += insn->length;
	return true;
}

bool pv_emulate_port(struct vcpu *v, const struct insn *insn)
{
	uint16_t port = insn->has_imm ? (uint16_t)insn->imm : v->regs.dx;

	if (!v->pv.kernel_mode && !user_may(v, port, insn->size))
		return false;
	if (insn->kind == INSN_INS || insn->kind == INSN_OUTS)
		return emulate_string(v, insn, port);
	if (insn->kind == INSN_IN)
		insn_write_register(insn, &v->regs, 0, insn->size, port_read(v, port, insn->size));
	else
		port_write(v, port, insn->size, v->regs.eax);
	v->regs.rip += insn->length;
	return true;
}

static void keep(uint8_t *bitmap, unsigned first, unsigned last)
{
	for (unsigned p = first; p <= last; p++)
		bitmap[p / 8] |= (uint8_t)(1u << (p % 8));
}

int hwdom_ports_init(struct domain *d)
{
	uint8_t *bitmap = heap_alloc(BITMAP_BYTES);

	if (!bitmap)
		return -ENOMEM;
	keep(bitmap, 0x20, 0x21); /* the 8259s */
	keep(bitmap, 0xa0, 0xa1);
	keep(bitmap, PORT_PIT, PORT_PIT_END);
	keep(bitmap, PORT_SPEAKER, PORT_SPEAKER);
	keep(bitmap, PORT_PCI_ADDRESS, PORT_PCI_DATA + 3);
	if (options.console & CONSOLE_COM1)
		keep(bitmap, options.com1.io_base, options.com1.io_base + 7u);
	if (options.console & CONSOLE_COM2)
		keep(bitmap, options.com2.io_base, options.com2.io_base + 7u);
	d->ioports = bitmap;
	memcpy(io_bitmap_direct, bitmap, BITMAP_BYTES);
	for (unsigned i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i])
			d->vcpu[i]->pv.direct_ports = true;
	return 0;
}

void domain_ports_destroy(struct domain *d)
{
	heap_free(d->ioports, BITMAP_BYTES);
	d->ioports = NULL;
}
