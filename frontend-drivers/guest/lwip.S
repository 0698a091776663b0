/* lwip.S - lwIP's file, and a door for each of its functions that is used here */

	.section .library, "aw", @progbits
	.balign 4096
	.globl library_file
library_file:
	.incbin LWIP_FILE
	.balign 4096
	/* What the library has behind its file: zeroes, checked by library.c to be enough. */
	.skip 32768
	.globl library_end
library_end:

	.section .imports, "aw", @progbits
	.balign 8

/* Calls to NAME jump to the address that library_init() has found for it. */
.macro IMPORT names:vararg
	.irp name, \names
	.text
	.globl \name
\name:	jmp *.Lto_\name(%rip)
	.section .imports
	.quad .Lname_\name
.Lto_\name:
	.quad 0
	.section .rodata
.Lname_\name:
	.asciz "\name"
	.endr
.endm

	IMPORT lwip_init, sys_check_timeouts, sys_timeouts_sleeptime
	IMPORT netif_add, netif_set_default, netif_set_up, netif_set_link_up
	IMPORT ethernet_input, etharp_output
	IMPORT pbuf_alloc, pbuf_free, pbuf_copy_partial
	IMPORT tcp_new, tcp_bind, tcp_listen_with_backlog, tcp_accept, tcp_arg, tcp_recv, tcp_sent, tcp_err, tcp_poll
	IMPORT tcp_write, tcp_output, tcp_recved, tcp_close, tcp_abort

	.section .note.GNU-stack, "", @progbits
