/* innocent.c - work that checks itself, for whoever shares a machine or a domain with a vcpu that behaves badly */
#include "innocent.h"

#define PAGES 8

static table_t innocent_pages[PAGES];
static uint32_t port;
static uint64_t last;

static void check_memory(uint64_t pass)
{
	uint64_t frames[ARRAY_SIZE(innocent_pages)];

	for (unsigned p = 0; p < ARRAY_SIZE(innocent_pages); p++)
		for (unsigned i = 0; i < 512; i++)
			innocent_pages[p][i] = pass * 0x10001 + p * 512 + i;
	/* Each page's frame moves on by one. */
	for (unsigned p = 0; p < ARRAY_SIZE(innocent_pages); p++)
		frames[p] = *entry_of(innocent_pages[p], 1);
	for (unsigned p = 0; p < ARRAY_SIZE(innocent_pages); p++)
		EXPECT(map(innocent_pages[p], frames[(p + 1) % ARRAY_SIZE(innocent_pages)]), 0);
	for (unsigned p = 0; p < ARRAY_SIZE(innocent_pages); p++)
		for (unsigned i = 0; i < 512; i++)
			if (innocent_pages[p][i] != pass * 0x10001 + (p + 1) % ARRAY_SIZE(innocent_pages) * 512 + i) {
				failure("pass %lu: page %u, word %u is %lx", pass, p, i, innocent_pages[p][i]);
				return;
			}
}

static void check_table(void)
{
	uint64_t mfn = *entry_of(innocent_pages[0], 1) >> 12 & 0xffffffffff;

	memset(innocent_pages[0], 0, 4096);
	innocent_pages[0][7] = mfn_of(innocent_pages[1]) << 12 | PTE_READONLY;
	EXPECT(map(innocent_pages[0], mfn << 12 | PTE_READONLY), 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn), 0);
	CHECK((innocent_pages[0][7] >> 12 & 0xffffffffff) == mfn_of(innocent_pages[1]), "a page table has changed");
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	EXPECT(map(innocent_pages[0], mfn << 12 | PTE_PLAIN), 0);
}

static void check_event(void)
{
	uint64_t bit = BIT(port % 64), was;
	struct evtchn_send s = {port};

	EXPECT(CALL2(event_channel_op, EVTCHNOP_send, &s), 0);
	was = __atomic_fetch_and(&shared->evtchn_pending[port / 64], ~bit, __ATOMIC_SEQ_CST);
	CHECK(was & bit, "an event is lost");
	CHECK(!(was & ~bit), "events that nobody sent: %lx", was);
}

static void check_registers(uint64_t pass)
{
	uint64_t fs = GUEST_BASE + (pass & 0xfff), xmm;
	uint32_t low, high;

	EXPECT(CALL2(set_segment_base, SEGBASE_FS, fs), 0);
	EXPECT(CALL2(set_debugreg, 1, GUEST_BASE + (pass & 0xff0)), 0);
	__asm__ volatile("movq %0, %%xmm5; movq %0, %%xmm15" ::"r"(pass));
	yield();
	__asm__ volatile("movq %%xmm5, %0" : "=r"(xmm));
	CHECK(xmm == pass, "xmm5 is %lx, was %lx", xmm, pass);
	__asm__ volatile("movq %%xmm15, %0" : "=r"(xmm));
	CHECK(xmm == pass, "xmm15 is %lx, was %lx", xmm, pass);
	EXPECT(CALL1(get_debugreg, 1), (long)(GUEST_BASE + (pass & 0xff0)));
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0xc0000100));
	CHECK(((uint64_t)high << 32 | low) == fs, "FS base is %x%08x", high, low);
}

void innocent_begin(uint32_t first_port)
{
	struct evtchn_bind_ipi ipi = {.vcpu = my_vcpu()};

	do
		EXPECT(CALL2(event_channel_op, EVTCHNOP_bind_ipi, &ipi), 0);
	while (ipi.port && ipi.port < first_port);
	port = ipi.port;
	last = now();
}

void innocent_pass(uint64_t pass)
{
	uint64_t t;

	check_memory(pass);
	check_table();
	check_event();
	check_registers(pass);
	t = now();
	CHECK(t >= last, "time went backwards");
	last = t;
}
