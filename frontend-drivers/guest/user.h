/* user.h - what the user program and the kernel agree on; also for assembly */
#ifndef GUEST_USER_H
#define GUEST_USER_H

#define USER_BASE  0x400000 /* the program, read-only */
#define USER_STACK 0x7ff000 /* one page */

/* syscall: number in rax, arguments in rdi, rsi; the result in rax; rcx and r11 are lost. */
#define USER_SAY   0 /* address, length: a line on the console; 0, or -EFAULT */
#define USER_SLEEP 1 /* nanoseconds */
#define USER_NOW   2 /* nanoseconds */
#define USER_VCPU  3
#define USER_END   4 /* status */

#endif
