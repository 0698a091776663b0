/* test_vmx_caps.c - the controls of VT-x, as CPUs say that they have them */
#include "core/vmx_caps.h"
#include "unit.h"

#define MAY(bits)	    ((uint64_t)(uint32_t)(bits) << 32)
#define CONTROLS(may, must) (MAY((may) | (must)) | (must))

/* Everything there is, and of what must be the bits that CPUs with the "true" registers insist on.
 */
static struct vmx_msrs skylake(void)
{
	return (struct vmx_msrs){
		.basic = BIT(55) | BIT(54) | 6ULL << 50 | 1ULL << 44 | 0x1234,
		.pin = CONTROLS(0xff, 0x16),
		.proc = CONTROLS(0xffffffff, 0x4006172),
		.proc2 = CONTROLS(0x7fffff, 0),
		.exit = CONTROLS(0x1ffffff, 0x36dfb),
		.entry = CONTROLS(0x3ffff, 0x11fb),
		.ept_vpid = 0xf0106734141,
	};
}

static const char *lacks(struct vmx_msrs m)
{
	struct vmx_setup s;
	const char *what = vmx_choose(&m, &s);

	return what ? what : "nothing";
}

TEST(a_full_cpu_gets_all_it_needs_and_nothing_that_slows_it)
{
	struct vmx_msrs m = skylake();
	struct vmx_setup s;

	CU_ASSERT_PTR_NULL_FATAL(vmx_choose(&m, &s));
	CU_ASSERT_EQUAL(s.revision, 0x1234);
	CU_ASSERT_EQUAL(s.pin, 0x16 | VMX_PIN_INTERRUPT | VMX_PIN_NMI | VMX_PIN_VIRTUAL_NMI | VMX_PIN_TIMER);
	CU_ASSERT_TRUE(s.timer && s.exit & VMX_EXIT_SAVE_TIMER);
	CU_ASSERT_EQUAL(s.proc & (VMX_PROC_CR3_LOAD | VMX_PROC_CR3_STORE | VMX_PROC_INVLPG), 0);
	CU_ASSERT_EQUAL(s.proc & (VMX_PROC_INTERRUPT_WINDOW | VMX_PROC_NMI_WINDOW), 0);
	CU_ASSERT_TRUE(s.proc & VMX_PROC_SECONDARY);
	CU_ASSERT_EQUAL(s.proc2, VMX_PROC2_EPT | VMX_PROC2_UNRESTRICTED | VMX_PROC2_WBINVD | VMX_PROC2_VPID);
	CU_ASSERT_FALSE(s.entry & VMX_ENTRY_GUEST_64);
	CU_ASSERT_TRUE(s.exit & VMX_EXIT_HOST_64);
	CU_ASSERT_TRUE(s.vpid);
	CU_ASSERT_TRUE(s.invept_one);
	CU_ASSERT_TRUE(s.invvpid_one);
}

TEST(bits_that_must_be_are_and_bits_that_may_not_be_are_not)
{
	struct vmx_msrs m = skylake();
	struct vmx_setup s;

	m.proc2 = CONTROLS(VMX_PROC2_EPT | VMX_PROC2_UNRESTRICTED | VMX_PROC2_WBINVD, 0);
	CU_ASSERT_PTR_NULL_FATAL(vmx_choose(&m, &s));
	CU_ASSERT_EQUAL(s.proc2, VMX_PROC2_EPT | VMX_PROC2_UNRESTRICTED | VMX_PROC2_WBINVD);
	CU_ASSERT_FALSE(s.vpid);
	CU_ASSERT_EQUAL(s.pin & (uint32_t)m.pin, (uint32_t)m.pin);
	CU_ASSERT_EQUAL(s.proc & (uint32_t)m.proc, (uint32_t)m.proc);
	CU_ASSERT_EQUAL(s.proc & ~(uint32_t)(m.proc >> 32), 0);
	CU_ASSERT_EQUAL(s.exit & (uint32_t)m.exit, (uint32_t)m.exit);
	CU_ASSERT_EQUAL(s.entry & (uint32_t)m.entry, (uint32_t)m.entry);
}

TEST(what_is_lacking_has_a_name)
{
	struct vmx_msrs m = skylake();

	CU_ASSERT_STRING_EQUAL(lacks(m), "nothing");
	m.proc2 &= ~MAY(VMX_PROC2_UNRESTRICTED);
	CU_ASSERT_STRING_EQUAL(lacks(m), "unrestricted guests");
	m.proc2 &= ~MAY(VMX_PROC2_EPT);
	CU_ASSERT_STRING_EQUAL(lacks(m), "EPT");
	m = skylake();
	m.proc &= ~MAY(VMX_PROC_SECONDARY);
	m.proc2 = 0;
	CU_ASSERT_STRING_EQUAL(lacks(m), "EPT");
	m = skylake();
	m.ept_vpid &= ~BIT(6);
	CU_ASSERT_STRING_EQUAL(lacks(m), "EPT of four levels in cached memory");
	m = skylake();
	m.ept_vpid &= ~BIT(16);
	CU_ASSERT_STRING_EQUAL(lacks(m), "EPT pages of 2 MiB");
	m = skylake();
	m.basic &= ~(15ULL << 50);
	CU_ASSERT_STRING_EQUAL(lacks(m), "a VMCS in cached memory");
	m = skylake();
	m.basic &= ~BIT(54);
	CU_ASSERT_STRING_EQUAL(lacks(m), "the address size of INS and OUTS");
}

/* The first CPUs have CR3's exits among the bits that must be. */
TEST(without_the_true_registers_cr3_cannot_be_left_to_guests)
{
	struct vmx_msrs m = skylake();

	m.proc |= VMX_PROC_CR3_LOAD | VMX_PROC_CR3_STORE;
	CU_ASSERT_STRING_EQUAL(lacks(m), "a way to leave CR3 to guests");
}

TEST(a_vpid_that_cannot_be_flushed_is_not_used)
{
	struct vmx_msrs m = skylake();
	struct vmx_setup s;

	m.ept_vpid &= 0xffffffff;
	CU_ASSERT_PTR_NULL_FATAL(vmx_choose(&m, &s));
	CU_ASSERT_FALSE(s.vpid);
	CU_ASSERT_EQUAL(s.proc2 & VMX_PROC2_VPID, 0);
}

/* One that began anew at each entry would never end for a guest that exits often. */
TEST(a_timer_that_is_not_saved_is_not_used)
{
	struct vmx_msrs m = skylake();
	struct vmx_setup s;

	m.exit &= ~MAY(VMX_EXIT_SAVE_TIMER);
	CU_ASSERT_PTR_NULL_FATAL(vmx_choose(&m, &s));
	CU_ASSERT_FALSE(s.timer || s.pin & VMX_PIN_TIMER);
}

/* Taking any one bit away makes the choice smaller or refused, never wrong. */
TEST(no_control_is_ever_set_that_the_cpu_does_not_have)
{
	for (unsigned int reg = 0; reg < 5; reg++)
		for (unsigned int bit = 32; bit < 64; bit++) {
			struct vmx_msrs m = skylake();
			uint64_t *regs[] = {&m.pin, &m.proc, &m.proc2, &m.exit, &m.entry};
			struct vmx_setup s;

			*regs[reg] &= ~BIT(bit);
			*regs[reg] &= ~BIT(bit - 32);
			if (vmx_choose(&m, &s))
				continue;
			CU_ASSERT_EQUAL(s.pin & ~(uint32_t)(m.pin >> 32), 0);
			CU_ASSERT_EQUAL(s.proc & ~(uint32_t)(m.proc >> 32), 0);
			CU_ASSERT_EQUAL(s.proc2 & ~(uint32_t)(m.proc2 >> 32), 0);
			CU_ASSERT_EQUAL(s.exit & ~(uint32_t)(m.exit >> 32), 0);
			CU_ASSERT_EQUAL(s.entry & ~(uint32_t)(m.entry >> 32), 0);
		}
}
