/* sched.h - sched_op(cmd, arg): giving up the CPU, and ending a domain */
#ifndef ABI_SCHED_H
#define ABI_SCHED_H

#include <xen/event_channel.h>

#define SCHEDOP_yield		0 /* no arg */
#define SCHEDOP_block		1 /* no arg; unmasks events, sleeps until one is pending */
#define SCHEDOP_shutdown	2 /* struct sched_shutdown */
#define SCHEDOP_poll		3 /* struct sched_poll */
#define SCHEDOP_remote_shutdown 4 /* struct sched_remote_shutdown; privileged */
#define SCHEDOP_shutdown_code	5 /* struct sched_shutdown: latches the reason, does not stop */
#define SCHEDOP_watchdog	6 /* struct sched_watchdog */
#define SCHEDOP_pin_override	7 /* struct sched_pin_override; Dom0 only */

struct sched_shutdown {
	unsigned int reason; /* SHUTDOWN_* */
};
typedef struct sched_shutdown sched_shutdown_t;

/* Sleeps until one of the ports is pending, masked or not, or until the timeout. */
struct sched_poll {
	XEN_GUEST_HANDLE(evtchn_port_t) ports;
	unsigned int nr_ports;
	uint64_t timeout; /* system time in ns; 0: none */
};
typedef struct sched_poll sched_poll_t;

struct sched_remote_shutdown {
	domid_t domain_id;
	unsigned int reason; /* SHUTDOWN_* */
};
typedef struct sched_remote_shutdown sched_remote_shutdown_t;

/* id 0 asks for a new timer, whose id is returned; timeout 0 stops one. */
struct sched_watchdog {
	uint32_t id;
	uint32_t timeout; /* seconds */
};
typedef struct sched_watchdog sched_watchdog_t;

struct sched_pin_override {
	int32_t pcpu; /* negative: back to the normal affinity */
};
typedef struct sched_pin_override sched_pin_override_t;

#define SHUTDOWN_poweroff   0
#define SHUTDOWN_reboot	    1
#define SHUTDOWN_suspend    2
#define SHUTDOWN_crash	    3
#define SHUTDOWN_watchdog   4
#define SHUTDOWN_soft_reset 5
#define SHUTDOWN_MAX	    5

#endif
