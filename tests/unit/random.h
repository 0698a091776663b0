/* random.h - random numbers that a failing test can be given again */
#ifndef UNIT_RANDOM_H
#define UNIT_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Each randomised test starts with random_seed(), which prints the seed; UNIT_SEED=… in the
 * environment replaces the number in the test. Same seed, same numbers.
 */
static uint64_t random_state;

static inline void random_seed(const char *test, uint64_t seed)
{
	const char *given = getenv("UNIT_SEED");

	random_state = given ? strtoull(given, NULL, 0) : seed;
	printf("  %s: seed 0x%llx\n", test, (unsigned long long)random_state);
}

/* SplitMix64: a counter, well stirred. */
static inline uint64_t random_u64(void)
{
	uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* 0 .. below-1 */
static inline uint64_t random_below(uint64_t below)
{
	return random_u64() % below;
}

/* As many bits as random has chosen: small numbers are as likely as huge ones. */
static inline uint64_t random_any_size(void)
{
	return random_u64() >> random_below(64);
}

#endif
