/* featureset.c - the CPU's feature words in the order that the control ABI numbers them (xen/arch-x86/cpufeatureset.h) */
#include "arch/x86/cpuid.h"
#include "kern/machine.h"
#include "lib/types.h"

/* A leaf the CPU does not have reads as 0. */
static struct cpuid leaf(uint32_t number, uint32_t sub)
{
	uint32_t last = cpuid(number & 0x80000000).a;

	return number <= last ? cpuid_count(number, sub) : (struct cpuid){0, 0, 0, 0};
}

void machine_cpu_features(uint32_t words[], unsigned nr)
{
	const uint32_t all[] = {
		leaf(1, 0).d,	       leaf(1, 0).c, leaf(0x80000001, 0).d, leaf(0x80000001, 0).c,
		leaf(0xd, 1).a,	       leaf(7, 0).b, leaf(7, 0).c,	    leaf(0x80000007, 0).d,
		leaf(0x80000008, 0).b, leaf(7, 0).d, leaf(7, 1).a,
	};

	for (unsigned i = 0; i < nr; i++)
		words[i] = i < ARRAY_SIZE(all) ? all[i] : 0;
}
