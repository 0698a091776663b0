/* test_pv_addresses.c - which addresses a PV guest may name as entry points, bases and stacks
 *
 * Frames are pushed below the kernel's stack pointer without a further look: nothing of one may lie in our part.
 */
#include "arch/x86/pv/pv.h"
#include "unit.h"

#define FRAME 64 /* at most so much is pushed below a pointer, after it was aligned to 16 */

TEST(addresses_of_ours_and_of_nobody_are_refused)
{
	CU_ASSERT_TRUE(pv_address_ok(0));
	CU_ASSERT_TRUE(pv_address_ok(0x00007fffffffffff));
	CU_ASSERT_FALSE(pv_address_ok(0x0000800000000000));
	CU_ASSERT_FALSE(pv_address_ok(0xffff7fffffffffff));
	CU_ASSERT_FALSE(pv_address_ok(OUR_VIRT_START));
	CU_ASSERT_FALSE(pv_address_ok(OUR_VIRT_END - 1));
	CU_ASSERT_TRUE(pv_address_ok(OUR_VIRT_END));
	CU_ASSERT_TRUE(pv_address_ok(UINT64_MAX));
}

/* Every stack pointer near an edge: accepted exactly if the whole frame is in the guest's parts. */
TEST(no_byte_of_a_frame_is_in_our_part)
{
	static const uint64_t edges[] = {0x0000800000000000, OUR_VIRT_START, OUR_VIRT_END};

	for (unsigned e = 0; e < sizeof(edges) / sizeof(edges[0]); e++) {
		for (uint64_t sp = edges[e] - 200; sp != edges[e] + 200; sp++) {
			uint64_t top = sp & ~15ULL;
			bool good = true;

			for (uint64_t at = top - FRAME; at != top; at++)
				good = good && pv_address_ok(at);
			if (pv_stack_ok(sp))
				CU_ASSERT_TRUE_FATAL(good);
			if (good && pv_address_ok(sp - 1))
				CU_ASSERT_TRUE_FATAL(pv_stack_ok(sp));
		}
	}
	CU_ASSERT_TRUE(pv_stack_ok(0)); /* none */
	CU_ASSERT_FALSE(pv_stack_ok(OUR_VIRT_END + 48));
	CU_ASSERT_TRUE(pv_stack_ok(OUR_VIRT_END + FRAME));
}
