/* nbd.c - Dom0's nbd devices: what the kernel is to do with them, over netlink */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <linux/nbd-netlink.h>
#include <linux/nbd.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <string.h>
#include <sys/socket.h>

#include "dom0-tools/image/nbd.h"
#include "dom0-tools/lib/plinth.h"

#define BLOCK_BYTES 512
/* How long requests wait for another server. */
#define DEAD_S 120

/* ---- The server's side ---------------------------------------------------------------------------- */

#define GREETING_MAGIC 0x4e42444d41474943ull /* "NBDMAGIC" */
#define OPTION_MAGIC   0x49484156454f5054ull /* "IHAVEOPT" */
#define FIXED_NEWSTYLE 1u
#define NO_ZEROES      2u
#define EXPORT_NAME    1u

struct greeting {
	uint64_t magic, option_magic;
	uint16_t flags;
} __attribute__((packed));

struct answer {
	uint32_t flags;
	uint64_t magic;
	uint32_t option, length;
} __attribute__((packed));

struct description {
	uint64_t bytes;
	uint16_t flags;
} __attribute__((packed));

static int receive(int socket, void *what, size_t size)
{
	ssize_t n = recv(socket, what, size, MSG_WAITALL);

	if (n == (ssize_t)size)
		return 0;
	return n < 0 ? plinth_fail(errno, "the NBD server: %s", strerror(errno))
		     : plinth_fail(EPROTO, "the NBD server has closed the connection");
}

int nbd_greet(int socket, struct nbd_export *export)
{
	struct answer answer = {htobe32(FIXED_NEWSTYLE | NO_ZEROES), htobe64(OPTION_MAGIC), htobe32(EXPORT_NAME), 0};
	struct description description;
	struct greeting greeting;
	int err = receive(socket, &greeting, sizeof(greeting));

	if (err)
		return err;
	if (be64toh(greeting.magic) != GREETING_MAGIC || be64toh(greeting.option_magic) != OPTION_MAGIC ||
	    (be16toh(greeting.flags) & (FIXED_NEWSTYLE | NO_ZEROES)) != (FIXED_NEWSTYLE | NO_ZEROES))
		return plinth_fail(EPROTO, "the NBD server does not greet as one does");
	if (send(socket, &answer, sizeof(answer), MSG_NOSIGNAL) != (ssize_t)sizeof(answer))
		return plinth_fail(errno, "the NBD server: %s", strerror(errno));
	err = receive(socket, &description, sizeof(description));
	if (err)
		return err;
	*export = (struct nbd_export){be64toh(description.bytes), be16toh(description.flags)};
	return 0;
}

/* ---- The kernel's side ---------------------------------------------------------------------------- */

/* The kernel's own errors; of libnl's only that which says that there is no such family. */
static int to_errno(int err)
{
	switch (-err) {
	case NLE_SUCCESS:
		return 0;
	case NLE_BUSY:
		return EBUSY;
	case NLE_INVAL:
		return EINVAL;
	case NLE_NOMEM:
		return ENOMEM;
	case NLE_OBJ_NOTFOUND:
		return ENODEV;
	default:
		return EIO;
	}
}

struct request {
	struct nl_sock *sock;
	struct nl_msg *msg;
};

static int begin(struct request *r, unsigned int number, uint8_t command)
{
	int family, err;

	*r = (struct request){nl_socket_alloc(), nlmsg_alloc()};
	if (!r->sock || !r->msg)
		return -NLE_NOMEM;
	err = genl_connect(r->sock);
	if (err)
		return err;
	family = genl_ctrl_resolve(r->sock, NBD_GENL_FAMILY_NAME);
	if (family < 0)
		return family;
	if (!genlmsg_put(r->msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, command, NBD_GENL_VERSION))
		return -NLE_NOMEM;
	return nla_put_u32(r->msg, NBD_ATTR_INDEX, number);
}

static int add_socket(const struct request *r, int socket)
{
	struct nlattr *sockets = nla_nest_start(r->msg, NBD_ATTR_SOCKETS);
	struct nlattr *item = sockets ? nla_nest_start(r->msg, NBD_SOCK_ITEM) : NULL;
	int err = item ? nla_put_u32(r->msg, NBD_SOCK_FD, (uint32_t)socket) : -NLE_NOMEM;

	if (err)
		return err;
	nla_nest_end(r->msg, item);
	nla_nest_end(r->msg, sockets);
	return 0;
}

/* Sends what was put together, unless that went wrong, and waits for the kernel's word. */
static int finish(struct request *r, unsigned int number, const char *what, int err)
{
	if (!err) {
		err = nl_send_sync(r->sock, r->msg); /* which frees the message */
		r->msg = NULL;
	}
	if (r->msg)
		nlmsg_free(r->msg);
	if (r->sock)
		nl_socket_free(r->sock);
	return err ? plinth_fail(to_errno(err), "/dev/nbd%u cannot be %s: %s", number, what, nl_geterror(err)) : 0;
}

int nbd_connect(unsigned int number, int socket, const struct nbd_export *export)
{
	struct request r;
	int err = begin(&r, number, NBD_CMD_CONNECT);

	if (!err)
		err = nla_put_u64(r.msg, NBD_ATTR_SIZE_BYTES, export->bytes / BLOCK_BYTES * BLOCK_BYTES);
	if (!err)
		err = nla_put_u64(r.msg, NBD_ATTR_BLOCK_SIZE_BYTES, BLOCK_BYTES);
	if (!err)
		err = nla_put_u64(r.msg, NBD_ATTR_SERVER_FLAGS, export->flags);
	if (!err)
		err = nla_put_u64(r.msg, NBD_ATTR_TIMEOUT, NBD_REQUEST_S);
	if (!err)
		err = nla_put_u64(r.msg, NBD_ATTR_DEAD_CONN_TIMEOUT, DEAD_S);
	if (!err)
		err = add_socket(&r, socket);
	return finish(&r, number, "connected", err);
}

int nbd_reconnect(unsigned int number, int socket)
{
	struct request r;
	int err = begin(&r, number, NBD_CMD_RECONFIGURE);

	if (!err)
		err = add_socket(&r, socket);
	return finish(&r, number, "connected anew", err);
}

int nbd_disconnect(unsigned int number)
{
	struct request r;
	int err = begin(&r, number, NBD_CMD_DISCONNECT);

	return finish(&r, number, "disconnected", err);
}
