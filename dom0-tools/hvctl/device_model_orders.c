/* device_model_orders.c - what a running device model is asked: where its screen is shown, another medium in a drive */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device_model.h"
#include "qmp.h"
#include "record.h"

/* Number of the set in which QEMU keeps the descriptor that it is given, until the connection ends, or its use. */
#define DESCRIPTORS 1

static int note_screen(struct plinth_store *store, unsigned int domid, const char *name, const char *text)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "/local/domain/%u/console/%s", domid, name);
	return plinth_store_write(store, 0, path, text);
}

/* Whoever wants to see it finds the port in the store, where xl has it. */
int device_model_settle(struct plinth_store *store, unsigned int domid, const struct screen_config *screen)
{
	struct json_object *vnc = NULL, *port = NULL;
	struct qmp q;
	int err = qmp_open(&q, domid);

	if (err)
		return err;
	if (screen->vnc) {
		err = qmp_execute(&q, "query-vnc", "{}", -1, &vnc);
		if (!err && !json_object_object_get_ex(vnc, "service", &port))
			err = plinth_fail(EIO, "the device model shows no screen");
		if (!err)
			err = note_screen(store, domid, "vnc-listen", screen->vnclisten);
		if (!err && strncmp(screen->vnclisten, "unix:", 5))
			err = note_screen(store, domid, "vnc-port", json_object_get_string(port));
		json_object_put(vnc);
	}
	qmp_close(&q);
	return err;
}

/* It sees no file, so it is given a descriptor. */
static int insert(struct qmp *q, const char *drive, int fd, bool is_device)
{
	char arguments[256];
	int err;

	snprintf(arguments, sizeof(arguments), "{\"fdset-id\":%d}", DESCRIPTORS);
	err = qmp_execute(q, "add-fd", arguments, fd, NULL);
	snprintf(arguments, sizeof(arguments),
		 "{\"device\":\"%s\",\"filename\":\"%s/dev/fdset/%d\","
		 "\"format\":\"raw\",\"read-only-mode\":\"read-only\",\"force\":true}",
		 drive, is_device ? "host_device:" : "", DESCRIPTORS);
	return err ? err : qmp_execute(q, "blockdev-change-medium", arguments, -1, NULL);
}

static int take_out(struct qmp *q, const char *drive)
{
	char arguments[64];

	snprintf(arguments, sizeof(arguments), "{\"device\":\"%s\",\"force\":true}", drive);
	return qmp_execute(q, "eject", arguments, -1, NULL);
}

int device_model_change_cd(unsigned int domid, unsigned int ide, const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1, err;
	char drive[16];
	struct stat st;
	struct qmp q;

	if (path && (fd < 0 || fstat(fd, &st)))
		err = plinth_fail(errno, "%s: %s", path, strerror(errno));
	else
		err = qmp_open(&q, domid);
	if (!err) {
		snprintf(drive, sizeof(drive), "ide%u-cd%u", ide / 2 & 1, ide & 1);
		err = path ? insert(&q, drive, fd, S_ISBLK(st.st_mode)) : take_out(&q, drive);
		qmp_close(&q);
	}
	if (fd >= 0)
		close(fd);
	return err;
}
