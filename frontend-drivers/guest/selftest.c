/* selftest.c - the guest tries what it stands on: threads, time, vcpus, page tables, user mode */
#include "frontend-drivers/guest/kernel.h"
#include "frontend-drivers/guest/selftest.h"
#include "lib/string.h"

#define ROUNDS	 500
#define ALIAS_AT 0x200000000000UL /* the lower half is the kernel's as well, in its own tables */

static struct os_signal ping, pong, done[VCPUS_MOST];
static uint64_t latest; /* time that some vcpu has seen */

/* Time may not go backwards, whoever looks. */
static void look_at_time(void)
{
	uint64_t seen = __atomic_load_n(&latest, __ATOMIC_ACQUIRE), now = os_now();

	if (now < seen)
		panic("time has gone back by %lu ns on vcpu %u", seen - now, os_vcpu());
	while (seen < now &&
	       !__atomic_compare_exchange_n(&latest, &seen, now, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
}

static void partner(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		os_wait(&ping, OS_FOREVER);
		look_at_time();
		os_raise(&pong);
	}
}

/* Every round is two wake-ups, between vcpus if there are two. */
static void try_threads(void)
{
	uint64_t before = switches();

	thread_new("partner", os_vcpus() - 1, partner, NULL);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		look_at_time();
		os_raise(&ping);
		if (!os_wait(&pong, os_now() + 5000000000ull))
			panic("a wake-up was lost in round %u", i);
	}
	os_log("selftest: %u wake-ups there and back, %lu switches", ROUNDS, switches() - before);
}

static void try_time(void)
{
	struct os_signal never = {0};
	uint64_t before = os_now(), took;

	if (os_wait(&never, before + 5000000))
		panic("a signal came that nobody raised");
	took = os_now() - before;
	if (took < 5000000)
		panic("a wait of 5 ms took %lu ns", took);
}

/* One page at two addresses; and what is freed can be a plain page again. */
static void try_paging(void)
{
	uint64_t *page = page_alloc(), *root = (uint64_t *)start_info->pt_base;
	volatile uint64_t *alias = (uint64_t *)ALIAS_AT;

	if (!page)
		panic("no memory");
	map_page(root, ALIAS_AT, mfn_of(page) << 12 | PTE_PLAIN);
	page[7] = 0x1234;
	alias[8] = 0x5678;
	if (alias[7] != 0x1234 || ((volatile uint64_t *)page)[8] != 0x5678)
		panic("a page is not the same at its two addresses");
	map_page(root, ALIAS_AT, 0);
	CALL3(update_va_mapping, ALIAS_AT, 0, UVMF_INVLPG | UVMF_ALL);
	page_free(page);
}

static void try_memory(void)
{
	uint8_t *piece[16];

	for (unsigned int i = 0; i < ARRAY_SIZE(piece); i++) {
		piece[i] = memory_alloc(100 * (i + 1));
		if (!piece[i])
			panic("no memory");
		memset(piece[i], (int)i, 100 * (i + 1));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(piece); i++) {
		if (piece[i][0] != i || piece[i][100 * (i + 1) - 1] != i)
			panic("a piece of memory has another's contents");
		memory_free(piece[i]);
	}
}

static void try_user_mode(void)
{
	uint64_t before = pages_free();

	for (uint32_t vcpu = 0; vcpu < os_vcpus(); vcpu++)
		user_start(vcpu, &done[vcpu]);
	for (uint32_t vcpu = 0; vcpu < os_vcpus(); vcpu++)
		if (!os_wait(&done[vcpu], os_now() + 20000000000ull))
			panic("user mode does not end on vcpu %u", vcpu);
	if (pages_free() != before)
		panic("user mode has kept %ld pages", (long)(before - pages_free()));
}

void selftest(void)
{
	try_memory();
	try_paging();
	try_time();
	try_threads();
	try_user_mode();
	os_log("selftest: passed on %u vcpu%s", os_vcpus(), os_vcpus() == 1 ? "" : "s");
}
