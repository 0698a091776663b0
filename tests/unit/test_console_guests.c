/* test_console_guests.c - what a guest prints is taken to the end, event or not */
#define _GNU_SOURCE
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <xen/io/console.h>

#include "dom0-tools/consoled/consoled.h"
#include "xen_world.h"

static struct xencons_interface page;
static unsigned int to_print; /* how often it prints yet */

/* ---- A guest that prints whenever we are not looking --------------------------------------------- */

static void print(void)
{
	if (!to_print)
		return;
	to_print--;
	page.out_prod += 1000; /* twice that has room */
}

static bool all_is_taken(void)
{
	return page.out_cons == page.out_prod;
}

/* ---- What there is without a hypervisor ------------------------------------------------------------ */

void complain(const char *fmt, ...)
{
	(void)fmt;
}

int plinth_list_domains(struct plinth *h, struct plinth_domain **list)
{
	(void)h;
	*list = calloc(1, sizeof(**list));
	(*list)->domid = 7;
	return 1;
}

int plinth_store_get(struct plinth_store *s, uint32_t txn, const char *path, char *value, size_t size)
{
	(void)s;
	(void)txn;
	(void)path;
	memcpy(value, "9", size < 2 ? size : 2);
	return 1;
}

int plinth_store_write(struct plinth_store *s, uint32_t txn, const char *path, const char *value)
{
	(void)s;
	(void)txn;
	(void)path;
	(void)value;
	return 0;
}

int openpty(int *master, int *slave, char *name, const struct termios *how, const struct winsize *size)
{
	int pair[2];

	(void)name;
	(void)how;
	(void)size;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	*master = pair[0];
	*slave = pair[1];
	return 0;
}

void logfile_open(struct logfile *log, const struct log_policy *policy, const char *name)
{
	(void)log;
	(void)policy;
	(void)name;
}

/* While one stretch is dealt with the guest prints the next. */
void logfile_write(struct logfile *log, const char *data, size_t len)
{
	(void)log;
	(void)data;
	(void)len;
	print();
}

void logfile_close(struct logfile *log)
{
	(void)log;
}

/* ---- Tests ------------------------------------------------------------------------------------------- */

static void open_console(struct daemon *d)
{
	memset(&page, 0, sizeof(page));
	memset(&xen, 0, sizeof(xen));
	xen.page = &page;
	xen.at_unmask = print;
	to_print = 0;
	*d = (struct daemon){.events = -1, .grants = -1};
	CU_ASSERT_FATAL(!plinth_loop_new(&d->loop));
	guests_look(d);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d->consoles);
}

static void close_console(struct daemon *d)
{
	guests_close(d);
	plinth_loop_free(d->loop);
}

/* No event comes; only what it says itself that it has to do is done. */
static void go_on(struct daemon *d)
{
	for (int i = 0; i < 100 && !all_is_taken(); i++)
		guests_go_on(d);
}

TEST(what_was_printed_before_is_taken_without_an_event)
{
	struct daemon d;

	open_console(&d);
	to_print = 1;
	print();
	go_on(&d);
	CU_ASSERT_TRUE(all_is_taken());
	CU_ASSERT_EQUAL(xen.unmasked, 1);
	close_console(&d);
}

TEST(the_rest_of_a_turn_is_taken_in_the_next)
{
	struct daemon d;

	open_console(&d);
	guests_go_on(&d); /* nothing: its channel is unmasked */
	CU_ASSERT_EQUAL(xen.unmasked, 1);
	to_print = 20;
	print();
	guests_event(&d, XEN_PORT);
	go_on(&d);
	CU_ASSERT_TRUE(all_is_taken());
	CU_ASSERT_EQUAL(to_print, 0);
	CU_ASSERT_EQUAL(xen.unmasked, 2);
	close_console(&d);
}

/* It prints from the unmasking on, for longer than a turn: what is left then is nobody's if it is not the next turn's. */
TEST(what_is_printed_after_the_last_look_has_its_turn_too)
{
	struct daemon d;

	open_console(&d);
	to_print = 20;
	guests_go_on(&d);
	CU_ASSERT_FALSE(all_is_taken());
	go_on(&d);
	CU_ASSERT_TRUE(all_is_taken());
	CU_ASSERT_EQUAL(to_print, 0);
	close_console(&d);
}
