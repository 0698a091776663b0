/* hvm/save.h - the stream of gethvmcontext and sethvmcontext: descriptors, each with its record */
#ifndef ABI_HVM_SAVE_H
#define ABI_HVM_SAVE_H

#include <stdint.h>

/* Before each record; the stream begins with a HEADER record and ends with an END one. */
struct hvm_save_descriptor {
	uint16_t typecode; /* HVM_SAVE_CODE_* */
	uint16_t instance; /* vcpu or device number */
	uint32_t length;   /* bytes of the record */
};

#include <xen/arch-x86/hvm/save.h>

#endif
