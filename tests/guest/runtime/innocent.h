/* innocent.h - work that checks itself: memory under changing page tables, a page table, events, registers, time */
#ifndef TESTS_GUEST_INNOCENT_H
#define TESTS_GUEST_INNOCENT_H

#include "guest.h"

/* On the vcpu that is going to do it, with upcalls masked. Its event channel is the first free one from first_port on. */
void innocent_begin(uint32_t first_port);
/* All of it once; what is wrong is a failure(). Passes are numbered from 1. */
void innocent_pass(uint64_t pass);

#endif
