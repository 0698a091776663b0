/* hypercall_page.c - a page of stubs, 32 bytes for each hypercall, that guests may call instead of using `syscall`
 *
 * syscall loses rcx and r11; a stub keeps them. iret's must not return, and leaves rcx, r11 and rax on the stack for the
 * hypercall to find.
 */
#include "call/domctl.h"
#include "lib/string.h"

#define STUB_SIZE 32
#define STUBS	  (4096 / STUB_SIZE)

void hypercall_page_write(uint8_t page[4096])
{
	static const uint8_t ordinary[] = {
		0x51,		     /* push rcx */
		0x41, 0x53,	     /* push r11 */
		0xb8, 0,    0, 0, 0, /* mov eax, number */
		0x0f, 0x05,	     /* syscall */
		0x41, 0x5b,	     /* pop r11 */
		0x59,		     /* pop rcx */
		0xc3,		     /* ret */
	};
	static const uint8_t iret[] = {
		0x51,		     /* push rcx */
		0x41, 0x53,	     /* push r11 */
		0x50,		     /* push rax */
		0xb8, 0,    0, 0, 0, /* mov eax, number */
		0x0f, 0x05,	     /* syscall */
	};

	memset(page, 0xcc, 4096);
	for (uint8_t number = 0; number < STUBS; number++) {
		uint8_t *stub = page + number * STUB_SIZE;

		if (number == __HYPERVISOR_iret) {
			memcpy(stub, iret, sizeof(iret));
			stub[5] = number;
		} else {
			memcpy(stub, ordinary, sizeof(ordinary));
			stub[4] = number;
		}
	}
}
