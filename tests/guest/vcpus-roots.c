/* vcpus-roots.c - vcpus that change their roots, pin and unpin them all the time keep the books right
 *
 * Mechanism: NEW_BASEPTR takes a use of the new root, loads it, and then gives the old one's back. In between the frame's count
 * is one more than what can be seen.
 * Promise: I1 and I2, at every moment when no call is under way; the debug build counts again every few thousand batches,
 * while all other CPUs stand still.
 * Probe: two roots for each vcpu, which all have loaded, pinned and let go of, in turn, for some seconds.
 */
#include "runtime/guest.h"

const char test_title[] = "roots changed on several vcpus";
TEST_CPUS(2);
TEST_SECONDS(60);

#define VCPUS 2
#define ROOTS (2 * VCPUS)
#define TIME  3000000000UL /* ns */

static table_t roots[ROOTS];
static struct barrier start;
static unsigned rounds[VCPUS];

static void change(void *none)
{
	unsigned me = my_vcpu(), errors = 0;
	uint64_t end;

	(void)none;
	meet(&start, VCPUS);
	end = now() + TIME;
	for (unsigned i = 0; now() < end; i++, rounds[me]++) {
		const void *a = roots[(i * (me + 1) + me) % ROOTS], *b = roots[(i + 3 * me) % ROOTS];

		errors += !!mmuext(MMUEXT_NEW_BASEPTR, mfn_of(a));
		errors += !!mmuext(MMUEXT_NEW_USER_BASEPTR, mfn_of(b));
		errors += !!mmuext(MMUEXT_NEW_BASEPTR, mfn_of(b));
		if (!mmuext(MMUEXT_PIN_L4_TABLE, mfn_of(a))) /* else another vcpu has just done so */
			errors += !!mmuext(MMUEXT_UNPIN_TABLE, mfn_of(a));
		errors += !!mmuext(MMUEXT_NEW_USER_BASEPTR, 0);
		if (i % 64 == me)
			yield();
	}
	errors += !!mmuext(MMUEXT_NEW_BASEPTR, mfn_of((void *)start_info->pt_base));
	CHECK(!errors, "vcpu %u: %u calls were refused", me, errors);
}

void test_main(void)
{
	for (unsigned i = 0; i < ROOTS; i++) {
		memcpy(roots[i], (void *)start_info->pt_base, 4096);
		NEED(!make_readonly(roots[i]), "root %u", i);
	}
	for (unsigned id = 1; id < VCPUS; id++)
		start_vcpu(id, change, NULL);
	change(NULL);
	for (unsigned id = 1; id < VCPUS; id++)
		join_vcpu(id);
	say("%u and %u rounds", rounds[0], rounds[1]);
	CHECK(rounds[0] > 20 && rounds[1] > 20, "that is too slow");
	for (unsigned i = 0; i < ROOTS; i++)
		CHECK(!make_writable(roots[i]), "root %u is still in use", i);
}
