/* hvm-modes.c - real mode, segments of 16 bits, virtual 8086 mode, and paging of every kind under hardware virtualization
 *
 * Mechanism: control registers whose changes exit, emulated instructions of 16 and 32 bits, exceptions and interrupts that the hypervisor
 * injects in these modes.
 * Promise: they are as on a machine: no error code in real mode, addresses and counts of 16 bits wrap, a segment's limit outlives the way
 * back to real mode, PAE's four entries are those of memory when CR3 is loaded.
 * Probe: a second vcpu goes through all of them (runtime/modes.S) and notes what it finds.
 */
#include "runtime/hvm.h"

const char test_title[] = "the modes that 64-bit kernels leave behind";
TEST_HVM("+npt");

#define PLACE	0x90000UL /* behind the image; modes.S knows it, too */
#define STARTUP (6UL << 8)
#define INIT	(5UL << 8)
#define ASSERT	(1UL << 14)
enum { ICR = 0x300 / 4, ICR_HIGH = 0x310 / 4 };

#define NO_CALL	  (uint32_t) - XEN_ENOSYS
#define SIGNATURE 0x566e6558 /* of the hypervisor's leaves */
#define SECOND	  1	     /* the vcpu */

/* What an exception was, and the bytes that its delivery has pushed. */
#define CAME(vector, pushed) ((uint32_t)(pushed) << 16 | (vector))

extern uint8_t modes_start[], modes_end[], guest_end[];
extern uint32_t modes_intel, modes_done, modes_marker, modes_results[];

/* In the order of modes.S. */
static const struct {
	const char *what;
	uint32_t value;
} expected[] = {
	{"real mode: INT n", CAME(0x66, 6)},
	{"real mode: #DE", CAME(0, 6)},
	{"real mode: #UD", CAME(TRAP_UD, 6)},
	{"real mode: RDMSR of none", CAME(TRAP_GP, 6)},
	{"real mode: WRMSR of none", CAME(TRAP_GP, 6)},
	{"real mode: CR4 with VMXE", CAME(TRAP_GP, 6)},
	{"real mode: CR0 with NW and without CD", CAME(TRAP_GP, 6)},
	{"real mode: single step", CAME(TRAP_DB, 6)},
	{"real mode: CR0", 0x10},
	{"real mode: a hypercall", NO_CALL},
	{"real mode: CPUID", SIGNATURE},
	{"IN AL", 0x123456ff},
	{"IN EAX", 0xffffffff},
	{"REP INSB: EDI", 0x7005},
	{"REP INSB: ECX", 0},
	{"REP INSB: memory", 0x0000ffff},
	{"REP INSW: ECX", 0xabcd0000},
	{"REP INSW: EDI", 0x12347016},
	{"REP INSL by 32-bit addresses: EDI", 0x7028},
	{"REP INSB over the segment's end: EDI", 2},
	{"REP INSB over the segment's end: its beginning", 0xc88cffff},
	{"REP OUTSB out of CS: ESI", 0x7003},
	{"the APIC's version, read by code of 16 bits", 0x14},
	{"a hole, read by code of 16 bits", 0x112233ff},
	{"real mode: interrupts, after one", 1},
	{"real mode: interrupts, after HLT", 2},
	{"real mode: NMIs", 2},
	{"16 bits: INT n", CAME(0x66, 6)},
	{"16 bits: #UD", CAME(TRAP_UD, 6)},
	{"16 bits: RDMSR of none", CAME(TRAP_GP, 8)},
	{"16 bits: a segment behind the GDT's limit", CAME(TRAP_GP, 8)},
	{"16 bits: IN AL", 0x123456ff},
	{"16 bits: REP INSB: ECX", 0x10000},
	{"16 bits: a hypercall", NO_CALL},
	{"32 bits: INT n", CAME(0x66, 12)},
	{"32 bits: #UD", CAME(TRAP_UD, 12)},
	{"32 bits: RDMSR of none", CAME(TRAP_GP, 16)},
	{"32 bits: a hole", 0xffffffff},
	{"32 bits: a hypercall", NO_CALL},
	{"32 bits: REP INSB: EDI", 0x97042},
	{"virtual 8086 mode: interrupts at its beginning", 1},
	{"virtual 8086 mode: CPUID", SIGNATURE},
	{"virtual 8086 mode: IN AL", 0x123456ff},
	{"virtual 8086 mode: IN from a port that is not its", CAME(TRAP_GP, 0x428)},
	{"virtual 8086 mode: HLT", CAME(TRAP_GP, 0x428)},
	{"virtual 8086 mode: RDMSR", CAME(TRAP_GP, 0x428)},
	{"virtual 8086 mode: #UD", CAME(TRAP_UD, 0x424)},
	{"virtual 8086 mode: REP INSB: EDI", 0x7052},
	{"PAE: memory", 0x600df00d},
	{"PAE: a GiB that is not there", CAME(TRAP_PF, 16)},
	{"PAE: CR2, less what it should be", 0},
	{"PAE: a GiB that is there, after CR3", 0x600df00d},
	{"PAE: the same after CLTS", 0x600df00d},
	{"PAE: RDMSR of none", CAME(TRAP_GP, 16)},
	{"two levels: memory", 0x600df00d},
	{"two levels: RDMSR of none", CAME(TRAP_GP, 16)},
	{"long mode, 32 bits: EFER", 0x500},
	{"long mode, 32 bits: memory", 0x600df00d},
	{"long mode, 32 bits: CPUID", SIGNATURE},
	{"EFER behind long mode", 0x100},
	{"real mode again: INT n", CAME(0x66, 6)},
	{"real mode again: RDMSR of none", CAME(TRAP_GP, 6)},
	{"real mode again: interrupts", 1},
};

static volatile uint32_t *in_place(const void *of_modes)
{
	return (volatile uint32_t *)(PLACE + ((uint64_t)of_modes - (uint64_t)modes_start));
}

static void start_second(void)
{
	volatile uint32_t *lapic = (uint32_t *)0xfee00000;

	NEED(physical(guest_end) <= PLACE, "the image is in the way");
	memcpy((void *)PLACE, modes_start, (size_t)(modes_end - modes_start));
	*in_place(&modes_intel) = is_intel();
	lapic[ICR_HIGH] = SECOND * 2U << 24;
	lapic[ICR] = ASSERT | INIT;
	lapic[ICR] = ASSERT | STARTUP | PLACE >> 12;
}

static void modes(struct area *a)
{
	volatile uint32_t *results = in_place(modes_results);
	uint64_t end = now() + 5000000000;

	(void)a;
	start_second();
	while (!*in_place(&modes_done) && now() < end)
		yield();
	CHECK(*in_place(&modes_done), "it has not come to its end");
	for (unsigned i = 0; i < ARRAY_SIZE(expected); i++)
		CHECK(results[i] == expected[i].value, "%s: %#x, and it should be %#x", expected[i].what, results[i],
		      expected[i].value);
	CHECK(!results[ARRAY_SIZE(expected)], "it has noted more than is expected");
}

void test_main(void)
{
	struct partner *p = partner_new_hvm(modes, 2);

	partner_go(p);
	partner_wait(p);
	partner_end(p);
}
