/* descriptors.c - a guest's GDT and LDT hold code and data of ring 3, and nothing else
 *
 * Mechanism: pages given to set_gdt, or found below set_ldt's address, become segment-descriptor pages, which are checked, counted
 * and never writable; update_descriptor changes single entries.
 * Promise: a gate, TSS or LDT descriptor is refused in either way; DPL is raised to 3; a page of descriptors cannot be mapped
 * writable or become a page table, nor the other way round; selectors beyond the tables fault.
 * Probe: every type of system descriptor, by both ways.
 */
#include "runtime/guest.h"

const char test_title[] = "GDT and LDT";

#define CODE64	   0x00affa000000ffffUL
#define DATA	   0x00cff2000000ffffUL
#define PRESENT	   (1UL << 47)
#define TYPE(type) ((uint64_t)(type) << 40)

static table_t gdt, ldt, page;

static long set_gdt(uint64_t mfn, unsigned entries)
{
	uint64_t frames[16];

	for (unsigned i = 0; i < 16; i++)
		frames[i] = mfn;
	return CALL2(set_gdt, frames, entries);
}

static void types(void)
{
	for (unsigned type = 0; type < 16; type++) {
		EXPECT(CALL2(update_descriptor, machine_of(&gdt[9]), PRESENT | TYPE(type) | 0xffff), -XEN_EINVAL);
		EXPECT(CALL2(update_descriptor, machine_of(&gdt[9]), TYPE(type) | 0xffff),
		       0); /* not present: nothing */
		gdt[9] = PRESENT | TYPE(type);
		EXPECT(make_readonly(gdt), 0);
		REFUSED(set_gdt(mfn_of(gdt), 512));
		EXPECT(make_writable(gdt), 0);
	}
	gdt[9] = 0;
}

static void loaded(void)
{
	struct outcome o;
	uint16_t ds;

	gdt[1] = DATA & ~(3UL << 45);		  /* DPL 0 */
	EXPECT(set_gdt(mfn_of(gdt), 512) < 0, 1); /* it is writable */
	EXPECT(make_readonly(gdt), 0);
	EXPECT(set_gdt(mfn_of(gdt), 512), 0);
	CHECK((gdt[1] >> 45 & 3) == 3, "the descriptor's DPL is %lu", gdt[1] >> 45 & 3);
	REFUSED(make_writable(gdt));
	REFUSED(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(gdt)));
	REFUSED(mmu_write(machine_of(&gdt[2]), DATA));
	o = TRY("mov %w0, %%ds; mov %%ds, %w0; mov %w1, %%ds" ::"r"(8 | 3), "r"(0));
	CHECK(o.vector == TRAP_NONE, "loading an own selector: trap %d", o.vector);
	o = TRY("mov %w0, %%ds" ::"r"(16 | 3));
	CHECK(o.vector == TRAP_GP, "loading an empty selector: trap %d", o.vector);
	EXPECT(CALL2(update_descriptor, machine_of(&gdt[2]), DATA), 0);
	o = TRY("mov %w0, %%ds" ::"r"(16 | 3));
	CHECK(o.vector == TRAP_NONE, "loading an updated selector: trap %d", o.vector);
	__asm__("mov %%ds, %w0" : "=r"(ds));
	CHECK(ds == 19, "ds is %#x", ds);
	__asm__("mov %w0, %%ds" ::"r"(0));
	EXPECT(set_gdt(0, 0), 0);
	o = TRY("mov %w0, %%ds" ::"r"(8 | 3));
	CHECK(o.vector == TRAP_GP && o.at.error_code == 8, "loading from a GDT that is gone: trap %d, error code %#lx",
	      o.vector, o.at.error_code);
	EXPECT(make_writable(gdt), 0);
}

static void bounds(void)
{
	EXPECT(make_readonly(gdt), 0);
	REFUSED(set_gdt(mfn_of(gdt), 512 * FIRST_RESERVED_GDT_PAGE + 1));
	REFUSED(set_gdt(mfn_of(gdt), ~0u));
	REFUSED(CALL2(set_gdt, machine_of(gdt), ~0UL));
	REFUSED(set_gdt(0x7fffffffff, 512));
	REFUSED(set_gdt(mfn_of(entry_of(gdt, 1)), 512));
	EXPECT(CALL2(set_gdt, 0xffff830000000000, 512), -XEN_EFAULT);
	EXPECT(make_writable(gdt), 0);
	REFUSED(CALL2(update_descriptor, machine_of(&gdt[1]) + 4, DATA));
	REFUSED(CALL2(update_descriptor, 0x7fffffffff000, DATA));
	REFUSED(CALL2(update_descriptor, machine_of(entry_of(gdt, 1)), DATA));
}

static long set_ldt(const void *address, unsigned entries)
{
	struct mmuext_op op = {.cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (uint64_t)address, .arg2.nr_ents = entries};

	return CALL4(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

static void ldts(void)
{
	struct outcome o;

	ldt[0] = DATA;
	EXPECT(make_readonly(ldt), 0);
	EXPECT(set_ldt(ldt, 512), 0);
	o = TRY("mov %w0, %%ds; mov %w1, %%ds" ::"r"(4 | 3), "r"(0));
	CHECK(o.vector == TRAP_NONE, "loading from the LDT: trap %d", o.vector);
	o = TRY("mov %w0, %%ds" ::"r"(4096 | 4 | 3));
	CHECK(o.vector == TRAP_GP, "loading beyond the LDT: trap %d", o.vector);
	REFUSED(make_writable(ldt));
	EXPECT(set_ldt(NULL, 0), 0);
	EXPECT(make_writable(ldt), 0);
	o = TRY("mov %w0, %%ds" ::"r"(4 | 3));
	CHECK(o.vector == TRAP_GP, "loading from an LDT that is gone: trap %d", o.vector);
	ldt[0] = PRESENT | TYPE(0xc); /* a call gate */
	EXPECT(make_readonly(ldt), 0);
	(void)set_ldt(ldt, 512);
	o = TRY("mov %w0, %%ds" ::"r"(4 | 3));
	CHECK(o.vector != TRAP_NONE, "a call gate was loaded");
	(void)set_ldt(NULL, 0);
	REFUSED(set_ldt(ldt, 8193));
	REFUSED(set_ldt((char *)ldt + 8, 512));
	REFUSED(set_ldt((void *)0xffff830000000000, 512));
	REFUSED(set_ldt((void *)0x800000000000, 512));
	(void)set_ldt(page + 512 * 4096, 8192);
	(void)set_ldt((void *)0xfffffffffffff000, 8192); /* its end wraps */
	(void)set_ldt((void *)0x7ffffffff000, 8192);
	EXPECT(set_ldt(NULL, 0), 0);
	EXPECT(make_writable(ldt), 0);
}

void test_main(void)
{
	types();
	loaded();
	bounds();
	ldts();
}
