/* metrics_http.c - the little of HTTP that a collector on this machine needs */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "metrics.h"
#include "target.h"

#define REQUEST_MOST 4096
#define PATIENCE_S   2 /* with who connects and says nothing */

static int fail(const char *where)
{
	return plinth_fail(errno, "cannot listen on %s: %s", where, strerror(errno));
}

static int bind_port(int fd, unsigned int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int on = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

/* A socket that an earlier one of us has left is no obstacle; any other file is. */
static int bind_path(int fd, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	mode_t mask;
	int ret;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	if (!lstat(path, &st) && S_ISSOCK(st.st_mode))
		unlink(path);
	mask = umask(0177);
	ret = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	return ret;
}

static int open_socket(const char *where)
{
	bool is_path = where[0] == '/';
	unsigned long long port;
	int fd, err = 0;

	if (!is_path && (!parse_number(where, 65535, &port) || !port))
		return plinth_fail(EINVAL, "\"%s\" is neither a port nor the absolute path of a socket", where);
	fd = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(where);
	if ((is_path ? bind_path(fd, where) : bind_port(fd, port)) || listen(fd, 16))
		err = fail(where);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* The first line of a request, once all of it is here. Who sends it byte by byte does not keep the others waiting. */
static bool read_request(int fd, char *text)
{
	time_t end = time(NULL) + PATIENCE_S;
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, REQUEST_MOST - len);
		if (n <= 0 || time(NULL) > end)
			return false;
		len += n;
		text[len] = '\0';
	} while (!strstr(text, "\r\n\r\n") && !strstr(text, "\n\n") && len < REQUEST_MOST);
	text[strcspn(text, "\r\n")] = '\0';
	return len < REQUEST_MOST;
}

static void send_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len > 0 && (n = send(fd, text, len, MSG_NOSIGNAL)) > 0; len -= n)
		text += n;
}

static void answer(int fd, const char *status, const char *type, const char *text, size_t len)
{
	char head[256];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
			 type, len);

	send_all(fd, head, n);
	send_all(fd, text, len);
}

static void answer_plain(int fd, const char *status)
{
	char text[64];

	answer(fd, status, "text/plain", text, snprintf(text, sizeof(text), "%s\n", status));
}

static void serve_one(int fd, struct plinth *h)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	char request[REQUEST_MOST + 1], *text = NULL;
	size_t len = 0;
	FILE *out;
	int err;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!read_request(fd, request)) {
		answer_plain(fd, "400 Bad Request");
	} else if (strncmp(request, "GET ", 4)) {
		answer_plain(fd, "405 Method Not Allowed");
	} else if (strncmp(request + 4, "/metrics", 8) || !strchr(" ?", request[12])) {
		answer_plain(fd, "404 Not Found");
	} else {
		out = open_memstream(&text, &len);
		err = out ? metrics_print(out, h) : -ENOMEM;
		if (out)
			fclose(out);
		if (err)
			answer_plain(fd, "500 Internal Server Error");
		else
			answer(fd, "200 OK", METRICS_TYPE, text, len);
		free(text);
	}
}

int metrics_serve(const char *where, struct plinth *h)
{
	int listener = open_socket(where), fd;

	if (listener < 0)
		return listener;
	for (;;) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
			break;
		if (fd < 0)
			continue;
		serve_one(fd, h);
		close(fd);
	}
	close(listener);
	return fail(where);
}
