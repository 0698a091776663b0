/* partner_hvm.c - a partner under hardware virtualization: its own tables, and its start in ring 0 of 64-bit mode
 *
 * The image is at physical address 0 and on. Tables map it where it is linked, and the first and the last GiB below 4 GiB at
 * their own addresses, by pages of 2 MiB.
 */
#include <xen/hvm/save.h>

#include "partner.h"

struct stream {
	struct hvm_save_descriptor header_is;
	struct hvm_save_header header;
	struct hvm_save_descriptor cpu_is;
	struct hvm_hw_cpu cpu;
	struct hvm_save_descriptor end_is;
} __attribute__((packed));

void partner_hvm_tables(const struct partner *p)
{
	uint64_t *low = partner_show(p, PFN_L2), *table;

	for (uint64_t i = 0; i < 512; i++)
		low[i] = i << 21 | PTE_PLAIN | PTE_LARGE;
	table = partner_show(p, PFN_L1); /* of level 2 here, too */
	for (uint64_t i = 0; i < 512; i++)
		table[i] = 3UL << 30 | i << 21 | PTE_PLAIN | PTE_LARGE;
	table = partner_show(p, PFN_L3);
	memset(table, 0, 4096);
	table[0] = table[GUEST_BASE >> 30 & 511] = partner_entry(p, PFN_L2, PTE_PLAIN);
	table[3] = partner_entry(p, PFN_L1, PTE_PLAIN);
	table = partner_show(p, PFN_L4);
	memset(table, 0, 4096);
	table[0] = table[GUEST_BASE >> 39 & 511] = partner_entry(p, PFN_L3, PTE_PLAIN);
	memset(partner_show(p, PFN_START_INFO), 0, 4096);
}

void hvm_initial_cpu(struct hvm_hw_cpu *c)
{
	*c = (struct hvm_hw_cpu){
		.rip = (uint64_t)hvm_entry,
		.rsi = GUEST_BASE + PFN_START_INFO * 4096UL,
		.rflags = 2,
		.cr0 = HVM_CR0,
		.cr3 = PFN_L4 << 12,
		.cr4 = HVM_CR4,
		.msr_efer = HVM_EFER,
		.cs_sel = HVM_CS,
		.cs_limit = ~0u,
		.cs_arbytes = 0xa9b,
		.ss_sel = HVM_DS,
		.ss_limit = ~0u,
		.ss_arbytes = 0xc93,
		.ds_sel = HVM_DS,
		.ds_limit = ~0u,
		.ds_arbytes = 0xc93,
		.es_sel = HVM_DS,
		.es_limit = ~0u,
		.es_arbytes = 0xc93,
		.tr_limit = 0x67,
		.tr_arbytes = 0x8b,
	};
}

long hvm_set_cpu(const struct partner *p, unsigned vcpu, const struct hvm_hw_cpu *c)
{
	static struct stream s;
	struct xen_domctl op = {.u.hvmcontext = {.size = sizeof(s), .buffer = (uint8_t *)&s}};

	s = (struct stream){
		.header_is = {HVM_SAVE_CODE(HEADER), 0, sizeof(s.header)},
		.header = {.magic = HVM_FILE_MAGIC, .version = HVM_FILE_VERSION},
		.cpu_is = {HVM_SAVE_CODE(CPU), (uint16_t)vcpu, sizeof(s.cpu)},
		.cpu = *c,
		.end_is = {HVM_SAVE_CODE(END), 0, 0},
	};
	return domctl(p->id, XEN_DOMCTL_sethvmcontext, &op);
}

long hvm_get_cpu(const struct partner *p, struct hvm_hw_cpu *c)
{
	static struct stream s;
	struct xen_domctl op = {.u.hvmcontext = {.size = sizeof(s) - 1, .buffer = (uint8_t *)&s}};
	long ret;

	s.cpu_is.typecode = 0;
	EXPECT(domctl(p->id, XEN_DOMCTL_gethvmcontext, &op), -XEN_ENOSPC);
	CHECK(!s.cpu_is.typecode, "what has no room is written");
	op.u.hvmcontext.buffer = NULL;
	EXPECT(domctl(p->id, XEN_DOMCTL_gethvmcontext, &op), 0);
	CHECK(op.u.hvmcontext.size == sizeof(s), "it needs %u bytes, not %zu", op.u.hvmcontext.size, sizeof(s));
	op.u.hvmcontext.buffer = (uint8_t *)&s;
	op.u.hvmcontext.size = sizeof(s);
	ret = domctl(p->id, XEN_DOMCTL_gethvmcontext, &op);
	CHECK(s.header_is.typecode == HVM_SAVE_CODE(HEADER) && s.header_is.length == sizeof(s.header) &&
		      s.header.magic == HVM_FILE_MAGIC && s.header.version == HVM_FILE_VERSION,
	      "its header is of type %u and %u bytes", s.header_is.typecode, s.header_is.length);
	CHECK(s.cpu_is.typecode == HVM_SAVE_CODE(CPU) && s.cpu_is.instance == 0 && s.cpu_is.length == sizeof(s.cpu) &&
		      s.end_is.typecode == HVM_SAVE_CODE(END) && s.end_is.length == 0,
	      "its records are of types %u and %u", s.cpu_is.typecode, s.end_is.typecode);
	*c = s.cpu;
	return ret;
}

void partner_hvm_context(const struct partner *p)
{
	static struct hvm_hw_cpu c;
	long ret;

	hvm_initial_cpu(&c);
	ret = hvm_set_cpu(p, 0, &c);
	NEED(!ret, "sethvmcontext: %ld", ret);
}
