/* test_hvm_start.c - the stream of records that a PVH domain's first vcpu is set from */
#include "dom0-tools/build/hvm_start.h"
#include "unit.h"

static struct hvm_start start;

/* Walks the stream as its reader does; the record of that type, or NULL. *left: bytes behind END.
 */
static const void *record(unsigned int typecode, size_t *left)
{
	const uint8_t *p = (const uint8_t *)&start, *end = p + sizeof(start);
	const void *found = NULL;
	struct hvm_save_descriptor d;

	do {
		CU_ASSERT_TRUE_FATAL((size_t)(end - p) >= sizeof(d));
		memcpy(&d, p, sizeof(d));
		p += sizeof(d);
		CU_ASSERT_TRUE_FATAL((size_t)(end - p) >= d.length);
		if (d.typecode == typecode && d.instance == 0)
			found = p;
		p += d.length;
	} while (d.typecode != HVM_SAVE_CODE(END));
	*left = end - p;
	return found;
}

TEST(the_stream_has_header_cpu_and_end)
{
	const struct hvm_save_header *header;
	size_t left;

	memset(&start, 0xaa, sizeof(start));
	hvm_start_fill(&start, 0x1000160, 0x2c01000);
	header = record(HVM_SAVE_CODE(HEADER), &left);
	CU_ASSERT_PTR_NOT_NULL_FATAL(header);
	CU_ASSERT_EQUAL(left, 0);
	CU_ASSERT_EQUAL(header->magic, HVM_FILE_MAGIC);
	CU_ASSERT_EQUAL(header->version, HVM_FILE_VERSION);
	CU_ASSERT_PTR_NOT_NULL(record(HVM_SAVE_CODE(CPU), &left));
}

TEST(the_vcpu_is_in_flat_protected_mode)
{
	const struct hvm_hw_cpu *c;
	size_t left;

	memset(&start, 0xaa, sizeof(start));
	hvm_start_fill(&start, 0x1000160, 0x2c01000);
	c = record(HVM_SAVE_CODE(CPU), &left);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->rip, 0x1000160);
	CU_ASSERT_EQUAL(c->rbx, 0x2c01000);
	CU_ASSERT_EQUAL(c->cr0 & 1, 1);	  /* protected */
	CU_ASSERT_EQUAL(c->cr0 >> 31, 0); /* without paging */
	CU_ASSERT_EQUAL(c->cr4, 0);
	CU_ASSERT_EQUAL(c->msr_efer, 0);
	CU_ASSERT_EQUAL(c->rflags, 2);
	CU_ASSERT_EQUAL(c->cs_base, 0);
	CU_ASSERT_EQUAL(c->cs_limit, 0xffffffff);
	CU_ASSERT_EQUAL(c->cs_arbytes & 0xf9a, 0xc9a & 0xf9a);
	CU_ASSERT_EQUAL(c->cs_arbytes >> 9 & 3, 2); /* 32 bits, not 64 */
	CU_ASSERT_EQUAL(c->ds_arbytes, c->ss_arbytes);
	CU_ASSERT_EQUAL(c->ds_arbytes >> 10 & 1, 1);
	CU_ASSERT_EQUAL(c->flags, 0); /* the FPU as after reset */
}
