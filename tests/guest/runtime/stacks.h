/* stacks.h - where a test guest's vcpus have their stacks: by a stack pointer it is known which vcpu runs */
#ifndef TESTS_GUEST_STACKS_H
#define TESTS_GUEST_STACKS_H

#define GUEST_VCPUS	 4
#define GUEST_STACK_SIZE 32768

#endif
