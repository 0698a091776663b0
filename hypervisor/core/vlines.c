/* vlines.c - the interrupt lines of a guest's emulated devices, and which inputs of its controllers they come to */
#include "core/vlines.h"

#include "lib/errno.h"

int vlines_set_isa(struct vlines *l, unsigned line, bool high)
{
	if (line >= VLINES_ISA)
		return -EINVAL;
	l->isa = (uint16_t)(high ? l->isa | 1u << line : l->isa & ~(1u << line));
	return 0;
}

int vlines_set_intx(struct vlines *l, unsigned device, unsigned pin, bool high)
{
	uint32_t bit = 1u << device % VLINES_DEVICES;
	int step = high ? 1 : -1;

	if (device >= VLINES_DEVICES || pin >= VLINES_PINS)
		return -EINVAL;
	if (!(l->intx[pin] & bit) == !high)
		return 0;
	l->intx[pin] ^= bit;
	l->asserted[vlines_intx_input(device, pin)] = (uint8_t)(l->asserted[vlines_intx_input(device, pin)] + step);
	l->link_asserted[(device + pin) % VLINES_LINKS] =
		(uint8_t)(l->link_asserted[(device + pin) % VLINES_LINKS] + step);
	return 0;
}

int vlines_set_route(struct vlines *l, unsigned link, unsigned isa)
{
	if (link >= VLINES_LINKS || isa >= VLINES_ISA)
		return -EINVAL;
	l->route[link] = (uint8_t)isa;
	return 0;
}

uint64_t vlines_inputs(const struct vlines *l)
{
	uint64_t inputs = l->isa;

	for (unsigned i = 0; i < VLINES_LINKS; i++)
		if (l->link_asserted[i] && l->route[i])
			inputs |= BIT(l->route[i]);
	for (unsigned i = VLINES_ISA; i < VLINES_INPUTS; i++)
		if (l->asserted[i])
			inputs |= BIT(i);
	return inputs;
}
