/* vcpus-types.c - one vcpu makes a frame a page table while others write to it
 *
 * Mechanism: a frame becomes a table when its last writable mapping is gone and every CPU that may have had one has flushed.
 * Promise: row 6, I3 and I7: what has been validated does not change any more but through the hypervisor, whatever mappings
 * other vcpus make at that moment, and whatever their TLBs hold.
 * Probe: writers map the frame, write to it as long as they can, and map it again; the other one pins it, looks at it twice
 * some time apart, and lets go.
 */
#include "runtime/guest.h"

const char test_title[] = "a frame between writable and page table, on several vcpus";
TEST_CPUS(4);
TEST_SECONDS(60);

#define TIME 4000000000UL /* ns */

static table_t page, alias[GUEST_VCPUS];
static volatile bool over;
static volatile uint64_t written[GUEST_VCPUS];

static void scribble(void *where)
{
	volatile uint64_t *entry = where;

	for (unsigned i = 0; !over && i < 2000; i++) {
		entry[i * 7 % 512] = (uint64_t)i << 12; /* not present: fit for a table */
		written[my_vcpu()]++;
	}
}

static void write_to_it(void *none)
{
	unsigned me = my_vcpu();

	(void)none;
	while (!over) {
		yield(); /* where there are more vcpus than CPUs, the other wants to have its turn, too */
		/* Without a flush: a mapping that is taken away stays in other TLBs until somebody needs it gone. */
		if (CALL3(update_va_mapping, alias[me], mfn_of(page) << 12 | PTE_PLAIN, 0))
			continue;
		(void)attempt(scribble, alias[me]);
		(void)CALL3(update_va_mapping, alias[me], 0, 0);
	}
}

static uint64_t sum(void)
{
	uint64_t s = 0;

	for (unsigned i = 0; i < 512; i++)
		s = s * 31 + ((volatile uint64_t *)page)[i];
	return s;
}

void test_main(void)
{
	uint64_t end = now() + TIME;
	unsigned pinned = 0, others = 0;

	NEED(!make_readonly(page), "read-only");
	for (unsigned id = 1; id < GUEST_VCPUS; id++)
		start_vcpu(id, write_to_it, NULL);
	/* On a crowded host the others may hold the page writable for long: then it takes longer. */
	while (now() < end || (pinned <= 3 && now() < end + 10 * TIME)) {
		uint64_t first;

		if (mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(page)))
			continue;
		pinned++;
		first = sum();
		for (unsigned k = 0; k < 50; k++)
			relax();
		if (sum() != first) {
			failure("a page table was written to behind the hypervisor's back");
			break;
		}
		EXPECT(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(page)), 0);
	}
	over = true;
	for (unsigned id = 1; id < GUEST_VCPUS; id++) {
		join_vcpu(id);
		others += written[id] > 0;
	}
	say("%u times a table; %lu, %lu, %lu writes", pinned, written[1], written[2], written[3]);
	NEED(pinned > 3 && others == GUEST_VCPUS - 1, "not everybody had his turn");
}
