/* domctls.c - what tools ask of domains: ordinary use, errors, domains that are being made and domains that are dying
 *
 * Mechanism: domctl finds the domain by its number, and does one thing to it. A domain can be found from when it is whole until its
 * last frame is gone; in between its end begins, and from then on it gets nothing new.
 * Promise: I17; each operation does what docs/abi.md says of it, or answers with the error that is written there. No number finds
 * a domain that is half made.
 * Probe: the operations in turn, on a partner; then one vcpu makes and ends domains of one number while another one asks for that
 * number in all ways; then tables and vcpus for a domain that is dying.
 */
#include <xen/domctl.h>

#include "runtime/guest.h"

const char test_title[] = "domctl";
TEST_CPUS(2);
TEST_SECONDS(60);

#define NOBODY	    0x7000
#define GIVEN_FRAME 0xb8UL /* the screen */
#define GIVEN_PORT  0x64   /* the keyboard's state: it never is all ones */

static table_t page;
static struct xen_domctl op;

static void sleeps(struct area *a)
{
	struct gnttab_set_version v = {2};

	(void)use_user_tables();
	a->word[0] = 1;
	while (!a->word[1])
		yield();
	EXPECT(CALL3(grant_table_op, GNTTABOP_set_version, &v, 1), (long)a->word[2]);
	a->word[3] = shared->wc_sec | (uint64_t)shared->wc_sec_hi << 32;
}

static struct xen_domctl create(void)
{
	return (struct xen_domctl){.domain = NOBODY,
				   .u.createdomain = {.max_vcpus = 1,
						      .max_evtchn_port = 1023,
						      .max_grant_frames = 4,
						      .max_maptrack_frames = 8,
						      .grant_opts = 1}};
}

static long try_create(void)
{
	long ret = domctl(NOBODY, XEN_DOMCTL_createdomain, &op);

	if (!ret)
		EXPECT(domctl(NOBODY, XEN_DOMCTL_destroydomain, &op), 0);
	return ret;
}

#define CREATE_WITH(field, value, want) (op = create(), op.u.createdomain.field = (value), EXPECT(try_create(), want))

static void creation(void)
{
	CREATE_WITH(max_vcpus, 1, 0);
	CREATE_WITH(max_vcpus, 0, -XEN_EINVAL);
	CREATE_WITH(max_vcpus, 1000000, -XEN_EINVAL);
	CREATE_WITH(grant_opts, 0, -XEN_EINVAL);
	CREATE_WITH(grant_opts, 2, 0);
	CREATE_WITH(grant_opts, 3, -XEN_EINVAL);
	CREATE_WITH(grant_opts, 0x12, -XEN_EINVAL);
	CREATE_WITH(max_grant_frames, 100000, -XEN_EINVAL);
	CREATE_WITH(max_grant_frames, -1, 0);
	CREATE_WITH(max_maptrack_frames, 0x7fffffff, -XEN_EINVAL);
	CREATE_WITH(flags, XEN_DOMCTL_CDF_iommu, -XEN_EOPNOTSUPP);
	CREATE_WITH(flags, XEN_DOMCTL_CDF_hap, -XEN_EINVAL);
	CREATE_WITH(flags, 1u << 31, -XEN_EINVAL);
	CREATE_WITH(iommu_opts, 1, -XEN_EOPNOTSUPP);
	CREATE_WITH(vmtrace_size, 4096, -XEN_EOPNOTSUPP);
	CREATE_WITH(cpupool_id, 1, -XEN_EINVAL);
	CREATE_WITH(arch.emulation_flags, 1, -XEN_EOPNOTSUPP);
}

static void nobody_there(void)
{
	static const uint32_t cmds[] = {
		XEN_DOMCTL_destroydomain,     XEN_DOMCTL_pausedomain,	      XEN_DOMCTL_unpausedomain,
		XEN_DOMCTL_resumedomain,      XEN_DOMCTL_getdomaininfo,	      XEN_DOMCTL_max_mem,
		XEN_DOMCTL_max_vcpus,	      XEN_DOMCTL_setdomainhandle,     XEN_DOMCTL_settimeoffset,
		XEN_DOMCTL_set_address_size,  XEN_DOMCTL_get_address_size,    XEN_DOMCTL_settscinfo,
		XEN_DOMCTL_gettscinfo,	      XEN_DOMCTL_subscribe,	      XEN_DOMCTL_set_virq_handler,
		XEN_DOMCTL_hypercall_init,    XEN_DOMCTL_setnodeaffinity,     XEN_DOMCTL_getnodeaffinity,
		XEN_DOMCTL_setvcpucontext,    XEN_DOMCTL_getvcpucontext,      XEN_DOMCTL_getvcpuinfo,
		XEN_DOMCTL_setvcpuaffinity,   XEN_DOMCTL_getvcpuaffinity,     XEN_DOMCTL_scheduler_op,
		XEN_DOMCTL_sendtrigger,	      XEN_DOMCTL_set_ext_vcpucontext, XEN_DOMCTL_get_ext_vcpucontext,
		XEN_DOMCTL_iomem_permission,  XEN_DOMCTL_irq_permission,      XEN_DOMCTL_ioport_permission,
		XEN_DOMCTL_getpageframeinfo3,
	};
	static const uint32_t never_oneself[] = {
		XEN_DOMCTL_destroydomain,  XEN_DOMCTL_pausedomain,	   XEN_DOMCTL_unpausedomain,
		XEN_DOMCTL_resumedomain,   XEN_DOMCTL_max_vcpus,	   XEN_DOMCTL_set_address_size,
		XEN_DOMCTL_settscinfo,	   XEN_DOMCTL_subscribe,	   XEN_DOMCTL_setvcpucontext,
		XEN_DOMCTL_getvcpucontext, XEN_DOMCTL_set_ext_vcpucontext, XEN_DOMCTL_get_ext_vcpucontext,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cmds); i++) {
		long ret;

		memset(&op, 0, sizeof(op));
		ret = domctl(NOBODY, cmds[i], &op);
		CHECK(ret == -XEN_ESRCH, "domctl %u of nobody: %ld", cmds[i], ret);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(never_oneself); i++) {
		long ret;

		memset(&op, 0, sizeof(op));
		ret = domctl(0, never_oneself[i], &op);
		CHECK(ret == -XEN_EINVAL, "domctl %u of oneself: %ld", never_oneself[i], ret);
	}
}

#define TRY_OP(p, cmd, want, ...)                                                                                      \
	({                                                                                                             \
		memset(&op, 0, sizeof(op));                                                                            \
		op = (struct xen_domctl){__VA_ARGS__};                                                                 \
		EXPECT(domctl((p)->id, XEN_DOMCTL_##cmd, &op), want);                                                  \
	})

static void general(const struct partner *p)
{
	static const uint8_t handle[16] = "a domain's uuid";
	unsigned pauses = 0;

	TRY_OP(p, setdomainhandle, 0, 0);
	memcpy(op.u.setdomainhandle.handle, handle, 16);
	EXPECT(domctl(p->id, XEN_DOMCTL_setdomainhandle, &op), 0);
	TRY_OP(p, getdomaininfo, 0, 0);
	CHECK(op.domain == p->id && !__builtin_memcmp(op.u.getdomaininfo.handle, handle, 16),
	      "another domain's information");
	CHECK(op.u.getdomaininfo.tot_pages == PARTNER_PAGES && op.u.getdomaininfo.nr_online_vcpus == 1 &&
		      op.u.getdomaininfo.max_vcpu_id == 0 && !(op.u.getdomaininfo.flags & XEN_DOMINF_paused),
	      "pages %lu, vcpus %u, flags %#x", op.u.getdomaininfo.tot_pages, op.u.getdomaininfo.nr_online_vcpus,
	      op.u.getdomaininfo.flags);
	op.domain = (domid_t)(p->id - 1); /* who has the next number */
	if (p->id > 1)
		EXPECT(domctl((uint16_t)(p->id - 1), XEN_DOMCTL_getdomaininfo, &op) ?: op.domain, p->id);
	TRY_OP(p, unpausedomain, -XEN_EINVAL, 0);
	while (!domctl(p->id, XEN_DOMCTL_pausedomain, &op) && pauses < 1000)
		pauses++;
	CHECK(pauses == 255, "%u pauses", pauses);
	TRY_OP(p, pausedomain, -XEN_EOVERFLOW, 0);
	TRY_OP(p, getdomaininfo, 0, 0);
	CHECK(op.u.getdomaininfo.flags & XEN_DOMINF_paused, "it is not paused: %#x", op.u.getdomaininfo.flags);
	while (pauses--)
		TRY_OP(p, unpausedomain, 0, 0);
	TRY_OP(p, resumedomain, 0, 0); /* one that has not shut down: nothing to do */
	TRY_OP(p, max_vcpus, -XEN_EINVAL, .u.max_vcpus.max = 2);
	TRY_OP(p, max_mem, 0, .u.max_mem.max_memkb = 4096);
	TRY_OP(p, max_mem, -XEN_EINVAL, .u.max_mem.max_memkb = ~0UL);
	TRY_OP(p, getdomaininfo, 0, 0);
	CHECK(op.u.getdomaininfo.max_pages == 1024, "max_pages is %lu", op.u.getdomaininfo.max_pages);
	TRY_OP(p, set_address_size, 0, .u.address_size.size = 64);
	TRY_OP(p, set_address_size, -XEN_EOPNOTSUPP, .u.address_size.size = 32);
	TRY_OP(p, get_address_size, 0, 0);
	CHECK(op.u.address_size.size == 64, "%u bits", op.u.address_size.size);
	TRY_OP(p, settscinfo, -XEN_EOPNOTSUPP, .u.tsc_info.tsc_mode = 1);
	TRY_OP(p, settscinfo, -XEN_EINVAL, .u.tsc_info.tsc_mode = 3);
	TRY_OP(p, settscinfo, 0, .u.tsc_info.tsc_mode = 2);
	TRY_OP(p, gettscinfo, 0, 0);
	CHECK(op.u.tsc_info.tsc_mode == 2 && op.u.tsc_info.gtsc_khz > 1000, "TSC mode %u, %u kHz",
	      op.u.tsc_info.tsc_mode, op.u.tsc_info.gtsc_khz);
	TRY_OP(p, settimeoffset, 0, .u.settimeoffset.time_offset_seconds = -1000000);
	TRY_OP(p, subscribe, -XEN_EINVAL, .u.subscribe.port = 5000000);
	TRY_OP(p, set_virq_handler, -XEN_EINVAL, .u.set_virq_handler.virq = 100);
	TRY_OP(p, set_virq_handler, -XEN_EINVAL, .u.set_virq_handler.virq = VIRQ_TIMER);
}

static void vcpus(const struct partner *p)
{
	static struct vcpu_guest_context c;
	uint8_t map = 0xff, none = 0;

	TRY_OP(p, getvcpuinfo, 0, 0);
	CHECK(op.u.getvcpuinfo.online && op.u.getvcpuinfo.cpu < 2, "vcpu 0: online %u, on CPU %u",
	      op.u.getvcpuinfo.online, op.u.getvcpuinfo.cpu);
	TRY_OP(p, getvcpuinfo, -XEN_EINVAL, .u.getvcpuinfo.vcpu = 1);
	TRY_OP(p, getvcpucontext, 0, .u.vcpucontext.ctxt = &c);
	CHECK(c.user_regs.cs == GUEST_CS && c.ctrlreg[3] == p->mfn[PARTNER_PAGES - 4] << 12, "its cs %#x, its cr3 %#lx",
	      c.user_regs.cs, c.ctrlreg[3]);
	TRY_OP(p, getvcpucontext, -XEN_EINVAL, .u.vcpucontext = {1, &c});
	TRY_OP(p, getvcpucontext, -XEN_EFAULT, .u.vcpucontext.ctxt = (void *)8);
	TRY_OP(p, setvcpucontext, -XEN_EINVAL, .u.vcpucontext = {1, &c});
	TRY_OP(p, setvcpucontext, -XEN_EFAULT, .u.vcpucontext.ctxt = (void *)8);
	TRY_OP(p, setvcpucontext, -XEN_EOPNOTSUPP, 0);
	c.user_regs.rip = 0x800000000000;
	TRY_OP(p, setvcpucontext, -XEN_EINVAL, .u.vcpucontext.ctxt = &c);
	TRY_OP(p, setvcpuaffinity, -XEN_EINVAL, .u.vcpuaffinity = {0, 0, {&map, 8}, {&map, 8}});
	TRY_OP(p, setvcpuaffinity, -XEN_EINVAL, .u.vcpuaffinity = {0, XEN_VCPUAFFINITY_HARD, {&none, 8}, {&map, 8}});
	TRY_OP(p, setvcpuaffinity, -XEN_EINVAL, .u.vcpuaffinity = {7, XEN_VCPUAFFINITY_HARD, {&map, 8}, {&map, 8}});
	TRY_OP(p, setvcpuaffinity, 0, .u.vcpuaffinity = {0, XEN_VCPUAFFINITY_HARD, {&map, 8}, {&map, 8}});
	CHECK(map == 3, "the CPUs it comes to: %#x", map);
	map = 2;
	TRY_OP(p, setvcpuaffinity, 0, .u.vcpuaffinity = {0, XEN_VCPUAFFINITY_SOFT, {&none, 8}, {&map, 8}});
	map = 0;
	TRY_OP(p, getvcpuaffinity, 0, .u.vcpuaffinity = {0, XEN_VCPUAFFINITY_SOFT, {&none, 8}, {&map, 8}});
	CHECK(map == 2, "its soft affinity: %#x", map);
	TRY_OP(p, scheduler_op, -XEN_EINVAL,
	       .u.scheduler_op = {.sched_id = XEN_SCHEDULER_CREDIT2, .cmd = XEN_DOMCTL_SCHEDOP_getinfo});
	TRY_OP(p, scheduler_op, -XEN_EOPNOTSUPP,
	       .u.scheduler_op = {.sched_id = XEN_SCHEDULER_CREDIT, .cmd = XEN_DOMCTL_SCHEDOP_getvcpuinfo});
	TRY_OP(p, scheduler_op, 0,
	       .u.scheduler_op = {XEN_SCHEDULER_CREDIT, XEN_DOMCTL_SCHEDOP_putinfo, {.credit = {512, 50}}});
	TRY_OP(p, scheduler_op, 0,
	       .u.scheduler_op = {XEN_SCHEDULER_CREDIT, XEN_DOMCTL_SCHEDOP_getinfo, {.credit = {0, 0}}});
	CHECK(op.u.scheduler_op.u.credit.weight == 512 && op.u.scheduler_op.u.credit.cap == 50, "weight %u, cap %u",
	      op.u.scheduler_op.u.credit.weight, op.u.scheduler_op.u.credit.cap);
	TRY_OP(p, sendtrigger, -XEN_EINVAL, .u.sendtrigger.vcpu = 1);
	TRY_OP(p, sendtrigger, -XEN_ENOSYS, .u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_POWER);
	TRY_OP(p, set_ext_vcpucontext, -XEN_EINVAL, .u.ext_vcpucontext = {.size = 4});
	TRY_OP(p, set_ext_vcpucontext, -XEN_EINVAL,
	       .u.ext_vcpucontext = {.size = sizeof(op.u.ext_vcpucontext),
				     .sysenter_callback_eip = 0xffff830000000000});
	TRY_OP(p, set_ext_vcpucontext, -XEN_ESRCH,
	       .u.ext_vcpucontext = {.vcpu = 9, .size = sizeof(op.u.ext_vcpucontext)});
	TRY_OP(p, set_ext_vcpucontext, 0,
	       .u.ext_vcpucontext = {.size = sizeof(op.u.ext_vcpucontext),
				     .sysenter_callback_eip = 0x1234,
				     .sysenter_callback_cs = GUEST_CS});
	TRY_OP(p, get_ext_vcpucontext, 0, 0);
	CHECK(op.u.ext_vcpucontext.sysenter_callback_eip == 0x1234 && !op.u.ext_vcpucontext.syscall32_callback_eip,
	      "sysenter's callback is %#lx", op.u.ext_vcpucontext.sysenter_callback_eip);
}

static void rights_and_frames(const struct partner *p)
{
	xen_pfn_t frames[6] = {
		p->mfn[PARTNER_PAGES - 4], p->mfn[PARTNER_PAGES - 1], p->mfn[3], 0x7fffffff, mfn_of(page), ~0UL};
	uint8_t nodes = 0xff;

	TRY_OP(p, iomem_permission, -XEN_EINVAL,
	       .u.iomem_permission = {.first_mfn = 5, .nr_mfns = 0, .allow_access = 1});
	TRY_OP(p, iomem_permission, -XEN_EINVAL,
	       .u.iomem_permission = {.first_mfn = ~0UL, .nr_mfns = 2, .allow_access = 1});
	TRY_OP(p, iomem_permission, -XEN_EPERM,
	       .u.iomem_permission = {.first_mfn = 0xfee00, .nr_mfns = 1, .allow_access = 1});
	TRY_OP(p, irq_permission, -XEN_EPERM,
	       .u.irq_permission = {.pirq = 255, .allow_access = 1}); /* we have it not */
	TRY_OP(p, ioport_permission, -XEN_EINVAL, .u.ioport_permission = {0xffff, 2, 1});
	TRY_OP(p, ioport_permission, -XEN_EPERM, .u.ioport_permission = {0x20, 2, 1});
	TRY_OP(p, getpageframeinfo3, -XEN_E2BIG, .u.getpageframeinfo3 = {100000, frames});
	TRY_OP(p, getpageframeinfo3, -XEN_EFAULT, .u.getpageframeinfo3 = {6, (void *)8});
	TRY_OP(p, getpageframeinfo3, 0, .u.getpageframeinfo3 = {6, frames});
	CHECK(frames[0] == XEN_DOMCTL_PFINFO_L4TAB && frames[1] == XEN_DOMCTL_PFINFO_L1TAB &&
		      frames[2] == XEN_DOMCTL_PFINFO_NOTAB,
	      "frames are %lx, %lx, %lx", frames[0], frames[1], frames[2]);
	CHECK(frames[3] == XEN_DOMCTL_PFINFO_XTAB && frames[4] == XEN_DOMCTL_PFINFO_XTAB &&
		      frames[5] == XEN_DOMCTL_PFINFO_XTAB,
	      "frames that it does not have: %lx, %lx, %lx", frames[3], frames[4], frames[5]);
	TRY_OP(p, setnodeaffinity, -XEN_EINVAL, 0);
	TRY_OP(p, setnodeaffinity, -XEN_EINVAL, .u.nodeaffinity.nodemap = {&(uint8_t){2}, 8}); /* there is one node */
	TRY_OP(p, setnodeaffinity, 0, .u.nodeaffinity.nodemap = {&(uint8_t){1}, 8});
	TRY_OP(p, getnodeaffinity, 0, .u.nodeaffinity.nodemap = {&nodes, 8});
	CHECK(nodes == 1, "its nodes are %#x", nodes);
	TRY_OP(p, hypercall_init, -XEN_EINVAL, .u.hypercall_init.gmfn = 0x7fffffff);
	TRY_OP(p, hypercall_init, 0, .u.hypercall_init.gmfn = p->mfn[300]);
}

/* What the partner finds when it tries: the answers to mapping a frame of the machine and to flushing caches, and a port's value. */
enum { ASKED = 1, MAPPED, FLUSHED, PORT_READ };

static void tries_rights(struct area *a)
{
	uint64_t own = mfn_of(page);

	for (uint64_t n = 1;; n++) {
		uint64_t value;

		while (a->word[ASKED] != n)
			yield();
		a->word[MAPPED] = (uint64_t)map(page, GIVEN_FRAME << 12 | PTE_PLAIN);
		EXPECT(map(page, own << 12 | PTE_PLAIN), 0);
		a->word[FLUSHED] = (uint64_t)mmuext(MMUEXT_FLUSH_CACHE, 0);
		__asm__ volatile("in %%dx, %%al" : "=a"(value) : "a"(0), "d"(GIVEN_PORT));
		a->word[PORT_READ] = value;
		a->word[0] = n;
	}
}

static void has_rights(struct partner *p, bool memory, bool port)
{
	uint64_t n = p->area->word[0] + 1;
	long mapped, flushed;

	p->area->word[ASKED] = n;
	while (p->area->word[0] != n)
		yield();
	mapped = (long)p->area->word[MAPPED];
	flushed = (long)p->area->word[FLUSHED];
	CHECK(memory ? !mapped : mapped < 0, "a frame that it may%s map: %ld", memory ? "" : " not", mapped);
	CHECK(flushed == (memory ? 0 : -XEN_EACCES), "a flush of its caches: %ld", flushed);
	CHECK((p->area->word[PORT_READ] != 0xff) == port, "the port reads %#lx", p->area->word[PORT_READ]);
}

static void rights_given(void)
{
	struct partner *p = partner_new(tries_rights, 1);

	partner_go(p);
	has_rights(p, false, false);
	TRY_OP(p, iomem_permission, 0, .u.iomem_permission = {GIVEN_FRAME, 1, 1});
	has_rights(p, true, false);
	TRY_OP(p, ioport_permission, 0, .u.ioport_permission = {GIVEN_PORT, 1, 1});
	has_rights(p, true, true);
	TRY_OP(p, iomem_permission, 0, .u.iomem_permission = {GIVEN_FRAME, 1, 0});
	has_rights(p, false, true);
	TRY_OP(p, ioport_permission, 0, .u.ioport_permission = {GIVEN_PORT, 1, 0});
	has_rights(p, false, false);
	partner_end(p);
}

/* A partner that may have version 1 only, and one that may have both. */
static void lives(uint32_t grant_opts, long answer)
{
	struct partner *p;
	uint32_t sec = shared->wc_sec;

	partner_grant_opts = grant_opts;
	p = partner_new(sleeps, 1);
	p->area->word[2] = (uint64_t)answer;
	partner_go(p);
	while (!p->area->word[0])
		yield();
	general(p);
	vcpus(p);
	rights_and_frames(p);
	p->area->word[1] = 1;
	partner_wait(p);
	CHECK((uint32_t)p->area->word[3] + 1000000 - sec < 1000, "its clock says %lu, ours %u", p->area->word[3], sec);
	partner_end(p);
}

/* What is mapped of it keeps it. */
static void dying(void)
{
	static struct vcpu_guest_context c;
	struct partner *p = partner_new(sleeps, 1);
	struct mmuext_op pin = {.cmd = MMUEXT_PIN_L2_TABLE, .arg1.mfn = p->mfn[PARTNER_PAGES - 2]};
	struct gnttab_map_grant_ref m = {.host_addr = (uint64_t)page, .flags = GNTMAP_host_map, .dom = p->id};
	struct evtchn_alloc_unbound a = {.dom = p->id, .remote_dom = 0};
	uint64_t extent = 0;
	struct xen_memory_reservation r = {.extent_start = &extent, .nr_extents = 1, .domid = p->id};

	EXPECT(CALL4(mmuext_op, &pin, 1, NULL, p->id | (p->id + 1u) << 16), 0);
	TRY_OP(p, getvcpucontext, 0, .u.vcpucontext.ctxt = &c);
	partner_kill(p);
	TRY_OP(p, getdomaininfo, 0, 0);
	NEED(op.domain == p->id && op.u.getdomaininfo.flags & XEN_DOMINF_dying, "it is not dying");
	EXPECT(CALL4(mmuext_op, &pin, 1, NULL, p->id | (p->id + 1u) << 16), -XEN_EINVAL);
	pin = (struct mmuext_op){.cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = p->mfn[401]};
	EXPECT(CALL4(mmuext_op, &pin, 1, NULL, p->id | (p->id + 1u) << 16), -XEN_EINVAL);
	REFUSED(domctl(p->id, XEN_DOMCTL_setvcpucontext, &(struct xen_domctl){.u.vcpucontext.ctxt = &c}));
	TRY_OP(p, resumedomain, -XEN_EINVAL, 0);
	EXPECT(CALL3(grant_table_op, GNTTABOP_map_grant_ref, &m, 1), 0);
	CHECK(m.status < 0, "a dying domain's grant was mapped");
	REFUSED(CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &a));
	CHECK(CALL2(memory_op, XENMEM_populate_physmap, &r) <= 0, "a dying domain got memory");
	REFUSED(CALL4(update_va_mapping_otherdomain, page, p->mfn[402] << 12 | PTE_PLAIN, UVMF_INVLPG, p->id));
	partner_end(p);
}

#define PAGES_LOOKED_AT 64

/* What a domain's new memory holds; then it is full of something else, and the domain ends. How many frames it had that `had` has. */
static unsigned fill_and_end(const uint64_t *had, uint64_t *mfn)
{
	struct xen_memory_reservation r = {.extent_start = mfn, .nr_extents = PAGES_LOOKED_AT, .domid = NOBODY};
	unsigned again = 0;

	op = create();
	EXPECT(domctl(NOBODY, XEN_DOMCTL_createdomain, &op), 0);
	op.u.max_mem.max_memkb = PAGES_LOOKED_AT * 4;
	EXPECT(domctl(NOBODY, XEN_DOMCTL_max_mem, &op), 0);
	EXPECT(CALL2(memory_op, XENMEM_populate_physmap, &r), PAGES_LOOKED_AT);
	for (unsigned i = 0; i < PAGES_LOOKED_AT; i++) {
		for (unsigned k = 0; k < PAGES_LOOKED_AT; k++)
			again += mfn[i] == had[k];
		EXPECT(CALL4(update_va_mapping_otherdomain, page, mfn[i] << 12 | PTE_PLAIN, UVMF_INVLPG | UVMF_LOCAL,
			     NOBODY),
		       0);
		for (unsigned k = 0; k < ARRAY_SIZE(page); k++) {
			CHECK(!page[k], "new memory holds %#lx", page[k]);
			page[k] = 0x5ec2e7;
		}
	}
	EXPECT(map(page, 0), 0);
	EXPECT(domctl(NOBODY, XEN_DOMCTL_destroydomain, &op), 0);
	return again;
}

/* I8: what a domain had in its memory is not in that of the next one. */
static void memory_is_clean(void)
{
	static uint64_t first[PAGES_LOOKED_AT], second[PAGES_LOOKED_AT];
	uint64_t own = mfn_of(page);

	(void)fill_and_end(second, first);
	NEED(fill_and_end(first, second) > 0, "no frame was given out again");
	EXPECT(map(page, own << 12 | PTE_PLAIN), 0);
}

/* A table of a domain that was never given a vcpu. */
static void without_vcpus(void)
{
	uint64_t before, extent = 0;
	struct xen_memory_reservation r = {.extent_start = &extent, .nr_extents = 1, .domid = NOBODY};
	struct mmuext_op pin = {.cmd = MMUEXT_PIN_L1_TABLE};

	CREATE_WITH(max_vcpus, 1, 0);
	before = free_pages();
	op = create();
	EXPECT(domctl(NOBODY, XEN_DOMCTL_createdomain, &op), 0);
	op.u.max_mem.max_memkb = 64;
	EXPECT(domctl(NOBODY, XEN_DOMCTL_max_mem, &op), 0);
	EXPECT(CALL2(memory_op, XENMEM_populate_physmap, &r), 1);
	pin.arg1.mfn = extent;
	EXPECT(CALL4(mmuext_op, &pin, 1, NULL, NOBODY | (NOBODY + 1u) << 16), 0);
	EXPECT(domctl(NOBODY, XEN_DOMCTL_destroydomain, &op), 0);
	CHECK(free_pages() == before, "%ld pages are missing", (long)(before - free_pages()));
}

/* ---- while it is being made ---------------------------------------------------------------------------------------------- */

static volatile bool over;
static volatile unsigned made;

static void make_and_end(void *none)
{
	struct xen_domctl mine;

	(void)none;
	while (!over) {
		long ret;

		mine = create();
		mine.u.createdomain.handle[0] = 77;
		ret = domctl(NOBODY, XEN_DOMCTL_createdomain, &mine);
		if (ret == -XEN_EEXIST) /* the one before is held by a call still */
			continue;
		EXPECT(ret, 0);
		mine.u.max_vcpus.max = 1;
		EXPECT(domctl(NOBODY, XEN_DOMCTL_max_vcpus, &mine), 0);
		EXPECT(domctl(NOBODY, XEN_DOMCTL_destroydomain, &mine), 0);
		made++;
	}
}

static void ask_for_it(unsigned i, unsigned *found)
{
	struct gnttab_map_grant_ref m = {.host_addr = (uint64_t)page, .flags = GNTMAP_host_map, .dom = NOBODY};
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = NOBODY};
	struct evtchn_bind_interdomain b = {.remote_dom = NOBODY, .remote_port = 1};
	struct gnttab_query_size q = {.dom = NOBODY};
	uint64_t extent = 0;
	struct xen_memory_reservation r = {.extent_start = &extent, .nr_extents = 1, .domid = NOBODY};
	long ret;

	switch (i % 8) {
	case 0:
		ret = domctl(NOBODY, XEN_DOMCTL_getdomaininfo, &op);
		CHECK(!ret || ret == -XEN_ESRCH, "getdomaininfo: %ld", ret);
		if (!ret) {
			++*found;
			CHECK(op.u.getdomaininfo.handle[0] == 77 && op.u.getdomaininfo.shared_info_frame,
			      "a domain that is half made");
		}
		break;
	case 1:
		EXPECT(CALL3(grant_table_op, GNTTABOP_map_grant_ref, &m, 1), 0);
		CHECK(m.status < 0, "a grant that nobody gave");
		break;
	case 2:
		if (!CALL2(event_channel_op, EVTCHNOP_alloc_unbound, &a))
			EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &(struct evtchn_close){a.port}), 0);
		break;
	case 3:
		REFUSED(CALL2(event_channel_op, EVTCHNOP_bind_interdomain, &b));
		break;
	case 4:
		EXPECT(CALL3(grant_table_op, GNTTABOP_query_size, &q, 1), 0);
		CHECK(q.status < 0 || q.max_nr_frames == 4 || q.max_nr_frames == 64, "a table of %u frames",
		      q.max_nr_frames);
		break;
	case 5:
		(void)domctl(NOBODY, XEN_DOMCTL_getvcpuinfo, &op);
		(void)domctl(NOBODY, XEN_DOMCTL_sendtrigger, &op);
		break;
	case 6:
		CHECK(CALL2(memory_op, XENMEM_populate_physmap, &r) <= 0, "memory for one that may have none");
		break;
	default:
		(void)domctl(NOBODY, XEN_DOMCTL_pausedomain, &op);
		(void)domctl(NOBODY, XEN_DOMCTL_scheduler_op, &op);
	}
}

static void being_made(void)
{
	uint64_t before, end;
	unsigned found = 0;

	op = create();
	EXPECT(try_create(), 0);
	before = free_pages();
	start_vcpu(1, make_and_end, NULL);
	end = now() + 3000000000;
	for (unsigned i = 0; now() < end || made < 100; i++)
		ask_for_it(i, &found);
	over = true;
	join_vcpu(1);
	say("%u domains made, %u times one was found", made, found);
	NEED(found > 10, "that is too few");
	CHECK(before - free_pages() < 16, "%ld pages are missing", (long)(before - free_pages()));
}

void test_main(void)
{
	creation();
	nobody_there();
	lives(1, -XEN_ENOSYS);
	lives(2, 0);
	rights_given();
	dying();
	memory_is_clean();
	without_vcpus();
	being_made();
}
