/* io/netif.h - network devices: slots between netfront and netback */
#ifndef ABI_IO_NETIF_H
#define ABI_IO_NETIF_H

#include <xen/grant_table.h>
#include <xen/io/ring.h>

/*
 * A packet is one slot or more: the first, then extra-info slots (if extra_info is set; each says
 * whether another follows), then the rest (while more_data is set). A back end takes at least so
 * many.
 */
#define XEN_NETIF_NR_SLOTS_MIN 18
#define XEN_NETIF_MAX_TX_SIZE  0xFFFF

/* Transmit: front end to back end. The first slot's size is the packet's, later ones their own. */
struct netif_tx_request {
	grant_ref_t gref;
	uint16_t offset; /* in the granted page */
	uint16_t flags;	 /* NETTXF_* */
	uint16_t id;	 /* returned in the response */
	uint16_t size;	 /* bytes */
};
typedef struct netif_tx_request netif_tx_request_t;
#define NETTXF_csum_blank     (1U << 0) /* the protocol checksum is still to be made */
#define NETTXF_data_validated (1U << 1) /* the checksum need not be looked at */
#define NETTXF_more_data      (1U << 2)
#define NETTXF_extra_info     (1U << 3)

struct netif_tx_response {
	uint16_t id;
	int16_t status; /* NETIF_RSP_* */
};
typedef struct netif_tx_response netif_tx_response_t;

/* Receive: the front end offers pages, the back end fills them. */
struct netif_rx_request {
	uint16_t id;
	uint16_t pad;
	grant_ref_t gref; /* writable */
};
typedef struct netif_rx_request netif_rx_request_t;

struct netif_rx_response {
	uint16_t id;
	uint16_t offset; /* of the data in the page */
	uint16_t flags;	 /* NETRXF_* */
	int16_t status;	 /* bytes in this page, or negative: NETIF_RSP_* */
};
typedef struct netif_rx_response netif_rx_response_t;
#define NETRXF_data_validated (1U << 0)
#define NETRXF_csum_blank     (1U << 1)
#define NETRXF_more_data      (1U << 2)
#define NETRXF_extra_info     (1U << 3)
#define NETRXF_gso_prefix     (1U << 4)

#define NETIF_RSP_DROPPED (-2)
#define NETIF_RSP_ERROR	  (-1)
#define NETIF_RSP_OKAY	  0
#define NETIF_RSP_NULL	  1 /* the answer to an extra-info slot */

/* What stands in a slot after one with extra_info set, on either ring. */
struct netif_extra_info {
	uint8_t type;  /* XEN_NETIF_EXTRA_TYPE_* */
	uint8_t flags; /* XEN_NETIF_EXTRA_FLAG_MORE */
	union {
		struct {
			uint16_t size; /* largest payload of a segment, bytes */
			uint8_t type;  /* XEN_NETIF_GSO_TYPE_* */
			uint8_t pad;
			uint16_t features; /* 0 */
		} gso;
		struct {
			uint8_t addr[6];
		} mcast;
		struct {
			uint8_t type;	   /* a bit number, XEN_NETIF_CTRL_HASH_TYPE_* */
			uint8_t algorithm; /* XEN_NETIF_CTRL_HASH_ALGORITHM_* */
			uint8_t value[4];
		} hash;
		uint16_t pad[3];
	} u;
};
typedef struct netif_extra_info netif_extra_info_t;
#define XEN_NETIF_EXTRA_TYPE_NONE      0
#define XEN_NETIF_EXTRA_TYPE_GSO       1
#define XEN_NETIF_EXTRA_TYPE_MCAST_ADD 2
#define XEN_NETIF_EXTRA_TYPE_MCAST_DEL 3
#define XEN_NETIF_EXTRA_TYPE_HASH      4
#define XEN_NETIF_EXTRA_TYPE_MAX       5
#define XEN_NETIF_EXTRA_FLAG_MORE      (1U << 0)
#define XEN_NETIF_GSO_TYPE_NONE	       0
#define XEN_NETIF_GSO_TYPE_TCPV4       1
#define XEN_NETIF_GSO_TYPE_TCPV6       2

DEFINE_RING_TYPES(netif_tx, struct netif_tx_request, struct netif_tx_response);
DEFINE_RING_TYPES(netif_rx, struct netif_rx_request, struct netif_rx_response);

/* The control ring (feature-ctrl-ring): how received packets are spread over queues. */
struct xen_netif_ctrl_request {
	uint16_t id;
	uint16_t type; /* XEN_NETIF_CTRL_TYPE_* */
	uint32_t data[3];
};
#define XEN_NETIF_CTRL_TYPE_INVALID		  0
#define XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS	  1
#define XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS	  2
#define XEN_NETIF_CTRL_TYPE_SET_HASH_KEY	  3
#define XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE 4
#define XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE 5
#define XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING	  6
#define XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM	  7
#define XEN_NETIF_CTRL_TYPE_GET_GREF_MAPPING_SIZE 8
#define XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING	  9
#define XEN_NETIF_CTRL_TYPE_DEL_GREF_MAPPING	  10

struct xen_netif_ctrl_response {
	uint16_t id;
	uint16_t type;
	uint32_t status; /* XEN_NETIF_CTRL_STATUS_* */
	uint32_t data;
};
#define XEN_NETIF_CTRL_STATUS_SUCCESS		0
#define XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED	1
#define XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER 2
#define XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW	3

#define _XEN_NETIF_CTRL_HASH_TYPE_IPV4	       0
#define XEN_NETIF_CTRL_HASH_TYPE_IPV4	       (1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV4)
#define _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP     1
#define XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP      (1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP)
#define _XEN_NETIF_CTRL_HASH_TYPE_IPV6	       2
#define XEN_NETIF_CTRL_HASH_TYPE_IPV6	       (1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV6)
#define _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP     3
#define XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP      (1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)
#define XEN_NETIF_CTRL_HASH_ALGORITHM_NONE     0
#define XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ 1

/* An entry of the page that ADD_GREF_MAPPING and DEL_GREF_MAPPING point to. */
struct xen_netif_gref {
	grant_ref_t ref;
	uint16_t flags;	 /* XEN_NETIF_CTRLF_GREF_readonly */
	uint16_t status; /* out: XEN_NETIF_CTRL_STATUS_* */
};
#define XEN_NETIF_CTRLF_GREF_readonly (1U << 0)

DEFINE_RING_TYPES(xen_netif_ctrl, struct xen_netif_ctrl_request, struct xen_netif_ctrl_response);

#endif
