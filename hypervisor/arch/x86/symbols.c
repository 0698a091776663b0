/* symbols.c - the names of the hypervisor's functions */
#include "arch/x86/boot/boot.h"
#include "arch/x86/symbols.h"

extern const uint32_t symbol_count;
extern const uint32_t symbol_offsets[];	     /* from image_start, sorted */
extern const uint32_t symbol_name_offsets[]; /* into symbol_names */
extern const char symbol_names[];

const char *symbol_find(uint64_t address, uint64_t *offset)
{
	uint64_t at = address - (uint64_t)image_start;
	uint32_t low = 0, high = symbol_count; /* the answer, plus one, is in low..high */

	if (address < (uint64_t)init_text_start || address >= (uint64_t)text_end)
		return NULL;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (symbol_offsets[middle] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	*offset = at - symbol_offsets[low - 1];
	return symbol_names + symbol_name_offsets[low - 1];
}
