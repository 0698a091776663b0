/* segdesc.c - which segment descriptors a PV guest may have in its GDT and LDT */
#include "core/segdesc.h"
#include "lib/types.h"

#define DESC_CODE    BIT(43)
#define DESC_S	     BIT(44) /* code or data, not system */
#define DESC_DPL     (3ULL << 45)
#define DESC_PRESENT BIT(47)
#define DESC_LONG    BIT(53)
#define DESC_BIG     BIT(54)

bool segdesc_validate(uint64_t *descriptor)
{
	uint64_t d = *descriptor;

	if (!(d & DESC_PRESENT))
		return true;
	if (!(d & DESC_S))
		return false;
	if ((d & DESC_CODE) && (d & DESC_LONG) && (d & DESC_BIG))
		return false;
	*descriptor = d | DESC_DPL;
	return true;
}

bool segdesc_validate_page(uint64_t *page)
{
	for (unsigned i = 0; i < 512; i++) {
		uint64_t d = page[i];

		if (!segdesc_validate(&d))
			return false;
		if (d != page[i])
			page[i] = d;
	}
	return true;
}
