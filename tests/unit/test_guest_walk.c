/* test_guest_walk.c - page tables of all formats that a guest keeps for itself, good and bad */
#include "core/guest_walk.h"
#include "core/hvm_modes.h"
#include "core/pte.h"
#include "lib/errno.h"
#include "unit.h"

#define FRAMES 8
#define PG     0x80000001ULL
#define WP     0x10000ULL

static uint64_t memory[FRAMES][512] __attribute__((aligned(4096)));
static uint64_t physical;
static uint32_t error;

static void *frame(void *context, uint64_t gfn)
{
	(void)context;
	return gfn < FRAMES ? memory[gfn] : NULL;
}

static struct guest_tables t;

static int walk(uint64_t linear, unsigned access)
{
	physical = ~0ULL;
	return guest_walk(&t, linear, access, &physical, &error);
}

static void start(uint64_t cr4, uint64_t efer)
{
	memset(memory, 0, sizeof(memory));
	t = (struct guest_tables){.cr0 = PG | WP, .cr3 = 0x1000, .cr4 = cr4, .efer = efer, .frame = frame};
}

/* Four levels in frames 1 to 4: linear 0xffff888000201234 is frame 0x77. */
#define LINEAR 0xffff888000201234ULL

static void start_long(void)
{
	start(HVM_CR4_PAE, HVM_EFER_LME | HVM_EFER_LMA | HVM_EFER_NX);
	memory[1][pte_index(LINEAR, 4)] = 0x2000 | PTE_P | PTE_RW | PTE_US;
	memory[2][pte_index(LINEAR, 3)] = 0x3000 | PTE_P | PTE_RW | PTE_US;
	memory[3][pte_index(LINEAR, 2)] = 0x4000 | PTE_P | PTE_RW | PTE_US;
	memory[4][pte_index(LINEAR, 1)] = 0x77000 | PTE_P | PTE_RW;
}

TEST(without_paging_an_address_is_what_it_is)
{
	start(0, 0);
	t.cr0 = 1;
	CU_ASSERT_EQUAL(walk(0x1ffff1234, WALK_WRITE), 0);
	CU_ASSERT_EQUAL(physical, 0xffff1234);
}

TEST(four_levels_and_their_bits)
{
	start_long();
	CU_ASSERT_EQUAL(walk(LINEAR, 0), 0);
	CU_ASSERT_EQUAL(physical, 0x77234);
	CU_ASSERT_EQUAL(memory[4][pte_index(LINEAR, 1)] & (PTE_A | PTE_D), PTE_A);
	CU_ASSERT_EQUAL(memory[1][pte_index(LINEAR, 4)] & (PTE_A | PTE_D), PTE_A);
	CU_ASSERT_EQUAL(walk(LINEAR, WALK_WRITE), 0);
	CU_ASSERT_TRUE(memory[4][pte_index(LINEAR, 1)] & PTE_D);
	CU_ASSERT_EQUAL(walk(LINEAR, WALK_USER), -EFAULT);
	CU_ASSERT_EQUAL(error, 1 | WALK_USER);
	CU_ASSERT_EQUAL(walk(1ULL << 47, 0), -EFAULT);
	CU_ASSERT_EQUAL(walk(LINEAR + 0x1000, WALK_WRITE), -EFAULT);
	CU_ASSERT_EQUAL(error, WALK_WRITE);
}

TEST(rights_are_those_of_all_levels)
{
	start_long();
	memory[2][pte_index(LINEAR, 3)] &= ~PTE_RW;
	CU_ASSERT_EQUAL(walk(LINEAR, WALK_WRITE), -EFAULT);
	CU_ASSERT_EQUAL(error, 1 | WALK_WRITE);
	CU_ASSERT_FALSE(memory[4][pte_index(LINEAR, 1)] & (PTE_A | PTE_D));
	t.cr0 &= ~WP;
	CU_ASSERT_EQUAL(walk(LINEAR, WALK_WRITE), 0);
	memory[3][pte_index(LINEAR, 2)] |= PTE_NX;
	CU_ASSERT_EQUAL(walk(LINEAR, WALK_FETCH), -EFAULT);
	CU_ASSERT_EQUAL(error, 1 | WALK_FETCH);
	CU_ASSERT_EQUAL(walk(LINEAR, 0), 0);
	t.efer &= ~HVM_EFER_NX; /* then the bit is a reserved one */
	CU_ASSERT_EQUAL(walk(LINEAR, 0), -EFAULT);
	CU_ASSERT_EQUAL(error, 9);
}

TEST(large_pages)
{
	start_long();
	memory[3][pte_index(LINEAR, 2)] = 0xa00000 | PTE_P | PTE_PS;
	CU_ASSERT_EQUAL(walk(LINEAR, 0), 0);
	CU_ASSERT_EQUAL(physical, 0xa01234);
	memory[2][pte_index(LINEAR, 3)] = 0x80000000 | PTE_P | PTE_PS;
	CU_ASSERT_EQUAL(walk(LINEAR, 0), 0);
	CU_ASSERT_EQUAL(physical, 0x80201234);
}

TEST(tables_that_are_nowhere_fault)
{
	start_long();
	memory[3][pte_index(LINEAR, 2)] = 0xfffff000 | PTE_P | PTE_RW;
	CU_ASSERT_EQUAL(walk(LINEAR, 0), -EFAULT);
	t.cr3 = 0xffffffffff000;
	CU_ASSERT_EQUAL(walk(LINEAR, 0), -EFAULT);
}

TEST(two_levels_with_and_without_large_pages)
{
	uint32_t *top, *table;

	start(HVM_CR4_PSE, 0);
	top = (uint32_t *)memory[1];
	table = (uint32_t *)memory[2];
	top[0xc0100000 >> 22] = 0x2000 | PTE_P | PTE_RW;
	table[0xc0105678 >> 12 & 1023] = 0x55000 | PTE_P;
	CU_ASSERT_EQUAL(walk(0xc0105678, 0), 0);
	CU_ASSERT_EQUAL(physical, 0x55678);
	CU_ASSERT_EQUAL(walk(0xc0105678, WALK_WRITE), -EFAULT);
	top[1] = 0x00c00000 | 0x2000 | PTE_P | PTE_PS; /* bits 13 on: the address above 4 GiB */
	CU_ASSERT_EQUAL(walk(0x00412345, 0), 0);
	CU_ASSERT_EQUAL(physical, 0x100c12345);
	t.cr4 = 0; /* PS means nothing then */
	top[1] = 0x2000 | PTE_P | PTE_PS;
	table[0x12] = 0x66000 | PTE_P;
	CU_ASSERT_EQUAL(walk(0x00412345, 0), 0);
	CU_ASSERT_EQUAL(physical, 0x66345);
}

TEST(three_levels)
{
	start(HVM_CR4_PAE, 0);
	t.cr3 = 0x1020; /* a table of four, aligned to 32 bytes */
	memory[1][4 + 3] = 0x2000 | PTE_P;
	memory[2][0x10] = 0x3000 | PTE_P | PTE_RW;
	memory[3][0x5] = 0x99000 | PTE_P | PTE_RW;
	CU_ASSERT_EQUAL(walk(0xc2005123, WALK_WRITE), 0);
	CU_ASSERT_EQUAL(physical, 0x99123);
	CU_ASSERT_EQUAL(memory[1][7], 0x2000 | PTE_P); /* its entries have no accessed bit, and no rights */
	CU_ASSERT_EQUAL(walk(0x02005123, 0), -EFAULT);
}
