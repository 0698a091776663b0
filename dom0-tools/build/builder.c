/* builder.c - fills a new, empty PV domain so that it can run */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "builder.h"
#include "image.h"
#include "layout.h"
#include "dom0-tools/lib/abi.h"
#include <xen/elfnote.h>

#define PAGE	      4096ull
#define PAGES_PER_MIB 256
#define LARGE	      9	   /* order of the extents that are asked for first: 2 MiB */
#define SLACK_KIB     1024 /* above maxmem: what the domain may hold while it exchanges pages */

/* Selectors the hypervisor has in every PV guest's descriptor table. */
#define KERNEL_CODE 0xe033
#define KERNEL_DATA 0xe02b

struct build {
	struct plinth *h;
	unsigned int domid;
	const struct domain_config *config;
	struct kernel_image kernel;
	int ramdisk; /* descriptor; -1: none */
	uint64_t ramdisk_bytes;
	uint64_t nr_pages;
	uint64_t *p2m;
	struct layout layout;
	struct built *built;
};

/* ---- Files ----------------------------------------------------------------------------------- */

static int check_ramdisk(const struct build *b)
{
	const char *path = b->config->ramdisk;
	void *bytes;
	int err;

	if (!b->config->has_ramdisk_sha256)
		return 0;
	bytes = mmap(NULL, b->ramdisk_bytes, PROT_READ, MAP_PRIVATE, b->ramdisk, 0);
	if (bytes == MAP_FAILED)
		return plinth_fail(errno, "ramdisk %s: %s", path, strerror(errno));
	err = digest_check("ramdisk", path, bytes, b->ramdisk_bytes, b->config->ramdisk_sha256);
	munmap(bytes, b->ramdisk_bytes);
	return err;
}

static int open_files(struct build *b)
{
	const struct domain_config *c = b->config;
	struct stat st;
	int err = image_open(&b->kernel, c->kernel, c->has_kernel_sha256 ? c->kernel_sha256 : NULL);

	if (err || !c->ramdisk)
		return err;
	b->ramdisk = open(c->ramdisk, O_RDONLY | O_CLOEXEC);
	if (b->ramdisk < 0 || fstat(b->ramdisk, &st))
		return plinth_fail(errno, "ramdisk %s: %s", c->ramdisk, strerror(errno));
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return plinth_fail(EINVAL, "ramdisk %s is %s", c->ramdisk,
				   S_ISREG(st.st_mode) ? "empty" : "not a file");
	b->ramdisk_bytes = st.st_size;
	return check_ramdisk(b);
}

static int read_ramdisk(const struct build *b)
{
	uint64_t pages = b->layout.ramdisk_pages, have = 0;
	uint8_t *to;
	void *addr;
	ssize_t n;
	int err;

	if (!pages)
		return 0;
	err = plinth_map_frames(b->h, b->domid, b->p2m + b->layout.ramdisk, pages, &addr);
	if (err)
		return err;
	to = addr;
	while (have < b->ramdisk_bytes) {
		n = read(b->ramdisk, to + have, b->ramdisk_bytes - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			err = plinth_fail(n ? errno : EIO, "ramdisk %s: %s", b->config->ramdisk,
					  n ? strerror(errno) : "it became shorter");
			break;
		}
		have += n;
	}
	memset(to + have, 0, pages * PAGE - have);
	munmap(addr, pages * PAGE);
	return err;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static unsigned long long mib(uint64_t pages)
{
	return pages / PAGES_PER_MIB;
}

static int no_memory(const struct build *b, uint64_t got)
{
	unsigned long long wanted = mib(b->nr_pages);
	struct plinth_host host;

	if (plinth_get_host(b->h, &host))
		return plinth_fail(ENOMEM, "memory: %llu MiB are not free", wanted);
	return plinth_fail(ENOMEM,
			   "memory: the domain needs %llu MiB, and %llu MiB are free (%llu MiB are "
			   "missing)",
			   wanted, mib(host.free_pages + got),
			   mib(b->nr_pages - got - host.free_pages) + 1);
}

/* Fails before anything is spent where it is clear that there is not enough. */
static int check_free_memory(const struct build *b)
{
	struct plinth_host host;
	int err = plinth_get_host(b->h, &host);

	if (!err && host.free_pages < b->nr_pages)
		err = no_memory(b, 0);
	return err;
}

static int populate_large(const struct build *b, uint64_t *done)
{
	uint64_t size = 1 << LARGE, count = b->nr_pages / size, i, j;
	uint64_t *frames = malloc(count * sizeof(*frames) + 1);
	long got;

	if (!frames)
		return plinth_fail(ENOMEM, "out of memory");
	for (i = 0; i < count; i++)
		frames[i] = i * size;
	got = count ? plinth_populate(b->h, b->domid, LARGE, count, frames) : 0;
	for (i = 0; got > 0 && i < (uint64_t)got; i++)
		for (j = 0; j < size; j++)
			b->p2m[i * size + j] = frames[i] + j;
	free(frames);
	*done = got > 0 ? got * size : 0;
	return 0;
}

static int populate(const struct build *b)
{
	uint64_t done = 0, i;
	long got;
	int err = populate_large(b, &done);

	if (err)
		return err;
	/* What is left, or what memory in small pieces still holds. */
	for (i = done; i < b->nr_pages; i++)
		b->p2m[i] = i;
	while (done < b->nr_pages) {
		uint64_t batch = b->nr_pages - done < 8192 ? b->nr_pages - done : 8192;

		got = plinth_populate(b->h, b->domid, 0, batch, b->p2m + done);
		if (got < 0)
			return got == -ENOMEM ? no_memory(b, done) : got;
		done += got;
		if ((uint64_t)got < batch)
			return no_memory(b, done);
	}
	return 0;
}

static int give_memory(struct build *b)
{
	const struct domain_config *c = b->config;
	uint64_t maxmem_kib = c->maxmem_mib * 1024;
	int err;

	b->nr_pages = c->memory_mib * PAGES_PER_MIB;
	b->p2m = malloc(b->nr_pages * sizeof(*b->p2m));
	if (!b->p2m)
		return plinth_fail(ENOMEM, "out of memory");
	err = check_free_memory(b);
	if (!err)
		err = plinth_domain_set_max_mem(b->h, b->domid, maxmem_kib + SLACK_KIB);
	if (!err)
		err = plinth_set_memory_map(b->h, b->domid, maxmem_kib * 1024);
	return err ? err : populate(b);
}

/* ---- Kernel ---------------------------------------------------------------------------------- */

static int too_small(const struct build *b, uint64_t pages)
{
	return plinth_fail(ENOMEM,
			   "memory: kernel%s and page tables need %llu MiB, the domain has %llu MiB",
			   b->config->ramdisk ? ", ramdisk" : "", mib(pages) + 1,
			   mib(b->nr_pages));
}

static int load_kernel(struct build *b)
{
	const struct elf_notes *notes = &b->kernel.notes;
	const char *path = b->config->kernel;
	uint64_t kernel_pages = (b->kernel.elf.phys_end + PAGE - 1) / PAGE;
	int err;

	if (kernel_pages > b->nr_pages)
		return too_small(b, kernel_pages);
	err = image_place(&b->kernel, b->h, b->domid, b->p2m, b->nr_pages);
	if (!err)
		err = image_unpack(&b->kernel);
	if (err)
		return err;
	if (!elf_notes_have(notes, XEN_ELFNOTE_ENTRY))
		return plinth_fail(EINVAL, "kernel %s has no entry for PV domains", path);
	if (notes->paddr_offset)
		return plinth_fail(EOPNOTSUPP,
				   "kernel %s counts its physical addresses from %#llx, which is "
				   "not supported",
				   path, (unsigned long long)notes->paddr_offset);
	if (!layout_plan(&b->layout, &b->kernel.elf, notes, b->nr_pages, b->ramdisk_bytes))
		return too_small(b, b->layout.end);
	return image_finish(&b->kernel, b->h, b->domid, b->p2m);
}

/* ---- What the kernel finds ------------------------------------------------------------------- */

static uint64_t virt(const struct layout *l, uint64_t page)
{
	return l->virt_base + page * PAGE;
}

static void write_start_info(const struct build *b, uint64_t shared_info_mfn,
			     struct start_info *info)
{
	const struct layout *l = &b->layout;
	const struct built *built = b->built;

	snprintf(info->magic, sizeof(info->magic), "xen-3.0-x86_64");
	info->nr_pages = b->nr_pages;
	info->shared_info = shared_info_mfn * PAGE;
	info->store_mfn = built->store_mfn;
	info->store_evtchn = built->store_port;
	info->console.domU.mfn = built->console_mfn;
	info->console.domU.evtchn = built->console_port;
	info->pt_base = virt(l, l->tables);
	info->nr_pt_frames = l->nr_tables;
	info->mfn_list = l->p2m_virt;
	if (l->p2m_apart) {
		info->first_p2m_pfn = l->p2m;
		info->nr_p2m_frames = l->p2m_pages;
	}
	if (l->ramdisk_pages) {
		info->mod_start = l->ramdisk_by_pfn ? l->ramdisk : virt(l, l->ramdisk);
		info->mod_len = b->ramdisk_bytes;
		info->flags |= l->ramdisk_by_pfn ? SIF_MOD_START_PFN : 0;
	}
	snprintf((char *)info->cmd_line, sizeof(info->cmd_line), "%s", b->config->cmdline);
}

/* start_info, store, console, tables and stack follow each other: one mapping does for all. */
static int write_boot_pages(const struct build *b, uint64_t shared_info_mfn)
{
	const struct layout *l = &b->layout;
	uint64_t pages = l->stack + 1 - l->start_info;
	uint8_t *base;
	void *addr;
	int err = plinth_map_frames(b->h, b->domid, b->p2m + l->start_info, pages, &addr);

	if (err)
		return err;
	base = addr;
	memset(base, 0, pages * PAGE);
	write_start_info(b, shared_info_mfn, addr);
	layout_write_tables(l, b->p2m, (void *)(base + (l->tables - l->start_info) * PAGE));
	munmap(addr, pages * PAGE);
	return 0;
}

static int write_p2m(const struct build *b)
{
	const struct layout *l = &b->layout;
	size_t bytes = b->nr_pages * sizeof(*b->p2m), all = l->p2m_pages * PAGE;
	void *addr;
	int err = plinth_map_frames(b->h, b->domid, b->p2m + l->p2m, l->p2m_pages, &addr);

	if (err)
		return err;
	memcpy(addr, b->p2m, bytes);
	memset((uint8_t *)addr + bytes, 0xff, all - bytes); /* no such frames */
	munmap(addr, all);
	return 0;
}

/* Dom0's daemons map store and console through grants that stand at agreed places. */
static int write_grants(const struct build *b)
{
	struct grant_entry_v1 *entries;
	uint64_t frame;
	void *addr;
	int err = plinth_grant_table(b->h, b->domid, 1, &frame);

	if (!err)
		err = plinth_map_frames(b->h, b->domid, &frame, 1, &addr);
	if (err)
		return err;
	entries = addr;
	entries[GNTTAB_RESERVED_CONSOLE].frame = b->built->console_mfn;
	entries[GNTTAB_RESERVED_CONSOLE].domid = 0;
	entries[GNTTAB_RESERVED_CONSOLE].flags = GTF_permit_access;
	entries[GNTTAB_RESERVED_XENSTORE].frame = b->built->store_mfn;
	entries[GNTTAB_RESERVED_XENSTORE].domid = 0;
	entries[GNTTAB_RESERVED_XENSTORE].flags = GTF_permit_access;
	munmap(addr, PAGE);
	return 0;
}

/* No event may come before the kernel has said where to: the store has one for it already. */
static int mask_events(const struct build *b, uint64_t shared_info_mfn)
{
	struct shared_info *info;
	void *addr;
	int err = plinth_map_frames(b->h, b->domid, &shared_info_mfn, 1, &addr);

	if (err)
		return err;
	info = addr;
	for (size_t i = 0; i < sizeof(info->vcpu_info) / sizeof(info->vcpu_info[0]); i++)
		info->vcpu_info[i].evtchn_upcall_mask = 1;
	munmap(addr, PAGE);
	return 0;
}

static int start_vcpu(const struct build *b)
{
	const struct layout *l = &b->layout;
	struct vcpu_guest_context *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return plinth_fail(ENOMEM, "out of memory");
	c->flags = VGCF_in_kernel | VGCF_online;
	c->user_regs.rip = b->kernel.notes.entry;
	c->user_regs.rsp = virt(l, l->stack) + PAGE;
	c->user_regs.rsi = virt(l, l->start_info);
	c->user_regs.rflags = 1 << 9; /* interrupts may come */
	c->user_regs.cs = KERNEL_CODE;
	c->user_regs.ss = KERNEL_DATA;
	c->kernel_ss = KERNEL_DATA;
	c->kernel_sp = c->user_regs.rsp;
	c->ctrlreg[3] = b->p2m[l->tables] * PAGE;
	c->debugreg[6] = 0xffff0ff0;
	c->debugreg[7] = 0x400;
	err = plinth_domain_set_context(b->h, b->domid, 0, c);
	free(c);
	return err;
}

static int connect_services(const struct build *b)
{
	struct built *built = b->built;
	int port;

	built->store_mfn = b->p2m[b->layout.store];
	built->console_mfn = b->p2m[b->layout.console];
	port = plinth_event_alloc(b->h, b->domid, 0);
	if (port < 0)
		return port;
	built->store_port = port;
	port = plinth_event_alloc(b->h, b->domid, 0);
	if (port < 0)
		return port;
	built->console_port = port;
	return write_grants(b);
}

static int fill(struct build *b)
{
	struct plinth_domain dom;
	int err;

	if ((err = open_files(b)) || (err = give_memory(b)) || (err = load_kernel(b)) ||
	    (err = read_ramdisk(b)) || (err = connect_services(b)) ||
	    (err = plinth_get_domain(b->h, b->domid, &dom)) ||
	    (err = mask_events(b, dom.shared_info_mfn)) ||
	    (err = write_boot_pages(b, dom.shared_info_mfn)) || (err = write_p2m(b)))
		return err;
	err = plinth_pin_l4(b->h, b->domid, b->p2m[b->layout.tables]);
	return err ? err : start_vcpu(b);
}

/* What the child has to say to its parent. */
struct outcome {
	int err;
	char why[512];
	struct built built;
};

static __attribute__((noreturn)) void build_and_exit(struct build *b, struct outcome *outcome)
{
	outcome->err = fill(b);
	if (outcome->err)
		snprintf(outcome->why, sizeof(outcome->why), "%s", plinth_error());
	_exit(0);
}

static int wait_for(pid_t child, struct outcome *outcome, struct built *built)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return plinth_fail(errno, "lost the domain's builder: %s", strerror(errno));
	if (!WIFEXITED(status))
		return plinth_fail(EIO, "the domain's builder was killed by signal %d",
				   WTERMSIG(status));
	if (outcome->err)
		return plinth_fail(-outcome->err, "%s", outcome->why);
	*built = outcome->built;
	return 0;
}

/*
 * The work is done in a process of its own. Its end takes all mappings of the domain's memory with
 * it, at a fraction of the price: once its page tables are no tables any more for the hypervisor,
 * Linux clears thousands of entries without a trap for each. And a kernel image that someone made
 * to break its reader breaks nothing else.
 */
int build_domain(struct plinth *h, unsigned int domid, const struct domain_config *config,
		 struct built *built)
{
	struct build b = {.h = h, .domid = domid, .config = config, .ramdisk = -1};
	struct outcome *outcome;
	pid_t child;
	int err;

	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (outcome == MAP_FAILED)
		return plinth_fail(ENOMEM, "out of memory");
	b.built = &outcome->built;
	child = fork();
	if (!child)
		build_and_exit(&b, outcome);
	if (child < 0)
		err = plinth_fail(errno, "no process to build the domain: %s", strerror(errno));
	else
		err = wait_for(child, outcome, built);
	munmap(outcome, sizeof(*outcome));
	return err;
}
