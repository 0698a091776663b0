/* cmd_resize.c - hvctl block-resize: a disk grows while its domain runs */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "news.h"
#include "record.h"
#include "target.h"

#define SECTOR	512
#define WAIT_MS 10000

static long long get_number(const struct target *t, const char *base, const char *name)
{
	char path[2 * PATH_ROOM], text[32];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return plinth_store_get(t->store, 0, path, text, sizeof(text)) > 0 ? atoll(text) : -1;
}

/* "512", "20M", "2G", "1T": bytes, in whole sectors. */
static bool parse_size(const char *text, long long *bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	unsigned int shift = 0;

	errno = 0;
	*bytes = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno)
		return false;
	if (*end && (unit = strchr(units, toupper((unsigned char)*end))) && !end[1])
		shift = 10 * (unit - units + 1);
	else if (*end)
		return false;
	if (*bytes <= 0 || *bytes > INT64_MAX >> shift)
		return false;
	*bytes <<= shift;
	return *bytes % SECTOR == 0;
}

/* Makes the file as long as wanted (0: as it is); *bytes is how long it is then. */
static int grow(const char *path, long long wanted, long long *bytes)
{
	int fd = open(path, wanted ? O_RDWR | O_CLOEXEC : O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		err = plinth_fail(errno, "%s: %s", path, strerror(errno));
	} else if (wanted && !S_ISREG(st.st_mode)) {
		err = plinth_fail(EINVAL,
				  "%s is a block device: resize it with its own tool, then run "
				  "block-resize without a size",
				  path);
	} else if (wanted && wanted < st.st_size) {
		err = plinth_fail(EINVAL, "%s has %lld bytes: a disk in use can only grow", path,
				  (long long)st.st_size);
	} else if (wanted && ftruncate(fd, wanted)) {
		err = plinth_fail(errno, "%s: cannot be made larger: %s", path, strerror(errno));
	} else {
		*bytes = lseek(fd, 0, SEEK_END);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

struct growth {
	const struct target *t;
	const char *base;
	long long bytes;
};

static int is_grown(void *arg)
{
	const struct growth *g = arg;
	long long unit = get_number(g->t, g->base, "sector-size") / SECTOR;

	if (unit < 1)
		unit = 1;
	return get_number(g->t, g->base, "sectors") == g->bytes / SECTOR / unit * unit;
}

/* Until the back end has told the guest. */
static int wait_for_size(const struct target *t, const char *base, long long bytes)
{
	struct growth growth = {t, base, bytes};
	char node[2 * PATH_ROOM];
	int err;

	snprintf(node, sizeof(node), "%s/sectors", base);
	err = news_wait(t->store, node, WAIT_MS, is_grown, &growth);
	if (err == -ETIMEDOUT)
		return plinth_fail(ETIMEDOUT,
				   "the disk's back end did not take the new size within %d seconds; does "
				   "hvbackendd run?",
				   WAIT_MS / 1000);
	return err < 0 ? err : 0;
}

static int resize(const struct target *t, const char *disk, long long wanted)
{
	char base[PATH_ROOM], path[2 * PATH_ROOM], file[1024];
	unsigned int devid;
	long long bytes = 0;
	int err = record_find_disk(t->store, t->dom.domid, disk, &devid);

	if (err)
		return err;
	backend_find(t->store, base, "vbd", t->dom.domid, devid);
	if (!strstr(base, "/hvbd/"))
		return plinth_fail(EOPNOTSUPP, "the kernel's back end does not resize disks (backendtype=kernel)");
	if (record_served_path(t->store, base, file))
		return plinth_fail(EOPNOTSUPP, "a disk that qemu-nbd serves does not grow while it is served");
	snprintf(path, sizeof(path), "%s/params", base);
	err = plinth_store_get(t->store, 0, path, file, sizeof(file));
	if (err < 0)
		return err;
	if (!err)
		return plinth_fail(EINVAL, "the drive is empty");
	err = grow(file, wanted, &bytes);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/resize", base);
	err = plinth_store_write(t->store, 0, path, "1");
	return err ? err : wait_for_size(t, base, bytes);
}

static int run(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};
	long long bytes = 0;
	struct target t;
	int code, given = parse_options(cmd, argc, argv, spec, 2, 3);

	if (given < 0)
		return EXIT_USAGE;
	if (given == 3 && !parse_size(argv[3], &bytes))
		return usage_error(cmd, "\"%s\" is not a size like 20M or 2G, in whole sectors of %d bytes", argv[3],
				   SECTOR);
	code = target_open(&t, argv[1]);
	return code ? code : target_close(&t, resize(&t, argv[2], bytes));
}

const struct command cmd_block_resize = {
	.name = "block-resize",
	.arguments = "DOMAIN DISK [SIZE]",
	.summary = "Make a running domain's disk larger",
	.help = "DISK is its name in the guest (xvdb) or its number. A file is grown to SIZE (bytes, or\n"
		"with K, M, G, T behind); without SIZE the guest is told the size that the file or block\n"
		"device has by now.\n",
	.run = run,
};
