/* domctl_hvm.c - domctl: the state of an HVM domain's vcpus, and what its tables may take
 *
 * The state is a stream of records (xen/hvm/save.h): HEADER, a CPU for each vcpu, END. Other records are of devices
 * that are not there, or of what we do not keep: those are refused, but for MTRRs, which do nothing for memory
 * without devices.
 */
#include <xen/hvm/save.h>

#include "arch/x86/cpuid.h"
#include "arch/x86/hvm/hvm.h"
#include "arch/x86/switch.h"
#include "call/domctl.h"
#include "kern/memory.h"
#include "kern/mm.h"
#include "lib/string.h"

#define STREAM_MAX (64u << 10) /* bytes */

/* ---- set ------------------------------------------------------------------------------------------------------- */

static long set_cpu(struct domain *d, unsigned instance, const void *record, uint32_t length)
{
	struct vcpu *v = domctl_vcpu(d, instance);
	struct hvm_hw_cpu c;
	long rc;

	if (!v || length != sizeof(c))
		return -EINVAL;
	memcpy(&c, record, sizeof(c));
	vcpu_unload(v);
	rc = hvm_set_cpu(v, &c);
	if (rc)
		return rc;
	v->loaded_cpu = MAX_CPUS;
	v->initialised = true;
	__atomic_fetch_and(&v->pause_flags, ~(uint32_t)VCPU_DOWN, __ATOMIC_SEQ_CST);
	return 0;
}

static long set_record(struct domain *d, const struct hvm_save_descriptor *desc, const uint8_t *record)
{
	struct hvm_save_header header;

	switch (desc->typecode) {
	case HVM_SAVE_CODE(HEADER):
		if (desc->length != sizeof(header))
			return -EINVAL;
		memcpy(&header, record, sizeof(header));
		return header.magic == HVM_FILE_MAGIC && header.version == HVM_FILE_VERSION ? 0 : -EINVAL;
	case HVM_SAVE_CODE(CPU):
		return set_cpu(d, desc->instance, record, desc->length);
	case HVM_SAVE_CODE(MTRR):
		return desc->length == HVM_SAVE_LENGTH(MTRR) ? 0 : -EINVAL;
	default:
		return -EOPNOTSUPP;
	}
}

static long set_stream(struct domain *d, const uint8_t *at, size_t size)
{
	struct hvm_save_descriptor desc;
	bool first = true;
	long rc = 0;

	while (!rc) {
		if (size < sizeof(desc))
			return -ENODATA;
		memcpy(&desc, at, sizeof(desc));
		at += sizeof(desc);
		size -= sizeof(desc);
		if (first != (desc.typecode == HVM_SAVE_CODE(HEADER)))
			return -EINVAL;
		first = false;
		if (desc.typecode == HVM_SAVE_CODE(END))
			return 0;
		if (desc.length > size)
			return -ENODATA;
		rc = set_record(d, &desc, at);
		at += desc.length;
		size -= desc.length;
	}
	return rc;
}

static long sethvmcontext(struct domain *d, struct xen_domctl *op)
{
	uint32_t size = op->u.hvmcontext.size;
	uint8_t *stream;
	long rc;

	if (!domain_is_hvm(d) || size > STREAM_MAX)
		return -EINVAL;
	stream = heap_alloc(size);
	if (!stream)
		return -ENOMEM;
	rc = guest_read(stream, op->u.hvmcontext.buffer, size);
	if (!rc) {
		domain_pause(d);
		rc = set_stream(d, stream, size);
		domain_unpause(d);
	}
	heap_free(stream, size);
	return rc;
}

/* ---- get ------------------------------------------------------------------------------------------------------- */

static void *put_record(uint8_t **at, uint16_t type, uint16_t instance, uint32_t length)
{
	struct hvm_save_descriptor desc = {type, instance, length};
	void *record = *at + sizeof(desc);

	memcpy(*at, &desc, sizeof(desc));
	*at += sizeof(desc) + length;
	return record;
}

static size_t stream_size(struct domain *d)
{
	size_t size = 2 * sizeof(struct hvm_save_descriptor) + HVM_SAVE_LENGTH(HEADER);
	struct vcpu *v;

	for_each_vcpu (d, v)
		size += sizeof(struct hvm_save_descriptor) + HVM_SAVE_LENGTH(CPU);
	return size;
}

static void fill_stream(struct domain *d, uint8_t *at)
{
	struct hvm_save_header header = {.magic = HVM_FILE_MAGIC,
					 .version = HVM_FILE_VERSION,
					 .cpuid = cpuid(1).a,
					 .gtsc_khz = (uint32_t)(tsc_hz / 1000)};
	struct hvm_hw_cpu c;
	struct vcpu *v;

	memcpy(put_record(&at, HVM_SAVE_CODE(HEADER), 0, sizeof(header)), &header, sizeof(header));
	for_each_vcpu (d, v) {
		vcpu_unload(v); /* an idle CPU may still have it */
		hvm_get_cpu(v, &c);
		memcpy(put_record(&at, HVM_SAVE_CODE(CPU), (uint16_t)v->id, sizeof(c)), &c, sizeof(c));
	}
	put_record(&at, HVM_SAVE_CODE(END), 0, 0);
}

static long gethvmcontext(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_hvmcontext *c = &op->u.hvmcontext;
	uint32_t room = c->size;
	uint8_t *stream;
	long rc;

	if (!domain_is_hvm(d))
		return -EINVAL;
	c->size = (uint32_t)stream_size(d);
	if (!c->buffer)
		return 0;
	if (room < c->size)
		return -ENOSPC;
	stream = heap_alloc(c->size);
	if (!stream)
		return -ENOMEM;
	domain_pause(d);
	fill_stream(d, stream);
	domain_unpause(d);
	rc = guest_write(c->buffer, stream, c->size);
	heap_free(stream, c->size);
	return rc;
}

/* ---- memory for its tables ------------------------------------------------------------------------------------- */

static long set_pool_bytes(struct domain *d, uint64_t bytes)
{
	if (!domain_is_hvm(d) || bytes & ~PAGE_MASK || bytes >> PAGE_SHIFT > UINT32_MAX)
		return -EINVAL;
	return hvm_set_pool(d, (uint32_t)(bytes >> PAGE_SHIFT));
}

static long set_paging_mempool_size(struct domain *d, struct xen_domctl *op)
{
	return set_pool_bytes(d, op->u.paging_mempool.size);
}

static long get_paging_mempool_size(struct domain *d, struct xen_domctl *op)
{
	uint32_t used;

	if (!domain_is_hvm(d))
		return -EINVAL;
	op->u.paging_mempool.size = (uint64_t)hvm_pool(d, &used) << PAGE_SHIFT;
	return 0;
}

/* The older way to say the same, in MiB. Logging what a guest dirties is not there. */
static long shadow_op(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_shadow_op *s = &op->u.shadow_op;
	uint32_t used;

	if (!domain_is_hvm(d))
		return -EINVAL;
	switch (s->op) {
	case XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION:
		return set_pool_bytes(d, MIB(s->mb));
	case XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION:
		s->mb = (uint32_t)DIV_ROUND_UP(hvm_pool(d, &used), 256);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

const struct domctl_handler domctl_hvm[] = {
	{XEN_DOMCTL_sethvmcontext, DOMCTL_NOT_SELF, sethvmcontext},
	{XEN_DOMCTL_gethvmcontext, DOMCTL_NOT_SELF | DOMCTL_COPYBACK, gethvmcontext},
	{XEN_DOMCTL_set_paging_mempool_size, DOMCTL_NOT_SELF, set_paging_mempool_size},
	{XEN_DOMCTL_get_paging_mempool_size, DOMCTL_COPYBACK, get_paging_mempool_size},
	{XEN_DOMCTL_shadow_op, DOMCTL_NOT_SELF | DOMCTL_COPYBACK, shadow_op},
	{0, 0, NULL},
};
