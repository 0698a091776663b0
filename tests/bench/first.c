/* first.c - how long it takes from a command until a web server has answered its first request
 *
 *   first ADDRESS PATH COMMAND ARGUMENT...
 *
 * Starts the command, asks ADDRESS, port 80, for PATH from then on, and prints "RES first total_ns=… command_ns=… bytes=…": until
 * the answer's last byte, and until the command's end.
 *
 * A kernel draws 256 KiB of random numbers for the ports of its first TCP connection since its start. That is not the web server's,
 * so another connection, which nobody takes, is tried before the time begins.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The answer's length, or -1: there was none. */
static long ask(const struct sockaddr_in *to, const char *path)
{
	char buf[4096];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	long got = 0;
	ssize_t n;

	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to))) {
		close(fd);
		return -1;
	}
	n = snprintf(buf, sizeof(buf), "GET %s HTTP/1.0\r\n\r\n", path);
	n = write(fd, buf, (size_t)n);
	while (n > 0 && (n = read(fd, buf, sizeof(buf))) > 0) {
		if (got == 0 && (n < 12 || memcmp(buf + 9, "200", 3) != 0))
			break;
		got += n;
	}
	close(fd);
	return n == 0 && got > 0 ? got : -1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
	const struct sockaddr_in nobody = {
		.sin_family = AF_INET, .sin_port = htons(1), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	uint64_t begin, total = 0, command;
	int status = 1, pipes[2];
	long bytes;
	pid_t pid;

	if (argc < 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 || pipe(pipes)) {
		fprintf(stderr, "first ADDRESS PATH COMMAND ARGUMENT...\n");
		return 2;
	}
	ask(&nobody, "/");
	begin = now();
	pid = fork();
	if (pid == 0) {
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	/* Another process asks, so that this one sees when the command ends. */
	if (fork() == 0) {
		while ((bytes = ask(&to, argv[2])) < 0)
			;
		total = now();
		if (write(pipes[1], &total, sizeof(total)) < 0 || write(pipes[1], &bytes, sizeof(bytes)) < 0)
			_exit(1);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	command = now();
	if (status || read(pipes[0], &total, sizeof(total)) != sizeof(total) ||
	    read(pipes[0], &bytes, sizeof(bytes)) != sizeof(bytes))
		return 1;
	printf("RES first total_ns=%llu command_ns=%llu bytes=%ld\n", (unsigned long long)(total - begin),
	       (unsigned long long)(command - begin), bytes);
	return 0;
}
