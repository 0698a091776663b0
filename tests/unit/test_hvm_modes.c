/* test_hvm_modes.c - control registers and EFER: every way from mode to mode, and what is no mode */
#include "core/hvm_modes.h"
#include "unit.h"

#define PE 1ULL
#define PG 0x80000000ULL
#define NW 0x20000000ULL
#define CD 0x40000000ULL
#define ET 0x10ULL

static const struct hvm_features all = {.cr4_allowed = 0x3507ff, .nx = true, .long_mode = true};

TEST(a_guest_gets_into_long_mode_and_out_again)
{
	struct hvm_modes m = {.cr0 = ET};

	CU_ASSERT_TRUE(hvm_write_cr0(&m, &all, PE | ET, false));
	CU_ASSERT_TRUE(hvm_write_cr4(&m, &all, HVM_CR4_PAE));
	CU_ASSERT_TRUE(hvm_write_efer(&m, &all, HVM_EFER_LME | HVM_EFER_NX));
	CU_ASSERT_EQUAL(m.efer, HVM_EFER_LME | HVM_EFER_NX);
	CU_ASSERT_TRUE(hvm_write_cr0(&m, &all, PG | PE, false));
	CU_ASSERT_EQUAL(m.efer, HVM_EFER_LME | HVM_EFER_NX | HVM_EFER_LMA);
	CU_ASSERT_EQUAL(m.cr0, PG | PE | ET);
	CU_ASSERT_TRUE(hvm_modes_valid(&m, &all));
	CU_ASSERT_FALSE(hvm_write_cr4(&m, &all, 0));
	CU_ASSERT_FALSE(hvm_write_efer(&m, &all, HVM_EFER_NX));
	CU_ASSERT_FALSE(hvm_write_cr0(&m, &all, PE, true));
	CU_ASSERT_TRUE(hvm_write_cr0(&m, &all, PE, false));
	CU_ASSERT_EQUAL(m.efer, HVM_EFER_LME | HVM_EFER_NX);
	CU_ASSERT_TRUE(hvm_modes_valid(&m, &all));
}

TEST(what_is_no_mode_is_refused_and_changes_nothing)
{
	struct hvm_modes m = {.cr0 = PE | ET, .efer = HVM_EFER_LME}, before = m;

	CU_ASSERT_FALSE(hvm_write_cr0(&m, &all, PG, false));
	CU_ASSERT_FALSE(hvm_write_cr0(&m, &all, PE | NW, false));
	CU_ASSERT_FALSE(hvm_write_cr0(&m, &all, PE | 1ULL << 32, false));
	CU_ASSERT_FALSE(hvm_write_cr0(&m, &all, PE | PG, false)); /* long mode without PAE */
	CU_ASSERT_FALSE(hvm_write_cr4(&m, &all, 1 << 13));
	CU_ASSERT_FALSE(hvm_write_cr4(&m, &all, 1ULL << 40));
	CU_ASSERT_FALSE(hvm_write_efer(&m, &all, 1 << 12));
	CU_ASSERT_FALSE(hvm_write_efer(&m, &all, 2));
	CU_ASSERT_FALSE(hvm_write_efer(&m, &(struct hvm_features){.long_mode = true}, HVM_EFER_NX));
	CU_ASSERT_FALSE(hvm_write_efer(&m, &(struct hvm_features){.nx = true}, HVM_EFER_LME));
	CU_ASSERT_EQUAL(memcmp(&m, &before, sizeof(m)), 0);
	CU_ASSERT_TRUE(hvm_write_cr0(&m, &all, PE | CD | NW, false));
}

TEST(bits_that_the_cpu_ignores_are_dropped)
{
	struct hvm_modes m = {.cr0 = ET};

	CU_ASSERT_TRUE(hvm_write_cr0(&m, &all, PE | 0x40 | 0x100000, false));
	CU_ASSERT_EQUAL(m.cr0, PE | ET);
	/* LMA cannot be written. */
	CU_ASSERT_TRUE(hvm_write_efer(&m, &all, HVM_EFER_LMA));
	CU_ASSERT_EQUAL(m.efer, 0);
}

/* Whatever is written, one after the other, the result is a mode. */
TEST(there_is_no_way_into_a_state_that_is_none)
{
	static const uint64_t cr0[] = {0, PE, PG, PE | PG, PE | PG | CD | NW, NW, ~0ULL};
	static const uint64_t cr4[] = {0, HVM_CR4_PAE, HVM_CR4_PSE, ~0ULL};
	static const uint64_t efer[] = {0, HVM_EFER_LME, HVM_EFER_LME | HVM_EFER_LMA, HVM_EFER_NX, ~0ULL};
	uint32_t state = 1;
	struct hvm_modes m = {.cr0 = ET};

	for (unsigned i = 0; i < 100000; i++) {
		state = state * 1664525 + 1013904223;
		unsigned pick = state >> 16;

		if (pick % 3 == 0)
			hvm_write_cr0(&m, &all, cr0[pick / 3 % 7], pick & 0x1000);
		else if (pick % 3 == 1)
			hvm_write_cr4(&m, &all, cr4[pick / 3 % 4]);
		else
			hvm_write_efer(&m, &all, efer[pick / 3 % 5]);
		CU_ASSERT_TRUE(hvm_modes_valid(&m, &all));
	}
}

TEST(cr4_follows_what_cpuid_offers)
{
	CU_ASSERT_EQUAL(hvm_cr4_offered(0, 0, 0, 0), 1 << 8);
	CU_ASSERT_EQUAL(hvm_cr4_offered(0, 1 << 6, 0, 0), 1 << 8 | HVM_CR4_PAE);
	CU_ASSERT_EQUAL(hvm_cr4_offered(1 << 26, 0, 1 << 7 | 1 << 20, 0), 1 << 8 | 1 << 18 | 1 << 20 | 1 << 21);
	CU_ASSERT_EQUAL(hvm_cr4_offered(1 << 5, 0, 0, 0), 1 << 8); /* VMX, whatever CPUID says */
}
