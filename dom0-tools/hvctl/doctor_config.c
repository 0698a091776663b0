/* doctor_config.c - whether a domain could be created from a configuration now; everything that is wrong, not just the first */
#include <inttypes.h>

#include "config_file.h"
#include "doctor.h"
#include "dom0-tools/build/image.h"
#include "life.h"

/* Besides its memory, with something to spare: the boot test of this command sees 72 KiB go with one vcpu. */
#define DOMAIN_BYTES (256ull << 10)
#define VCPU_BYTES   (64ull << 10)

static void check_memory(struct doctor *d, const struct domain_config *c)
{
	uint64_t needed = (c->memory_mib << 20) + DOMAIN_BYTES + c->maxvcpus * VCPU_BYTES, have;
	struct plinth_domain dom0;
	struct plinth_host host;
	char advice[256];

	if (plinth_get_host(d->h, &host) || plinth_get_domain(d->h, 0, &dom0)) {
		finding(d, PROBLEM, "memory", NULL, "%s", plinth_error());
		return;
	}
	have = host.free_pages << 12;
	if (have >= needed) {
		finding(d, FINE, "memory", NULL, "it needs %" PRIu64 " bytes, and %" PRIu64 " are free", needed, have);
		return;
	}
	snprintf(advice, sizeof(advice),
		 "take at least %" PRIu64 " MiB from a domain: `hvctl mem-set DOMAIN MIB` (Domain-0 has %" PRIu64
		 " MiB), or write memory = %" PRIu64,
		 (needed - have + (1 << 20) - 1) >> 20, dom0.pages >> 8,
		 have > needed - (c->memory_mib << 20) ? (have - needed + (c->memory_mib << 20)) >> 20 : 0);
	finding(d, PROBLEM, "memory", advice,
		"it needs %" PRIu64 " bytes, and %" PRIu64 " are free: %" PRIu64 " bytes are missing", needed, have,
		needed - have);
}

static void check_kernel(struct doctor *d, const struct domain_config *c)
{
	struct kernel_image image = {0};

	if (image_open(&image, c->kernel, c->has_kernel_sha256 ? c->kernel_sha256 : NULL))
		finding(d, PROBLEM, "kernel", NULL, "%s", plinth_error());
	else
		finding(d, FINE, "kernel", NULL, "%s can be loaded", c->kernel);
	image_close(&image);
}

static bool complain(void *arg)
{
	finding(arg, PROBLEM, "create", NULL, "%s", plinth_error());
	return true;
}

void doctor_config(struct doctor *d, const char *path)
{
	struct domain_config config;
	unsigned int before;

	if (config_file_read(path, &config)) {
		finding(d, PROBLEM, "configuration", "plinth.cfg(5) has all keys", "%s", plinth_error());
		return;
	}
	finding(d, FINE, "configuration", NULL, "%s is understood", path);
	check_kernel(d, &config);
	if (d->h)
		check_memory(d, &config);
	before = d->problems;
	if (d->h && d->store)
		life_check_each(d->h, d->store, &config, complain, d);
	if (d->h && d->store && d->problems == before)
		finding(d, FINE, "create", NULL, "files, disks, interfaces and names are there and free");
	config_free(&config);
}
