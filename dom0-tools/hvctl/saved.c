/* saved.c - the record of each domain's configuration, kept as long as the domain is */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_file.h"
#include "dom0-tools/config/write.h"
#include "life.h"

#define STATE_DIRECTORY "/var/lib/plinth"
#define RECORDS		STATE_DIRECTORY "/domains"

static void record_path(const uint8_t uuid[16], char path[PATH_ROOM])
{
	char text[UUID_TEXT];

	format_uuid(uuid, text);
	snprintf(path, PATH_ROOM, RECORDS "/%s.cfg", text);
}

/* All of it or nothing: a new file takes the old one's place once it is on the disk. */
int saved_write(const struct domain_config *config)
{
	struct domain_config complete = *config;
	char path[PATH_ROOM], draft[PATH_ROOM + 8];
	bool good;
	FILE *f;
	int err;

	mkdir("/var/lib", 0755);
	mkdir(STATE_DIRECTORY, 0755);
	mkdir(RECORDS, 0700);
	record_path(config->uuid, path);
	snprintf(draft, sizeof(draft), "%s.new", path);
	complete.has_uuid = true; /* drawn by now, if it was not given */
	f = fopen(draft, "we");
	if (!f)
		return plinth_fail(errno, "%s: %s", draft, strerror(errno));
	fputs("# what this domain was made of, and what was changed since; hvctl keeps it\n", f);
	config_write_text(f, &complete);
	good = !fflush(f) && !fsync(fileno(f));
	good &= !fclose(f);
	if (good && !rename(draft, path))
		return 0;
	err = plinth_fail(errno, "%s: %s", path, strerror(errno));
	unlink(draft);
	return err;
}

int saved_read(const uint8_t uuid[16], struct domain_config *config)
{
	char path[PATH_ROOM];

	record_path(uuid, path);
	if (access(path, F_OK))
		return plinth_fail(ENOENT, "there is no record of its configuration (%s)", path);
	return config_file_read(path, config);
}

void saved_remove(const uint8_t uuid[16])
{
	char path[PATH_ROOM];

	record_path(uuid, path);
	unlink(path);
}

int saved_change_locked(const uint8_t uuid[16], saved_fn fn, const void *arg)
{
	struct domain_config config;
	int err = saved_read(uuid, &config);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = fn(&config, arg);
	if (!err)
		err = saved_write(&config);
	config_free(&config);
	return err;
}

int saved_change(const uint8_t uuid[16], saved_fn fn, const void *arg)
{
	int err = life_begin();

	if (err)
		return err;
	err = saved_change_locked(uuid, fn, arg);
	life_finish();
	return err;
}
