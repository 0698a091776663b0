/* options.c - the hypervisor's command line: what cannot be understood is said, and nothing is started */
#include "arch/x86/boot/info.h"
#include "kern/options.h"
#include "kern/printk.h"

#define MAX_COMPLAINTS 8

struct options options;
const char *options_for_dom0 = "";
static unsigned not_understood;

void options_init(void)
{
	static struct cmdline_complaint complaints[MAX_COMPLAINTS];
	unsigned count = options_parse(&options, boot_info.cmdline, complaints, MAX_COMPLAINTS, &options_for_dom0);

	for (unsigned i = 0; i < MIN(count, MAX_COMPLAINTS); i++)
		log_warning("Command line: '%s' %s.", complaints[i].word, cmdline_reason_text(complaints[i].reason));
	if (count > MAX_COMPLAINTS)
		log_warning("Command line: %u more words are like that.", count - MAX_COMPLAINTS);
	not_understood = count;
	/* Who sets up a serial port means to use it. */
	if (!options.console_given)
		options.console |= (options.com1.given ? CONSOLE_COM1 : 0) | (options.com2.given ? CONSOLE_COM2 : 0);
}

/* A mistyped option may be the one that keeps Dom0 small, or two CPUs apart: going on without it does harm later. */
void options_insist(void)
{
	if (not_understood && !options.lenient)
		refuse("The command line has %u word%s that cannot be understood: mend it, or add \"lenient\" to go on "
		       "without.",
		       not_understood, not_understood == 1 ? "" : "s");
}
