/* hvm_start.c - the registers that a PVH domain starts with, as sethvmcontext takes them */
#include <string.h>

#include "hvm_start.h"

#define CR0_PE	   (1u << 0)
#define CR0_ET	   (1u << 4)
#define FLAT_CODE  0xc9b /* 32-bit, 4 KiB granularity, present, readable, accessed */
#define FLAT_DATA  0xc93
#define BUSY_TSS   0x08b
#define ABSENT_LDT 0x002
#define TSS_LIMIT  0x67
#define RFLAGS	   0x2 /* the bit that is always set */
#define DR6	   0xffff0ff0
#define DR7	   0x400

static void fill_cpu(struct hvm_hw_cpu *c, uint32_t entry, uint32_t start_info)
{
	c->rip = entry;
	c->rbx = start_info;
	c->rflags = RFLAGS;
	c->cr0 = CR0_PE | CR0_ET;
	c->dr6 = DR6;
	c->dr7 = DR7;
	c->cs_arbytes = FLAT_CODE;
	c->ds_arbytes = c->es_arbytes = c->fs_arbytes = c->gs_arbytes = c->ss_arbytes = FLAT_DATA;
	c->cs_limit = c->ds_limit = c->es_limit = c->fs_limit = c->gs_limit = c->ss_limit = ~0u;
	c->tr_arbytes = BUSY_TSS;
	c->tr_limit = TSS_LIMIT;
	c->ldtr_arbytes = ABSENT_LDT;
}

void hvm_start_fill(struct hvm_start *s, uint32_t entry, uint32_t start_info)
{
	memset(s, 0, sizeof(*s));
	s->header_is = (struct hvm_save_descriptor){HVM_SAVE_CODE(HEADER), 0, sizeof(s->header)};
	s->header.magic = HVM_FILE_MAGIC;
	s->header.version = HVM_FILE_VERSION;
	s->cpu_is = (struct hvm_save_descriptor){HVM_SAVE_CODE(CPU), 0, sizeof(s->cpu)};
	fill_cpu(&s->cpu, entry, start_info);
	s->end_is = (struct hvm_save_descriptor){HVM_SAVE_CODE(END), 0, 0};
}
