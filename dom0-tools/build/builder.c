/* builder.c - fills a new, empty domain so that it can run: what does not depend on its type */
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

#include "build.h"
#include "dom0-tools/lib/abi.h"
#include <xen/hvm/params.h>

#define LARGE	    9	 /* order of the extents that are asked for first: 2 MiB */
#define LARGE_BATCH 8	 /* in one call, during which a Dom0 kernel may have to wait */
#define SLACK_KIB   1024 /* above maxmem: what the domain may hold beside it, or while it exchanges pages */

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

int build_read_ramdisk(const struct build *b, uint64_t first, uint64_t pages)
{
	uint64_t have = 0;
	uint8_t *to;
	void *addr;
	ssize_t n;
	int err;

	if (!pages)
		return 0;
	err = plinth_map_frames(b->h, b->domid, b->p2m + first, pages, &addr);
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
			   wanted, mib(host.free_pages + got), mib(b->nr_pages - got - host.free_pages) + 1);
}

/* An HVM domain's adapter has its memory from the domain's, by the device model. */
static uint64_t video_kib(const struct domain_config *c)
{
	return c->type == DOMAIN_HVM ? c->screen.videoram_mib * 1024ull : 0;
}

/* Fails before anything is spent where it is clear that there is not enough. */
static int check_free_memory(const struct build *b)
{
	struct plinth_host host;
	int err = plinth_get_host(b->h, &host);

	if (!err && host.free_pages < b->nr_pages + video_kib(b->config) / 4)
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
		frames[i] = b->p2m[i * size];
	for (i = 0; i < count; i += got) {
		uint64_t batch = count - i < LARGE_BATCH ? count - i : LARGE_BATCH;

		got = plinth_populate(b->h, b->domid, LARGE, batch, frames + i);
		if (got <= 0)
			break;
	}
	count = i;
	for (i = 0; i < count; i++)
		for (j = 0; j < size; j++)
			b->p2m[i * size + j] = frames[i] + j;
	free(frames);
	*done = count * size;
	return 0;
}

int build_populate(const struct build *b)
{
	uint64_t done = 0;
	long got;
	int err = populate_large(b, &done);

	if (err)
		return err;
	/* What is left, or what memory in small pieces still holds. */
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

int build_too_small(const struct build *b, uint64_t pages)
{
	return plinth_fail(ENOMEM, "memory: kernel%s and %s need %llu MiB, the domain has %llu MiB",
			   b->config->ramdisk ? ", ramdisk" : "",
			   b->config->type == DOMAIN_PV ? "page tables" : "what it starts with",
			   mib(pages + PAGES_PER_MIB - 1), mib(b->nr_pages));
}

/* The domain's size and limit; what it is made of is for the builder of its type to say. */
static int plan_memory(struct build *b)
{
	const struct domain_config *c = b->config;
	int err;

	b->nr_pages = c->memory_mib * PAGES_PER_MIB;
	b->p2m = malloc(b->nr_pages * sizeof(*b->p2m));
	if (!b->p2m)
		return plinth_fail(ENOMEM, "out of memory");
	err = check_free_memory(b);
	return err ? err : plinth_domain_set_max_mem(b->h, b->domid, c->maxmem_mib * 1024 + video_kib(c) + SLACK_KIB);
}

/* ---- Services -------------------------------------------------------------------------------- */

/* Dom0's daemons map store and console through grants that stand at agreed places. */
static int write_grants(const struct build *b)
{
	struct grant_entry_v1 *entries;
	void *addr;
	int err = plinth_map_grant_table(b->h, b->domid, 1, &addr);

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

int build_connect_services(const struct build *b)
{
	struct built *built = b->built;
	int port = plinth_event_alloc(b->h, b->domid, 0);
	if (port < 0)
		return port;
	built->store_port = port;
	port = plinth_event_alloc(b->h, b->domid, 0);
	if (port < 0)
		return port;
	built->console_port = port;
	return write_grants(b);
}

/* ---- Under hardware virtualization ------------------------------------------------------------ */

static void list_range(uint64_t gfn[BUILD_RANGE_MOST], uint64_t paddr, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		gfn[i] = paddr / PAGE + i;
}

int build_populate_range(const struct build *b, uint64_t paddr, uint64_t count)
{
	uint64_t gfn[BUILD_RANGE_MOST];
	long got;

	list_range(gfn, paddr, count);
	got = plinth_populate(b->h, b->domid, 0, count, gfn);
	if (got >= 0 && (uint64_t)got < count)
		return plinth_fail(ENOMEM, "memory: no pages for tables and rings are free");
	return got < 0 ? got : 0;
}

int build_map_range(const struct build *b, uint64_t paddr, uint64_t count, void **addr)
{
	uint64_t gfn[BUILD_RANGE_MOST];

	list_range(gfn, paddr, count);
	return plinth_map_frames(b->h, b->domid, gfn, count, addr);
}

static int clear_range(const struct build *b, uint64_t paddr, uint64_t count)
{
	void *pages;
	int err = build_map_range(b, paddr, count, &pages);

	if (err)
		return err;
	memset(pages, 0, count * PAGE);
	munmap(pages, count * PAGE);
	return 0;
}

int build_connect_params(const struct build *b, uint64_t special)
{
	struct built *built = b->built;
	int err;

	built->store_mfn = special / PAGE;
	built->console_mfn = special / PAGE + 1;
	if ((err = clear_range(b, special, 2)) || (err = build_connect_services(b)))
		return err;
	const struct {
		unsigned int index;
		uint64_t value;
	} params[] = {
		{HVM_PARAM_STORE_PFN, built->store_mfn},
		{HVM_PARAM_STORE_EVTCHN, built->store_port},
		{HVM_PARAM_CONSOLE_PFN, built->console_mfn},
		{HVM_PARAM_CONSOLE_EVTCHN, built->console_port},
	};
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]) && !err; i++)
		err = plinth_hvm_set_param(b->h, b->domid, params[i].index, params[i].value);
	return err;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static int fill(struct build *b)
{
	int err = open_files(b);

	if (!err)
		err = plan_memory(b);
	if (err)
		return err;
	switch (b->config->type) {
	case DOMAIN_PVH:
		return build_pvh(b);
	case DOMAIN_HVM:
		return build_hvm(b);
	default:
		return build_pv(b);
	}
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
		return plinth_fail(EIO, "the domain's builder was killed by signal %d", WTERMSIG(status));
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
int build_domain(struct plinth *h, unsigned int domid, const struct domain_config *config, struct built *built)
{
	struct build b = {.h = h, .domid = domid, .config = config, .ramdisk = -1};
	struct outcome *outcome;
	pid_t child;
	int err;

	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
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
