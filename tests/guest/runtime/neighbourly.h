/* neighbourly.h - which random calls of a vcpu leave the other vcpus of its domain, and the domain itself, alive
 *
 * Left out is what one vcpu may do to another on purpose, and so to the domain: to stop it; to take its memory, its tables, its
 * ways into the kernel, all of its event channels or the console's away; to have the hypervisor write somewhere later; to wait.
 * random-calls makes these, and so does a DomU that does not spare itself.
 */
#ifndef TESTS_GUEST_NEIGHBOURLY_H
#define TESTS_GUEST_NEIGHBOURLY_H

#include "guest.h"
#include "wild.h"

/* For struct game's `allowed`: the call's structures are in `room`, WILD_ROOM bytes. */
bool neighbourly(const struct wild_call *call, const uint8_t *room);

#endif
