/* iret-races.c - the frame of an iret changes while it is returned from
 *
 * Mechanism: iret's frame lies in the guest's memory. On the short way to user mode entry.S reads its words one by one, and cs
 * twice; everything unusual is done from a copy.
 * Promise: I11, I13, row 26: whatever another vcpu makes of the frame meanwhile, the guest goes on in ring 3, with IF on and IOPL 0,
 * or gets one clean exception.
 * Probe: a second vcpu changes cs, ss, rip and flags all the time, between what is right, what is odd and what is the hypervisor's.
 */
#include "runtime/guest.h"

const char test_title[] = "iret, and a frame that changes";
TEST_CPUS(2);
TEST_SECONDS(60);

#define ROUNDS 60000
#define ENOUGH 20	   /* of each kind; on a busy host the two vcpus rarely run at the same time */
#define LIMIT  40000000000 /* ns */

/* Mapped for kernel and user mode alike. */
__asm__(".pushsection .text\n"
	"look_around: mov %cs, %ebx\n pushfq\n pop %r12\n int3\n ud2\n"
	".popsection");
extern const char look_around[];

static table_t stack;
static volatile struct iret_context frame __attribute__((aligned(64)));
static volatile bool over;
static volatile uint64_t changes;

static void change(void *none)
{
	static const uint16_t cs[] = {0xe033, 0xe033, 0xe008, 0xe030, 0xe033, 0xe010, 0xe033,
				      0xe02b, 0xe033, 0x3,    0xe033, 0xe023, 0x1003};
	static const uint16_t ss[] = {0xe02b, 0xe02b, 0xe02b, 0xe02b, 0xe010, 0xe02b, 0, 0xe033};
	static const uint64_t rip[] = {0, 0, 0, 0, 0, 0x800000000000, 0, 0xffff830000000000, 0};
	static const uint64_t rflags[] = {0x202, 0x202, 0x3202, 0x202, 0x2, 0x202, 0x24202, 0x3302};

	(void)none;
	for (unsigned i = 0; !over; i++) {
		/* cs alone most of the time, as fast as can be; and now and then it stays for a moment as it is. */
		frame.cs = cs[i % ARRAY_SIZE(cs)];
		if (i % 64 == 0)
			for (unsigned k = 0; k < 20; k++)
				relax();
		frame.cs = 0xe033;
		frame.cs = 0xe008;
		frame.cs = 0xe033;
		if (i % 16 == 0) {
			frame.ss = ss[i / 16 % ARRAY_SIZE(ss)];
			frame.rip = rip[i / 16 % ARRAY_SIZE(rip)] ?: (uint64_t)look_around;
			frame.rflags = rflags[i / 16 % ARRAY_SIZE(rflags)];
			frame.flags = i & 64 ? VGCF_in_syscall : 0;
		}
		changes++;
	}
}

static void return_from_it(void *unused)
{
	(void)unused;
	guest_iret((const struct iret_context *)(uintptr_t)&frame);
}

void test_main(void)
{
	unsigned looked = 0, kernel = 0, others = 0;
	uint64_t end = now() + LIMIT;

	(void)use_user_tables();
	set_trap_gate(TRAP_BP, 3, trap_stub(TRAP_BP));
	frame.rsp = (uint64_t)stack + 2048;
	start_vcpu(1, change, NULL);
	while (changes < 1000)
		relax();
	for (unsigned i = 0; i < ROUNDS || ((kernel < ENOUGH || others < ENOUGH || looked < ENOUGH) && now() < end);
	     i++) {
		struct outcome o = attempt(return_from_it, NULL);

		vcpu0->evtchn_upcall_mask = 1;
		if (o.vector == TRAP_BP) {
			looked++;
			kernel += !(o.at.cs & 3);
			CHECK((o.at.rbx & 3) == 3, "the guest runs with cs %#lx", o.at.rbx);
			CHECK((o.at.r12 & 0x3200) == 0x200, "the guest runs with flags %#lx", o.at.r12);
		} else {
			others++;
			CHECK(o.vector == TRAP_FAILSAFE || o.vector == TRAP_GP || o.vector == TRAP_PF ||
				      o.vector == TRAP_DB,
			      "iret: trap %#x", o.vector);
		}
	}
	over = true;
	join_vcpu(1);
	say("%u times there, %u of them in the kernel, %u exceptions; %lu changes", looked, kernel, others, changes);
	NEED(looked >= ENOUGH && kernel >= ENOUGH && others >= ENOUGH, "that is no race");
}
