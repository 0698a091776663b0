/* io/xs_wire.h - the xenstore protocol, on sockets and in the shared page */
#ifndef ABI_IO_XS_WIRE_H
#define ABI_IO_XS_WIRE_H

#include <stdint.h>

/*
 * Payloads are texts that end with a zero byte, unless a "length" is all there is. <domid>, <n> and
 * the like are decimal. A reply has the request's type, or XS_ERROR and an error's name.
 */
enum xsd_sockmsg_type {
	XS_CONTROL = 0,		  /* command, parameters -> answer */
	XS_DIRECTORY = 1,	  /* path -> names */
	XS_READ = 2,		  /* path -> value (no zero byte) */
	XS_GET_PERMS = 3,	  /* path -> permissions */
	XS_WATCH = 4,		  /* path, token */
	XS_UNWATCH = 5,		  /* path, token */
	XS_TRANSACTION_START = 6, /* -> transaction id */
	XS_TRANSACTION_END = 7,	  /* "T" or "F"; EAGAIN: start over */
	XS_INTRODUCE = 8,	  /* domid, gfn, port */
	XS_RELEASE = 9,		  /* domid */
	XS_GET_DOMAIN_PATH = 10,  /* domid -> path */
	XS_WRITE = 11,		  /* path, value (no zero byte) */
	XS_MKDIR = 12,		  /* path */
	XS_RM = 13,		  /* path */
	XS_SET_PERMS = 14,	  /* path, permissions */
	XS_WATCH_EVENT = 15,	  /* from the store, unasked: path, token */
	XS_ERROR = 16,
	XS_IS_DOMAIN_INTRODUCED = 17, /* domid -> "T" or "F" */
	XS_RESUME = 18,		      /* domid */
	XS_SET_TARGET = 19,	      /* domid, domid it may act for */
	XS_RESET_WATCHES = 21,
	XS_DIRECTORY_PART = 22, /* path, offset -> generation, names */
	XS_TYPE_COUNT = 23,
	XS_INVALID = 0xffff,
};
#define XS_DEBUG XS_CONTROL

#define XS_WRITE_NONE	     "NONE"
#define XS_WRITE_CREATE	     "CREATE"
#define XS_WRITE_CREATE_EXCL "CREATE|EXCL"

/* Before each payload, in both directions. */
struct xsd_sockmsg {
	uint32_t type;
	uint32_t req_id; /* the client's, returned */
	uint32_t tx_id;	 /* transaction; 0: none */
	uint32_t len;	 /* of the payload, bytes */
};

/* The two texts of a watch event, in order. */
enum xs_watch_type {
	XS_WATCH_PATH = 0,
	XS_WATCH_TOKEN = 1,
};

#define XENSTORE_RING_SIZE     1024
#define MASK_XENSTORE_IDX(idx) ((idx) & (XENSTORE_RING_SIZE - 1))
typedef uint32_t XENSTORE_RING_IDX;

/* The page between a guest and the store: requests to it, replies and events from it. */
struct xenstore_domain_interface {
	char req[XENSTORE_RING_SIZE];
	char rsp[XENSTORE_RING_SIZE];
	XENSTORE_RING_IDX req_cons, req_prod;
	XENSTORE_RING_IDX rsp_cons, rsp_prod;
	uint32_t server_features; /* XENSTORE_SERVER_FEATURE_* */
	uint32_t connection;	  /* XENSTORE_CONNECTED, _RECONNECT */
	uint32_t error;		  /* XENSTORE_ERROR_*, set by the store before it gives up */
};

#define XENSTORE_PAYLOAD_MAX  4096 /* bytes; longer ones break the connection */
#define XENSTORE_ABS_PATH_MAX 3072
#define XENSTORE_REL_PATH_MAX 2048

#define XENSTORE_SERVER_FEATURE_RECONNECTION 1
#define XENSTORE_SERVER_FEATURE_ERROR	     2

#define XENSTORE_CONNECTED 0
#define XENSTORE_RECONNECT 1 /* the guest asks the store to empty the rings */

#define XENSTORE_ERROR_NONE    0
#define XENSTORE_ERROR_COMM    1
#define XENSTORE_ERROR_RINGIDX 2
#define XENSTORE_ERROR_PROTO   3

#endif
