/* smap.h - entry.S's stac and clac, where the CPU has them */
#ifndef ARCH_X86_PV_SMAP_H
#define ARCH_X86_PV_SMAP_H

/* Puts them in place: on the boot CPU, before it sets CR4.SMAP. */
void smap_patch(void);

#endif
