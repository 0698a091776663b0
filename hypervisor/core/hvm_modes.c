/* hvm_modes.c - which control registers and EFER a guest under hardware virtualization may set */
#include "core/hvm_modes.h"

/* PE MP EM TS ET NE WP AM NW CD PG */
#define CR0_VALID 0xe005003fULL

#define EFER_VALID (HVM_EFER_SCE | HVM_EFER_LME | HVM_EFER_LMA | HVM_EFER_NX)

static bool cr0_combination(uint64_t cr0)
{
	if ((cr0 & HVM_CR0_PG) && !(cr0 & HVM_CR0_PE))
		return false;
	return !(cr0 & HVM_CR0_NW) || (cr0 & HVM_CR0_CD);
}

bool hvm_write_cr0(struct hvm_modes *m, const struct hvm_features *f, uint64_t value, bool cs_is_long)
{
	bool paging = value & HVM_CR0_PG, was_paging = m->cr0 & HVM_CR0_PG;

	(void)f;
	/* The upper half is reserved; of the lower half unknown bits are ignored. */
	if (value >> 32 || !cr0_combination(value))
		return false;
	value = (value & CR0_VALID) | HVM_CR0_ET;
	if (paging && !was_paging && (m->efer & HVM_EFER_LME)) {
		if (!(m->cr4 & HVM_CR4_PAE) || cs_is_long)
			return false;
		m->efer |= HVM_EFER_LMA;
	} else if (!paging && was_paging) {
		if (cs_is_long)
			return false;
		m->efer &= ~HVM_EFER_LMA;
	}
	m->cr0 = value;
	return true;
}

bool hvm_write_cr4(struct hvm_modes *m, const struct hvm_features *f, uint64_t value)
{
	if (value & ~f->cr4_allowed)
		return false;
	if ((m->efer & HVM_EFER_LMA) && !(value & HVM_CR4_PAE))
		return false;
	m->cr4 = value;
	return true;
}

static bool efer_offered(const struct hvm_features *f, uint64_t value)
{
	if (value & ~EFER_VALID)
		return false;
	if ((value & HVM_EFER_NX) && !f->nx)
		return false;
	return !(value & HVM_EFER_LME) || f->long_mode;
}

/* LMA is not to be written: it stays what it is. */
bool hvm_write_efer(struct hvm_modes *m, const struct hvm_features *f, uint64_t value)
{
	if (!efer_offered(f, value))
		return false;
	if ((m->cr0 & HVM_CR0_PG) && ((value ^ m->efer) & HVM_EFER_LME))
		return false;
	m->efer = (value & ~HVM_EFER_LMA) | (m->efer & HVM_EFER_LMA);
	return true;
}

bool hvm_modes_valid(const struct hvm_modes *m, const struct hvm_features *f)
{
	bool paging = m->cr0 & HVM_CR0_PG;

	if (m->cr0 & ~CR0_VALID || !cr0_combination(m->cr0) || m->cr4 & ~f->cr4_allowed || !efer_offered(f, m->efer))
		return false;
	if (paging && (m->efer & HVM_EFER_LME) && !(m->cr4 & HVM_CR4_PAE))
		return false;
	return !(m->efer & HVM_EFER_LMA) == !(paging && (m->efer & HVM_EFER_LME));
}

uint64_t hvm_cr4_offered(uint32_t leaf1c, uint32_t leaf1d, uint32_t leaf7b, uint32_t leaf7c)
{
	/* CR4's bit, and the CPUID feature that offers it: word 0-3, bit. */
	static const struct {
		uint8_t cr4, word, bit;
	} offers[] = {
		{0, 1, 1},   {1, 1, 1},	  /* VME, PVI: VME */
		{2, 1, 4},		  /* TSD: TSC */
		{3, 1, 2},		  /* DE */
		{4, 1, 3},		  /* PSE */
		{5, 1, 6},		  /* PAE */
		{6, 1, 7},		  /* MCE */
		{7, 1, 13},		  /* PGE */
		{9, 1, 24},  {10, 1, 25}, /* OSFXSR, OSXMMEXCPT: FXSR, SSE */
		{11, 3, 2},		  /* UMIP */
		{16, 2, 0},		  /* FSGSBASE */
		{17, 0, 17},		  /* PCIDE */
		{18, 0, 26},		  /* OSXSAVE */
		{20, 2, 7},		  /* SMEP */
		{21, 2, 20},		  /* SMAP */
		{22, 3, 3},		  /* PKE */
	};
	const uint32_t word[] = {leaf1c, leaf1d, leaf7b, leaf7c};
	uint64_t allowed = BIT(8); /* PCE: RDPMC is a #GP all the same */

	for (unsigned i = 0; i < ARRAY_SIZE(offers); i++)
		if (word[offers[i].word] >> offers[i].bit & 1)
			allowed |= BIT(offers[i].cr4);
	return allowed;
}
