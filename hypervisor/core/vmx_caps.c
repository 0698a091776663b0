/* vmx_caps.c - which of VT-x's controls a CPU has, and how they are set [pure] */
#include "core/vmx_caps.h"

/* VMX_EPT_VPID_CAP */
#define EPT_4_LEVELS   BIT(6)
#define EPT_WRITE_BACK BIT(14)
#define EPT_2M	       BIT(16)
#define INVEPT	       BIT(20)
#define INVEPT_ONE     BIT(25)
#define INVEPT_ALL     BIT(26)
#define INVVPID	       BIT(32)
#define INVVPID_ONE    BIT(41)
#define INVVPID_ALL    BIT(42)

/* What is wanted of one register's controls, and under what name a missing one is told. */
struct wish {
	uint32_t bit;
	const char *name;
};

static const struct wish pin_wishes[] = {
	{VMX_PIN_INTERRUPT, "exits by interrupts"},
	{VMX_PIN_NMI, "exits by NMIs"},
	{VMX_PIN_VIRTUAL_NMI, "virtual NMIs"},
	{0, NULL},
};

static const struct wish proc_wishes[] = {
	{VMX_PROC_SECONDARY, "EPT"},
	{VMX_PROC_TSC_OFFSET, "an offset of the time stamp counter"},
	{VMX_PROC_HLT, "exits by HLT"},
	{VMX_PROC_MWAIT, "exits by MWAIT"},
	{VMX_PROC_MONITOR, "exits by MONITOR"},
	{VMX_PROC_RDPMC, "exits by RDPMC"},
	{VMX_PROC_CR8_LOAD | VMX_PROC_CR8_STORE, "exits by CR8"},
	{VMX_PROC_IO, "exits by ports"},
	{VMX_PROC_MSR_BITMAP, "a bitmap of MSRs"},
	{0, NULL},
};

static const struct wish proc2_wishes[] = {
	{VMX_PROC2_EPT, "EPT"},
	{VMX_PROC2_UNRESTRICTED, "unrestricted guests"},
	{VMX_PROC2_WBINVD, "exits by WBINVD"},
	{0, NULL},
};

static const struct wish exit_wishes[] = {
	{VMX_EXIT_HOST_64, "long mode"},
	{VMX_EXIT_SAVE_DEBUG, "DR7 in the VMCS"},
	{VMX_EXIT_LOAD_PAT, "PAT in the VMCS"},
	{VMX_EXIT_LOAD_EFER, "EFER in the VMCS"},
	{0, NULL},
};

static const struct wish entry_wishes[] = {
	{VMX_ENTRY_GUEST_64, "long mode"},
	{VMX_ENTRY_LOAD_DEBUG, "DR7 in the VMCS"},
	{VMX_ENTRY_LOAD_PAT, "PAT in the VMCS"},
	{VMX_ENTRY_LOAD_EFER, "EFER in the VMCS"},
	{0, NULL},
};

/* Sets all that is wished, of the optional bits those there are, and what must be. NULL; or the
 * first wish not granted. */
static const char *grant(uint64_t msr, const struct wish *wishes, uint32_t optional, uint32_t *controls)
{
	uint32_t must = (uint32_t)msr, may = (uint32_t)(msr >> 32);

	*controls = must | (optional & may);
	for (; wishes->name; wishes++) {
		if (wishes->bit & ~may)
			return wishes->name;
		*controls |= wishes->bit;
	}
	return NULL;
}

static const char *choose_ept(uint64_t caps, struct vmx_setup *s)
{
	if (!(caps & EPT_4_LEVELS) || !(caps & EPT_WRITE_BACK))
		return "EPT of four levels in cached memory";
	if (!(caps & EPT_2M))
		return "EPT pages of 2 MiB";
	if (!(caps & INVEPT) || !(caps & (INVEPT_ONE | INVEPT_ALL)))
		return "INVEPT";
	s->invept_one = caps & INVEPT_ONE;
	s->vpid = (s->proc2 & VMX_PROC2_VPID) && (caps & INVVPID) && (caps & (INVVPID_ONE | INVVPID_ALL));
	s->invvpid_one = caps & INVVPID_ONE;
	if (!s->vpid)
		s->proc2 &= ~(uint32_t)VMX_PROC2_VPID;
	return NULL;
}

static void choose_timer(struct vmx_setup *s)
{
	s->timer = (s->pin & VMX_PIN_TIMER) && (s->exit & VMX_EXIT_SAVE_TIMER);
	if (s->timer)
		return;
	s->pin &= ~(uint32_t)VMX_PIN_TIMER;
	s->exit &= ~(uint32_t)VMX_EXIT_SAVE_TIMER;
}

const char *vmx_choose(const struct vmx_msrs *m, struct vmx_setup *s)
{
	const char *lacks;

	*s = (struct vmx_setup){.revision = m->basic & VMX_BASIC_REVISION};
	if (VMX_BASIC_TYPE(m->basic) != VMX_TYPE_WB)
		return "a VMCS in cached memory";
	if ((lacks = grant(m->pin, pin_wishes, VMX_PIN_TIMER, &s->pin)) ||
	    (lacks = grant(m->proc, proc_wishes, 0, &s->proc)) ||
	    (lacks = grant(m->proc2, proc2_wishes, VMX_PROC2_VPID, &s->proc2)) ||
	    (lacks = grant(m->exit, exit_wishes, VMX_EXIT_SAVE_TIMER, &s->exit)) ||
	    (lacks = grant(m->entry, entry_wishes, 0, &s->entry)))
		return lacks;
	if (!(m->basic & VMX_BASIC_STRINGS))
		return "the address size of INS and OUTS";
	/* The guest has its CR3 and its TLB to itself. */
	if (s->proc & (VMX_PROC_CR3_LOAD | VMX_PROC_CR3_STORE | VMX_PROC_INVLPG))
		return "a way to leave CR3 to guests";
	s->entry &= ~(uint32_t)VMX_ENTRY_GUEST_64;
	choose_timer(s);
	return choose_ept(m->ept_vpid, s);
}
