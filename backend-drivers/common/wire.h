/* wire.h - what the launcher and a device's process say to each other
 *
 * One message is one packet on a SOCK_SEQPACKET pair: the launcher's are orders, the process' are answers. The launcher
 * alone talks to the store; what a device's process can make it write there is no more than these structures say, so a
 * process that a guest has taken over can only lie about its own device.
 */
#ifndef BACKEND_WIRE_H
#define BACKEND_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#define WIRE_FD 3 /* the descriptor that a device's process finds open */

#define WIRE_MAX_QUEUES	    4
#define WIRE_MAX_RING_PAGES 16

enum wire_order {
	WIRE_SETUP = 1,	 /* struct wire_setup, with its files: get what you need, then give up your rights */
	WIRE_CONNECT,	 /* struct wire_connect: serve this ring */
	WIRE_DISCONNECT, /* let go of the ring */
	WIRE_MEASURE,	 /* the disk may have another size now */
};

enum wire_answer {
	WIRE_READY = 1,	   /* to WIRE_SETUP and WIRE_MEASURE: struct wire_ready */
	WIRE_CONNECTED,	   /* to WIRE_CONNECT */
	WIRE_DISCONNECTED, /* to WIRE_DISCONNECT */
	WIRE_FAILED,	   /* to any order: text */
	WIRE_BROKEN,	   /* unasked: the front end broke the protocol and is not served any more: text */
};

struct wire_setup {
	uint32_t domid, devid;
	uint32_t uid; /* who to be afterwards */
	/* disks */
	bool readonly, cdrom, discard;
	bool takeover; /* of a disk that a process had that has just died */
	char target[1024];
	/* interfaces */
	bool offload;
	char vifname[16], bridge[16];
	uint64_t rate_bytes; /* in each interval; 0: no limit */
	uint32_t rate_interval_us;
};

/* One ring of a disk, or the two of an interface's queue. */
struct wire_queue {
	uint32_t nr_pages;
	uint32_t ref[WIRE_MAX_RING_PAGES]; /* interfaces: [0] transmit, [1] receive */
	uint32_t port, rx_port;		   /* the same one twice if they are not split */
};

struct wire_connect {
	bool resume; /* this ring was served before, by a process that has died since */
	uint32_t nr_queues;
	struct wire_queue queue[WIRE_MAX_QUEUES];
	/* disks */
	bool persistent;
	/* interfaces: what the front end can take */
	bool sg, gso_tcpv4, gso_tcpv6, no_csum, ipv6_csum;
};

struct wire_ready {
	/* disks */
	uint64_t sectors; /* of 512 bytes */
	uint32_t sector_size, physical_sector_size;
	bool flush, discard, readonly;
	uint32_t discard_granularity;
};

struct wire_message {
	uint32_t what; /* enum wire_order or wire_answer */
	union {
		struct wire_setup setup;
		struct wire_connect connect;
		struct wire_ready ready;
		char text[256];
	};
};

/* 0, or a negative errno with plinth_error(); -ECONNRESET: the other side is gone. */
int wire_send(int fd, const struct wire_message *message);
int wire_receive(int fd, struct wire_message *message);
/* What outlives a device's process, beside its orders; -1: none. Who receives them gets descriptors of its own. */
struct wire_files {
	int journal;
	int tap; /* interfaces */
};

int wire_send_files(int fd, const struct wire_message *message, struct wire_files files);
int wire_receive_files(int fd, struct wire_message *message, struct wire_files *files);
/* WIRE_FAILED or WIRE_BROKEN, with plinth_error() as its text. */
int wire_send_error(int fd, enum wire_answer what);
int wire_send_plain(int fd, uint32_t what);

#endif
