/* wild-calls.c - no arguments whatever kill the hypervisor
 *
 * Mechanism: a hypercall takes up to five words from registers and reads the rest from the caller's memory.
 * Promise: I13-I16, and rows 10 and 23: wild addresses are -EFAULT, wild numbers an error, wild counts take bounded time; nothing
 * but the guest's own memory is written.
 * Probe: every hypercall and the first 64 operations of each, with addresses of every kind that is wrong and counts of every size.
 * Left out are those that do to the guest what it asks for: iret, the shutdowns, blocking, a root or stack of its own.
 */
#include "runtime/guest.h"

const char test_title[] = "hypercalls with wild arguments";

static const uint64_t wild[] = {
	0,
	1,
	0xfff,
	0x7ffffffffff8,
	0x800000000000,
	0xffff7ffffffffff8,
	0xffff800000000000,
	0xffff830000000000,
	0xffff880000000000,
	0xfffffffffffffff8,
	0xffffffffffffffff,
	0x7fffffff,
	0x80000000,
	0xffffffff,
};

static bool fatal(unsigned call, uint64_t op)
{
	switch (call) {
	case __HYPERVISOR_iret:
	case __HYPERVISOR_set_callbacks: /* set anew afterwards: it has words for all, and takes any address that is fit */
	case __HYPERVISOR_stack_switch:
	case __HYPERVISOR_set_trap_table:
	case __HYPERVISOR_console_io:
		return true;
	case __HYPERVISOR_set_debugreg:
		return op == 7; /* a guest may watch itself */
	case __HYPERVISOR_sched_op:
		return op <= SCHEDOP_poll || op == SCHEDOP_shutdown_code;
	case __HYPERVISOR_vcpu_op:
		return op == VCPUOP_down;
	}
	return false;
}

static void sweep(unsigned call, uint64_t op)
{
	for (unsigned i = 0; i < ARRAY_SIZE(wild); i++)
		for (unsigned k = 0; k < ARRAY_SIZE(wild); k += 3)
			(void)hypercall(call, op, wild[i], wild[k], wild[(i + k) % ARRAY_SIZE(wild)]);
}

/* With a structure that can be read, but whose words are wild. */
static void filled(unsigned call, uint64_t op)
{
	static uint64_t words[64];

	for (unsigned i = 0; i < ARRAY_SIZE(wild); i++) {
		for (unsigned k = 0; k < ARRAY_SIZE(words); k++)
			words[k] = wild[(i + k * (i | 1)) % ARRAY_SIZE(wild)];
		(void)hypercall(call, op, (uint64_t)words, 1, DOMID_SELF);
	}
}

/* In these the structure's words are what is done: harm to the caller itself is its own business. */
static bool does_what_it_is_told(unsigned call, uint64_t op)
{
	switch (call) {
	case __HYPERVISOR_platform_op:
		return true; /* it asks for its interface version first */
	case __HYPERVISOR_callback_op:
	case __HYPERVISOR_multicall:
		return true;
	case __HYPERVISOR_sched_op:
		return op == SCHEDOP_watchdog || op == SCHEDOP_remote_shutdown;
	}
	return false;
}

void test_main(void)
{
	for (unsigned call = 0; call < 64; call++)
		for (uint64_t op = 0; op < 64; op++) {
			if (fatal(call, op))
				continue;
			sweep(call, op);
			if (!does_what_it_is_told(call, op))
				filled(call, op);
		}
	for (unsigned i = 0; i < ARRAY_SIZE(wild); i++) {
		(void)hypercall(64 + wild[i], wild[i], 0, 0, 0);
		for (unsigned k = 0; k < ARRAY_SIZE(wild); k++) {
			(void)CALL2(multicall, wild[i], wild[k]);
			REFUSED(CALL3(console_io, 5 + k, 1, wild[i]));
		}
		if (wild[i] && (wild[i] < GUEST_BASE || wild[i] > GUEST_BASE + MIB(64)))
			REFUSED(CALL1(set_trap_table, wild[i]));
	}
	EXPECT(hypercall(11, 0, 0, 0, 0), -XEN_ENOSYS);
	EXPECT(hypercall(~0UL, 0, 0, 0, 0), -XEN_ENOSYS);
	EXPECT(hypercall(1UL << 32 | __HYPERVISOR_xen_version, 0, 0, 0, 0), -XEN_ENOSYS);
	EXPECT(CALL2(xen_version, XENVER_version, NULL), 4 << 16 | 17);
}
