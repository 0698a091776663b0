/* bitmaps.c - which ports and MSRs a guest reaches without us: no port; MSRs in its control block */
#include "arch/x86/hvm/svm/svm.h"
#include "arch/x86/msr.h"
#include "kern/memory.h"
#include "lib/errno.h"
#include "lib/string.h"

#define IO_BITMAP_ORDER	 2 /* 64 Ki ports, and some beyond: 12 KiB */
#define MSR_BITMAP_ORDER 1 /* two bits for each: 8 KiB */

paddr_t svm_io_bitmap, svm_msr_bitmap;

/* Three ranges of 8 Ki MSRs, each with 2 KiB: reading is the lower bit of two, writing the upper. */
static void let_through(uint8_t *bitmap, uint32_t msr)
{
	uint32_t offset = msr >= 0xc0000000 ? 2048 : 0, index = msr & 0x1fff;

	bitmap[offset + index / 4] &= (uint8_t) ~(3u << index % 4 * 2);
}

int svm_make_bitmaps(void)
{
	static const uint32_t own[] = {
		MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_STAR,		MSR_LSTAR,
		MSR_CSTAR,   MSR_SFMASK,  MSR_SYSENTER_CS,    MSR_SYSENTER_ESP, MSR_SYSENTER_EIP,
	};
	uint8_t *ports = pages_alloc(IO_BITMAP_ORDER), *msrs = pages_alloc(MSR_BITMAP_ORDER);

	if (!ports || !msrs)
		return -ENOMEM;
	memset(ports, 0xff, PAGE_SIZE << IO_BITMAP_ORDER);
	memset(msrs, 0xff, PAGE_SIZE << MSR_BITMAP_ORDER);
	for (unsigned i = 0; i < ARRAY_SIZE(own); i++)
		let_through(msrs, own[i]);
	svm_io_bitmap = paddr_of_mfn(virt_to_mfn(ports));
	svm_msr_bitmap = paddr_of_mfn(virt_to_mfn(msrs));
	return 0;
}
