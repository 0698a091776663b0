/* fpu.c - FPU, SSE and AVX registers of vcpus */
#include "arch/x86/fpu.h"
#include "arch/x86/cpu.h"
#include "kern/domain.h"
#include "kern/memory.h"
#include "kern/printk.h"
#include "lib/errno.h"
#include "lib/string.h"

/* What we let guests have: states that are only registers, and that XSAVE alone keeps. */
#define XSTATE_WANTED 0xe7 /* x87, SSE, AVX, and AVX-512's three */
#define XSTATE_AVX512 0xe0

#define XSAVE_FIXED	   576	  /* bytes of FXSAVE and of the header */
#define XSAVE_PART_ALIGNED BIT(1) /* CPUID 0xd, ECX */

#define FCW_INITIAL   0x037f
#define FSW_ERROR     0x0080 /* an exception is pending */
#define MXCSR_INITIAL 0x1f80

uint32_t fpu_size = 512;

static uint64_t fpu_features; /* what XCR0 can be; 0: no XSAVE */
static unsigned area_order;

/* AMD's before Zen load the addresses of the last x87 instruction and of its operand only with an exception pending (APM vol. 2,
 * 11.4.4), and else leave those of the vcpu that ran before. */
static bool keeps_addresses;
#define RESTORES_ADDRESSES BIT(2) /* CPUID 0x80000008, EBX */

void fpu_init(void)
{
	if (cpu_has(CPU_XSAVE)) {
		struct cpuid r = cpuid_count(0xd, 0);

		fpu_features = ((uint64_t)r.d << 32 | r.a) & XSTATE_WANTED;
		fpu_init_this();
		fpu_size = cpuid_count(0xd, 0).b; /* with XCR0 as it is now */
	}
	keeps_addresses = cpu_info.vendor == CPU_VENDOR_AMD &&
			  (cpu_info.max_ext_leaf < 0x80000008 || !(cpuid(0x80000008).b & RESTORES_ADDRESSES));
	while (PAGE_SIZE << area_order < fpu_size)
		area_order++;
	if (area_order > 2)
		panic("This CPU's XSAVE areas have %u bytes: something is wrong with them", fpu_size);
	log_debug("FPU: %s, features %#lx, %u bytes\n",
		  cpu_has(CPU_XSAVEOPT) ? "XSAVEOPT"
		  : cpu_has(CPU_XSAVE)	? "XSAVE"
					: "FXSAVE",
		  fpu_features, fpu_size);
}

void fpu_init_this(void)
{
	control_clear_ts();
	if (fpu_features)
		xcr0_write(fpu_features);
}

void fpu_reset(struct vcpu *v)
{
	memset(v->fpu, 0, fpu_size);
	v->fpu->fcw = FCW_INITIAL;
	v->fpu->mxcsr = MXCSR_INITIAL;
	v->xcr0 = fpu_features ? XSTATE_FP : 0;
}

int fpu_create(struct vcpu *v)
{
	v->fpu = pages_alloc(area_order);
	if (!v->fpu)
		return -ENOMEM;
	fpu_reset(v);
	return 0;
}

void fpu_destroy(struct vcpu *v)
{
	if (v->fpu)
		pages_free(v->fpu, area_order);
	v->fpu = NULL;
}

uint64_t fpu_xcr0_allowed(void)
{
	return fpu_features;
}

/* Of the compact format: the parts that are on, one behind the other. (Bochs 2.7 tells the standard format's size.) */
uint32_t fpu_compact_size(uint64_t xcr0)
{
	uint32_t size = XSAVE_FIXED;

	for (unsigned i = 2; i < 63; i++) {
		if (xcr0 & fpu_features & BIT(i)) {
			struct cpuid part = cpuid_count(0xd, i);

			if (part.c & XSAVE_PART_ALIGNED)
				size = ROUND_UP(size, 64U);
			size += part.a;
		}
	}
	return size;
}

bool fpu_xcr0_valid(uint64_t xcr0)
{
	uint64_t avx512 = xcr0 & XSTATE_AVX512;

	if (!(xcr0 & XSTATE_FP) || (xcr0 & ~fpu_features))
		return false;
	if ((xcr0 & XSTATE_AVX) && !(xcr0 & XSTATE_SSE))
		return false;
	return !avx512 || (avx512 == XSTATE_AVX512 && (xcr0 & XSTATE_AVX));
}

void fpu_set_xcr0(struct vcpu *v, uint64_t xcr0)
{
	v->xcr0 = xcr0;
	xcr0_write(xcr0);
}

/* Registers that the guest has switched off in XCR0 may still hold what is its own: all are saved, and all are loaded, so
 * nothing is left over for the next one. */
void fpu_save(struct vcpu *v)
{
	struct fpu_area *area = v->fpu;

	control_clear_ts();
	if (!fpu_features) {
		__asm__ volatile("fxsave64 %0" : "=m"(*area)::"memory");
		return;
	}
	if (v->xcr0 != fpu_features)
		xcr0_write(fpu_features);
	if (cpu_has(CPU_XSAVEOPT))
		__asm__ volatile("xsaveopt64 %0" : "+m"(*area) : "a"(-1), "d"(-1) : "memory");
	else
		__asm__ volatile("xsave64 %0" : "+m"(*area) : "a"(-1), "d"(-1) : "memory");
	if (v->xcr0 != fpu_features)
		xcr0_write(v->xcr0); /* it may come back without having been away */
}

/* An instruction of ours, which always is the same, becomes the last. It finds no exception and an empty register. */
static void forget_addresses(void)
{
	static const uint32_t zero;

	__asm__ volatile("fnclex; ffree %%st(7); fildl %0" ::"m"(zero));
}

void fpu_load(struct vcpu *v)
{
	struct fpu_area *area = v->fpu;

	control_clear_ts();
	if (keeps_addresses && !(area->fsw & FSW_ERROR))
		forget_addresses();
	if (!fpu_features) {
		__asm__ volatile("fxrstor64 %0" ::"m"(*area) : "memory");
		return;
	}
	if (xcr0_read() != fpu_features)
		xcr0_write(fpu_features);
	__asm__ volatile("xrstor64 %0" ::"m"(*area), "a"(-1), "d"(-1) : "memory");
	if (v->xcr0 != fpu_features)
		xcr0_write(v->xcr0);
}
