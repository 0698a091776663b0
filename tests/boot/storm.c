/* storm.c - a DomU that asks too much of those who serve it, in the way that Dom0 tells it: data/phase in the store
 *
 * idle, cpu, console (lines, and single characters), store (all that may be kept, then writes for ever), net (small packets
 * to 10.0.2.15), disk (sectors of /dev/xvda one by one). Each by four processes; of "all" these four each does another.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 4
#define VALUE	  2000

enum { XS_READ = 2, XS_WATCH = 4, XS_TRANSACTION_START = 6, XS_WRITE = 11, XS_ERROR = 16 };

struct message {
	uint32_t type, id, tx, len;
	char body[4096];
};

/* One question and its answer; the answer's type. Events in between are not for us. */
static uint32_t ask(int fd, uint32_t type, const char *body, size_t len, struct message *answer)
{
	struct message question = {.type = type, .len = (uint32_t)len};
	size_t got;

	memcpy(question.body, body, len);
	if (write(fd, &question, 16 + len) != (ssize_t)(16 + len)) {
		/* Linux asks for a watch itself, and hands the refusal on as its own. */
		strcpy(answer->body, strerrorname_np(errno));
		return XS_ERROR;
	}
	do {
		for (got = 0; got < 16;)
			got += (size_t)read(fd, (char *)answer + got, 16 - got);
		for (got = 0; got < answer->len;)
			got += (size_t)read(fd, answer->body + got, answer->len - got);
		answer->body[answer->len < 4095 ? answer->len : 4095] = '\0';
	} while (answer->type != type && answer->type != XS_ERROR);
	return answer->type;
}

static uint32_t put(int fd, const char *path, size_t bytes, struct message *answer)
{
	char body[4096] = {0};
	size_t len = strlen(path) + 1;

	memcpy(body, path, len);
	memset(body + len, 'x', bytes);
	return ask(fd, XS_WRITE, body, len + bytes, answer);
}

/* Takes all of a kind that there is, and tells how much that was and what was said then. */
static void fill(int fd, const char *what, uint32_t type)
{
	struct message answer = {0};
	unsigned int n = 0;
	char text[64];
	int len;

	for (uint32_t kind = type; kind == type && n < 100000; n++) {
		len = snprintf(text, sizeof(text), type == XS_WATCH ? "data/w%u%ctoken%c" : "data/n%u", n, 0, 0);
		if (type == XS_WRITE)
			kind = put(fd, text, VALUE, &answer);
		else if (type == XS_WATCH)
			kind = ask(fd, type, text, (size_t)len, &answer);
		else
			kind = ask(fd, type, "", 1, &answer);
	}
	printf("storm: %u %s, then %s\n", n - 1, what, answer.body);
	fflush(stdout);
}

static void store(int number)
{
	int fd = open("/dev/xen/xenbus", O_RDWR);
	struct message answer;

	if (number == 0) {
		fill(fd, "nodes", XS_WRITE);
		fill(fd, "watches", XS_WATCH);
		fill(fd, "transactions", XS_TRANSACTION_START);
	}
	for (;;)
		put(fd, "data/n1", VALUE, &answer);
}

static void console(int number)
{
	int fd = open("/dev/hvc0", O_WRONLY);
	char line[256];

	memset(line, 'y', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (;;)
		if (write(fd, line, number % 2 ? 1 : sizeof(line)) < 0)
			sleep(1);
}

static void net(int number)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(9000 + number))};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, "10.0.2.15", &to.sin_addr);
	for (;;)
		sendto(fd, "storm", 5, 0, (struct sockaddr *)&to, sizeof(to));
}

static void disk(int number)
{
	int fd = open("/dev/xvda", O_RDWR | O_DIRECT);
	void *sector = aligned_alloc(4096, 4096);

	for (off_t at = 0;; at = (at + 512) % (1 << 20))
		if (number % 2 ? pwrite(fd, sector, 512, at) : pread(fd, sector, 512, at))
			continue;
}

static void cpu(int number)
{
	for (volatile int n = number;; n++)
		;
}

static void all(int number)
{
	void (*const run[PROCESSES])(int) = {console, store, net, disk};

	run[number](number);
}

static const struct {
	const char *name;
	void (*run)(int number);
} phases[] = {{"cpu", cpu}, {"console", console}, {"store", store}, {"net", net}, {"disk", disk}, {"all", all}};

int main(void)
{
	int fd = open("/dev/xen/xenbus", O_RDWR);
	char now[16] = "", begun[32];
	struct message answer;
	int len;

	setsid();
	signal(SIGUSR1, SIG_IGN);
	while (fd >= 0) {
		if (ask(fd, XS_READ, "data/phase", 11, &answer) != XS_ERROR &&
		    strncmp(now, answer.body, sizeof(now) - 1)) {
			snprintf(now, sizeof(now), "%.15s", answer.body);
			kill(0, SIGUSR1); /* those of the phase before */
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
			for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
				for (int n = 0; n < PROCESSES && !strcmp(now, phases[i].name); n++)
					if (fork() == 0) {
						signal(SIGUSR1, SIG_DFL);
						phases[i].run(n);
					}
			len = snprintf(begun, sizeof(begun), "data/begun%c%s", 0, now);
			ask(fd, XS_WRITE, begun, (size_t)len, &answer);
		}
		usleep(200000);
	}
	return 1;
}
