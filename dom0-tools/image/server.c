/* server.c - the qemu-nbd behind one of Dom0's nbd devices: an image (qcow2), or a disk behind another NBD server */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "dom0-tools/image/nbd.h"
#include "dom0-tools/image/program.h"
#include "dom0-tools/image/server.h"
#include "dom0-tools/lib/plinth.h"

#define DIRECTORY   "/run/plinth"
#define PROGRAM	    "qemu-nbd"
#define PATH_BYTES  64
#define WORDS_BYTES 2048
#define MOST_WORDS  16
#define WAIT_MS	    10000
#define STEP_MS	    20
#define LOCK_TRIES  10	/* of an image, half a second each */
#define BROKEN_WAIT 250 /* steps: until the kernel has noticed that the connection is broken */

static void path_of(unsigned int number, const char *what, char path[PATH_BYTES])
{
	snprintf(path, PATH_BYTES, DIRECTORY "/nbd%u.%s", number, what);
}

static void pause_ms(unsigned int ms)
{
	const struct timespec step = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&step, NULL);
}

bool image_server_is_ours(const char *path, unsigned int *number)
{
	char record[PATH_BYTES];
	int end = 0;

	if (sscanf(path, "/dev/nbd%u%n", number, &end) != 1 || path[end])
		return false;
	path_of(*number, "server", record);
	return !access(record, F_OK);
}

/* ---- The process -------------------------------------------------------------------------------- */

pid_t image_server_process(unsigned int number)
{
	char path[PATH_BYTES], name[32] = "";
	int pid = 0;
	FILE *f;

	path_of(number, "pid", path);
	f = fopen(path, "re");
	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	if (pid <= 1)
		return 0;
	/* The number may be another's by now. */
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (f && !fgets(name, sizeof(name), f))
		name[0] = '\0';
	if (f)
		fclose(f);
	return strcmp(name, PROGRAM "\n") ? 0 : (pid_t)pid;
}

/* It writes out what it has, and lets go of the image. */
static void end_process(unsigned int number)
{
	pid_t pid = image_server_process(number);

	if (pid)
		kill(pid, SIGTERM);
	for (int waited = 0; waited < WAIT_MS && image_server_process(number); waited += STEP_MS)
		pause_ms(STEP_MS);
}

/* A connection to it, or a negative errno. */
static int call_on(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = errno;
	if (fd >= 0)
		close(fd);
	return plinth_fail(err, "%s: %s", path, strerror(err));
}

/* One with these words, and a connection to it on which the greetings are exchanged. */
static int start_process(unsigned int number, const char *const words[], struct nbd_export *export)
{
	char pid_file[PATH_BYTES], socket_path[PATH_BYTES], pid_option[PATH_BYTES + 16], socket_option[PATH_BYTES + 16];
	const char *argv[MOST_WORDS + 5] = {PROGRAM, "--fork", pid_option, socket_option};
	int fd = -1, err;

	path_of(number, "pid", pid_file);
	path_of(number, "socket", socket_path);
	unlink(pid_file); /* of one that was killed */
	unlink(socket_path);
	snprintf(pid_option, sizeof(pid_option), "--pid-file=%s", pid_file);
	snprintf(socket_option, sizeof(socket_option), "--socket=%s", socket_path);
	for (int i = 0; i < MOST_WORDS && words[i]; i++)
		argv[4 + i] = words[i];
	/* Whose domain has just ended lets go of the image in a moment. */
	for (int i = 0; (err = program_run(argv)) && strstr(plinth_error(), " lock") && i < LOCK_TRIES; i++)
		pause_ms(500);
	if (!err)
		err = fd = call_on(socket_path);
	if (err >= 0)
		err = nbd_greet(fd, export);
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return err;
}

/* ---- The record --------------------------------------------------------------------------------- */

/* The words one after the other, each with its final 0. */
static int write_words(int record, const char *const words[])
{
	char text[WORDS_BYTES];
	size_t at = 0;

	for (int i = 0; words[i]; i++) {
		size_t len = strlen(words[i]) + 1;

		if (i == MOST_WORDS || at + len > sizeof(text))
			return plinth_fail(ENAMETOOLONG, "%s: too long", words[i]);
		memcpy(text + at, words[i], len);
		at += len;
	}
	if (pwrite(record, text, at, 0) != (ssize_t)at)
		return plinth_fail(errno, DIRECTORY ": %s", strerror(errno));
	return 0;
}

static int read_words(int record, char text[WORDS_BYTES], const char *words[MOST_WORDS + 1])
{
	ssize_t len = pread(record, text, WORDS_BYTES, 0);
	int n = 0;

	if (len <= 0 || text[len - 1])
		return plinth_fail(EIO, DIRECTORY ": a record of an image's server is damaged");
	for (char *at = text; at < text + len && n < MOST_WORDS; at += strlen(at) + 1)
		words[n++] = at;
	words[n] = NULL;
	return 0;
}

/* The record with its lock; who cannot have that in time goes on without. A negative errno: there is none (any more). */
static int open_record(unsigned int number, int flags, int wait_ms)
{
	char path[PATH_BYTES];
	struct stat st;
	int fd;

	path_of(number, "server", path);
	fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
	if (fd < 0)
		return plinth_fail(errno, "%s: %s", path, strerror(errno));
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) && waited < wait_ms; waited += STEP_MS)
		pause_ms(STEP_MS);
	if (!fstat(fd, &st) && st.st_nlink)
		return fd;
	close(fd);
	return plinth_fail(ENOENT, "%s is gone", path);
}

static void remove_files(unsigned int number)
{
	static const char *const files[] = {"socket", "pid", "server"};
	char path[PATH_BYTES];

	for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_of(number, files[i], path);
		unlink(path);
	}
}

/* ---- What can be asked for ------------------------------------------------------------------------ */

int image_server_start(unsigned int number, const char *const words[])
{
	struct nbd_export export;
	int record, fd = -1, err;

	mkdir(DIRECTORY, 0755);
	record = open_record(number, O_CREAT | O_TRUNC, WAIT_MS);
	if (record < 0)
		return record;
	err = write_words(record, words);
	if (!err)
		err = fd = start_process(number, words, &export);
	if (err >= 0)
		err = nbd_connect(number, fd, &export);
	if (fd >= 0)
		close(fd); /* the kernel has its own by now, or the server ends */
	if (err) {
		char why[256];

		snprintf(why, sizeof(why), "%s", plinth_error());
		end_process(number);
		remove_files(number);
		plinth_fail(-err, "%s", why);
	}
	close(record);
	return err;
}

int image_server_start_again(unsigned int number)
{
	const char *words[MOST_WORDS + 1];
	char text[WORDS_BYTES];
	struct nbd_export export;
	int record = open_record(number, 0, WAIT_MS), fd = -1, err;

	if (record < 0)
		return record;
	end_process(number); /* one that somebody had begun to start */
	err = read_words(record, text, words);
	if (!err)
		err = fd = start_process(number, words, &export);
	if (err >= 0)
		for (int i = 0; (err = nbd_reconnect(number, fd)) && i < BROKEN_WAIT; i++)
			pause_ms(STEP_MS);
	if (fd >= 0)
		close(fd);
	if (err)
		end_process(number);
	close(record);
	return err;
}

void image_server_end(unsigned int number)
{
	int record = open_record(number, 0, WAIT_MS), fd;
	char path[PATH_BYTES];

	if (record < 0)
		return;
	snprintf(path, sizeof(path), "/dev/nbd%u", number);
	fd = image_server_process(number) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	nbd_disconnect(number);
	/* Whoever opens the image next must find it closed. */
	end_process(number);
	remove_files(number);
	close(record);
}
