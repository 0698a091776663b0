/* hvm_start.h - the registers that a PVH domain starts with, as sethvmcontext takes them */
#ifndef BUILD_HVM_START_H
#define BUILD_HVM_START_H

#include <stdint.h>
#include <xen/hvm/save.h>

/* Descriptors and records as they follow each other: header, vcpu 0, end. */
struct hvm_start {
	struct hvm_save_descriptor header_is;
	struct hvm_save_header header;
	struct hvm_save_descriptor cpu_is;
	struct hvm_hw_cpu cpu;
	struct hvm_save_descriptor end_is;
};
_Static_assert(sizeof(struct hvm_start) == 3 * sizeof(struct hvm_save_descriptor) + sizeof(struct hvm_save_header) +
						   sizeof(struct hvm_hw_cpu),
	       "no gaps");

/* 32-bit protected mode without paging, flat segments, interrupts off, start_info in ebx. */
void hvm_start_fill(struct hvm_start *start, uint32_t entry, uint32_t start_info);

#endif
