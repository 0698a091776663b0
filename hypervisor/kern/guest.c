/* guest.c - the one door to guest memory */
#include "arch/x86/hvm/hvm.h"
#include "arch/x86/layout.h"
#include "kern/guest.h"
#include "lib/errno.h"
#include "lib/types.h"

/* arch/x86/pv/entry.S: return the number of bytes not reached. */
size_t guest_copy(void *to, const void *from, size_t size);
size_t guest_zero(void *to, size_t size);

/* All of [address, address + size) in the guest's part. Addresses that are nobody's fault when they are used. */
static inline bool is_guests(const void *guest, size_t size)
{
	uint64_t first = (uint64_t)guest, end = first + size;

	return end >= first && (first >= OUR_VIRT_END || end <= OUR_VIRT_START);
}

int guest_read(void *to, const void *guest, size_t size)
{
	if (current->hvm)
		return hvm_copy(to, (uint64_t)guest, size, false) ? -EFAULT : 0;
	if (unlikely(!is_guests(guest, size) || guest_copy(to, guest, size)))
		return -EFAULT;
	return 0;
}

int guest_write(void *guest, const void *from, size_t size)
{
	if (current->hvm)
		return hvm_copy((void *)(uintptr_t)from, (uint64_t)guest, size, true) ? -EFAULT : 0;
	if (unlikely(!is_guests(guest, size) || guest_copy(guest, from, size)))
		return -EFAULT;
	return 0;
}

int guest_clear(void *guest, size_t size)
{
	if (current->hvm)
		return hvm_zero((uint64_t)guest, size) ? -EFAULT : 0;
	if (unlikely(!is_guests(guest, size) || guest_zero(guest, size)))
		return -EFAULT;
	return 0;
}
