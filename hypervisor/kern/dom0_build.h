/* dom0_build.h - makes the privileged domain out of the boot modules */
#ifndef KERN_DOM0_BUILD_H
#define KERN_DOM0_BUILD_H

/* Module 0 is its kernel, module 1 its initramfs. All CPUs are up; Dom0 is left ready to run (unpaused), dom0 is set. Whoever
 * has used a module gives its memory back (memory_release). What is wrong with a module or an option is said by refuse(). */
void dom0_build(void);

#endif
