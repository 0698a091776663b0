/* test_vlines.c - the lines of emulated devices: which inputs they come to, alone and shared */
#include "core/vlines.h"
#include "lib/errno.h"
#include "unit.h"

static struct vlines l;

static void start(void)
{
	l = (struct vlines){0};
}

TEST(isa_lines_are_inputs)
{
	start();
	CU_ASSERT_EQUAL(vlines_set_isa(&l, 4, true), 0);
	CU_ASSERT_EQUAL(vlines_inputs(&l), BIT(4));
	CU_ASSERT_EQUAL(vlines_set_isa(&l, 4, false), 0);
	CU_ASSERT_EQUAL(vlines_inputs(&l), 0);
	CU_ASSERT_EQUAL(vlines_set_isa(&l, 16, true), -EINVAL);
}

TEST(pci_pins_have_an_input_and_by_a_route_another)
{
	start();
	CU_ASSERT_EQUAL(vlines_set_intx(&l, 3, 0, true), 0);
	CU_ASSERT_EQUAL(vlines_inputs(&l), BIT(28));
	CU_ASSERT_EQUAL(vlines_set_route(&l, 3, 11), 0);
	CU_ASSERT_EQUAL(vlines_inputs(&l), BIT(28) | BIT(11));
	CU_ASSERT_EQUAL(vlines_set_route(&l, 3, 0), 0);
	CU_ASSERT_EQUAL(vlines_set_intx(&l, 3, 0, false), 0);
	CU_ASSERT_EQUAL(vlines_inputs(&l), 0);
	CU_ASSERT_EQUAL(vlines_set_intx(&l, 32, 0, true), -EINVAL);
	CU_ASSERT_EQUAL(vlines_set_intx(&l, 0, 4, true), -EINVAL);
	CU_ASSERT_EQUAL(vlines_set_route(&l, 4, 5), -EINVAL);
	CU_ASSERT_EQUAL(vlines_set_route(&l, 0, 16), -EINVAL);
}

TEST(a_shared_input_is_high_as_long_as_one_line_is)
{
	unsigned other;

	start();
	for (other = 4; vlines_intx_input(other, 0) != vlines_intx_input(3, 1) &&
			vlines_intx_input(other, 3) != vlines_intx_input(3, 1);
	     other++)
		;
	unsigned pin = vlines_intx_input(other, 0) == vlines_intx_input(3, 1) ? 0 : 3;

	CU_ASSERT_TRUE_FATAL(other < VLINES_DEVICES);
	vlines_set_intx(&l, 3, 1, true);
	vlines_set_intx(&l, 3, 1, true); /* said twice */
	vlines_set_intx(&l, other, pin, true);
	vlines_set_intx(&l, 3, 1, false);
	CU_ASSERT_EQUAL(vlines_inputs(&l), BIT(vlines_intx_input(3, 1)));
	vlines_set_intx(&l, other, pin, false);
	CU_ASSERT_EQUAL(vlines_inputs(&l), 0);
}

TEST(every_pin_has_an_input_of_pci)
{
	for (unsigned device = 0; device < VLINES_DEVICES; device++)
		for (unsigned pin = 0; pin < VLINES_PINS; pin++) {
			CU_ASSERT_TRUE(vlines_intx_input(device, pin) >= VLINES_ISA);
			CU_ASSERT_TRUE(vlines_intx_input(device, pin) < VLINES_INPUTS);
		}
}
