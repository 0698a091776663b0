/* svm.h - what the files of AMD-V share */
#ifndef ARCH_X86_HVM_SVM_SVM_H
#define ARCH_X86_HVM_SVM_SVM_H

#include "arch/x86/hvm/hvm.h"
#include "arch/x86/hvm/svm/vmcb.h"

struct svm_vcpu {
	struct vmcb *vmcb;
	paddr_t address;       /* its physical one */
	uint32_t asid_cpu;     /* the CPU that its ASID is of */
	uint64_t asid_flushes; /* that CPU's `flushes` when the ASID was given: later ones make it void */
	bool asked;	       /* it was entered with a virtual interrupt asked for */
};

struct svm_features {
	uint32_t asids; /* ASIDs from 1 to asids - 1 are guests' */
	bool next_rip;	/* exits tell where the next instruction is */
};
extern struct svm_features svm_features; /* [I] */

static inline struct vmcb *vmcb_of(const struct vcpu *v)
{
	return v->hvm->svm->vmcb;
}

/* Physical addresses of the bitmaps that all guests share: every port exits; all but a few MSRs do. svm/bitmaps.c */
int svm_make_bitmaps(void); /* -ENOMEM */
extern paddr_t svm_io_bitmap, svm_msr_bitmap;

/* run.S calls these: before the guest is entered (the control block's address), and after it has exited. */
paddr_t svm_before_entry(struct vcpu *v);
void svm_after_exit(struct vcpu *v);

#endif
