/* guest.h - the one door to guest memory
 *
 * The current guest's addresses are read and written where they are, through its own page tables, so a write to a
 * read-only page fails as the guest's own would. (Those of an HVM guest are walked by us.) Each argument is read once into hypervisor memory and judged there.
 */
#ifndef KERN_GUEST_H
#define KERN_GUEST_H

#include <stddef.h>
#include <stdint.h>

/* 0 or -EFAULT: not mapped, not writable, or not the guest's part of the address space. */
int guest_read(void *to, const void *guest, size_t size);
int guest_write(void *guest, const void *from, size_t size);
int guest_clear(void *guest, size_t size);

/* Typed: `handle` is an ABI guest handle (a pointer to the element type). */
#define copy_from_guest(to, handle) guest_read((to), (1 ? (handle) : (to)), sizeof(*(to)))
#define copy_from_guest_array(to, handle, first, nr)                                                                   \
	guest_read((to), (1 ? (handle) : (to)) + (first), (nr) * sizeof(*(to)))
#define copy_to_guest(handle, from) guest_write((1 ? (handle) : (from)), (from), sizeof(*(from)))
#define copy_to_guest_array(handle, first, from, nr)                                                                   \
	guest_write((1 ? (handle) : (from)) + (first), (from), (nr) * sizeof(*(from)))
/* One field of the structure that handle points at. */
#define copy_field_to_guest(handle, from, field) guest_write(&(handle)->field, &(from)->field, sizeof((from)->field))

#endif
