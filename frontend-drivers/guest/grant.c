/* grant.c - the table in which a domain writes who may map which of its pages (version 1) */
#include <xen/grant_table.h>

#include "frontend-drivers/guest/kernel.h"
#include "lib/errno.h"

#define FRAMES	 2
#define ENTRIES	 (FRAMES * 4096 / sizeof(struct grant_entry_v1))
#define TABLE_AT (KERNEL_BASE + (UINT64_C(1) << 30) - (16ull << 20)) /* above all memory of ours */

static struct os_lock lock;
static struct grant_entry_v1 *const table = (struct grant_entry_v1 *)TABLE_AT;
static uint32_t next = GNTTAB_NR_RESERVED_ENTRIES;
static bool taken[ENTRIES];

void grants_init(void)
{
	xen_pfn_t frames[FRAMES];
	struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = FRAMES};

	set_xen_guest_handle(setup.frame_list, frames);
	if (CALL3(grant_table_op, GNTTABOP_setup_table, &setup, 1) || setup.status != GNTST_okay)
		panic("no grant table: %d", setup.status);
	for (unsigned int i = 0; i < FRAMES; i++)
		map_page((uint64_t *)start_info->pt_base, TABLE_AT + i * PAGE_SIZE, frames[i] << 12 | PTE_PLAIN);
}

/* In turn, so that a reference that is used late by mistake meets no other page for long. */
static uint32_t find(void)
{
	for (uint32_t i = 0; i < ENTRIES; i++) {
		uint32_t ref = next++;

		if (next == ENTRIES)
			next = GNTTAB_NR_RESERVED_ENTRIES;
		if (!taken[ref])
			return ref;
	}
	return 0;
}

int os_grant(uint16_t domid, const void *page, bool readonly)
{
	uint32_t ref;

	os_lock(&lock);
	ref = find();
	taken[ref] = ref != 0;
	os_unlock(&lock);
	if (!ref)
		return -ENOSPC;
	table[ref].frame = (uint32_t)mfn_of(page);
	table[ref].domid = domid;
	/* The flags last: from here on it counts. */
	__atomic_store_n(&table[ref].flags, GTF_permit_access | (readonly ? GTF_readonly : 0), __ATOMIC_RELEASE);
	return (int)ref;
}

bool os_grant_end(uint32_t ref)
{
	uint16_t flags = __atomic_load_n(&table[ref].flags, __ATOMIC_ACQUIRE);

	/* The hypervisor sets these two while it is mapped, by a compare-and-swap as well. */
	do {
		if (flags & (GTF_reading | GTF_writing))
			return false;
	} while (!__atomic_compare_exchange_n(&table[ref].flags, &flags, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE));
	os_lock(&lock);
	taken[ref] = false;
	os_unlock(&lock);
	return true;
}
