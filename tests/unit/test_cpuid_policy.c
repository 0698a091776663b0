/* test_cpuid_policy.c - what a PV guest is told about the CPU, whatever CPU there is */
#include "core/cpuid_policy.h"
#include "unit.h"

static const struct cpuid_guest dom0 = {.hardware_domain = true,
					.fsgsbase = true,
					.xcr0_allowed = 7,
					.tsc_native = true,
					.tsc_reliable = true,
					.tsc_khz = 2500000,
					.address_bits = 40};
static const struct cpuid_guest domu = {.vcpu_id = 3, .tsc_native = true, .tsc_khz = 2500000, .address_bits = 40};

/* Asks a CPU that has everything. */
static struct cpuid_leaf ask(uint32_t leaf, uint32_t sub, const struct cpuid_guest *g)
{
	struct cpuid_leaf r = {~0u, ~0u, ~0u, ~0u};

	cpuid_policy_pv(leaf, sub, g, &r);
	return r;
}

static bool has(uint32_t word, unsigned bit)
{
	return word >> bit & 1;
}

TEST(what_belongs_to_ring_0_is_hidden)
{
	static const unsigned hidden_1d[] = {1, 3, 7, 12, 13, 14, 17, 21, 28, 29, 31};
	static const unsigned hidden_1c[] = {2, 3, 5, 6, 7, 8, 15, 17, 21, 24};
	static const unsigned hidden_7b[] = {1, 2, 4, 7, 10, 11, 14, 20, 25};

	for (size_t i = 0; i < sizeof(hidden_1d) / sizeof(hidden_1d[0]); i++)
		CU_ASSERT_FALSE(has(ask(1, 0, &dom0).d, hidden_1d[i]));
	for (size_t i = 0; i < sizeof(hidden_1c) / sizeof(hidden_1c[0]); i++)
		CU_ASSERT_FALSE(has(ask(1, 0, &dom0).c, hidden_1c[i]));
	for (size_t i = 0; i < sizeof(hidden_7b) / sizeof(hidden_7b[0]); i++)
		CU_ASSERT_FALSE(has(ask(7, 0, &dom0).b, hidden_7b[i]));
	CU_ASSERT_FALSE(has(ask(0x80000001, 0, &dom0).d, 26)); /* 1 GiB pages */
	CU_ASSERT_FALSE(has(ask(0x80000001, 0, &dom0).d, 27)); /* RDTSCP */
	CU_ASSERT_FALSE(has(ask(0x80000001, 0, &dom0).c, 2));  /* SVM */
}

TEST(what_64_bit_linux_cannot_do_without_stays)
{
	struct cpuid_leaf f = ask(1, 0, &domu), e = ask(0x80000001, 0, &domu);
	static const unsigned needed[] = {0, 5, 6, 8, 15, 24, 25, 26};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		CU_ASSERT_TRUE(has(f.d, needed[i]));
	CU_ASSERT_TRUE(has(e.d, 29) && has(e.d, 20) && has(e.d, 11));
	CU_ASSERT_TRUE(has(f.c, 31)); /* there is a hypervisor */
}

TEST(nothing_is_offered_that_the_cpu_lacks)
{
	for (uint32_t leaf = 0; leaf < 0x20; leaf++) {
		struct cpuid_leaf r = {0};

		cpuid_policy_pv(leaf, 0, &(struct cpuid_guest){0}, &r);
		CU_ASSERT_EQUAL(r.a, 0);
		CU_ASSERT_EQUAL(r.b, leaf == 1 ? 0x10000 : 0);
		CU_ASSERT_EQUAL(r.c, leaf == 1 ? 0x80000000 : 0);
		CU_ASSERT_EQUAL(r.d, 0);
	}
}

TEST(the_apic_bit_is_for_dom0)
{
	CU_ASSERT_TRUE(has(ask(1, 0, &dom0).d, 9));
	CU_ASSERT_FALSE(has(ask(1, 0, &domu).d, 9));
}

TEST(osxsave_follows_the_guests_cr4)
{
	struct cpuid_guest g = dom0;

	CU_ASSERT_FALSE(has(ask(1, 0, &g).c, 27));
	g.osxsave = true;
	CU_ASSERT_TRUE(has(ask(1, 0, &g).c, 27));
	g.xcr0_allowed = 0;
	CU_ASSERT_FALSE(has(ask(1, 0, &g).c, 27));
}

TEST(without_xsave_nothing_that_needs_it)
{
	struct cpuid_leaf f = ask(1, 0, &domu);

	CU_ASSERT_FALSE(has(f.c, 26) || has(f.c, 28) || has(f.c, 12) || has(f.c, 29));
	CU_ASSERT_FALSE(has(ask(7, 0, &domu).b, 5));
	CU_ASSERT_EQUAL(ask(0xd, 0, &domu).a, 0);
	CU_ASSERT_EQUAL(ask(7, 1, &domu).a, 0);
}

TEST(avx_without_avx512)
{
	CU_ASSERT_TRUE(has(ask(1, 0, &dom0).c, 28));
	CU_ASSERT_TRUE(has(ask(7, 0, &dom0).b, 5));
	CU_ASSERT_EQUAL(ask(7, 0, &dom0).b & 0xdc230000, 0);
	CU_ASSERT_EQUAL(ask(0xd, 0, &dom0).a, 7);
	CU_ASSERT_NOT_EQUAL(ask(0xd, 2, &dom0).a, 0);
	CU_ASSERT_EQUAL(ask(0xd, 5, &dom0).a, 0);
	CU_ASSERT_EQUAL(ask(0xd, 1, &dom0).a, 7);
}

TEST(topology_is_one_thread_in_one_core_with_a_number_of_its_own)
{
	struct cpuid_leaf f = ask(1, 0, &domu);

	CU_ASSERT_EQUAL(f.b >> 24, 6);
	CU_ASSERT_EQUAL(f.b >> 16 & 0xff, 1);
	CU_ASSERT_EQUAL(ask(4, 0, &domu).a >> 14, 0);
	CU_ASSERT_EQUAL(ask(0xb, 0, &domu).b, 0);
	CU_ASSERT_EQUAL(ask(0xb, 0, &domu).d, 6);
	CU_ASSERT_EQUAL(ask(0x80000008, 0, &domu).c, 0);
}

TEST(leaves_beyond_the_last_are_zero)
{
	static const uint32_t beyond[] = {0x14,	      0x20,	  0x40000006, 0x40000100,
					  0x80000022, 0x8000000a, 0x8fffffff, 0xffffffff};

	CU_ASSERT_EQUAL(ask(0, 0, &dom0).a, 0xd);
	CU_ASSERT_EQUAL(ask(0x80000000, 0, &dom0).a, 0x80000021);
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		struct cpuid_leaf r = ask(beyond[i], 0, &dom0);

		CU_ASSERT_EQUAL(r.a | r.b | r.c | r.d, 0);
	}
}

TEST(the_hypervisors_leaves_carry_the_abis_signature)
{
	struct cpuid_leaf r = ask(0x40000000, 0, &domu);
	char name[13] = {0};

	memcpy(name, &r.b, 4);
	memcpy(name + 4, &r.c, 4);
	memcpy(name + 8, &r.d, 4);
	CU_ASSERT_STRING_EQUAL(name, "XenVMMXenVMM");
	CU_ASSERT_EQUAL(r.a, 0x40000005);
	CU_ASSERT_EQUAL(ask(0x40000001, 0, &domu).a, 0x00040011);
	CU_ASSERT_EQUAL(ask(0x40000002, 0, &domu).a, 1);
	CU_ASSERT_EQUAL(ask(0x40000005, 0, &domu).b, 40);
}

TEST(the_time_leaf_tells_whose_tsc_it_is)
{
	struct cpuid_guest g = domu;

	CU_ASSERT_EQUAL(ask(0x40000003, 0, &g).a, 0);
	CU_ASSERT_EQUAL(ask(0x40000003, 0, &g).b, 2);
	CU_ASSERT_EQUAL(ask(0x40000003, 0, &g).c, 2500000);
	CU_ASSERT_EQUAL(ask(0x40000003, 2, &g).a, 2500000);
	g.tsc_native = false;
	CU_ASSERT_EQUAL(ask(0x40000003, 0, &g).a, 1);
	g.tsc_shift = -3;
	CU_ASSERT_EQUAL((int32_t)ask(0x40000003, 1, &g).d, -3);
	CU_ASSERT_FALSE(has(ask(0x80000007, 0, &g).d, 8));
	CU_ASSERT_TRUE(has(ask(0x80000007, 0, &dom0).d, 8));
}

/* ---- under hardware virtualization ---- */

static struct cpuid_leaf ask_hvm(uint32_t leaf, uint32_t sub, const struct cpuid_guest *g)
{
	struct cpuid_leaf r = {~0u, ~0u, ~0u, ~0u};

	cpuid_policy_hvm(leaf, sub, g, &r);
	return r;
}

TEST(under_hardware_virtualization_a_ring_0_is_offered)
{
	static const unsigned hidden_1d[] = {7, 12, 14, 18, 21, 22, 28, 29, 31};
	static const unsigned hidden_1c[] = {2, 3, 5, 6, 7, 8, 15, 17, 24};
	static const unsigned hidden_7b[] = {1, 2, 4, 10, 11, 12, 14, 15, 22, 25};
	static const unsigned offered_1d[] = {3, 6, 9, 11, 13, 16};
	struct cpuid_leaf f = ask_hvm(1, 0, &domu), e = ask_hvm(0x80000001, 0, &domu);

	for (size_t i = 0; i < sizeof(hidden_1d) / sizeof(hidden_1d[0]); i++)
		CU_ASSERT_FALSE(has(f.d, hidden_1d[i]));
	for (size_t i = 0; i < sizeof(hidden_1c) / sizeof(hidden_1c[0]); i++)
		CU_ASSERT_FALSE(has(f.c, hidden_1c[i]));
	for (size_t i = 0; i < sizeof(hidden_7b) / sizeof(hidden_7b[0]); i++)
		CU_ASSERT_FALSE(has(ask_hvm(7, 0, &domu).b, hidden_7b[i]));
	for (size_t i = 0; i < sizeof(offered_1d) / sizeof(offered_1d[0]); i++)
		CU_ASSERT_TRUE(has(f.d, offered_1d[i]));
	CU_ASSERT_TRUE(has(f.c, 21) && has(f.c, 31));
	CU_ASSERT_EQUAL(f.b >> 24, 6); /* the id of vcpu 3's APIC */
	CU_ASSERT_TRUE(has(e.d, 11) && has(e.d, 20) && has(e.d, 26) && has(e.d, 29));
	CU_ASSERT_FALSE(has(e.d, 27) || has(e.d, 25) || has(e.c, 2));
	CU_ASSERT_EQUAL(ask_hvm(0x8000000a, 0, &domu).d, 0);
}

TEST(x2apic_is_there_even_where_the_cpu_has_none)
{
	struct cpuid_leaf r = {0};

	cpuid_policy_hvm(1, 0, &domu, &r);
	CU_ASSERT_TRUE(has(r.c, 21));
	CU_ASSERT_EQUAL(r.d, 0);
}

TEST(a_guest_learns_which_vcpu_of_which_domain_it_runs_on)
{
	struct cpuid_guest g = domu;

	g.domain_id = 17;
	CU_ASSERT_EQUAL(ask_hvm(CPUID_HYPERVISOR_LEAF + 4, 0, &g).a, 1u << 3 | 1u << 4);
	CU_ASSERT_EQUAL(ask_hvm(CPUID_HYPERVISOR_LEAF + 4, 0, &g).b, 3);
	CU_ASSERT_EQUAL(ask_hvm(CPUID_HYPERVISOR_LEAF + 4, 0, &g).c, 17);
	CU_ASSERT_EQUAL(ask_hvm(CPUID_HYPERVISOR_LEAF + 2, 0, &g).b, CPUID_HYPERVISOR_LEAF);
	CU_ASSERT_EQUAL(ask_hvm(CPUID_HYPERVISOR_LEAF, 0, &g).b, ask(CPUID_HYPERVISOR_LEAF, 0, &g).b);
}
