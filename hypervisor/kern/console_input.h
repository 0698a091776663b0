/* console_input.h - fetches what is typed on the serial lines, and tells Dom0 */
#ifndef KERN_CONSOLE_INPUT_H
#define KERN_CONSOLE_INPUT_H

/* From now on, by a timer on the boot CPU; Dom0 gets VIRQ_CONSOLE and calls console_read() (kern/printk.h). */
void console_input_start(void);

#endif
