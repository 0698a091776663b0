/* wild.c - hypercalls made at random */
#include "wild.h"

#include <xen/xen.h>

#include "lib/string.h"
#include "lib/types.h"

#define PART  1024u /* of the room: one call's structures */
#define PARTS (WILD_ROOM / PART)
#define LIST  (PART - 128) /* in each: frame numbers, for what points to a list of them */

uint64_t wild_random(struct wild *w)
{
	/* Marsaglia's xorshift, with Vigna's multiplier. */
	w->state ^= w->state >> 12;
	w->state ^= w->state << 25;
	w->state ^= w->state >> 27;
	return w->state * 0x2545f4914f6cdd1dULL;
}

static bool one_in(struct wild *w, uint32_t n)
{
	return !wild_below(w, n);
}

static uint64_t number(struct wild *w)
{
	static const uint64_t odd[] = {
		0,
		1,
		0x7f,
		0xfff,
		0x1000,
		0x7fff,
		0xffff,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		0x100000000,
		0x000ffffffffff000,
		0x7ffffffffff8,
		0x800000000000,
		0xffff800000000000,
		0xffff82d040000000,
		0xffff830000001000,
		0xffff880000000000,
		0xffffffff80000000,
		0x7fffffffffffffff,
		0x8000000000000000,
		0xfffffffffffff000,
		0xfffffffffffffff8,
		~0ULL,
	};

	switch (wild_below(w, 3)) {
	case 0:
		return odd[wild_below(w, ARRAY_SIZE(odd))];
	case 1:
		return wild_random(w) >> wild_below(w, 64);
	default:
		return odd[wild_below(w, ARRAY_SIZE(odd))] + wild_below(w, 17) - 8;
	}
}

static uint32_t page(struct wild *w)
{
	return one_in(w, 300) && w->pages ? wild_below(w, w->pages) : w->play + wild_below(w, w->play_pages);
}

static uint64_t frame(struct wild *w)
{
	switch (wild_below(w, 64)) {
	case 0:
		return number(w);
	case 1:
		return w->foreign[wild_below(w, ARRAY_SIZE(w->foreign))];
	case 2:
		if (w->pages)
			return w->mfn[w->l1] ^ 1;
		/* fall through */
	default:
		return w->mfn[page(w)];
	}
}

static uint64_t address(struct wild *w)
{
	uint64_t a = w->base + (uint64_t)page(w) * 4096;

	if (one_in(w, 48))
		return number(w);
	return one_in(w, 4) ? a + wild_below(w, 4096) : one_in(w, 4) ? a + (wild_below(w, 512) * 8) : a;
}

/* The machine address of an entry in some table, with a command of mmu_update's. */
static uint64_t entry_address(struct wild *w)
{
	uint64_t at;

	if (one_in(w, 64))
		return number(w);
	if (one_in(w, 3))
		at = w->mfn[w->l1] * 4096 + page(w) % 512 * 8;
	else
		at = frame(w) * 4096 + (one_in(w, 2) ? wild_below(w, 16) : wild_below(w, 512)) * 8;
	return at | (one_in(w, 4) ? wild_below(w, 8) : 0);
}

uint64_t wild_entry(struct wild *w)
{
	static const uint64_t flags[] = {
		0x67, 0x67, 0x67, 0x65, 0x65, 0x27, 0x63, 0x61, 0x1, 0x5, 0x7, 0x8000000000000067, 0xe7, 0x167, 0};
	uint64_t e = frame(w) << 12 | flags[wild_below(w, ARRAY_SIZE(flags))];

	if (one_in(w, 8))
		return 0;
	return one_in(w, 32) ? e ^ 1ULL << wild_below(w, 64) : e;
}

static uint16_t domain(struct wild *w)
{
	static const uint16_t special[] = {DOMID_SELF, DOMID_SELF, DOMID_IO, DOMID_XEN, 0, 1, 0x7fff, 0xffff, 0x7ff5};

	if (one_in(w, 3))
		return w->domain[wild_below(w, ARRAY_SIZE(w->domain))];
	return one_in(w, 3) ? special[wild_below(w, ARRAY_SIZE(special))] : DOMID_SELF;
}

/* ---- what each call looks like ----------------------------------------------------------------------------------------
 *
 * args: what each register holds: 'o' the operation, '*' structures, 'n' how many, or a kind of value.
 * fields: a structure's, each aligned to its size:
 *   8 bytes  m frame, a address, M address of an entry, e entry, B bus address, L list of frames, N number, C count, t time
 *   4 bytes  p port, g grant, h handle, v vcpu, c count, f flags, k small number, w wild
 *   2 bytes  d domain, x offset, s anything;  1 byte  b
 */
struct shape {
	uint16_t nr, op;
	const char *args, *fields;
	uint8_t size; /* of a structure */
	uint8_t weight;
	bool deadly;
};

#define OP(name, number, fields, size, weight)                                                                         \
	{                                                                                                              \
		__HYPERVISOR_##name, number, "o*", fields, size, weight, false                                         \
	}
#define GRANT(number, fields, size, weight)                                                                            \
	{                                                                                                              \
		__HYPERVISOR_grant_table_op, number, "o*n", fields, size, weight, false                                \
	}
#define VCPU(number, fields, size, weight)                                                                             \
	{                                                                                                              \
		__HYPERVISOR_vcpu_op, number, "ov*", fields, size, weight, false                                       \
	}

static const struct shape shapes[] = {
	{__HYPERVISOR_mmu_update, 0, "*nDd", "Me", 16, 40, false},
	{__HYPERVISOR_mmuext_op, 0, "*nDd", "kff", 24, 4, false},
	{__HYPERVISOR_mmuext_op, 0, "*nDd", "kfma", 24, 30, false},
	{__HYPERVISOR_mmuext_op, 0, "*nDd", "kfmm", 24, 10, false},
	{__HYPERVISOR_mmuext_op, 0, "*nDd", "kfaL", 24, 6, false},
	{__HYPERVISOR_mmuext_op, 5, "*nDd", "ofmm", 24, 1, true},
	{__HYPERVISOR_update_va_mapping, 0, "aeU", "", 0, 40, false},
	{__HYPERVISOR_update_va_mapping_otherdomain, 0, "aeUd", "", 0, 4, false},
	{__HYPERVISOR_set_gdt, 0, "*c", "mmmm", 32, 4, false},
	{__HYPERVISOR_update_descriptor, 0, "Me", "", 0, 6, false},
	{__HYPERVISOR_set_debugreg, 0, "ka", "", 0, 2, true},
	{__HYPERVISOR_get_debugreg, 0, "k", "", 0, 1, false},
	{__HYPERVISOR_set_segment_base, 0, "ka", "", 0, 4, true},
	{__HYPERVISOR_fpu_taskswitch, 0, "k", "", 0, 2, false},
	{__HYPERVISOR_set_timer_op, 0, "t", "", 0, 3, false},
	{__HYPERVISOR_vm_assist, 0, "kk", "", 0, 2, false},
	{__HYPERVISOR_stack_switch, 0, "ka", "", 0, 1, true},
	{__HYPERVISOR_set_callbacks, 0, "aaa", "", 0, 1, true},
	{__HYPERVISOR_set_trap_table, 0, "*", "bbda", 16, 1, true},
	{__HYPERVISOR_callback_op, 0, "k*", "xxa", 16, 1, true},
	{__HYPERVISOR_iret, 0, "", "", 0, 1, true},
	{__HYPERVISOR_hvm_op, 0, "k*", "dkN", 16, 2, false},
	{__HYPERVISOR_console_io, 0, "kc*", "N", 8, 1, false},
	{__HYPERVISOR_xen_version, 0, "k*", "NNN", 24, 3, false},
	{__HYPERVISOR_domctl, 0, "*", "kkdN", 136, 1, false},
	{__HYPERVISOR_sysctl, 0, "*", "kkNN", 128, 1, false},
	{__HYPERVISOR_platform_op, 0, "*", "kkNN", 136, 1, false},
	{__HYPERVISOR_physdev_op, 0, "k*", "kkmN", 32, 6, false},
	OP(memory_op, 0, "LCccd", 32, 6),	    /* increase_reservation */
	OP(memory_op, 1, "LCccd", 32, 12),	    /* decrease_reservation */
	OP(memory_op, 6, "LCccd", 32, 12),	    /* populate_physmap */
	OP(memory_op, 11, "LCccddLCccddC", 72, 12), /* exchange */
	OP(memory_op, 28, "dsvcccNL", 32, 4),
	{__HYPERVISOR_memory_op, 0, "k*", "LCccdN", 72, 10, false},
	GRANT(0, "acgdsfB", 40, 16), /* map: host_addr, flags, ref, dom, status, handle, bus */
	GRANT(0, "afgdsfB", 40, 6),
	GRANT(0, "Mfgdsf", 40, 4),
	GRANT(1, "aBhs", 24, 16),
	GRANT(1, "MBhs", 24, 3),
	GRANT(2, "dcsL", 24, 3),
	GRANT(5, "gfdxgfdxxss", 40, 10), /* copy: source and destination */
	GRANT(5, "mdxmdxxss", 40, 10),
	GRANT(6, "dccs", 16, 2),
	GRANT(7, "aahs", 24, 4),
	GRANT(8, "v", 4, 3),
	GRANT(9, "cdsL", 16, 2),
	GRANT(10, "dk", 8, 1),
	GRANT(11, "ggs", 12, 4),
	{__HYPERVISOR_grant_table_op, 0, "k*n", "NNNNN", 40, 3, false},
	OP(event_channel_op, 0, "dpp", 12, 8),
	OP(event_channel_op, 1, "kvp", 12, 6),
	OP(event_channel_op, 2, "kfp", 12, 2),
	OP(event_channel_op, 3, "p", 4, 8),
	OP(event_channel_op, 4, "p", 4, 16),
	OP(event_channel_op, 5, "dpNN", 24, 3),
	OP(event_channel_op, 6, "ddp", 8, 8),
	OP(event_channel_op, 7, "vp", 8, 6),
	OP(event_channel_op, 8, "pv", 8, 4),
	OP(event_channel_op, 9, "p", 4, 6),
	OP(event_channel_op, 10, "d", 4, 1),
	OP(event_channel_op, 11, "mfvN", 24, 3),
	OP(event_channel_op, 12, "m", 8, 3),
	OP(event_channel_op, 13, "pk", 8, 2),
	OP(event_channel_op, 14, "NN", 16, 1),
	OP(sched_op, 3, "Lct", 24, 1),
	OP(sched_op, 6, "kf", 8, 1),
	{__HYPERVISOR_sched_op, 0, "o", "", 0, 2, false},
	{__HYPERVISOR_sched_op, 1, "o", "", 0, 1, true},
	{__HYPERVISOR_sched_op, 0, "k*", "kkN", 16, 1, true},
	VCPU(4, "N", 8, 2),
	VCPU(5, "a", 8, 2),
	VCPU(6, "t", 8, 1),
	VCPU(7, "", 8, 1),
	VCPU(8, "tf", 16, 2),
	VCPU(9, "", 8, 1),
	VCPU(10, "mcf", 16, 2),
	VCPU(11, "", 8, 1),
	VCPU(13, "a", 8, 1),
	{__HYPERVISOR_vcpu_op, 0, "kv*", "NNNN", 32, 1, true},
	{63, 0, "NNNN", "", 0, 1, false},
};

static uint64_t value(struct wild *w, char kind, uint32_t part)
{
	uint64_t at = (uint64_t)w->room + part * PART;

	switch (kind) {
	case 'm':
		return frame(w);
	case 'a':
		return address(w);
	case 'M':
		return entry_address(w);
	case 'e':
		return wild_entry(w);
	case 'B':
		return one_in(w, 2) ? 0 : frame(w) << 12;
	case 'L':
		return at + LIST;
	case 'D':
		return one_in(w, 2) ? 0 : at + LIST - 8;
	case 'U':
		return one_in(w, 16) ? number(w) : wild_below(w, 5) | (one_in(w, 16) ? address(w) & ~7ULL : 0);
	case 't':
		return one_in(w, 3) ? number(w) : wild_below(w, 100000000);
	case 'C':
	case 'c':
		return one_in(w, 40) ? number(w) : one_in(w, 2) ? 1 : wild_below(w, 9);
	case 'p':
		return one_in(w, 40) ? number(w) : wild_below(w, 24);
	case 'h':
		return one_in(w, 40) ? number(w) : wild_below(w, 8);
	case 'g':
		return one_in(w, 40) ? number(w) : wild_below(w, 48);
	case 'v':
		return one_in(w, 20) ? number(w) : wild_below(w, 3);
	case 'k':
		return one_in(w, 40) ? number(w) : wild_below(w, 32);
	case 'f':
		return wild_random(w) & wild_random(w) & 63;
	case 'd':
		return domain(w);
	case 'x':
		return one_in(w, 4) ? wild_below(w, 4097) : wild_below(w, 64) * 8;
	default:
		return number(w);
	}
}

static unsigned size_of(char kind)
{
	switch (kind) {
	case 'p':
	case 'g':
	case 'h':
	case 'v':
	case 'c':
	case 'f':
	case 'k':
	case 'w':
	case 'o':
		return 4;
	case 'd':
	case 'x':
	case 's':
		return 2;
	case 'b':
		return 1;
	default:
		return 8;
	}
}

static void fill_structure(struct wild *w, const struct shape *s, uint8_t *to, uint32_t part)
{
	unsigned at = 0;

	memset(to, 0, s->size);
	for (const char *f = s->fields; *f; f++) {
		unsigned size = size_of(*f);
		uint64_t v = *f == 'o' ? s->op : value(w, *f, part);

		at = (at + size - 1) / size * size;
		if (at + size > s->size)
			break;
		memcpy(to + at, &v, size);
		at += size;
	}
	if (one_in(w, 16))
		to[wild_below(w, s->size)] ^= (uint8_t)(1u << wild_below(w, 8));
}

static uint32_t fill_part(struct wild *w, const struct shape *s, uint32_t part)
{
	uint32_t n = one_in(w, 4) ? 1 + wild_below(w, 6) : 1;
	uint8_t *room = w->room + part * PART;

	for (uint32_t i = 0; i < n && s->size; i++)
		fill_structure(w, s, room + i * s->size, part);
	/* A list is longer than what is new in it. */
	for (unsigned i = 0; i < 3; i++) {
		uint64_t m = frame(w);

		memcpy(room + LIST + 8 * wild_below(w, (PART - LIST) / 8), &m, 8);
	}
	return n;
}

static const struct shape *choose(struct wild *w)
{
	static uint32_t sum;
	const struct shape *s;
	uint32_t n;

	if (!sum)
		for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++)
			sum += shapes[i].weight;
	do {
		n = wild_below(w, sum);
		for (s = shapes; n >= s->weight; s++)
			n -= s->weight;
	} while (s->deadly && (!w->deadly || !one_in(w, w->deadly)));
	return s;
}

static struct wild_call one_call(struct wild *w, uint32_t part)
{
	const struct shape *s = choose(w);
	struct wild_call c = {.nr = s->nr};
	uint32_t n = fill_part(w, s, part);

	for (unsigned i = 0; i < 4 && s->args[i]; i++) {
		char kind = s->args[i];

		if (kind == 'o')
			c.arg[i] = s->op;
		else if (kind == '*')
			c.arg[i] = one_in(w, 100) ? number(w) : (uint64_t)w->room + part * PART;
		else if (kind == 'n')
			c.arg[i] = one_in(w, 60) ? number(w) : n;
		else
			c.arg[i] = value(w, kind, part);
	}
	return c;
}

static struct wild_call several(struct wild *w)
{
	uint32_t n = 1 + wild_below(w, PARTS - 1);
	multicall_entry_t *list = (void *)w->room;

	_Static_assert(PARTS * sizeof(*list) <= PART, "the first part holds the list");
	for (uint32_t i = 0; i < n; i++) {
		struct wild_call c = one_call(w, i + 1);

		list[i] = (multicall_entry_t){.op = c.nr};
		memcpy(list[i].args, c.arg, sizeof(c.arg));
	}
	return (struct wild_call){__HYPERVISOR_multicall, {(uint64_t)list, one_in(w, 500) ? number(w) : n}};
}

struct wild_call wild_next(struct wild *w)
{
	return one_in(w, 24) ? several(w) : one_call(w, 0);
}
