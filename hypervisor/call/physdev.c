/* physdev.c - HYPERVISOR_physdev_op: interrupts, PCI devices and ports, for kernels that drive
 * hardware */
#include <xen/physdev.h>

#include "arch/x86/acpi.h"
#include "arch/x86/ioapic.h"
#include "call/call.h"
#include "kern/irq.h"
#include "kern/mm.h"

#define guest_arg(type) ((type *)arg)

static long eoi(uint64_t arg)
{
	struct physdev_eoi op;

	if (copy_from_guest(&op, guest_arg(struct physdev_eoi)))
		return -EFAULT;
	return irq_eoi_pirq(current->domain, op.irq);
}

/* A page of the guest's on which it sees which of its pirqs need an EOI. For its life. */
static long set_eoi_page(uint64_t arg)
{
	struct domain *d = current->domain;
	struct physdev_pirq_eoi_gmfn op;
	long err;

	if (copy_from_guest(&op, guest_arg(struct physdev_pirq_eoi_gmfn)))
		return -EFAULT;
	err = page_get_writable(d, MFN(op.gmfn));
	if (err)
		return err;
	spin_lock(&d->lock);
	if (d->pv.pirq_eoi_mfn) {
		spin_unlock(&d->lock);
		page_put_writable(MFN(op.gmfn));
		return -EBUSY;
	}
	d->pv.pirq_eoi_mfn = op.gmfn;
	__atomic_store_n(&d->pv.pirq_eoi_map, mfn_to_virt(MFN(op.gmfn)), __ATOMIC_RELEASE);
	spin_unlock(&d->lock);
	irq_fill_eoi_map(d);
	return 0;
}

static long irq_status_query(uint64_t arg)
{
	struct physdev_irq_status_query op;
	struct domain *d = current->domain;

	if (copy_from_guest(&op, guest_arg(struct physdev_irq_status_query)))
		return -EFAULT;
	if (op.irq >= NR_PIRQS)
		return -EINVAL;
	/* A guest that does not look at the page asks this once, before it knows the line: it must
	 * always say EOI. */
	op.flags = !d->pv.pirq_eoi_map || irq_pirq_needs_eoi(d, op.irq) ? XENIRQSTAT_needs_eoi : 0;
	return copy_to_guest(guest_arg(struct physdev_irq_status_query), &op);
}

static long set_iopl(uint64_t arg)
{
	struct physdev_set_iopl op;

	if (copy_from_guest(&op, guest_arg(struct physdev_set_iopl)))
		return -EFAULT;
	if (op.iopl > 3)
		return -EINVAL;
	current->pv.iopl = (uint8_t)op.iopl;
	return 0;
}

static long set_iobitmap(uint64_t arg)
{
	struct physdev_set_iobitmap op;

	if (copy_from_guest(&op, guest_arg(struct physdev_set_iobitmap)))
		return -EFAULT;
	if (op.nr_ports > 65536)
		return -EINVAL;
	current->pv.user_port_bitmap = op.bitmap;
	current->pv.user_ports = op.bitmap ? op.nr_ports : 0;
	return 0;
}

static long apic_read(uint64_t arg)
{
	struct physdev_apic op;
	long err;

	if (copy_from_guest(&op, guest_arg(struct physdev_apic)))
		return -EFAULT;
	if (!call_privileged())
		return -EPERM;
	err = ioapic_read_register(op.apic_physbase, op.reg, &op.value);
	return err ? err : copy_to_guest(guest_arg(struct physdev_apic), &op);
}

/* Vectors are given with map_pirq; the answer only tells that there is such an interrupt. */
static long alloc_irq_vector(uint64_t arg)
{
	struct physdev_irq op;

	if (copy_from_guest(&op, guest_arg(struct physdev_irq)))
		return -EFAULT;
	if (!call_privileged())
		return -EPERM;
	if (!ioapic_gsi_exists(op.irq))
		return -EINVAL;
	op.vector = op.irq;
	return copy_to_guest(guest_arg(struct physdev_irq), &op);
}

/* The domain whose pirqs are concerned, with a reference; NULL: *err tells why. */
static struct domain *pirq_owner(uint16_t id, long *err)
{
	struct domain *d;

	*err = -EPERM;
	if (!call_privileged())
		return NULL;
	*err = -ESRCH;
	d = domain_get(id);
	return d;
}

static long map_one(struct domain *d, struct physdev_map_pirq *op)
{
	struct pci_device dev = {.bus = (uint8_t)op->bus, .devfn = (uint8_t)op->devfn};

	switch (op->type) {
	case MAP_PIRQ_TYPE_GSI:
		return op->index < 0 ? -EINVAL : irq_map_gsi(d, (unsigned)op->index, &op->pirq);
	case MAP_PIRQ_TYPE_MULTI_MSI:
		/* Several messages in a row need vectors in a row; drivers are content with one. */
		if (op->entry_nr != 1)
			return -EOPNOTSUPP;
		op->entry_nr = 0;
		op->table_base = 0;
		/* fallthrough */
	case MAP_PIRQ_TYPE_MSI_SEG:
		dev.segment = (uint16_t)((uint32_t)op->bus >> 16);
		/* fallthrough */
	case MAP_PIRQ_TYPE_MSI:
		if (op->entry_nr < 0)
			return -EINVAL;
		return irq_map_msi(d, dev, op->table_base != 0, (unsigned)op->entry_nr, op->table_base, &op->pirq);
	default:
		return -EINVAL;
	}
}

static long map_pirq(uint64_t arg)
{
	struct physdev_map_pirq op;
	struct domain *d;
	bool multi;
	long err;

	if (copy_from_guest(&op, guest_arg(struct physdev_map_pirq)))
		return -EFAULT;
	d = pirq_owner(op.domid, &err);
	if (!d)
		return err;
	multi = op.type == MAP_PIRQ_TYPE_MULTI_MSI;
	err = map_one(d, &op);
	if (!err && multi)
		op.entry_nr = 1;
	if (!err && copy_to_guest(guest_arg(struct physdev_map_pirq), &op)) {
		irq_unmap_pirq(d, (unsigned)op.pirq);
		err = -EFAULT;
	}
	domain_put(d);
	return err;
}

static long unmap_pirq(uint64_t arg)
{
	struct physdev_unmap_pirq op;
	struct domain *d;
	long err;

	if (copy_from_guest(&op, guest_arg(struct physdev_unmap_pirq)))
		return -EFAULT;
	d = pirq_owner(op.domid, &err);
	if (!d)
		return err;
	err = irq_unmap_pirq(d, (unsigned)op.pirq);
	domain_put(d);
	return err;
}

static long setup_gsi(uint64_t arg)
{
	struct physdev_setup_gsi op;

	if (copy_from_guest(&op, guest_arg(struct physdev_setup_gsi)))
		return -EFAULT;
	if (!call_privileged())
		return -EPERM;
	if (op.gsi < 0 || op.triggering > 1 || op.polarity > 1)
		return -EINVAL;
	return irq_setup_gsi((unsigned)op.gsi, op.triggering, op.polarity);
}

static long get_free_pirq(uint64_t arg)
{
	struct physdev_get_free_pirq op;
	int pirq;

	if (copy_from_guest(&op, guest_arg(struct physdev_get_free_pirq)))
		return -EFAULT;
	pirq = irq_free_pirq(current->domain);
	if (pirq < 0)
		return pirq;
	op.pirq = (uint32_t)pirq;
	return copy_to_guest(guest_arg(struct physdev_get_free_pirq), &op);
}

/* The device that an operation names, in one of the three forms there are. */
static long named_device(unsigned cmd, uint64_t arg, struct pci_device *dev)
{
	struct physdev_manage_pci old;
	struct physdev_pci_device with_segment;

	if (!call_privileged())
		return -EPERM;
	if (cmd == PHYSDEVOP_pci_device_add || cmd == PHYSDEVOP_pci_device_remove || cmd == PHYSDEVOP_restore_msi_ext) {
		/* All three begin alike. */
		if (copy_from_guest(&with_segment, guest_arg(struct physdev_pci_device)))
			return -EFAULT;
		*dev = (struct pci_device){with_segment.seg, with_segment.bus, with_segment.devfn};
		return 0;
	}
	if (copy_from_guest(&old, guest_arg(struct physdev_manage_pci)))
		return -EFAULT;
	*dev = (struct pci_device){0, old.bus, old.devfn};
	return 0;
}

/* We keep nothing about a device before one of its interrupts is mapped, so all there is to do is
 * to look whether it is there. */
static long device_added(unsigned cmd, uint64_t arg)
{
	struct pci_device dev;
	long err = named_device(cmd, arg, &dev);

	if (err)
		return err;
	return pci_exists(dev) ? 0 : -ENODEV;
}

static long device_removed(unsigned cmd, uint64_t arg)
{
	struct pci_device dev;
	long err = named_device(cmd, arg, &dev);

	if (!err)
		irq_forget_device(dev);
	return err;
}

static long restore_msi(unsigned cmd, uint64_t arg)
{
	struct pci_device dev;
	long err = named_device(cmd, arg, &dev);

	if (!err)
		irq_restore_msi(dev);
	return err;
}

/* Dom0 confirms a configuration area that its ACPI describes: it must be one that ours does. */
static long mmcfg_reserved(uint64_t arg)
{
	struct physdev_pci_mmcfg_reserved op;

	if (copy_from_guest(&op, guest_arg(struct physdev_pci_mmcfg_reserved)))
		return -EFAULT;
	if (!call_privileged())
		return -EPERM;
	for (unsigned i = 0; i < acpi_info.mcfg.count; i++) {
		const struct acpi_mcfg_range *r = &acpi_info.mcfg.range[i];

		if (r->base == op.address && r->segment == op.segment && r->first_bus == op.start_bus &&
		    r->last_bus == op.end_bus)
			return 0;
	}
	return -ENODEV;
}

/* We use no USB debug port, so its controller can be reset at any time. */
static long dbgp_op(uint64_t arg)
{
	struct physdev_dbgp_op op;

	if (copy_from_guest(&op, guest_arg(struct physdev_dbgp_op)))
		return -EFAULT;
	if (!call_privileged())
		return -EPERM;
	return op.op == PHYSDEVOP_DBGP_RESET_PREPARE || op.op == PHYSDEVOP_DBGP_RESET_DONE ? 0 : -EINVAL;
}

long call_physdev_op(uint64_t cmd, uint64_t arg)
{
	switch ((unsigned)cmd) {
	case PHYSDEVOP_eoi:
		return eoi(arg);
	case PHYSDEVOP_pirq_eoi_gmfn_v2:
		return set_eoi_page(arg);
	case PHYSDEVOP_irq_status_query:
		return irq_status_query(arg);
	case PHYSDEVOP_set_iopl:
		return set_iopl(arg);
	case PHYSDEVOP_set_iobitmap:
		return set_iobitmap(arg);
	case PHYSDEVOP_apic_read:
		return apic_read(arg);
	case PHYSDEVOP_alloc_irq_vector:
		return alloc_irq_vector(arg);
	case PHYSDEVOP_map_pirq:
		return map_pirq(arg);
	case PHYSDEVOP_unmap_pirq:
		return unmap_pirq(arg);
	case PHYSDEVOP_setup_gsi:
		return setup_gsi(arg);
	case PHYSDEVOP_get_free_pirq:
		return get_free_pirq(arg);
	case PHYSDEVOP_manage_pci_add:
	case PHYSDEVOP_manage_pci_add_ext:
	case PHYSDEVOP_pci_device_add:
		return device_added((unsigned)cmd, arg);
	case PHYSDEVOP_manage_pci_remove:
	case PHYSDEVOP_pci_device_remove:
		return device_removed((unsigned)cmd, arg);
	case PHYSDEVOP_restore_msi:
	case PHYSDEVOP_restore_msi_ext:
		return restore_msi((unsigned)cmd, arg);
	case PHYSDEVOP_pci_mmcfg_reserved:
		return mmcfg_reserved(arg);
	case PHYSDEVOP_dbgp_op:
		return dbgp_op(arg);
	default:
		return call_missing(__HYPERVISOR_physdev_op, (unsigned)cmd);
	}
}
