/* launcher.h - hvbackendd's inside: the devices it knows, their processes, and what the store says of them */
#ifndef BACKEND_LAUNCHER_LAUNCHER_H
#define BACKEND_LAUNCHER_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <xen/io/xenbus.h>

#include "backend-drivers/common/wire.h"
#include "dom0-tools/lib/plinth.h"

#define PATH_ROOM 160

enum kind { KIND_VBD, KIND_VIF, KIND_COUNT };

/* How far a device's process is. */
enum phase {
	PHASE_NONE,	/* there is none; one is started at `start_at` */
	PHASE_STARTING, /* it has its orders to set itself up */
	PHASE_READY,	/* it waits for a ring */
	PHASE_CONNECTING,
	PHASE_CONNECTED, /* it serves the ring */
	PHASE_DISCONNECTING,
	PHASE_GIVEN_UP, /* the device cannot be served; the store says why */
};

struct launcher;

/* The qemu-nbd behind a disk, if there is one (dom0-tools/image/server.h). */
struct image {
	bool served;
	unsigned int number; /* of the nbd device */
	int process;	     /* a pidfd; -1: it has died */
	pid_t starter;	     /* of ours, which starts another; 0: there is none */
	int64_t start_at;    /* ms; -1: no need */
};

struct device {
	struct device *next, **link;
	struct launcher *launcher;
	enum kind kind;
	unsigned int domid, devid, slot; /* slot: among all devices; makes the user id */
	char vifname[16];
	char back[PATH_ROOM], front[PATH_ROOM]; /* directories in the store */
	enum phase phase;
	enum xenbus_state state; /* ours, as the store has it */
	pid_t pid;
	int fd;			   /* to the process; -1: none */
	int journal;		   /* -1: none */
	int tap;		   /* interfaces; -1: none */
	int64_t started, start_at; /* ms */
	unsigned int failures;	   /* in a row */
	bool medium_changed;	   /* a CD-ROM drive: the guest has not been told yet */
	bool cdrom, offload;	   /* as the set-up says */
	bool stirred;		   /* the store has news of it */
	struct image image;
};

/* A process that has all but its device. */
struct spare {
	pid_t pid; /* 0: there is none */
	int fd;
	int64_t start_at; /* when the next one is to be started, ms; -1: when there has been use for one */
};

struct launcher {
	struct plinth_store *store;
	struct plinth_loop *loop;
	struct device *devices;
	struct spare spare[KIND_COUNT];
	const char *helpers; /* directory of blkback and netback */
};

int64_t now_ms(void);
void note(const struct device *dev, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- devices.c: which there are --------------------------------------------------------------- */

extern const char *const kind_names[KIND_COUNT]; /* in the store's paths */

int devices_watch(struct launcher *l);
/* All that the store has to say. */
void devices_look(struct launcher *l);
/* Starts what is due; how many ms until there is more, or -1. */
int devices_run_timers(struct launcher *l);
void devices_reap(struct launcher *l);

/* ---- device.c: one device's life ---------------------------------------------------------------- */

/* A device of ours has appeared in the store. */
void device_add(struct launcher *l, enum kind kind, unsigned int domid, unsigned int devid);
/* Something about it has changed: reads the store, and does what follows from it. */
void device_look(struct device *dev);
/* Gone: its process, its journal, its interface; frees it. */
void device_remove(struct device *dev);
void device_start(struct device *dev);
/* Its process ended. */
void device_ended(struct device *dev, int status);

/* ---- process.c: a device's process --------------------------------------------------------------- */

int process_start(struct device *dev);
/* Keeps one process of each kind ready; how many ms until there is one to start, or -1. */
int spares_run_timers(struct launcher *l);
/* Whether it was one of them that ended. */
bool spare_ended(struct launcher *l, pid_t pid);
/* Ends it at once, and waits for its end. */
void process_kill(struct device *dev);
/* The journal: opened at the device's first start, emptied when nothing is under way, and removed. */
int journal_file_open(struct device *dev);
void journal_file_clear(struct device *dev);
void journal_file_remove(struct device *dev);
/* The tap, held here too: with nobody at it, the bridge would forget who is behind it, and send what is for the guest everywhere. */
int tap_hold(struct device *dev);
/* It is gone when the last who has it is, which may be later. */
void tap_remove(struct device *dev);

/* ---- image.c: the qemu-nbd behind a disk ----------------------------------------------------------- */

/* Begins to watch over what serves the disk's file or device, which may be another than before, or nothing of ours. */
void image_watch(struct device *dev, const char *target);
/* The device goes: who waits for its qemu-nbd in vain waits no more. */
void image_leave(struct device *dev);
/* How many ms until it is to be started again, or -1. */
int image_run_timer(struct device *dev);
/* A process has ended: its starter, perhaps. */
void image_starter_ended(struct device *dev, pid_t pid, int status);

/* ---- nodes.c: what the store says --------------------------------------------------------------- */

/* A number below a directory; -ENOENT: there is no such node or it holds something else. */
struct number {
	const char *dir, *name;
	int64_t value;
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Up to 16 of them with one question. */
int nodes_read_numbers(struct device *dev, struct number *n, size_t count);
void node_write(struct device *dev, const char *name, const char *value);
void node_set_state(struct device *dev, enum xenbus_state state);
/* hotplug-error and hotplug-status, which hvctl waits for. */
void node_set_error(struct device *dev, const char *text);

/* Where its front end is, and its own state. -ENOENT: it is not ours, or not finished yet. */
int nodes_read_identity(struct device *dev);
/* What a device is, from the back end's nodes. */
int nodes_read_setup(struct device *dev, struct wire_setup *setup);
/* What it can do, to the back end's nodes, and that it waits for the front end. */
int nodes_write_ready(struct device *dev, const struct wire_ready *ready);
/* The size of a disk, which a running front end looks at again. */
int nodes_write_size(struct device *dev, const struct wire_ready *ready);
/* Where its rings are, from the front end's nodes, none of which is believed. */
int nodes_read_connect(struct device *dev, struct wire_connect *connect);

#endif
