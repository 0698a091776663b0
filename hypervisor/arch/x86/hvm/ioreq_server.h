/* ioreq_server.h - what ioreq.c and ioreq_server.c share */
#ifndef ARCH_X86_HVM_IOREQ_SERVER_H
#define ARCH_X86_HVM_IOREQ_SERVER_H

#include "arch/x86/hvm/ioreq.h"
#include "lib/rangeset.h"

#define IOREQ_KINDS  3 /* XEN_DMOP_IO_RANGE_* */
#define IOREQ_RANGES 128

/* All under the domain's ioreq_lock. */
struct hvm_ioreq_server {
	uint16_t id;
	bool enabled;
	struct shared_iopage *slots; /* pages of ours that are shared with the domain */
	struct buffered_iopage *buffered;
	uint32_t buffered_port;
	uint32_t port[MAX_VCPUS];
	struct rangeset ranges[IOREQ_KINDS];
	struct range storage[IOREQ_KINDS][IOREQ_RANGES];
};

struct hvm_ioreq_server *ioreq_server(struct hvm_domain *h, uint16_t id);
/* The first that is enabled and handles all of the access; NULL: none. */
struct hvm_ioreq_server *ioreq_server_for(struct hvm_domain *h, const struct hvm_access *a);

#endif
