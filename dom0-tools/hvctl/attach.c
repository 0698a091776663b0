/* attach.c - a terminal on a domain's console */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "attach.h"

#define LEAVE	0x1d /* Ctrl-] */
#define WAIT_MS 5000

int attach_open(struct plinth_store *store, unsigned int domid, bool serial)
{
	char path[64], tty[128], *where, *token;
	int err, fd;

	snprintf(path, sizeof(path), "/local/domain/%u/%s/tty", domid, serial ? "serial/0" : "console");
	err = plinth_store_watch(store, path, "console");
	while (!err && plinth_store_get(store, 0, path, tty, sizeof(tty)) <= 0) {
		err = plinth_store_event(store, WAIT_MS, &where, &token);
		if (!err)
			free(where);
	}
	plinth_store_unwatch(store, path, "console");
	if (err == -ETIMEDOUT)
		return serial ? plinth_fail(ETIMEDOUT, "domain %u has no line with serial='pty'", domid)
			      : plinth_fail(ETIMEDOUT, "domain %u has no console; is hvconsoled running?", domid);
	if (err)
		return err;
	fd = open(tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? plinth_fail(errno, "console %s: %s", tty, strerror(errno)) : fd;
}

static int write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		len -= n;
	}
	return 0;
}

/* From one descriptor to the other. 0: go on; 1: the end was reached. */
static int carry(int from, int to, bool is_ours)
{
	char buf[4096], *leave;
	ssize_t n = read(from, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0)
		return 1; /* EIO too: the other end of a terminal is gone */
	leave = is_ours ? memchr(buf, LEAVE, n) : NULL;
	if (write_all(to, buf, leave ? leave - buf : n))
		return 1;
	return leave != NULL;
}

int attach_run(int fd)
{
	struct pollfd polls[2] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	struct termios before, raw;
	bool is_terminal = !tcgetattr(STDIN_FILENO, &before);
	int ended = 0;

	if (is_terminal) {
		raw = before;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
		fputs("\r\n[console: Ctrl-] leaves]\r\n", stderr);
	}
	while (!ended) {
		if (poll(polls, 2, -1) < 0 && errno != EINTR)
			break;
		if (polls[0].revents)
			ended = carry(fd, STDOUT_FILENO, false);
		/* The end of our input is no reason to stop listening. */
		if (!ended && polls[1].revents && carry(STDIN_FILENO, fd, true)) {
			if (is_terminal)
				ended = 1;
			else
				polls[1].fd = -1;
		}
	}
	if (is_terminal) {
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
		fputc('\n', stderr);
	}
	close(fd);
	return 0;
}
