/* devices.h - the devices that the hypervisor itself emulates for an HVM domain: 8259As, I/O APIC, 8254
 *
 * A PVH domain has none of them. What they decide is pure (core/vpic.h, vioapic.h, vpit.h, vlines.h); here is their lock,
 * the timer, and whom they interrupt. No function wants a lock held; they nest outside the scheduler's locks.
 */
#ifndef ARCH_X86_HVM_DEVICES_H
#define ARCH_X86_HVM_DEVICES_H

#include "arch/x86/hvm/hvm.h"
#include "core/vioapic.h"
#include "core/vlines.h"
#include "core/vpic.h"
#include "core/vpit.h"

#define DEBUG_LINE  120
#define DEBUG_LINES 400 /* of a domain's: firmware's words are wanted, not a guest's that fills the log */

struct hvm_devices {
	spinlock_t lock;
	struct vpic pic;
	struct vioapic ioapic;
	struct vpit pit;
	struct vlines lines;
	uint64_t inputs;       /* of the controllers, as they were set last */
	struct timer tick;     /* the 8254's channel 0; it is this that raises ISA's line 0 */
	char said[DEBUG_LINE]; /* the line that it is writing to the debug port */
	unsigned said_length, said_lines;
};

#define HVM_DEBUG_PORT 0xe9

int hvm_devices_init(struct domain *d); /* -ENOMEM */
void hvm_devices_stop(struct domain *d);
void hvm_devices_free(struct domain *d);

/* A port of theirs, of one byte. False: it is none. */
bool hvm_device_read(struct vcpu *v, uint16_t port, uint8_t *value);
bool hvm_device_write(struct vcpu *v, uint16_t port, uint8_t value);

/* The I/O APIC's page: what touches it, and aligned words of it. */
bool hvm_is_ioapic(const struct vcpu *v, uint64_t address, unsigned size);
uint32_t hvm_ioapic_read(struct vcpu *v, uint64_t address);
void hvm_ioapic_write(struct vcpu *v, uint64_t address, uint32_t value);
/* A local APIC of the domain's has ended the service of this vector. */
void hvm_ioapic_end(struct domain *d, uint8_t vector);

/* Lines of the device model's devices. -EINVAL: no such line; -ENODEV: the domain has no controllers. */
int hvm_set_isa_line(struct domain *d, unsigned line, bool high);
int hvm_set_intx_line(struct domain *d, unsigned device, unsigned pin, bool high);
int hvm_set_link_route(struct domain *d, unsigned link, unsigned isa);

/* Have the 8259As an interrupt for this vcpu, which its local APIC lets through? */
bool hvm_pic_pending(const struct vcpu *v);
uint8_t hvm_pic_accept(struct vcpu *v);

/* A message of an I/O APIC's or a device's to the local APICs that it names. (hvm/lapic.c) */
void hvm_deliver_message(struct domain *d, const struct vioapic_message *m);
/* One that a device writes to memory. -EINVAL: the address is not the local APICs'. */
int hvm_deliver_msi(struct domain *d, uint64_t address, uint32_t data);

#endif
