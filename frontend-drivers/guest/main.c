/* main.c - the reference guest: its start, its work as Dom0 and as DomU, and its end */
#include "frontend-drivers/blkfront.h"
#include "frontend-drivers/consfront.h"
#include "frontend-drivers/guest/kernel.h"
#include "frontend-drivers/guest/library.h"
#include "frontend-drivers/guest/net.h"
#include "frontend-drivers/guest/selftest.h"
#include "frontend-drivers/guest/tar.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#define PART_NS 20000000000ull /* how long back ends may take to let go at the end */

void guest_main(struct start_info *si);

struct start_info *start_info;
static uint8_t shared_page[PAGE_SIZE] __aligned(PAGE_SIZE);
struct shared_info *const shared = (struct shared_info *)(void *)shared_page;

static struct blkfront disk;
static struct tar tar;
static bool has_disk, has_net;

/* ---- Words -------------------------------------------------------------------------------------------- */

static void write_line(char *text, int length, size_t size)
{
	size_t n = MIN((size_t)length, size - 2);

	text[n++] = '\n';
	if (is_dom0())
		CALL3(console_io, CONSOLEIO_write, n, text);
	else
		consfront_write(text, (uint32_t)n);
}

void os_log(const char *fmt, ...)
{
	char text[200];
	va_list args;
	int n;

	va_start(args, fmt);
	n = format_va(text, sizeof(text), fmt, args);
	va_end(args);
	write_line(text, n, sizeof(text));
}

void panic(const char *fmt, ...)
{
	char text[200];
	va_list args;
	int n = format(text, sizeof(text), "refguest: panic: ");

	va_start(args, fmt);
	n += format_va(text + n, sizeof(text) - (size_t)n, fmt, args);
	va_end(args);
	write_line(text, n, sizeof(text));
	shut_down(SHUTDOWN_crash);
}

void shut_down(unsigned int reason)
{
	struct sched_shutdown s = {reason};

	for (;;)
		CALL2(sched_op, SCHEDOP_shutdown, &s);
}

bool option(const char *name, char *value, size_t size)
{
	const char *at = (const char *)start_info->cmd_line;
	size_t len = strlen(name), n = 0;

	while (*at) {
		while (*at == ' ')
			at++;
		if (str_starts(at, name) && (at[len] == '=' || at[len] == ' ' || !at[len])) {
			at += len + (at[len] == '=');
			while (at[n] && at[n] != ' ' && n + 1 < size) {
				value[n] = at[n];
				n++;
			}
			value[n] = '\0';
			return true;
		}
		while (*at && *at != ' ')
			at++;
	}
	return false;
}

/* ---- What the builder has told ------------------------------------------------------------------------ */

static void *page_of_mfn(uint64_t mfn)
{
	return (void *)(KERNEL_BASE + (machine_to_phys_mapping[mfn] << 12));
}

void *os_store_page(uint32_t *port)
{
	*port = start_info->store_evtchn;
	return is_dom0() ? NULL : page_of_mfn(start_info->store_mfn);
}

void *os_console_page(uint32_t *port)
{
	*port = start_info->console.domU.evtchn;
	return is_dom0() ? NULL : page_of_mfn(start_info->console.domU.mfn);
}

/* ---- A DomU's life ------------------------------------------------------------------------------------ */

/* The first device of a kind, such as "device/vbd/51712". */
static bool first_device(const char *kind, char *path, size_t size)
{
	char names[256];

	format(path, size, "device/%s", kind);
	if (store_list(path, names, sizeof(names)) <= 0)
		return false;
	format(path, size, "device/%s/%s", kind, names);
	return true;
}

static void open_devices(void)
{
	char path[XENBUS_PATH];
	int err;

	if (first_device("vif", path, sizeof(path))) {
		err = netfront_open(&net_device, path, os_vcpus());
		has_net = !err;
		if (err)
			os_log("refguest: %s: error %d", path, -err);
	}
	if (first_device("vbd", path, sizeof(path))) {
		err = blkfront_open(&disk, path, os_vcpus(), 4);
		has_disk = !err;
		if (err)
			os_log("refguest: %s: error %d", path, -err);
	}
}

static void serve(void)
{
	int err;

	if (has_disk) {
		err = tar_open(&tar, &disk);
		if (err)
			os_log("refguest: the disk cannot be read as a tar archive: error %d", -err);
		os_log("refguest: disk: %lu sectors, %u queues, %u files", disk.features.sectors, disk.nr_queues,
		       tar.nr_files);
	}
	if (has_net) {
		net_serve_files(&tar);
		xenbus_wait(&net_device.dev, OS_FOREVER);
		os_log("refguest: network: %02x:%02x:%02x:%02x:%02x:%02x, %u queues, sg %d, gso %d", net_device.mac[0],
		       net_device.mac[1], net_device.mac[2], net_device.mac[3], net_device.mac[4], net_device.mac[5],
		       net_device.nr_queues, net_device.sg, net_device.gso_tcpv4);
	}
}

/* The toolstack asks by a node, and is answered by taking the word away. */
static unsigned int wait_for_shutdown(void)
{
	static struct os_signal asked;
	static struct store_watch watch = {.path = "control/shutdown", .signal = &asked};
	char word[16];

	if (store_watch(&watch))
		os_log("refguest: nobody can ask for a shutdown");
	for (;;) {
		os_wait(&asked, OS_FOREVER);
		if (store_read(watch.path, word, sizeof(word)) <= 0)
			continue;
		store_write(watch.path, "");
		os_log("refguest: asked for: %s", word);
		if (strcmp(word, "poweroff") == 0 || strcmp(word, "halt") == 0)
			return SHUTDOWN_poweroff;
		if (strcmp(word, "reboot") == 0)
			return SHUTDOWN_reboot;
	}
}

static void be_domu(void)
{
	char word[8];
	unsigned int reason;

	if (store_open())
		panic("there is no store");
	open_devices();
	thread_new("xenbus", 0, xenbus_serve, NULL);
	if (has_net)
		thread_new("net", 0, net_main, NULL);
	serve();
	os_log("refguest: ready, %lu KiB free", pages_free() * 4);
	if (option("selftest", word, sizeof(word)))
		selftest();
	reason = wait_for_shutdown();
	if ((has_disk && !xenbus_close(&disk.dev, os_now() + PART_NS)) ||
	    (has_net && !xenbus_close(&net_device.dev, os_now() + PART_NS)))
		os_log("refguest: a back end does not let go");
	os_log("refguest: %lu packets sent, %lu received, %lu dropped; good-bye", net_device.sent, net_device.received,
	       net_device.dropped);
	shut_down(reason);
}

void guest_main(struct start_info *si)
{
	uint64_t pages;

	start_info = si;
	threads_init();
	if (CALL3(update_va_mapping, shared_page, si->shared_info | PTE_PLAIN, UVMF_INVLPG | UVMF_ALL) ||
	    CALL2(set_segment_base, SEGBASE_FS, library_fs_base()))
		shut_down(SHUTDOWN_crash);
	events_init();
	trap_init();
	if (!is_dom0() && consfront_open())
		shut_down(SHUTDOWN_crash);
	pages = paging_init();
	grants_init();
	vcpu_timers_init(0);
	events_restore(false);
	vcpus_start();
	os_log("refguest: %s with %lu KiB and %u vcpu%s", is_dom0() ? "Dom0" : "DomU", pages * 4, os_vcpus(),
	       os_vcpus() == 1 ? "" : "s");
	if (!is_dom0())
		be_domu();
	selftest();
	shut_down(SHUTDOWN_poweroff);
}
