/* hvm_modes.h - which control registers and EFER a guest under hardware virtualization may set [pure]
 *
 * By lists of what may be, not of what may not: a feature that CPUID does not offer cannot be switched on either.
 * What each function refuses is a #GP to the guest. AMD APM vol. 2, chapter 3 and 14; Intel SDM vol. 3, chapter 2.5.
 */
#ifndef CORE_HVM_MODES_H
#define CORE_HVM_MODES_H

#include "lib/types.h"

#define HVM_CR0_PE 0x00000001ULL
#define HVM_CR0_WP 0x00010000ULL
#define HVM_CR0_ET 0x00000010ULL
#define HVM_CR0_NW 0x20000000ULL
#define HVM_CR0_CD 0x40000000ULL
#define HVM_CR0_PG 0x80000000ULL

#define HVM_CR4_PSE 0x00000010ULL
#define HVM_CR4_PAE 0x00000020ULL

#define HVM_EFER_SCE 0x001ULL
#define HVM_EFER_LME 0x100ULL
#define HVM_EFER_LMA 0x400ULL
#define HVM_EFER_NX  0x800ULL

struct hvm_modes {
	uint64_t cr0, cr4, efer; /* as the guest believes */
};

/* What its CPUID offers. */
struct hvm_features {
	uint64_t cr4_allowed; /* bits */
	bool nx, long_mode;
};

/* A write to CR0; cs_is_long: the code segment it comes from is one of 64 bits, which would not survive. LMA follows
 * in *m. */
bool hvm_write_cr0(struct hvm_modes *m, const struct hvm_features *f, uint64_t value, bool cs_is_long);
bool hvm_write_cr4(struct hvm_modes *m, const struct hvm_features *f, uint64_t value);
bool hvm_write_efer(struct hvm_modes *m, const struct hvm_features *f, uint64_t value);

/* All at once, as a tool or a vcpu of the guest gives them to another: are they such as a CPU could be in? */
bool hvm_modes_valid(const struct hvm_modes *m, const struct hvm_features *f);

/* CR4's bits for what CPUID leaf 1 (ecx, edx) and leaf 7 (ebx, ecx), as the guest sees them, offer. */
uint64_t hvm_cr4_offered(uint32_t leaf1c, uint32_t leaf1d, uint32_t leaf7b, uint32_t leaf7c);

#endif
