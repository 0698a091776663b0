/* hvm/ioreq.h - the pages in which a guest's accesses reach its device model */
#ifndef ABI_HVM_IOREQ_H
#define ABI_HVM_IOREQ_H

#include <stdint.h>

#define IOREQ_READ  1 /* dir */
#define IOREQ_WRITE 0

/* NONE -> READY (hypervisor) -> INPROCESS -> RESP_READY (device model) -> NONE */
#define STATE_IOREQ_NONE      0
#define STATE_IOREQ_READY     1
#define STATE_IOREQ_INPROCESS 2
#define STATE_IORESP_READY    3

#define IOREQ_TYPE_PIO	      0
#define IOREQ_TYPE_COPY	      1 /* memory */
#define IOREQ_TYPE_PCI_CONFIG 2
#define IOREQ_TYPE_TIMEOFFSET 7
#define IOREQ_TYPE_INVALIDATE 8 /* drop cached mappings of the guest */

struct ioreq {
	uint64_t addr;
	uint64_t data;	   /* or, with data_is_ptr, the guest-physical address of it */
	uint32_t count;	   /* repetitions */
	uint32_t size;	   /* bytes each */
	uint32_t vp_eport; /* event channel of this vcpu */
	uint16_t _pad0;
	uint8_t state : 4;
	uint8_t data_is_ptr : 1;
	uint8_t dir : 1;
	uint8_t df : 1; /* addresses go down */
	uint8_t _pad1 : 1;
	uint8_t type; /* IOREQ_TYPE_* */
};
typedef struct ioreq ioreq_t;

/* One for each vcpu, as many as there are. */
struct shared_iopage {
	struct ioreq vcpu_ioreq[1];
};
typedef struct shared_iopage shared_iopage_t;

/* A write that nobody waits for. */
struct buf_ioreq {
	uint8_t type;
	uint8_t pad : 1;
	uint8_t dir : 1;
	uint8_t size : 2; /* 1 << size bytes; 3 takes the next slot for the upper half */
	uint32_t addr : 20;
	uint32_t data;
};
typedef struct buf_ioreq buf_ioreq_t;

#define IOREQ_BUFFER_SLOT_NUM 511 /* fills the page */
struct buffered_iopage {
	uint32_t read_pointer;
	uint32_t write_pointer;
	buf_ioreq_t buf_ioreq[IOREQ_BUFFER_SLOT_NUM];
};
typedef struct buffered_iopage buffered_iopage_t;

#endif
