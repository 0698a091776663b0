/* main.h - from a bare machine to a running Dom0 */
#ifndef KERN_MAIN_H
#define KERN_MAIN_H

/* On the boot CPU, with boot_info filled and the early page tables. */
_Noreturn void hypervisor_main(void);

#endif
