/* pic.h - the pair of 8259s that IO-APICs have replaced */
#ifndef ARCH_X86_PIC_H
#define ARCH_X86_PIC_H

/* Masks all that they have. Before the local APIC stops listening to them: a request that the firmware has left hanging must
 * be taken back while the APIC still passes that on. */
void pic_silence(void);

#endif
