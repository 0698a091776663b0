/* dsdt.S - dsdt.asl as iasl has compiled it */
	.section .rodata
	.globl dsdt_aml, dsdt_aml_end
	.balign 16
dsdt_aml:
	.incbin "dsdt.aml"
dsdt_aml_end:
	.section .note.GNU-stack, "", @progbits
