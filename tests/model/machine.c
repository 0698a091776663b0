/* machine.c - the machine of machine.h */
#include "machine.h"

#include "arch/x86/control.h"
#include "arch/x86/hvm/hvm.h"
#include "arch/x86/paging.h"
#include "arch/x86/pv/pv.h"
#include "arch/x86/tlb.h"
#include "call/call.h"
#include "kern/event.h"
#include "kern/grant.h"
#include "kern/guest.h"
#include "kern/irq.h"
#include "kern/sched.h"
#include "kern/time.h"

/* ---- CPUs --------------------------------------------------------------------------------------------------------- */

struct cpu *cpus[MAX_CPUS];
unsigned nr_cpus;
uint64_t cpu_cr4;
bool model_tlb[INTERLEAVE_THREADS][MODEL_FRAMES];

void cr4_write(uint64_t v)
{
	(void)v;
	memset(model_tlb[this_cpu()->id], 0, sizeof(model_tlb[0]));
}

void cr3_write(uint64_t v)
{
	(void)v;
}

void control_invlpg(uint64_t va)
{
	(void)va;
	interleave_wrong("nothing here asks for a single page");
}

void paging_load_idle(void)
{
}

uint32_t model_interrupt[INTERLEAVE_THREADS];

void cpu_request(unsigned cpu, uint32_t bits)
{
	uint32_t had = __atomic_fetch_or(&cpus[cpu]->pending, bits, __ATOMIC_SEQ_CST);

	if (cpus[cpu] != this_cpu() && (bits & ~had))
		__atomic_store_n(&model_interrupt[cpu], 1, __ATOMIC_SEQ_CST);
}

void machine_relax(void)
{
	interleave_wait(&this_cpu()->pending);
	if (__atomic_load_n(&this_cpu()->pending, __ATOMIC_SEQ_CST) & CPU_PENDING_FLUSH)
		tlb_serve();
}

static void look_at_pending(void)
{
	uint32_t pending = __atomic_fetch_and(&this_cpu()->pending, CPU_PENDING_FLUSH, __ATOMIC_SEQ_CST);

	if (pending & CPU_PENDING_FLUSH)
		tlb_serve();
}

void model_guest(void)
{
	interleave_step();
	look_at_pending();
}

void model_idle(void)
{
	for (;;) {
		tlb_idle_begin();
		if (!__atomic_load_n(&this_cpu()->pending, __ATOMIC_SEQ_CST))
			interleave_halt(&this_cpu()->pending);
		tlb_idle_end();
		look_at_pending();
	}
}

/* ---- time: it stands still ------------------------------------------------------------------------------------------ */

uint64_t time_now(void)
{
	return 1000000000;
}

void machine_timer_arm(uint64_t when)
{
	(void)when;
}

void time_update_vcpu(struct vcpu *v)
{
	(void)v;
}

void time_set_poll(struct vcpu *v, uint64_t when)
{
	(void)v, (void)when;
	interleave_wrong("no poll here has an end");
}

void time_stop_poll(struct vcpu *v)
{
	(void)v;
}

/* The registers of each vcpu: in the CPU that has loaded them, or saved. */
static struct vcpu *registers[INTERLEAVE_THREADS];

void machine_switch(struct vcpu *from, struct vcpu *to)
{
	(void)from;
	__atomic_store_n(&registers[this_cpu()->id], NULL, __ATOMIC_SEQ_CST);
	this_cpu()->vcpu = to;
	if (is_idle_vcpu(to))
		return;
	for_each_cpu (i)
		if (registers[i] == to)
			interleave_wrong("a vcpu runs on two CPUs");
	__atomic_store_n(&registers[this_cpu()->id], to, __ATOMIC_SEQ_CST);
}

/* ---- memory ------------------------------------------------------------------------------------------------------- */

#define HEAP_BYTES   (96 * 1024)
#define HEAP_OBJECTS 64

unsigned char model_ram[MODEL_FRAMES * PAGE_SIZE] __attribute__((aligned(4096)));
static uint64_t words[MODEL_FRAMES], chunk = 1;
static uint32_t aux[MODEL_FRAMES];
static bool freed[MODEL_FRAMES];
static uint64_t next_frame;
struct frames frames = {
	.word = words, .aux = aux, .chunks = &chunk, .clock = &flush_clock, .max = MODEL_FRAMES, .direct = model_ram};

static unsigned char heap[HEAP_BYTES] __attribute__((aligned(16)));
static size_t heap_used;
static struct {
	unsigned char *start;
	size_t size;
	bool freed;
} object[HEAP_OBJECTS];
static unsigned objects;

void *pages_alloc(unsigned order)
{
	if (order || next_frame == MODEL_FRAMES)
		abort();
	return mfn_to_virt(MFN(next_frame++));
}

void pages_free(void *pages, unsigned order)
{
	mfn_t m = virt_to_mfn(pages);

	if (order || freed[m.n])
		interleave_wrong("a page is freed twice");
	freed[m.n] = true;
}

void frame_release(mfn_t m)
{
	if (freed[m.n])
		interleave_wrong("a frame is released twice");
	freed[m.n] = true;
	__atomic_store_n(&frames.word[m.n], 0, __ATOMIC_RELEASE);
}

bool model_is_freed(mfn_t m)
{
	return freed[m.n];
}

mfn_t model_page(struct domain *d)
{
	mfn_t m = virt_to_mfn(pages_alloc(0));

	frame_assign(&frames, m, d->id);
	return m;
}

void *heap_alloc(size_t size)
{
	unsigned char *start = heap + heap_used;

	heap_used += (size + 15) & ~(size_t)15;
	if (heap_used > sizeof(heap) || objects == HEAP_OBJECTS)
		abort();
	object[objects].start = start;
	object[objects++].size = size;
	return memset(start, 0, size);
}

void heap_free(void *p, size_t size)
{
	for (unsigned i = 0; i < objects; i++) {
		if (object[i].start != p)
			continue;
		if (object[i].freed || object[i].size != size)
			interleave_wrong("an object is freed twice, or as another size");
		object[i].freed = true;
		return;
	}
	interleave_wrong("what is freed was never allocated");
}

const char *interleave_forbidden(const void *address)
{
	const unsigned char *a = address;

	if (a >= model_ram && a < model_ram + sizeof(model_ram))
		return freed[(size_t)(a - model_ram) / PAGE_SIZE] ? "a page is touched that was freed" : NULL;
	if (a < heap || a >= heap + sizeof(heap))
		return NULL;
	for (unsigned i = 0; i < objects; i++)
		if (a >= object[i].start && a < object[i].start + object[i].size)
			return object[i].freed ? "an object is touched that was freed" : NULL;
	return "memory is touched that was never allocated";
}

void page_share(void *page, struct domain *d, bool writable)
{
	frame_share(&frames, virt_to_mfn(page), d->id, writable);
}

/* As kern/memory.c does it. */
void page_unshare(void *page)
{
	mfn_t m = virt_to_mfn(page);

	__atomic_store_n(&frames.aux[m.n], (uint32_t)OWNER_NONE << 16, __ATOMIC_RELEASE);
	if (frame_unshare(&frames, m))
		frame_release(m);
}

const char *model_only_owned(mfn_t m)
{
	if ((words[m.n] & FRAME_REF_MASK) != 1 || (words[m.n] & FRAME_TCOUNT_MASK))
		return "a frame still has references that nobody holds, or too few";
	return NULL;
}

const uint64_t *machine_hypervisor_slots(void)
{
	static const uint64_t slots[16];

	return slots;
}

/* ---- domains ------------------------------------------------------------------------------------------------------ */

struct domain alice, bob;
static struct vcpu vcpu[2][2];

static void make_domain(struct domain *d, uint16_t id, struct vcpu *v)
{
	d->id = id;
	d->refs = 1;
	d->max_vcpus = 2;
	d->shared_info = pages_alloc(0);
	page_share(d->shared_info, d, true);
	for (unsigned i = 0; i < 2; i++) {
		d->vcpu[i] = &v[i];
		v[i].domain = d;
		v[i].id = i;
		v[i].info = &d->shared_info->vcpu_info[i];
	}
	if (event_init_domain(d) || grant_init_domain(d))
		abort();
}

void model_machine(unsigned nr)
{
	nr_cpus = nr;
	for (unsigned i = 0; i < nr; i++) {
		cpus[i] = interleave_cpu(i);
		cpus[i]->id = i;
		cpus[i]->work = WORK_UNLIMITED;
		flushclock_join(&flush_clock, i);
	}
	flush_clock.now = 2;
	for (unsigned i = 0; i < nr; i++)
		flush_clock.cpu[i] = 2;
	next_frame = 1;
	make_domain(&alice, ALICE, vcpu[0]);
	make_domain(&bob, BOB, vcpu[1]);
}

void model_runs(unsigned cpu, struct domain *d, unsigned id)
{
	cpus[cpu]->vcpu = cpus[cpu]->loaded = d->vcpu[id];
	d->vcpu[id]->running = true;
	d->vcpu[id]->processor = cpu;
	d->cpu_mask |= BIT(cpu);
}

struct domain *domain_get(uint16_t id)
{
	struct domain *d = id == DOMID_SELF ? current->domain : id == ALICE ? &alice : id == BOB ? &bob : NULL;

	if (d)
		domain_ref(d);
	return d;
}

void domain_ref(struct domain *d)
{
	__atomic_add_fetch(&d->refs, 1, __ATOMIC_SEQ_CST);
}

void domain_put(struct domain *d)
{
	if (__atomic_sub_fetch(&d->refs, 1, __ATOMIC_SEQ_CST) == 0)
		interleave_wrong("a domain's last reference is gone");
}

/* ---- guests ------------------------------------------------------------------------------------------------------- */

int guest_read(void *to, const void *guest, size_t size)
{
	memcpy(to, guest, size);
	return 0;
}

int guest_write(void *guest, const void *from, size_t size)
{
	memcpy(guest, from, size);
	return 0;
}

/* A guest's linear addresses are numbers of level-1 entries. */
uint64_t model_entry[INTERLEAVE_THREADS];

uint64_t *pv_find_l1(const struct vcpu *v, uint64_t va, mfn_t *table)
{
	(void)v, (void)table;
	return va && va < INTERLEAVE_THREADS + 1 ? &model_entry[va - 1] : NULL;
}

/* ---- what nothing here may come to -------------------------------------------------------------------------------- */

void cpu_call(unsigned cpu, void (*fn)(void *), void *arg)
{
	(void)cpu, (void)fn, (void)arg;
	interleave_wrong("nothing here calls other CPUs");
}

long call_again(unsigned nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	(void)nr, (void)a0, (void)a1, (void)a2, (void)a3;
	interleave_wrong("the budget here has no end");
}

long call_missing(unsigned hypercall, unsigned subop)
{
	(void)hypercall, (void)subop;
	interleave_wrong("what is called is there");
}

int irq_bind_pirq(struct vcpu *v, unsigned pirq, bool will_share, uint32_t port)
{
	(void)v, (void)pirq, (void)will_share, (void)port;
	interleave_wrong("there are no interrupts");
}

void irq_unbind_pirq(struct domain *d, unsigned pirq)
{
	(void)d, (void)pirq;
	interleave_wrong("there are no interrupts");
}

void irq_set_pirq_cpu(struct domain *d, unsigned pirq, unsigned cpu)
{
	(void)d, (void)pirq, (void)cpu;
	interleave_wrong("there are no interrupts");
}

int hvm_gfn_get(struct domain *d, uint64_t gfn, bool writable, mfn_t *m)
{
	(void)d, (void)gfn, (void)writable, (void)m;
	interleave_wrong("all domains are PV");
}

mfn_t hvm_gfn_lookup(struct domain *d, uint64_t gfn)
{
	(void)d, (void)gfn;
	interleave_wrong("all domains are PV");
}

int hvm_map_grant(struct vcpu *v, uint64_t address, mfn_t m, bool readonly)
{
	(void)v, (void)address, (void)m, (void)readonly;
	interleave_wrong("all domains are PV");
}

int hvm_unmap_grant(struct vcpu *v, uint64_t address, mfn_t m, bool readonly)
{
	(void)v, (void)address, (void)m, (void)readonly;
	interleave_wrong("all domains are PV");
}

bool hvm_interrupt_pending(const struct vcpu *v)
{
	(void)v;
	interleave_wrong("all domains are PV");
}

void hvm_io_answered(struct vcpu *v)
{
	(void)v;
	interleave_wrong("all domains are PV");
}

void hvm_upcall(struct vcpu *v)
{
	(void)v;
	interleave_wrong("all domains are PV");
}

void domain_shutdown(struct domain *d, unsigned code)
{
	(void)d, (void)code;
	interleave_wrong("no domain shuts down");
}

void printk(enum options_log_level level, const char *fmt, ...)
{
	(void)level;
	interleave_wrong(fmt);
}

void panic(const char *fmt, ...)
{
	interleave_wrong(fmt);
}
