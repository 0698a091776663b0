/* far_return.c - IRETQ and far RET of a guest's kernel to itself, where an emulated CPU with SMAP cannot
 *
 * QEMU before 9.1 reads the frame as the supervisor would, though the instruction runs in ring 3, and so meets SMAP. No real
 * CPU reports a page fault from ring 3 on a present page without PF_USER for an instruction like these.
 */
#include "arch/x86/cpu.h"
#include "arch/x86/pv/offsets.h"
#include "arch/x86/pv/pv.h"
#include "kern/guest.h"

#define LENGTH 2 /* REX.W and the opcode */

bool pv_emulate_far_return(struct vcpu *v)
{
	struct cpu_user_regs *r = &v->regs;
	struct {
		uint64_t rip, cs, rflags, rsp, ss;
	} frame;
	uint8_t code[LENGTH];

	if (!cpu_has(CPU_SMAP) || guest_read(code, (const void *)r->rip, LENGTH) || code[0] != 0x48)
		return false;
	switch (code[1]) {
	case 0xcf: /* iretq */
		if (guest_read(&frame, (const void *)r->rsp, sizeof(frame)))
			return false;
		r->rflags = (frame.rflags & USER_RFLAGS) | RFLAGS_IF;
		r->rsp = frame.rsp;
		r->ss = (uint16_t)frame.ss | 3;
		break;
	case 0xcb: /* lretq */
		if (guest_read(&frame, (const void *)r->rsp, 16))
			return false;
		r->rsp += 16;
		break;
	default:
		return false;
	}
	r->rip = frame.rip;
	r->cs = (uint16_t)frame.cs | 3;
	return true;
}
