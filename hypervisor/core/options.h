/* options.h - what the hypervisor's command line can set */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include "core/cmdline.h"

/* com1=, com2=: BAUD[,FRAME[,BASE[,IRQ]]], such as 115200,8n1,0x3f8,4. Parts left out keep their
 * defaults. */
struct options_serial {
	bool given;
	uint32_t baud; /* 0 (written auto): leave the rate as it is */
	uint8_t data_bits, stop_bits;
	char parity;	  /* 'n', 'o', 'e', 'm' or 's' */
	uint16_t io_base; /* its first I/O port */
	uint8_t irq;	  /* 0: poll */
};

/* console=: bits of options.console; its names stand in the same order. */
enum options_console {
	CONSOLE_COM1 = 1 << 0,
	CONSOLE_COM2 = 1 << 1,
	CONSOLE_VGA = 1 << 2,
};

/* loglvl=: what is worth a line, and all that is worse. */
enum options_log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG,
};

/* reboot=: how the machine is restarted. */
enum options_reboot {
	REBOOT_DEFAULT,	 /* whatever the machine has, ACPI first */
	REBOOT_ACPI,	 /* a: the reset register */
	REBOOT_KEYBOARD, /* k: the keyboard controller's reset line */
	REBOOT_PCI,	 /* p: port 0xcf9 */
	REBOOT_TRIPLE,	 /* t: a triple fault */
	REBOOT_NEVER,	 /* n: stop instead */
};

/* dom0_mem=: SIZE, min:SIZE and max:SIZE in any order, parted by commas; bytes, 0 where not given.
 */
struct options_dom0_mem {
	uint64_t size, min, max;
};

struct options {
	struct options_serial com1, com2;
	uint32_t console; /* enum options_console bits */
	bool console_given;
	uint32_t log_level;   /* enum options_log_level */
	bool lenient;	      /* words that are not understood do not keep the machine from starting */
	bool noreboot;	      /* after a crash: stop, so that the message can be read */
	uint32_t reboot;      /* enum options_reboot */
	uint32_t cpus;	      /* CPUs to bring up at most; 0: all */
	uint32_t sched_slice; /* microseconds a vcpu runs before another may; 0: the scheduler's own
			       */
	struct options_dom0_mem dom0_mem;
	uint32_t dom0_max_vcpus; /* 0: one for each CPU */
};

/*
 * Fills options with the defaults and then from the line. Complaints and *rest are as in
 * cmdline_parse(); *rest is what the loader's line has for Dom0's kernel behind --.
 */
unsigned int options_parse(struct options *options, const char *line, struct cmdline_complaint *complaints,
			   unsigned int room, const char **rest);

#endif
