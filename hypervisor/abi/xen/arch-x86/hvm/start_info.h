/* arch-x86/hvm/start_info.h - what a PVH kernel finds at the physical address in ebx */
#ifndef ABI_ARCH_X86_HVM_START_INFO_H
#define ABI_ARCH_X86_HVM_START_INFO_H

#include <stdint.h>

#define XEN_HVM_START_MAGIC_VALUE 0x336ec578

/* All addresses are physical; 0: there is none. */
struct hvm_start_info {
	uint32_t magic;
	uint32_t version; /* 1; 0 ends before memmap_paddr */
	uint32_t flags;	  /* SIF_* */
	uint32_t nr_modules;
	uint64_t modlist_paddr; /* hvm_modlist_entry[nr_modules] */
	uint64_t cmdline_paddr; /* ends with a zero byte */
	uint64_t rsdp_paddr;	/* ACPI */
	uint64_t memmap_paddr;	/* hvm_memmap_table_entry[memmap_entries] */
	uint32_t memmap_entries;
	uint32_t reserved; /* 0 */
};

struct hvm_modlist_entry {
	uint64_t paddr;
	uint64_t size; /* bytes */
	uint64_t cmdline_paddr;
	uint64_t reserved; /* 0 */
};

struct hvm_memmap_table_entry {
	uint64_t addr;
	uint64_t size;	   /* bytes */
	uint32_t type;	   /* XEN_HVM_MEMMAP_TYPE_*, the numbers of E820 */
	uint32_t reserved; /* 0 */
};
#define XEN_HVM_MEMMAP_TYPE_RAM	     1
#define XEN_HVM_MEMMAP_TYPE_RESERVED 2
#define XEN_HVM_MEMMAP_TYPE_ACPI     3
#define XEN_HVM_MEMMAP_TYPE_NVS	     4
#define XEN_HVM_MEMMAP_TYPE_UNUSABLE 5
#define XEN_HVM_MEMMAP_TYPE_DISABLED 6
#define XEN_HVM_MEMMAP_TYPE_PMEM     7

#endif
