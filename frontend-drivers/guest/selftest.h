/* selftest.h - the guest tries what it stands on: threads, time, vcpus, page tables, user mode */
#ifndef GUEST_SELFTEST_H
#define GUEST_SELFTEST_H

/* By the first thread. Panics where something is not as it must be. */
void selftest(void);

#endif
