/* partner.c - a second domain beside a test guest, made from the guest itself
 *
 * Dom0 builds it by domctl, as a toolstack would: the same image at the same address, as it was at its start, then start_info,
 * the list of frames and page tables behind it. `area`, a page of the image, tells the partner what to do, and Dom0 has it
 * mapped: there the two talk. What is different for one under hardware virtualization is in partner_hvm.c.
 */
#include <xen/sysctl.h>

#include "partner.h"

#define PARTNERS 3

void guest_keep_data(void);
void guest_entry(void);
extern uint8_t guest_data[], guest_data_end[], guest_end[];
struct area guest_area __attribute__((aligned(4096)));

uint32_t partner_grant_opts = 2;
static struct partner partners[PARTNERS];
static uint8_t kept_data[8192];
static table_t work_page, windows[PARTNERS];

/* Before anything writes to it. */
void guest_keep_data(void)
{
	NEED((size_t)(guest_data_end - guest_data) <= sizeof(kept_data), "more data than can be kept");
	memcpy(kept_data, guest_data, (size_t)(guest_data_end - guest_data));
}

long domctl(uint16_t id, uint32_t cmd, struct xen_domctl *op)
{
	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = id;
	return CALL1(domctl, op);
}

void pin_vcpu(uint16_t id, unsigned vcpu, unsigned cpu)
{
	uint8_t map = (uint8_t)(1u << cpu);
	struct xen_domctl op = {.u.vcpuaffinity = {.vcpu = vcpu,
						   .flags = XEN_VCPUAFFINITY_HARD,
						   .cpumap_hard = {.bitmap = &map, .nr_bits = 8}}};
	long ret = domctl(id, XEN_DOMCTL_setvcpuaffinity, &op);

	NEED(!ret, "vcpu %u of domain %u cannot be pinned to CPU %u: %ld", vcpu, id, cpu, ret);
}

uint64_t free_pages(void)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_physinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION};

	NEED(!CALL1(sysctl, &op), "sysctl physinfo is refused");
	return op.u.physinfo.free_pages;
}

/* ---- building ------------------------------------------------------------------------------------------------------ */

void *partner_show(const struct partner *p, unsigned pfn)
{
	long ret = CALL4(update_va_mapping_otherdomain, work_page, p->mfn[pfn] << 12 | PTE_PLAIN,
			 UVMF_INVLPG | UVMF_LOCAL, p->id);

	NEED(!ret, "frame %u of domain %u cannot be mapped: %ld", pfn, p->id, ret);
	return work_page;
}

uint64_t partner_entry(const struct partner *p, unsigned pfn, uint64_t flags)
{
	return p->mfn[pfn] << 12 | flags;
}

static void write_image(const struct partner *p)
{
	size_t data = (size_t)(guest_data - (uint8_t *)GUEST_BASE),
	       end = (size_t)(guest_data_end - (uint8_t *)GUEST_BASE);

	for (unsigned pfn = 0; pfn * 4096UL < end; pfn++) {
		uint8_t *page = partner_show(p, pfn);
		const uint8_t *from = (uint8_t *)GUEST_BASE + pfn * 4096UL;

		for (size_t i = 0, at = pfn * 4096UL; i < 4096 && at < end; i++, at++)
			page[i] = at < data ? from[i] : kept_data[at - data];
	}
}

static void write_tables(const struct partner *p)
{
	uint64_t *table;

	memcpy(partner_show(p, PFN_P2M), p->mfn, 4096);
	table = partner_show(p, PFN_L1);
	for (unsigned i = 0; i < PARTNER_PAGES; i++)
		table[i] = partner_entry(p, i, i < PFN_L4 ? PTE_PLAIN : PTE_READONLY);
	table = partner_show(p, PFN_L2);
	table[GUEST_BASE >> 21 & 511] = partner_entry(p, PFN_L1, PTE_PLAIN);
	table = partner_show(p, PFN_L3);
	table[GUEST_BASE >> 30 & 511] = partner_entry(p, PFN_L2, PTE_PLAIN);
	table = partner_show(p, PFN_L4);
	table[GUEST_BASE >> 39 & 511] = partner_entry(p, PFN_L3, PTE_PLAIN);
}

static void write_start_info(const struct partner *p)
{
	struct xen_domctl op;
	struct start_info *si = partner_show(p, PFN_START_INFO);

	NEED(!domctl(p->id, XEN_DOMCTL_getdomaininfo, &op), "no getdomaininfo");
	memcpy(si->magic, "xen-3.0-x86_64", 15);
	si->nr_pages = PARTNER_PAGES;
	si->shared_info = op.u.getdomaininfo.shared_info_frame << 12;
	si->pt_base = GUEST_BASE + PFN_L4 * 4096UL;
	si->nr_pt_frames = 4;
	si->mfn_list = GUEST_BASE + PFN_P2M * 4096UL;
}

static void set_context(const struct partner *p)
{
	static struct vcpu_guest_context c;
	struct xen_domctl op = {.u.vcpucontext = {.vcpu = 0, .ctxt = &c}};
	long ret;

	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel | VGCF_online;
	c.user_regs.rip = (uint64_t)guest_entry;
	c.user_regs.cs = GUEST_CS;
	c.user_regs.ss = GUEST_SS;
	c.user_regs.rflags = 0x202;
	c.user_regs.rsi = GUEST_BASE + PFN_START_INFO * 4096UL;
	c.kernel_ss = GUEST_SS;
	c.ctrlreg[3] = p->mfn[PFN_L4] << 12;
	ret = domctl(p->id, XEN_DOMCTL_setvcpucontext, &op);
	NEED(!ret, "setvcpucontext: %ld", ret);
}

/* A PV domain finds its frames in the list; one under hardware virtualization has them where that says. */
static void create(struct partner *p, unsigned vcpus)
{
	struct xen_domctl op = {.u.createdomain = {.max_vcpus = vcpus,
						   .max_evtchn_port = 1023,
						   .max_grant_frames = 4,
						   .max_maptrack_frames = 8,
						   .grant_opts = partner_grant_opts}};
	struct xen_memory_reservation r = {.extent_start = p->mfn, .nr_extents = PARTNER_PAGES};
	long ret;

	if (p->hvm) {
		op.u.createdomain.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
		op.u.createdomain.arch.emulation_flags = XEN_X86_EMU_LAPIC;
	}
	for (unsigned i = 0; i < PARTNER_PAGES; i++)
		p->mfn[i] = i;
	ret = domctl(0, XEN_DOMCTL_createdomain, &op);
	NEED(!ret, "createdomain: %ld", ret);
	p->id = r.domid = op.domain;
	op.u.max_vcpus.max = vcpus;
	NEED(!domctl(p->id, XEN_DOMCTL_max_vcpus, &op), "max_vcpus");
	op.u.max_mem.max_memkb = (PARTNER_PAGES + 8) * 4; /* what it gives back and others still use counts */
	NEED(!domctl(p->id, XEN_DOMCTL_max_mem, &op), "max_mem");
	ret = CALL2(memory_op, XENMEM_populate_physmap, &r);
	NEED(ret == PARTNER_PAGES, "populate_physmap: %ld", ret);
	for (unsigned i = 0; i < PARTNER_PAGES && !p->hvm; i++) {
		struct mmu_update u = {p->mfn[i] << 12 | MMU_MACHPHYS_UPDATE, i};

		NEED(!CALL4(mmu_update, &u, 1, NULL, p->id), "machine-to-phys");
	}
}

static struct partner *unused(void)
{
	for (unsigned i = 0; i < PARTNERS; i++)
		if (!partners[i].area) {
			partners[i].window = i;
			return &partners[i];
		}
	error("too many partners");
}

static struct partner *build(void (*role)(struct area *), unsigned vcpus, bool hvm)
{
	unsigned area_pfn = (unsigned)(((uint64_t)&guest_area - GUEST_BASE) >> 12);
	struct partner *p = unused();

	NEED((uint64_t)guest_end - GUEST_BASE <= PFN_START_INFO * 4096UL, "the image is too large");
	p->hvm = hvm;
	create(p, vcpus);
	write_image(p);
	if (hvm) {
		partner_hvm_tables(p);
	} else {
		write_start_info(p);
		write_tables(p);
	}
	EXPECT(make_writable(work_page), 0); /* which takes our last mapping of the partner's tables away */
	if (hvm)
		partner_hvm_context(p);
	else
		set_context(p);
	NEED(!CALL4(update_va_mapping_otherdomain, windows[p->window], partner_entry(p, area_pfn, PTE_PLAIN),
		    UVMF_INVLPG | UVMF_ALL, p->id),
	     "the partner's area cannot be mapped");
	p->area = (struct area *)(void *)windows[p->window];
	p->area->role = role;
	return p;
}

struct partner *partner_new(void (*role)(struct area *), unsigned vcpus)
{
	return build(role, vcpus, false);
}

struct partner *partner_new_hvm(void (*role)(struct area *), unsigned vcpus)
{
	return build(role, vcpus, true);
}

void partner_go(struct partner *p)
{
	struct xen_domctl op;

	NEED(!domctl(p->id, XEN_DOMCTL_unpausedomain, &op), "unpausedomain");
}

/* ---- while it runs, and its end -------------------------------------------------------------------------------------- */

static void pass_on(const struct partner *p)
{
	struct area *a = p->area;
	char line[200];

	while (a->got != a->put) {
		uint32_t length = 0;

		while (a->got != a->put && length < sizeof(line) - 1) {
			char c = a->text[a->got++ % sizeof(a->text)];

			line[length++] = c;
			if (c == '\n')
				break;
		}
		line[length] = 0;
		if (!p->hostile)
			say("domain %u:%s", p->id, line);
	}
}

bool partner_runs(struct partner *p, unsigned *code)
{
	struct xen_domctl op;

	pass_on(p);
	NEED(!domctl(p->id, XEN_DOMCTL_getdomaininfo, &op), "getdomaininfo");
	if (!(op.u.getdomaininfo.flags & XEN_DOMINF_shutdown))
		return true;
	pass_on(p);
	*code = op.u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
	return false;
}

void partner_wait(struct partner *p)
{
	unsigned code;

	while (partner_runs(p, &code))
		yield();
	CHECK(code == SHUTDOWN_poweroff && p->area->done, "domain %u ended with code %u before its time", p->id, code);
	CHECK(!p->area->failures, "domain %u: %u promises broken", p->id, p->area->failures);
	NEED(!p->area->broken, "the partner is");
}

void partner_kill(struct partner *p)
{
	struct xen_domctl op;

	long ret = domctl(p->id, XEN_DOMCTL_destroydomain, &op);

	/* One that was killed before goes as soon as nothing of it is mapped. */
	CHECK(!ret || ret == -XEN_ESRCH, "destroydomain: %ld", ret);
}

void partner_end(struct partner *p)
{
	struct xen_domctl op;
	unsigned tries = 0;
	long ret;

	pass_on(p);
	EXPECT(make_writable(p->area), 0);
	p->area = NULL;
	partner_kill(p);
	do {
		yield();
		ret = domctl(p->id, XEN_DOMCTL_getdomaininfo, &op);
	} while ((ret || op.domain == p->id) && ret != -XEN_ESRCH && ++tries < 10000);
	CHECK(tries < 10000, "domain %u does not go: %ld, %lu pages left", p->id, ret, op.u.getdomaininfo.tot_pages);
}
