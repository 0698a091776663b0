/*
 * facts.c - prints sizes, offsets and values of the ABI, from whichever headers it is compiled with
 *
 * run.sh compiles it with ours and with Debian's libxen-dev, and compares what the two print. A
 * fact is one line of facts/: SIZE of a type (and its alignment), FIELD of a structure (offset and
 * size), FLEX for an array without a size at its end, VALUE of a constant (extended to 64 bits with
 * its own sign), TEXT of a string.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#ifdef REFERENCE
/* libxen-dev shows some of the ABI only to tools, and two error numbers only to the hypervisor. */
#define __XEN__
#include <xen/errno.h>
#undef __XEN__
#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#endif

#include <xen/arch-x86/cpufeatureset.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/arch-x86/xen-mca.h>
#include <xen/callback.h>
#include <xen/domctl.h>
#include <xen/elfnote.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/hvm/dm_op.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/hvm_vcpu.h>
#include <xen/hvm/ioreq.h>
#include <xen/hvm/params.h>
#include <xen/hvm/save.h>
#include <xen/io/blkif.h>
#include <xen/io/console.h>
#include <xen/io/netif.h>
#include <xen/io/protocols.h>
#include <xen/io/ring.h>
#include <xen/io/xenbus.h>
#include <xen/io/xs_wire.h>
#include <xen/memory.h>
#include <xen/nmi.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/pmu.h>
#include <xen/sched.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntalloc.h>
#include <xen/sys/gntdev.h>
#include <xen/sys/privcmd.h>
#include <xen/sys/xenbus_dev.h>
#include <xen/sysctl.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#define SIZE(type) printf("%s: size %zu, alignment %zu\n", #type, sizeof(type), _Alignof(type));
#define FIELD(type, field)                                                                                             \
	printf("%s.%s: offset %zu, size %zu\n", #type, #field, offsetof(type, field), sizeof(((type *)0)->field));
#define FLEX(type, field) printf("%s.%s: offset %zu\n", #type, #field, offsetof(type, field));
#define VALUE(constant)	  printf("%s: 0x%" PRIx64 "\n", #constant, (uint64_t)(constant));
#define TEXT(string)	  printf("%s: \"%s\"\n", #string, string);

int main(void)
{
#include "facts/arch-x86-cpufeatureset.def"
#include "facts/arch-x86-cpuid.def"
#include "facts/arch-x86-hvm-save.def"
#include "facts/arch-x86-hvm-start_info.def"
#include "facts/arch-x86-pmu.def"
#include "facts/arch-x86-xen-mca.def"
#include "facts/arch-x86-xen-x86_64.def"
#include "facts/arch-x86-xen.def"
#include "facts/callback.def"
#include "facts/domctl.def"
#include "facts/elfnote.def"
#include "facts/errno.def"
#include "facts/event_channel.def"
#include "facts/features.def"
#include "facts/grant_table.def"
#include "facts/hvm-dm_op.def"
#include "facts/hvm-hvm_op.def"
#include "facts/hvm-hvm_vcpu.def"
#include "facts/hvm-ioreq.def"
#include "facts/hvm-params.def"
#include "facts/hvm-save.def"
#include "facts/io-blkif.def"
#include "facts/io-console.def"
#include "facts/io-netif.def"
#include "facts/io-protocols.def"
#include "facts/io-ring.def"
#include "facts/io-xenbus.def"
#include "facts/io-xs_wire.def"
#include "facts/memory.def"
#include "facts/nmi.def"
#include "facts/physdev.def"
#include "facts/platform.def"
#include "facts/pmu.def"
#include "facts/sched.def"
#include "facts/sys-evtchn.def"
#include "facts/sys-gntalloc.def"
#include "facts/sys-gntdev.def"
#include "facts/sys-privcmd.def"
#include "facts/sys-xenbus_dev.def"
#include "facts/sysctl.def"
#include "facts/vcpu.def"
#include "facts/version.def"
#include "facts/xen.def"
	return 0;
}
