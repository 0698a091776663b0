/* abi.h - the hypervisor's control interface as tools see it */
#ifndef PLINTH_ABI_H
#define PLINTH_ABI_H

#ifndef __XEN_TOOLS__
#define __XEN_TOOLS__ 1
#endif
#include <stdint.h>

#include <xen/xen.h>
#include <xen/memory.h>
#include <xen/version.h>
#include <xen/sched.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>

#endif
