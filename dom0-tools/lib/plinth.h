/* plinth.h - libplinth: what a program in Dom0 can ask of the hypervisor and of its services */
#ifndef PLINTH_H
#define PLINTH_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default) /* the library is built with everything else hidden */

/*
 * Conventions
 *
 * A function that can fail returns 0 (or a count, or a number it was asked for) on success and a
 * negative errno on failure; plinth_error() then holds one line for people that names the thing
 * and, where something can be done, what. Nothing is half done after a failure unless the comment
 * says so. Memory that is handed out belongs to the caller, who releases it with free().
 * A handle belongs to one thread at a time; different handles need no locking between them.
 */

/* The last failure of this thread, one line without a newline; never NULL. */
const char *plinth_error(void);

/* Sets that line and returns -err, so that callers can write `return plinth_fail(ENOENT, "…")`. */
int plinth_fail(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "what: " in front of that line and returns err unchanged. */
int plinth_context(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- The hypervisor ------------------------------------------------------------------------ */

struct plinth;

/* -ENOENT: no /dev/xen/privcmd (not Dom0, or a module is missing); -EACCES: not root. */
int plinth_open(struct plinth **h);
void plinth_close(struct plinth *h);

/* One raw hypercall. Pointers among the arguments must be memory from plinth_buffer_alloc(). */
long plinth_hypercall(struct plinth *h, unsigned int op, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
		      uint64_t a5);

/* Memory the hypervisor may use while a call runs: the kernel never moves it. Zeroed. */
void *plinth_buffer_alloc(struct plinth *h, size_t bytes);
void plinth_buffer_free(struct plinth *h, void *buf, size_t bytes);

struct plinth_version {
	unsigned int major, minor;
	char extra[17]; /* begins with ".", as in 4.17.extra */
	char compiler[65], built_by[17], built_on[33], built_at[33];
	char capabilities[1025];
	char changeset[65];
	char command_line[1025];
	unsigned int page_size;
};
int plinth_get_version(struct plinth *h, struct plinth_version *v);

struct plinth_host {
	unsigned int cpus, max_cpu_id, nodes, threads_per_core, cores_per_socket;
	unsigned int cpu_khz;
	uint32_t hw_cap[8];
	uint64_t total_pages, free_pages, scrub_pages, outstanding_pages; /* of 4 KiB */
	bool pv, hvm, hap, iommu;
	const char *hvm_by; /* "VT-x", "AMD-V", or "" where the CPU has neither */
	const char *scheduler;
};
int plinth_get_host(struct plinth *h, struct plinth_host *host);

/* The hypervisor's log, oldest line first; *text is NUL-terminated. clear forgets it afterwards. */
int plinth_read_log(struct plinth *h, bool clear, char **text, size_t *len);

/* ---- Domains ------------------------------------------------------------------------------- */

enum plinth_state {
	PLINTH_RUNNING,
	PLINTH_BLOCKED,
	PLINTH_PAUSED,
	PLINTH_SHUTDOWN,
	PLINTH_CRASHED,
	PLINTH_DYING,
};

struct plinth_domain {
	unsigned int domid;
	uint8_t uuid[16];
	enum plinth_state state;
	unsigned int shutdown_code; /* SHUTDOWN_*, when state is SHUTDOWN or CRASHED */
	bool hvm, paused, shutdown, dying;
	unsigned int vcpus, max_vcpus;
	uint64_t pages, max_pages; /* of 4 KiB */
	uint64_t cpu_time;	   /* nanoseconds, all vcpus together */
	uint64_t shared_info_mfn;
};
const char *plinth_state_name(enum plinth_state state);

/* All domains by rising number; the count, or a negative errno. */
int plinth_list_domains(struct plinth *h, struct plinth_domain **list);
/* -ESRCH: there is no such domain. */
int plinth_get_domain(struct plinth *h, unsigned int domid, struct plinth_domain *dom);

struct plinth_create {
	uint8_t uuid[16];
	unsigned int max_vcpus;
	unsigned int max_event_ports;
	int max_grant_frames, max_maptrack_frames; /* -1: the hypervisor's default */
	bool pvh; /* run by VT-x or AMD-V, with nested paging and nothing emulated but local APICs */
	bool hvm; /* the same with a PC's interrupt controllers and timer; the rest is for a device model */
};
/* A new domain, paused and empty; its number. */
int plinth_domain_create(struct plinth *h, const struct plinth_create *how);
/* Frees all of it; returns when every page is back. */
int plinth_domain_destroy(struct plinth *h, unsigned int domid);
int plinth_domain_pause(struct plinth *h, unsigned int domid);
int plinth_domain_unpause(struct plinth *h, unsigned int domid);
int plinth_domain_set_max_vcpus(struct plinth *h, unsigned int domid, unsigned int vcpus);
int plinth_domain_set_max_mem(struct plinth *h, unsigned int domid, uint64_t kib);
int plinth_domain_set_address_size(struct plinth *h, unsigned int domid, unsigned int bits);
/* cpus: one bit per physical CPU. */
int plinth_domain_set_affinity(struct plinth *h, unsigned int domid, unsigned int vcpu, const uint8_t *cpus,
			       unsigned int nr_cpus);
/* weight 0 and cap ~0u leave that one as it is; cap is in percent of one CPU, 0 for none. */
int plinth_domain_set_schedule(struct plinth *h, unsigned int domid, unsigned int weight, unsigned int cap);
int plinth_domain_get_schedule(struct plinth *h, unsigned int domid, unsigned int *weight, unsigned int *cap);

struct plinth_vcpu {
	bool online, blocked, running;
	unsigned int cpu;  /* where it runs, or ran last */
	uint64_t cpu_time; /* nanoseconds */
};
/* -ESRCH: there is no such vcpu. */
int plinth_vcpu_get(struct plinth *h, unsigned int domid, unsigned int vcpu, struct plinth_vcpu *info);
/* cpus: one bit per physical CPU, nr_cpus of them. */
int plinth_vcpu_get_affinity(struct plinth *h, unsigned int domid, unsigned int vcpu, uint8_t *cpus,
			     unsigned int nr_cpus);
int plinth_vcpu_send_nmi(struct plinth *h, unsigned int domid, unsigned int vcpu);
/* Native rdtsc: the guest reads the machine's own counter. */
int plinth_domain_set_native_tsc(struct plinth *h, unsigned int domid);
struct vcpu_guest_context; /* <xen/xen.h> */
int plinth_domain_set_context(struct plinth *h, unsigned int domid, unsigned int vcpu,
			      const struct vcpu_guest_context *context);

/* Of a domain created with pvh or hvm. index: HVM_PARAM_* of <xen/hvm/params.h>. */
int plinth_hvm_set_param(struct plinth *h, unsigned int domid, unsigned int index, uint64_t value);
/* records: descriptors, each with its record, as in <xen/hvm/save.h>; vcpus in it are up. */
int plinth_domain_set_hvm_context(struct plinth *h, unsigned int domid, const void *records, size_t bytes);

/* ---- Memory of other domains --------------------------------------------------------------- */

/*
 * Gives the domain `count` extents of 2^order pages. frames holds the guest frame numbers where
 * they shall be on entry, and on return the machine frame each begins with. Returns how many were
 * populated, which is less than count when memory or the domain's limit ran out.
 */
long plinth_populate(struct plinth *h, unsigned int domid, unsigned int order, size_t count, uint64_t *frames);
/* Takes pages of its RAM away again; only where the hypervisor translates. */
int plinth_unpopulate(struct plinth *h, unsigned int domid, size_t count, const uint64_t *gfns);

/* Maps foreign frames (machine frame numbers; those of its own memory map if the domain is PVH) one
 * after the other; unmap with munmap(). */
int plinth_map_frames(struct plinth *h, unsigned int domid, const uint64_t *mfns, size_t count, void **addr);
/* The same over pages that are already the caller's, at a page-aligned address. */
int plinth_map_frames_at(struct plinth *h, unsigned int domid, const uint64_t *mfns, size_t count, void *addr);

/* Tells the domain's first four-level table to the hypervisor as such: validated once, here. */
int plinth_pin_l4(struct plinth *h, unsigned int domid, uint64_t mfn);

/* Maps that many frames of the domain's grant table, which grows as needed; undone by munmap(). */
int plinth_map_grant_table(struct plinth *h, unsigned int domid, unsigned int frames, void **addr);

/* What the guest finds when it asks for its memory map; type as E820 has them, 1: RAM. */
struct plinth_memory_range {
	uint64_t start, size; /* bytes */
	uint32_t type;
};
int plinth_set_memory_map(struct plinth *h, unsigned int domid, const struct plinth_memory_range *ranges, size_t count);

/* A port of `domid` that domain `remote` may bind to. */
int plinth_event_alloc(struct plinth *h, unsigned int domid, unsigned int remote);

/* ---- Event channels and grants of this domain ---------------------------------------------- */

/*
 * A file descriptor, readable while an event is pending. To be polled anew before each wait, or by a poll that tells of levels: the
 * device does not wake for an event that comes while others are being read, so one that tells of edges only would miss it.
 */
int plinth_events_open(void);
int plinth_events_bind(int fd, unsigned int domid, unsigned int remote_port); /* local port */
int plinth_events_bind_virq(int fd, unsigned int virq);			      /* local port */
int plinth_events_unbind(int fd, unsigned int port);
int plinth_events_notify(int fd, unsigned int port);
int plinth_events_next(int fd); /* a pending port, now masked; -EAGAIN: none */
int plinth_events_unmask(int fd, unsigned int port);

int plinth_grants_open(void); /* a file descriptor */
int plinth_grants_map(int fd, unsigned int domid, unsigned int ref, void **page);
void plinth_grants_unmap(int fd, void *page);

/* ---- The store ----------------------------------------------------------------------------- */

struct plinth_store;

/* -ECONNREFUSED or -ENOENT: hvstored is not running. */
int plinth_store_open(struct plinth_store **s);
void plinth_store_close(struct plinth_store *s);

/* tx 0 is "no transaction". Values are bytes; a NUL is added behind those that are read. */
int plinth_store_read(struct plinth_store *s, uint32_t tx, const char *path, char **value);
/* read into a buffer of the caller's, cut to its size, NUL-terminated; the value's full length. */
int plinth_store_get(struct plinth_store *s, uint32_t tx, const char *path, char *buf, size_t size);
/* A value to get, and what came of it: the same as of plinth_store_get(). */
struct plinth_value {
	const char *directory, *name;
	char *text;
	size_t size;
	int len; /* the value's full length, or a negative errno; `text` is then as it was */
};
/* Gets many values with one round trip. An error is returned only if the store cannot be asked. */
int plinth_store_get_all(struct plinth_store *s, uint32_t tx, struct plinth_value *values, size_t count);
int plinth_store_write(struct plinth_store *s, uint32_t tx, const char *path, const char *value);
int plinth_store_remove(struct plinth_store *s, uint32_t tx, const char *path);
/* The names below path, in one block to free() once; the count, or a negative errno. */
int plinth_store_list(struct plinth_store *s, uint32_t tx, const char *path, char ***names);
/* perms as the protocol writes them: "n0" "r5": owner and default first, then exceptions. */
int plinth_store_get_perms(struct plinth_store *s, uint32_t tx, const char *path, char ***perms);

struct plinth_node {
	char *path, *value;
	int owner, reader; /* -1: leave the permissions alone; reader -1: nobody but the owner */
};
/* Writes many nodes with one round trip; stops at nothing, returns the first error there was. */
int plinth_store_write_all(struct plinth_store *s, uint32_t tx, const struct plinth_node *nodes, size_t count);

int plinth_store_begin(struct plinth_store *s, uint32_t *tx);
/* -EAGAIN: somebody else changed what was read; begin anew. */
int plinth_store_end(struct plinth_store *s, uint32_t tx, bool commit);

int plinth_store_watch(struct plinth_store *s, const char *path, const char *token);
int plinth_store_unwatch(struct plinth_store *s, const char *path, const char *token);
/* Waits up to timeout_ms (-1: for ever). -ETIMEDOUT: nothing came. *path and *token: one block. */
int plinth_store_event(struct plinth_store *s, int timeout_ms, char **path, char **token);
int plinth_store_fd(struct plinth_store *s);
/* Whether an event is already here: poll() on the descriptor would not show it. */
bool plinth_store_has_event(const struct plinth_store *s);

int plinth_store_introduce(struct plinth_store *s, unsigned int domid, uint64_t mfn, unsigned int port);
int plinth_store_release(struct plinth_store *s, unsigned int domid);

/* ---- Event loop ---------------------------------------------------------------------------- */

struct plinth_loop;
typedef void (*plinth_loop_fn)(void *arg, uint32_t events);

int plinth_loop_new(struct plinth_loop **loop);
void plinth_loop_free(struct plinth_loop *loop);
/* events: EPOLLIN and its like. One callback per descriptor; set changes what it waits for. */
int plinth_loop_add(struct plinth_loop *loop, int fd, uint32_t events, plinth_loop_fn fn, void *arg);
int plinth_loop_set(struct plinth_loop *loop, int fd, uint32_t events);
/* Safe in any callback, also the descriptor's own. The descriptor stays open. */
void plinth_loop_remove(struct plinth_loop *loop, int fd);
/* Runs callbacks until plinth_loop_stop(); idle (may be NULL) is called after every batch and
 * returns how many milliseconds the next wait may last, -1 for ever. */
int plinth_loop_run(struct plinth_loop *loop, int (*idle)(void *arg), void *arg);
void plinth_loop_stop(struct plinth_loop *loop);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
