/* answers.c - nothing of the hypervisor's is in what it gives to a guest
 *
 * Mechanism: answers are built on the hypervisor's stack and copied out; registers are loaded before a guest runs.
 * Promise: I12, I13 and row 28: what an answer does not define is zero or as the guest had it; the FPU starts as after reset;
 * hypercalls leave all registers alone but rax, rcx and r11.
 * Probe: look for bytes of hypervisor addresses in every answer, and at every register.
 */
#include <xen/arch-x86/xen-mca.h>

#include "runtime/guest.h"

const char test_title[] = "answers and registers carry nothing foreign";

static uint8_t fx[512] __attribute__((aligned(16)));
static uint64_t answer[512];

static void fpu(void)
{
	__asm__ volatile("fxsave %0" : "=m"(fx));
	CHECK(fx[0] == 0x7f && fx[1] == 3, "fcw is %#x", fx[0] | fx[1] << 8);
	CHECK(fx[24] == 0x80 && fx[25] == 0x1f, "mxcsr is %#x", fx[24] | fx[25] << 8);
	for (unsigned i = 32; i < 416; i++)
		CHECK(!fx[i], "byte %u of the FPU's registers is %#x", i, fx[i]);
}

/* Words in the hypervisor's part of the address space; the M2P's beginning is public. */
static void look(const char *what, unsigned op)
{
	for (unsigned i = 0; i < ARRAY_SIZE(answer); i++)
		CHECK(!(answer[i] > HYPERVISOR_VIRT_START && answer[i] < HYPERVISOR_VIRT_END), "%s %u: word %u is %#lx",
		      what, op, i, answer[i]);
}

static void answers(void)
{
	for (unsigned op = 0; op < 11; op++) {
		memset(answer, 0, sizeof(answer));
		if (op == XENVER_platform_parameters)
			continue; /* it tells HYPERVISOR_VIRT_START itself */
		(void)CALL2(xen_version, op, answer);
		look("xen_version", op);
	}
	for (unsigned op = 0; op < 14; op++) {
		memset(answer, 0, sizeof(answer));
		if (op != EVTCHNOP_reset)
			(void)CALL2(event_channel_op, op, answer);
		look("event_channel_op", op);
	}
	for (unsigned op = 0; op < 12; op++) {
		memset(answer, 0, sizeof(answer));
		(void)CALL3(grant_table_op, op, answer, 1);
		look("grant_table_op", op);
	}
	for (unsigned op = 0; op < 32; op++) {
		memset(answer, 0, sizeof(answer));
		(void)CALL2(physdev_op, op, answer);
		look("physdev_op", op);
	}
	memset(answer, 0, sizeof(answer));
	(void)CALL3(vcpu_op, VCPUOP_get_runstate_info, 0, answer);
	look("vcpu_op", VCPUOP_get_runstate_info);
}

static void machine_checks(void)
{
	static struct mcinfo_logical_cpu cpu[2];
	struct xen_mc op = {XEN_MC_physcpuinfo, XEN_MCA_INTERFACE_VERSION, {{0}}};

	EXPECT(CALL1(mca, &op), 0);
	CHECK(op.u.mc_physcpuinfo.ncpus == 1, "%u CPUs", op.u.mc_physcpuinfo.ncpus);
	op.u.mc_physcpuinfo.ncpus = 2;
	op.u.mc_physcpuinfo.info = cpu;
	EXPECT(CALL1(mca, &op), 0);
	CHECK(op.u.mc_physcpuinfo.ncpus == 1 && cpu[0].mc_ncores == 1 && cpu[0].mc_vendorid[0] && !cpu[1].mc_ncores,
	      "the list of CPUs: %u", op.u.mc_physcpuinfo.ncpus);
	op.cmd = XEN_MC_fetch;
	op.u.mc_fetch.flags = XEN_MC_URGENT;
	EXPECT(CALL1(mca, &op), 0);
	CHECK(op.u.mc_fetch.flags == XEN_MC_NODATA, "a machine check was fetched: %#x", op.u.mc_fetch.flags);
	op.interface_version++;
	EXPECT(CALL1(mca, &op), -XEN_EACCES);
}

static void registers(void)
{
	uint64_t rbx = 0x1111, out[4];
	register uint64_t r12 __asm__("r12") = 0x3333;
	register uint64_t r13 __asm__("r13") = 0x4444;
	register uint64_t r8 __asm__("r8") = 0x5555;
	register uint64_t r9 __asm__("r9") = 0x6666;
	uint64_t rax = __HYPERVISOR_xen_version, rdi = 0, rsi = 0x7777, rdx = 0x8888;

	__asm__ volatile("syscall"
			 : "+a"(rax), "+b"(rbx), "+r"(r12), "+r"(r13), "+r"(r8), "+r"(r9), "+D"(rdi), "+S"(rsi),
			   "+d"(rdx)
			 :
			 : "rcx", "r11", "memory");
	out[0] = rbx, out[1] = r12, out[2] = r13, out[3] = r8 ^ r9;
	CHECK(out[0] == 0x1111 && out[1] == 0x3333 && out[2] == 0x4444 && out[3] == 0x3333, "registers that are kept");
	CHECK(rsi == 0x7777 && rdx == 0x8888 && rdi == 0, "arguments: %#lx %#lx %#lx", rdi, rsi, rdx);
	CHECK(rax == (4 << 16 | 17), "rax is %#lx", rax);
}

void test_main(void)
{
	fpu();
	answers();
	machine_checks();
	registers();
}
