/* platform.c - HYPERVISOR_platform_op: what Dom0's kernel tells and asks about the machine */
#include <xen/platform.h>

#include "arch/x86/acpi.h"
#include "arch/x86/boot/info.h"
#include "arch/x86/cpuid.h"
#include "call/call.h"
#include "kern/audit.h"
#include "kern/efi.h"
#include "kern/time.h"
#include "lib/string.h"

static long set_time(uint64_t secs, uint32_t nsecs, uint64_t system_time)
{
	if (nsecs >= 1000000000)
		return -EINVAL;
	time_set_wallclock(secs, nsecs, system_time);
	return 0;
}

static long efi_info(uint32_t index, union xenpf_efi_info *info)
{
	struct efi_facts efi;

	if (!efi_read(&efi))
		return -EOPNOTSUPP;
	switch (index) {
	case XEN_FW_EFI_VERSION:
	case XEN_FW_EFI_RT_VERSION:
		info->version = efi.revision;
		return 0;
	case XEN_FW_EFI_CONFIG_TABLE:
		info->cfg.addr = efi.tables;
		info->cfg.nent = efi.nr_tables;
		return 0;
	case XEN_FW_EFI_VENDOR:
		info->vendor.revision = efi.vendor_revision;
		return efi_copy_vendor(&efi, info->vendor.name, info->vendor.bufsz);
	default:
		return -EINVAL;
	}
}

/* The BIOS was asked nothing before we left real mode, so of disks, monitors and keyboards nothing
 * is known. */
static long firmware_info(struct xenpf_firmware_info *info)
{
	switch (info->type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
	case XEN_FW_VBEDDC_INFO:
	case XEN_FW_KBD_SHIFT_FLAGS:
		return -ESRCH;
	case XEN_FW_EFI_INFO:
		return efi_info(info->index, &info->u.efi_info);
	default:
		return -EINVAL;
	}
}

/* Does not come back where the machine obeys. Sleeping needs every device and CPU to be saved,
 * which nobody does here. */
static long enter_sleep(const struct xenpf_enter_acpi_sleep *op)
{
	if (op->flags || op->sleep_state > 5)
		return -EINVAL;
	if (op->sleep_state != 5)
		return call_missing(__HYPERVISOR_platform_op, XENPF_enter_acpi_sleep);
	log_info("Dom0 powers the machine off\n");
	audit_end();
	acpi_enter_sleep(op->val_a, op->val_b);
	return -EIO;
}

static uint32_t acpi_id_of(uint32_t apic_id)
{
	for (unsigned i = 0; i < acpi_info.madt.cpus; i++)
		if (acpi_info.madt.cpu[i].apic_id == apic_id)
			return acpi_info.madt.cpu[i].uid;
	return UINT32_MAX;
}

static long get_cpuinfo(struct xenpf_pcpuinfo *info)
{
	info->max_present = nr_cpus - 1;
	if (info->xen_cpuid >= nr_cpus) {
		info->flags = XEN_PCPU_FLAGS_INVALID;
		info->apic_id = info->acpi_id = UINT32_MAX;
		return 0;
	}
	info->flags = cpus[info->xen_cpuid]->online ? XEN_PCPU_FLAGS_ONLINE : 0;
	info->apic_id = cpus[info->xen_cpuid]->apic_id;
	info->acpi_id = acpi_id_of(info->apic_id);
	return 0;
}

/* All CPUs are of one kind (cpu_init_this sees to it). */
static long get_cpu_version(struct xenpf_pcpu_version *version)
{
	version->max_present = nr_cpus - 1;
	memset(version->vendor_id, 0, sizeof(version->vendor_id));
	version->family = version->model = version->stepping = 0;
	if (version->xen_cpuid < nr_cpus) {
		memcpy(version->vendor_id, cpu_info.vendor_name, sizeof(version->vendor_id));
		version->family = cpu_info.family;
		version->model = cpu_info.model;
		version->stepping = cpu_info.stepping;
	}
	return 0;
}

/* Does it; what is to be answered is in *op then. */
static long platform_op(struct xen_platform_op *op)
{
	switch (op->cmd) {
	case XENPF_settime32:
		return set_time(op->u.settime32.secs, op->u.settime32.nsecs, op->u.settime32.system_time);
	case XENPF_settime64:
		if (op->u.settime64.mbz)
			return -EINVAL;
		return set_time(op->u.settime64.secs, op->u.settime64.nsecs, op->u.settime64.system_time);
	case XENPF_firmware_info:
		return firmware_info(&op->u.firmware_info);
	case XENPF_enter_acpi_sleep:
		return enter_sleep(&op->u.enter_acpi_sleep);
	case XENPF_get_cpuinfo:
		return get_cpuinfo(&op->u.pcpu_info);
	case XENPF_get_cpu_version:
		return get_cpu_version(&op->u.pcpu_version);
	case XENPF_cpu_online: /* all that can be used are */
		return op->u.cpu_ol.cpuid < nr_cpus ? 0 : -EINVAL;
	default:
		return call_missing(__HYPERVISOR_platform_op, op->cmd);
	}
}

long call_platform_op(uint64_t arg)
{
	struct xen_platform_op *guest = (struct xen_platform_op *)arg, op;
	long err;

	if (!call_privileged())
		return -EPERM;
	if (copy_from_guest(&op, guest))
		return -EFAULT;
	if (op.interface_version != XENPF_INTERFACE_VERSION)
		return -EACCES;
	err = platform_op(&op);
	if (!err && copy_to_guest(guest, &op))
		err = -EFAULT;
	return err;
}
