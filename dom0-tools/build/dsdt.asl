/* dsdt.asl - the devices of an HVM domain: an i440FX with a PIIX3, as qemu-system-i386 -machine xenfv has it
 *
 * PCI interrupts come to the I/O APIC's inputs 16 to 47 (hypervisor/core/vlines.h), or without it to those ISA inputs
 * that the firmware has routed the four links to (dom0-tools/firmware/plug.c).
 */
DefinitionBlock ("dsdt.aml", "DSDT", 2, "PLINTH", "HVM", 1)
{
	Name (\_S5, Package () { 0, 0 })

	Name (MODE, 0) /* 1: the system uses the I/O APIC */
	Method (\_PIC, 1)
	{
		MODE = Arg0
	}

	Scope (\_SB)
	{
		Device (PCI0)
		{
			Name (_HID, EisaId ("PNP0A03"))
			Name (_UID, 0)
			Name (_CRS, ResourceTemplate ()
			{
				WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0, 0xff, 0, 0x100)
				IO (Decode16, 0xcf8, 0xcf8, 1, 8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0, 0, 0xcf7, 0, 0xcf8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0, 0xd00, 0xffff, 0, 0xf300)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite,
					0, 0xa0000, 0xbffff, 0, 0x20000)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
					0, 0xf0000000, 0xfbffffff, 0, 0x0c000000)
			})

			Name (ROUT, Package () { 5, 10, 11, 5 })
			Name (WIRE, Package (128) { })

			/* Each device's four pins. */
			Method (_PRT, 0, Serialized)
			{
				Local0 = 0
				While (Local0 < 128)
				{
					Local1 = Local0 >> 2 /* device */
					Local2 = Local0 & 3  /* pin */
					Local3 = Package (4) { 0, 0, 0, 0 }
					Local3 [0] = (Local1 << 16) | 0xffff
					Local3 [1] = Local2
					If (MODE == 1)
					{
						Local3 [3] = 16 + ((Local0 + (Local1 >> 3)) & 31)
					}
					Else
					{
						Local3 [3] = DerefOf (ROUT [(Local1 + Local2) & 3])
					}
					WIRE [Local0] = Local3
					Local0++
				}
				Return (WIRE)
			}

			Device (ISA)
			{
				Name (_ADR, 0x00010000)

				Device (RTC)
				{
					Name (_HID, EisaId ("PNP0B00"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x70, 0x70, 1, 2)
						IRQNoFlags () { 8 }
					})
				}

				Device (KBD)
				{
					Name (_HID, EisaId ("PNP0303"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x60, 0x60, 1, 1)
						IO (Decode16, 0x64, 0x64, 1, 1)
						IRQNoFlags () { 1 }
					})
				}

				Device (MOU)
				{
					Name (_HID, EisaId ("PNP0F13"))
					Name (_CRS, ResourceTemplate ()
					{
						IRQNoFlags () { 12 }
					})
				}

				Device (COM1)
				{
					Name (_HID, EisaId ("PNP0501"))
					Name (_UID, 1)
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x3f8, 0x3f8, 1, 8)
						IRQNoFlags () { 4 }
					})
				}
			}
		}
	}
}
