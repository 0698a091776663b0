/*
 * verify.c - heavy work on a disk, each block of which is checked: verify DEVICE MIB ROUNDS
 * [WORKERS]
 *
 * Every worker, a process, has its own part of the device. In each round it writes all of it in
 * pieces of 512 bytes to 64 KiB in an order drawn by lot, O_DIRECT, flushes, and reads all of it
 * back in another order. Each sector tells where it belongs, in which round and by which worker it
 * was written, and is filled with a sequence of its own; so a sector that is lost, old, or
 * somewhere else is noticed. Ends with 0 if all were right.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECTOR	  512u
#define PIECE	  65536u /* pieces start at multiples of this */
#define WORDS	  (SECTOR / 8)
#define MAX_PARTS 4096u

struct worker {
	int fd;
	unsigned int number, pieces;
	uint64_t start; /* bytes */
	uint64_t lot;
	uint64_t *buffer;
};

static uint64_t draw(uint64_t *lot)
{
	*lot ^= *lot << 13;
	*lot ^= *lot >> 7;
	*lot ^= *lot << 17;
	return *lot;
}

static void fill_sector(uint64_t *words, uint64_t sector, uint64_t round, uint64_t worker)
{
	uint64_t lot = (sector + 1) * 0x9e3779b97f4a7c15 + round * 1000003 + worker;

	words[0] = sector;
	words[1] = round << 32 | worker;
	for (unsigned int i = 2; i < WORDS; i++)
		words[i] = draw(&lot);
}

static void shuffle(struct worker *w, unsigned int *order)
{
	for (unsigned int i = 0; i < w->pieces; i++) {
		unsigned int other = draw(&w->lot) % (i + 1);

		order[i] = order[other];
		order[other] = i;
	}
}

static int check_sector(struct worker *w, const uint64_t *words, uint64_t sector, uint64_t round)
{
	uint64_t want[WORDS];

	fill_sector(want, sector, round, w->number);
	if (!memcmp(words, want, SECTOR))
		return 0;
	printf("verify: sector %llu, round %llu, worker %u: found sector %llu, round %llu, worker "
	       "%llu\n",
	       (unsigned long long)sector, (unsigned long long)round, w->number,
	       (unsigned long long)words[0], (unsigned long long)words[1] >> 32,
	       (unsigned long long)words[1] & 0xffffffff);
	return 1;
}

/* One piece, in requests of sizes drawn by lot. */
static int transfer(struct worker *w, unsigned int piece, uint64_t round, int writing)
{
	uint64_t at = w->start + (uint64_t)piece * PIECE;
	unsigned int done = 0, i;

	for (i = 0; writing && i < PIECE / SECTOR; i++)
		fill_sector(w->buffer + i * WORDS, at / SECTOR + i, round, w->number);
	while (done < PIECE) {
		unsigned int size = SECTOR << draw(&w->lot) % 8;
		char *bytes = (char *)w->buffer + done;
		ssize_t n;

		if (size > PIECE - done)
			size = PIECE - done;
		n = writing ? pwrite(w->fd, bytes, size, (off_t)(at + done))
			    : pread(w->fd, bytes, size, (off_t)(at + done));
		if (n != (ssize_t)size) {
			printf("verify: %s of %u bytes at %llu: %s\n", writing ? "write" : "read",
			       size, (unsigned long long)(at + done),
			       n < 0 ? strerror(errno) : "short");
			return 1;
		}
		done += size;
	}
	for (i = 0; !writing && i < PIECE / SECTOR; i++)
		if (check_sector(w, w->buffer + i * WORDS, at / SECTOR + i, round))
			return 1;
	return 0;
}

static int work(struct worker *w, unsigned int rounds)
{
	static unsigned int order[MAX_PARTS];

	for (unsigned int round = 1; round <= rounds; round++) {
		for (int writing = 1; writing >= 0; writing--) {
			shuffle(w, order);
			for (unsigned int i = 0; i < w->pieces; i++)
				if (transfer(w, order[i], round, writing))
					return 1;
			if (writing && fsync(w->fd)) {
				printf("verify: fsync: %s\n", strerror(errno));
				return 1;
			}
		}
	}
	return 0;
}

static int start_worker(const char *device, unsigned int number, unsigned int pieces,
			unsigned int rounds)
{
	struct worker w = {.number = number,
			   .pieces = pieces,
			   .lot = number * 2654435761u + 88172645463325252};

	w.start = (uint64_t)number * pieces * PIECE;
	w.buffer = aligned_alloc(4096, PIECE);
	w.fd = open(device, O_RDWR | O_DIRECT);
	if (!w.buffer || w.fd < 0) {
		printf("verify: %s: %s\n", device, strerror(errno));
		return 1;
	}
	return work(&w, rounds);
}

int main(int argc, char **argv)
{
	unsigned int mib, rounds, workers, pieces;
	int status, failed = 0;

	if (argc < 4)
		return 2;
	mib = (unsigned int)atoi(argv[2]);
	rounds = (unsigned int)atoi(argv[3]);
	workers = argc > 4 ? (unsigned int)atoi(argv[4]) : 1;
	pieces = workers ? mib * 16 / workers : 0;
	if (!pieces || pieces > MAX_PARTS || !rounds)
		return 2;
	for (unsigned int number = 0; number < workers; number++) {
		pid_t pid = fork();

		if (!pid) {
			failed = start_worker(argv[1], number, pieces, rounds);
			fflush(stdout);
			_exit(failed);
		}
		failed |= pid < 0;
	}
	while (wait(&status) > 0)
		failed |= status != 0;
	printf("verify: %u MiB, %u rounds, %u workers: %s\n", mib, rounds, workers,
	       failed ? "WRONG" : "all right");
	return failed;
}
