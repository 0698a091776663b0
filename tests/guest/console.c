/* console.c - a guest starts, speaks and ends
 *
 * Mechanism: Dom0's kernel is an ELF file whose notes say where it wants to be; it is started by the PV ABI, with start_info in
 * rsi, and its first words go through console_io.
 * Promise: start_info is what the ABI says, the p2m and the M2P agree for every page, and the version is 4.17.
 * Probe: read all of them.
 */
#include "runtime/guest.h"

const char test_title[] = "start of day: start_info, p2m, M2P, version";

void test_main(void)
{
	uint64_t *p2m = (uint64_t *)start_info->mfn_list, wrong = 0;
	char typed[16];

	CHECK(!memcmp(start_info->magic, "xen-3.0-x86_64", 15), "magic is %.32s", start_info->magic);
	CHECK(start_info->flags == (SIF_PRIVILEGED | SIF_INITDOMAIN), "flags are %#x", start_info->flags);
	CHECK(!(start_info->shared_info & 0xfff), "shared_info is not a page");
	for (uint64_t i = 0; i < start_info->nr_pages; i++)
		wrong += machine_to_phys_mapping[p2m[i]] != i;
	CHECK(!wrong, "%lu pages of %lu have another number in the M2P", wrong, start_info->nr_pages);
	EXPECT(CALL2(xen_version, XENVER_version, NULL), 4 << 16 | 17);
	EXPECT(CALL3(console_io, CONSOLEIO_read, sizeof(typed), typed), 0); /* nobody types */
}
