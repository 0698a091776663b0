/* smap.c - entry.S's stac and clac, where the CPU has them
 *
 * The image is mapped execute-only by then; the direct map is the way to change it.
 */
#include "arch/x86/cpu.h"
#include "arch/x86/pv/smap.h"
#include "kern/machine.h"

struct smap_site {
	int32_t offset; /* from this field to three bytes of nothing */
	uint32_t low;	/* third byte of the instruction */
};

extern const struct smap_site __start_smap_sites[], __stop_smap_sites[];

void smap_patch(void)
{
	if (!cpu_has(CPU_SMAP))
		return;
	for (const struct smap_site *s = __start_smap_sites; s < __stop_smap_sites; s++) {
		uint64_t address = (uint64_t)&s->offset + (int64_t)s->offset;
		uint8_t *code = paddr_to_virt(address - IMAGE_VIRT + IMAGE_PHYS);

		code[0] = 0x0f;
		code[1] = 0x01;
		code[2] = (uint8_t)s->low;
	}
}
