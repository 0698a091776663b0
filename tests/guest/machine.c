/* machine.c - what Dom0 is told of the machine, and what it is refused
 *
 * Mechanism: platform_op, physdev_op, sysctl and parts of memory_op look things up for Dom0: memory maps, CPUs, interrupts, devices.
 * Promise: the answers agree with each other and with what the guest can see by itself; each error that docs/abi.md or the headers
 * name comes, and nothing has been done then. I13: a bad pointer is -EFAULT.
 * Probe: each operation that privileged domains have, as it is meant, and with numbers that are not there.
 */
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/platform.h>
#include <xen/sysctl.h>

#include "runtime/guest.h"

const char test_title[] = "what Dom0 asks about the machine";
TEST_CPUS(2);

#define BAD	 ((void *)0x1000) /* nothing is mapped there */
#define NO_GSI	 999
#define IO_APIC	 0xfec00000
#define NO_DEV	 0x1f /* the last of its bus: QEMU's machine has not got it */
#define NO_DOMID 0x7000

/* ---- memory ----------------------------------------------------------------------------------------------------------- */

struct e820 {
	uint64_t start, size;
	uint32_t type;
} __attribute__((packed));

static void memory_maps(void)
{
	static struct e820 map[64];
	struct xen_memory_map m = {.nr_entries = ARRAY_SIZE(map), .buffer = map};
	uint64_t ram = 0;

	EXPECT(CALL2(memory_op, XENMEM_machine_memory_map, &m), 0);
	CHECK(m.nr_entries > 2 && m.nr_entries < ARRAY_SIZE(map), "%u entries", m.nr_entries);
	for (unsigned i = 0; i < m.nr_entries; i++)
		ram += map[i].type == 1 ? map[i].size : 0;
	CHECK(ram > 120UL << 20 && ram <= 128UL << 20, "%lu KiB of RAM, the machine has 128 MiB", ram >> 10);
	m.nr_entries = 1;
	EXPECT(CALL2(memory_op, XENMEM_machine_memory_map, &m), -XEN_ENOBUFS);
	EXPECT(CALL2(memory_op, XENMEM_machine_memory_map, BAD), -XEN_EFAULT);

	/* A domain's own: what the tools have given it. */
	struct xen_foreign_memory_map f = {.domid = DOMID_SELF, .map = {.nr_entries = 2, .buffer = map}};

	map[0] = (struct e820){0, 0x100000, 1};
	map[1] = (struct e820){0x100000, 0x200000, 2};
	EXPECT(CALL2(memory_op, XENMEM_set_memory_map, &f), 0);
	memset(map, 0, sizeof(map));
	m = (struct xen_memory_map){.nr_entries = ARRAY_SIZE(map), .buffer = map};
	EXPECT(CALL2(memory_op, XENMEM_memory_map, &m), 0);
	CHECK(m.nr_entries == 2 && map[1].start == 0x100000 && map[1].type == 2, "another map came back");
	m.nr_entries = 1;
	EXPECT(CALL2(memory_op, XENMEM_memory_map, &m), -XEN_ENOBUFS);
	f.map.nr_entries = 0;
	EXPECT(CALL2(memory_op, XENMEM_set_memory_map, &f), -XEN_EINVAL);
	f.map.nr_entries = 129;
	EXPECT(CALL2(memory_op, XENMEM_set_memory_map, &f), -XEN_EINVAL);
	f.map = (struct xen_memory_map){.nr_entries = 1, .buffer = BAD};
	EXPECT(CALL2(memory_op, XENMEM_set_memory_map, &f), -XEN_EFAULT);
	f = (struct xen_foreign_memory_map){.domid = NO_DOMID, .map = {.nr_entries = 1, .buffer = map}};
	EXPECT(CALL2(memory_op, XENMEM_set_memory_map, &f), -XEN_ESRCH);
}

static void machine_to_phys(void)
{
	static xen_pfn_t list[8];
	struct xen_machphys_mapping m;
	struct xen_machphys_mfn_list l = {.max_extents = ARRAY_SIZE(list), .extent_start = list};

	EXPECT(CALL2(memory_op, XENMEM_machphys_mapping, &m), 0);
	CHECK(m.v_start == (uint64_t)machine_to_phys_mapping, "the M2P begins at %#lx", m.v_start);
	EXPECT((long)m.max_mfn, CALL2(memory_op, XENMEM_maximum_ram_page, NULL));
	EXPECT(CALL2(memory_op, XENMEM_machphys_mapping, BAD), -XEN_EFAULT);
	EXPECT(CALL2(memory_op, XENMEM_machphys_mfn_list, &l), 0);
	EXPECT(l.nr_extents, 1); /* 2 MiB of it are for 1 GiB */
	CHECK(list[0] && list[0] <= m.max_mfn, "its first part is at frame %#lx", list[0]);
	l.extent_start = BAD;
	EXPECT(CALL2(memory_op, XENMEM_machphys_mfn_list, &l), -XEN_EFAULT);
}

static void other_questions(void)
{
	struct xen_reserved_device_memory_map r = {.flags = XENMEM_RDM_ALL, .nr_entries = 8};
	struct xen_memory_domain self = {DOMID_SELF};

	EXPECT(CALL2(memory_op, XENMEM_reserved_device_memory_map, &r), 0);
	EXPECT(r.nr_entries, 0);
	r.flags = XENMEM_RDM_ALL << 1;
	EXPECT(CALL2(memory_op, XENMEM_reserved_device_memory_map, &r), -XEN_EINVAL);
	EXPECT(CALL2(memory_op, XENMEM_get_sharing_freed_pages, NULL), 0);
	EXPECT(CALL2(memory_op, XENMEM_get_sharing_shared_pages, NULL), 0);
	EXPECT(CALL2(memory_op, XENMEM_current_reservation, &self), (long)start_info->nr_pages);
	CHECK(CALL2(memory_op, XENMEM_maximum_reservation, &self) >= (long)start_info->nr_pages, "less than it has");
	self.domid = NO_DOMID;
	EXPECT(CALL2(memory_op, XENMEM_current_reservation, &self), -XEN_ESRCH);
	EXPECT(CALL2(memory_op, XENMEM_maximum_reservation, &self), -XEN_ESRCH);
	EXPECT(CALL2(memory_op, XENMEM_maximum_gpfn, &self), -XEN_ESRCH);
	EXPECT(CALL2(memory_op, XENMEM_maximum_gpfn, BAD), -XEN_EFAULT);
}

/* ---- interrupts and devices ------------------------------------------------------------------------------------------- */

static void lines(void)
{
	struct physdev_irq vector = {.irq = 9};
	struct physdev_apic apic = {.apic_physbase = IO_APIC, .reg = 1};
	struct physdev_setup_gsi gsi = {.gsi = 9, .triggering = 1};

	EXPECT(CALL2(physdev_op, PHYSDEVOP_alloc_irq_vector, &vector), 0);
	vector.irq = NO_GSI;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_alloc_irq_vector, &vector), -XEN_EINVAL);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_apic_read, &apic), 0);
	CHECK((apic.value >> 16 & 0xff) == 23, "the IO-APIC's version register is %#x", apic.value);
	apic.apic_physbase = 0x1000;
	REFUSED(CALL2(physdev_op, PHYSDEVOP_apic_read, &apic));

	EXPECT(CALL2(physdev_op, PHYSDEVOP_setup_gsi, &gsi), 0);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_setup_gsi, &gsi), -XEN_EEXIST);
	gsi.triggering = 2;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_setup_gsi, &gsi), -XEN_EINVAL);
	gsi = (struct physdev_setup_gsi){.gsi = NO_GSI};
	EXPECT(CALL2(physdev_op, PHYSDEVOP_setup_gsi, &gsi), -XEN_ENOENT);
}

static void mappings(void)
{
	struct physdev_map_pirq m = {.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 9, .pirq = -1};

	EXPECT(CALL2(physdev_op, PHYSDEVOP_map_pirq, &m), 0);
	EXPECT(m.pirq, 9);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_map_pirq, &m), 0); /* again: the same */
	m.pirq = 8;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_map_pirq, &m), -XEN_EEXIST);
	m.index = NO_GSI;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_map_pirq, &m), -XEN_ENOENT);
	m.index = -1;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_map_pirq, &m), -XEN_EINVAL);
	m.type = MAP_PIRQ_TYPE_UNKNOWN;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_map_pirq, &m), -XEN_EINVAL);
	m.domid = NO_DOMID;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_map_pirq, &m), -XEN_ESRCH);
	m = (struct physdev_map_pirq){.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_MULTI_MSI, .entry_nr = 2, .pirq = -1};
	EXPECT(CALL2(physdev_op, PHYSDEVOP_map_pirq, &m), -XEN_EOPNOTSUPP);
	m.type = MAP_PIRQ_TYPE_MSI;
	m.entry_nr = 0;
	m.devfn = NO_DEV << 3;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_map_pirq, &m), -XEN_ENODEV);
}

/* With what mappings() has mapped. */
static void uses(void)
{
	struct physdev_irq_status_query q;
	struct physdev_eoi eoi;
	struct physdev_unmap_pirq u = {.domid = DOMID_SELF};
	struct physdev_get_free_pirq f = {.type = MAP_PIRQ_TYPE_MSI};
	struct evtchn_bind_pirq b;
	struct evtchn_close c;

	q.irq = eoi.irq = b.pirq = 9;
	b.flags = 0;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_irq_status_query, &q), 0);
	CHECK(q.flags & XENIRQSTAT_needs_eoi, "who has no page of pirqs must always say EOI");
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_pirq, &b), 0);
	c.port = b.port;
	REFUSED(CALL2(event_channel_op, EVTCHNOP_bind_pirq, &b)); /* it is taken */
	EXPECT(CALL2(physdev_op, PHYSDEVOP_eoi, &eoi), 0);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_close, &c), 0);
	q.irq = 1 << 20;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_irq_status_query, &q), -XEN_EINVAL);
	u.pirq = 9;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_unmap_pirq, &u), 0);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_unmap_pirq, &u), -XEN_EINVAL);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_eoi, &eoi), -XEN_EINVAL);
	EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_pirq, &b), -XEN_EINVAL);
	u.domid = NO_DOMID;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_unmap_pirq, &u), -XEN_ESRCH);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_get_free_pirq, &f), 0);
	CHECK(f.pirq > 23, "pirq %u is a GSI's", f.pirq);
}

/* The page on which it sees which pirqs need an EOI: one for its life. */
static void eoi_page(void)
{
	static table_t page, other;
	struct physdev_pirq_eoi_gmfn g = {mfn_of(page)};

	EXPECT(CALL2(physdev_op, PHYSDEVOP_pirq_eoi_gmfn_v2, BAD), -XEN_EFAULT);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_pirq_eoi_gmfn_v2, &(struct physdev_pirq_eoi_gmfn){1UL << 40}), -XEN_EINVAL);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_pirq_eoi_gmfn_v2, &g), 0);
	g.gmfn = mfn_of(other);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_pirq_eoi_gmfn_v2, &g), -XEN_EBUSY);
	EXPECT(make_readonly(other), 0); /* nothing was kept of it */
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(other)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(other)), 0);
}

static void devices(void)
{
	struct physdev_pci_device there = {0, 0, 0}, not_there = {0, 0, NO_DEV << 3};
	struct physdev_manage_pci old = {0, 0}, not_old = {0, NO_DEV << 3};
	struct physdev_manage_pci_ext ext = {0};
	struct {
		struct physdev_pci_device_add add;
		uint32_t proximity;
	} add = {{0}, 0};
	struct physdev_pci_mmcfg_reserved m = {.address = 0xb0000000, .end_bus = 255};
	struct physdev_dbgp_op d = {.op = PHYSDEVOP_DBGP_RESET_PREPARE};

	EXPECT(CALL2(physdev_op, PHYSDEVOP_pci_device_add, &add), 0); /* the host bridge */
	add.add.devfn = NO_DEV << 3;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_pci_device_add, &add), -XEN_ENODEV);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_manage_pci_add, &old), 0);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_manage_pci_add, &not_old), -XEN_ENODEV);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_manage_pci_add_ext, &ext), 0);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_restore_msi, &old), 0);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_restore_msi_ext, &there), 0);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_manage_pci_remove, &old), 0);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_pci_device_remove, &not_there), 0); /* nothing of it is mapped */
	EXPECT(CALL2(physdev_op, PHYSDEVOP_pci_device_remove, BAD), -XEN_EFAULT);
	EXPECT(CALL2(physdev_op, PHYSDEVOP_pci_mmcfg_reserved, &m), -XEN_ENODEV); /* QEMU's pc has none */
	EXPECT(CALL2(physdev_op, PHYSDEVOP_dbgp_op, &d), 0);
	d.op = PHYSDEVOP_DBGP_RESET_DONE;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_dbgp_op, &d), 0);
	d.op = 3;
	EXPECT(CALL2(physdev_op, PHYSDEVOP_dbgp_op, &d), -XEN_EINVAL);
}

/* ---- the platform, and the tools' questions ---------------------------------------------------------------------------- */

static long platform(struct xen_platform_op *op, uint32_t cmd)
{
	op->cmd = cmd;
	op->interface_version = XENPF_INTERFACE_VERSION;
	return CALL1(platform_op, op);
}

static void wall_clock(void)
{
	struct xen_platform_op op = {.u.settime64 = {.secs = 1700000000, .nsecs = 5, .system_time = now()}};
	uint64_t seconds;

	EXPECT(platform(&op, XENPF_settime64), 0);
	seconds = shared->wc_sec + now() / 1000000000;
	CHECK(seconds - 1699999999 < 10, "the wall clock says %lu", seconds);
	op.u.settime64.mbz = 1;
	EXPECT(platform(&op, XENPF_settime64), -XEN_EINVAL);
	op.u.settime64.mbz = 0;
	op.u.settime64.nsecs = 1000000000;
	EXPECT(platform(&op, XENPF_settime64), -XEN_EINVAL);
	op.u.settime32.secs = 1600000000;
	op.u.settime32.nsecs = 0;
	op.u.settime32.system_time = now();
	EXPECT(platform(&op, XENPF_settime32), 0);
	seconds = shared->wc_sec + now() / 1000000000;
	CHECK(seconds - 1599999999 < 10, "the wall clock says %lu", seconds);
	op.u.settime32.nsecs = 1000000000;
	EXPECT(platform(&op, XENPF_settime32), -XEN_EINVAL);
}

static void processors(void)
{
	struct xen_platform_op op = {.u.pcpu_info.xen_cpuid = 1};

	EXPECT(platform(&op, XENPF_get_cpuinfo), 0);
	CHECK(op.u.pcpu_info.max_present == 1 && op.u.pcpu_info.flags == XEN_PCPU_FLAGS_ONLINE &&
		      op.u.pcpu_info.apic_id == 1,
	      "CPU 1: flags %#x, APIC id %u, of %u", op.u.pcpu_info.flags, op.u.pcpu_info.apic_id,
	      op.u.pcpu_info.max_present);
	op.u.pcpu_info.xen_cpuid = 2;
	EXPECT(platform(&op, XENPF_get_cpuinfo), 0);
	CHECK(op.u.pcpu_info.flags == XEN_PCPU_FLAGS_INVALID, "there is a CPU 2: %#x", op.u.pcpu_info.flags);
	op.u.pcpu_version.xen_cpuid = 0;
	EXPECT(platform(&op, XENPF_get_cpu_version), 0);
	CHECK(!memcmp(op.u.pcpu_version.vendor_id, "AuthenticAMD", 12) && op.u.pcpu_version.family == 15,
	      "CPU 0 is %.12s family %u", op.u.pcpu_version.vendor_id, op.u.pcpu_version.family);
	op.u.cpu_ol.cpuid = 1;
	EXPECT(platform(&op, XENPF_cpu_online), 0);
	op.u.cpu_ol.cpuid = 2;
	EXPECT(platform(&op, XENPF_cpu_online), -XEN_EINVAL);
}

static void firmware(void)
{
	struct xen_platform_op op = {.u.firmware_info = {.type = XEN_FW_DISK_INFO}};

	for (uint32_t type = XEN_FW_DISK_INFO; type <= XEN_FW_KBD_SHIFT_FLAGS; type++) {
		op.u.firmware_info.type = type;
		EXPECT(platform(&op, XENPF_firmware_info), type == XEN_FW_EFI_INFO ? -XEN_EOPNOTSUPP : -XEN_ESRCH);
	}
	op.u.firmware_info.type = 99;
	EXPECT(platform(&op, XENPF_firmware_info), -XEN_EINVAL);
	op.u.enter_acpi_sleep = (struct xenpf_enter_acpi_sleep){.sleep_state = 6};
	EXPECT(platform(&op, XENPF_enter_acpi_sleep), -XEN_EINVAL);
	op.u.enter_acpi_sleep = (struct xenpf_enter_acpi_sleep){.sleep_state = 5, .flags = 1};
	EXPECT(platform(&op, XENPF_enter_acpi_sleep), -XEN_EINVAL);
	op.u.enter_acpi_sleep = (struct xenpf_enter_acpi_sleep){.sleep_state = 3};
	EXPECT(platform(&op, XENPF_enter_acpi_sleep), -XEN_ENOSYS);
	op.interface_version++;
	EXPECT(CALL1(platform_op, &op), -XEN_EACCES);
	EXPECT(CALL1(platform_op, BAD), -XEN_EFAULT);
}

static long ask(struct xen_sysctl *op, uint32_t cmd)
{
	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return CALL1(sysctl, op);
}

static void about_all(void)
{
	static struct xen_sysctl_cpuinfo cpu[4];
	static struct xen_sysctl_cputopo topology[4];
	static struct xen_sysctl_meminfo memory[2];
	static char text[64];
	struct xen_sysctl op = {0};
	uint64_t total;

	EXPECT(ask(&op, XEN_SYSCTL_physinfo), 0);
	CHECK(op.u.physinfo.nr_cpus == 2 && op.u.physinfo.max_cpu_id == 1 && op.u.physinfo.nr_nodes == 1, "%u CPUs",
	      op.u.physinfo.nr_cpus);
	CHECK(op.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2, "capabilities are %#x",
	      op.u.physinfo.capabilities);
	total = op.u.physinfo.total_pages;
	op.u.numainfo = (struct xen_sysctl_numainfo){.num_nodes = 2, .meminfo = memory};
	EXPECT(ask(&op, XEN_SYSCTL_numainfo), 0);
	CHECK(op.u.numainfo.num_nodes == 1 && memory[0].memsize == total << 12, "%lu bytes in node 0",
	      memory[0].memsize);
	op.u.numainfo = (struct xen_sysctl_numainfo){.num_nodes = 1, .meminfo = BAD};
	EXPECT(ask(&op, XEN_SYSCTL_numainfo), -XEN_EFAULT);
	op.u.getcpuinfo = (struct xen_sysctl_getcpuinfo){.max_cpus = 4, .info = cpu};
	EXPECT(ask(&op, XEN_SYSCTL_getcpuinfo), 0);
	CHECK(op.u.getcpuinfo.nr_cpus == 2 && cpu[1].idletime > 0, "%u CPUs, the second was idle for %lu ns",
	      op.u.getcpuinfo.nr_cpus, cpu[1].idletime);
	op.u.getcpuinfo.info = BAD;
	EXPECT(ask(&op, XEN_SYSCTL_getcpuinfo), -XEN_EFAULT);
	op.u.cputopoinfo = (struct xen_sysctl_cputopoinfo){.num_cpus = 4, .cputopo = topology};
	EXPECT(ask(&op, XEN_SYSCTL_cputopoinfo), 0);
	CHECK(op.u.cputopoinfo.num_cpus == 2 && topology[1].core == 1, "core %u", topology[1].core);
	op.u.availheap = (struct xen_sysctl_availheap){.node = -1};
	EXPECT(ask(&op, XEN_SYSCTL_availheap), 0);
	EXPECT((long)op.u.availheap.avail_bytes >> 12, (long)free_pages());
	op.u.availheap.node = 1;
	EXPECT(ask(&op, XEN_SYSCTL_availheap), -XEN_EINVAL);
	op.u.readconsole = (struct xen_sysctl_readconsole){.buffer = text, .count = sizeof(text) - 1};
	EXPECT(ask(&op, XEN_SYSCTL_readconsole), 0);
	CHECK(op.u.readconsole.count == sizeof(text) - 1 && !memcmp(text, "(plinth)", 8), "the log begins with %s",
	      text);
	op.u.readconsole.buffer = BAD;
	EXPECT(ask(&op, XEN_SYSCTL_readconsole), -XEN_EFAULT);
	op.interface_version++;
	EXPECT(CALL1(sysctl, &op), -XEN_EACCES);
	EXPECT(CALL1(sysctl, BAD), -XEN_EFAULT);
}

static void about_domains(void)
{
	static struct xen_domctl_getdomaininfo info[4];
	uint8_t map = 0;
	struct xen_sysctl op = {.u.getdomaininfolist = {.max_domains = 4, .buffer = info}};

	EXPECT(ask(&op, XEN_SYSCTL_getdomaininfolist), 0);
	CHECK(op.u.getdomaininfolist.num_domains == 1 && info[0].domain == 0 &&
		      info[0].tot_pages == start_info->nr_pages,
	      "%u domains, the first is %u with %lu pages", op.u.getdomaininfolist.num_domains, info[0].domain,
	      info[0].tot_pages);
	op.u.getdomaininfolist =
		(struct xen_sysctl_getdomaininfolist){.first_domain = 1, .max_domains = 4, .buffer = info};
	EXPECT(ask(&op, XEN_SYSCTL_getdomaininfolist), 0);
	EXPECT(op.u.getdomaininfolist.num_domains, 0);
	op.u.getdomaininfolist = (struct xen_sysctl_getdomaininfolist){.max_domains = 4, .buffer = BAD};
	EXPECT(ask(&op, XEN_SYSCTL_getdomaininfolist), -XEN_EFAULT);
	op.u.cpupool_op = (struct xen_sysctl_cpupool_op){.op = XEN_SYSCTL_CPUPOOL_OP_INFO,
							 .cpupool_id = XEN_SYSCTL_CPUPOOL_PAR_ANY,
							 .cpumap = {.bitmap = &map, .nr_bits = 8}};
	EXPECT(ask(&op, XEN_SYSCTL_cpupool_op), 0);
	CHECK(map == 3 && op.u.cpupool_op.n_dom == 1, "CPUs %#x, %u domains", map, op.u.cpupool_op.n_dom);
	op.u.cpupool_op.cpupool_id = 1;
	EXPECT(ask(&op, XEN_SYSCTL_cpupool_op), -XEN_ENOENT);
	op.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_FREEINFO;
	EXPECT(ask(&op, XEN_SYSCTL_cpupool_op), 0);
	EXPECT(map, 0);
	op.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_CREATE;
	EXPECT(ask(&op, XEN_SYSCTL_cpupool_op), -XEN_EOPNOTSUPP);
	EXPECT(ask(&op, XEN_SYSCTL_sched_id), 0);
	EXPECT(op.u.sched_id.sched_id, XEN_SCHEDULER_CREDIT);
	EXPECT(ask(&op, XEN_SYSCTL_get_cpu_levelling_caps), 0);
	EXPECT(op.u.cpu_levelling_caps.caps, XEN_SYSCTL_CPU_LEVELCAP_faulting);
}

static void about_itself(void)
{
	static char text[1024];
	struct xen_hvm_param p = {.domid = DOMID_SELF, .index = HVM_PARAM_STORE_PFN};

	EXPECT(CALL2(xen_version, XENVER_commandline, text), 0);
	CHECK(!memcmp(text, "com1=", 5) && !text[1023], "the command line is %.80s", text);
	EXPECT(CALL2(xen_version, XENVER_commandline, BAD), -XEN_EFAULT);
	/* Only domains under hardware virtualization have any. */
	EXPECT(CALL2(hvm_op, HVMOP_get_param, &p), -XEN_EINVAL);
	EXPECT(CALL2(hvm_op, HVMOP_set_param, &p), -XEN_EINVAL);
	p.domid = NO_DOMID;
	EXPECT(CALL2(hvm_op, HVMOP_get_param, &p), -XEN_ESRCH);
	EXPECT(CALL2(hvm_op, HVMOP_get_param, BAD), -XEN_EFAULT);
}

void test_main(void)
{
	memory_maps();
	machine_to_phys();
	other_questions();
	lines();
	mappings();
	uses();
	eoi_page();
	devices();
	wall_clock();
	processors();
	firmware();
	about_all();
	about_domains();
	about_itself();
}
