/* grant.c - grant tables of running domains */
#include "kern/grant.h"

#include "arch/x86/hvm/hvm.h"
#include "core/grant.h"
#include "kern/mm.h"
#include "lib/errno.h"
#include "lib/string.h"

#define V1_PER_FRAME	    (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define V2_PER_FRAME	    (PAGE_SIZE / sizeof(union grant_entry_v2))
#define ACTIVE_BYTES	    (V1_PER_FRAME * sizeof(struct grant_active))
#define STATUS_PER_FRAME    (PAGE_SIZE / sizeof(grant_status_t))
#define STATUS_FRAMES_LIMIT (GRANT_FRAMES_LIMIT * V2_PER_FRAME / STATUS_PER_FRAME)
#define RESERVED	    8 /* entries that outlive a change of version: console, store */

struct grant_table {
	spinlock_t lock;	      /* entries, active and sizes */
	uint8_t version, max_version; /* 1 or 2 */
	uint16_t nr_frames, max_frames, nr_status;
	void *shared[GRANT_FRAMES_LIMIT]; /* pages of ours that the domain may map and write */
	struct grant_active *active[GRANT_FRAMES_LIMIT];
	grant_status_t *status[STATUS_FRAMES_LIMIT];

	spinlock_t maptrack_lock;
	struct maptrack maptrack;
	uint32_t max_maptrack; /* pages */
	uint32_t relinquished; /* handles below are done */
};

/* Entries of a frame of the table, a power of two: version 1 has twice as many. */
static inline unsigned frame_shift(const struct grant_table *t)
{
	return 10u - t->version;
}

_Static_assert(V1_PER_FRAME == 1 << (10 - 1) && V2_PER_FRAME == 1 << (10 - 2), "frame_shift");

static inline bool has_entry(const struct grant_table *t, uint32_t ref)
{
	return ref >> frame_shift(t) < t->nr_frames;
}

/* ---- the table
 * ----------------------------------------------------------------------------------------------------
 */

static int add_status_frames(struct domain *d, unsigned nr_frames)
{
	struct grant_table *t = d->grants;
	unsigned needed = (unsigned)DIV_ROUND_UP(nr_frames * V2_PER_FRAME, STATUS_PER_FRAME);

	while (t->nr_status < needed) {
		t->status[t->nr_status] = pages_alloc(0);
		if (!t->status[t->nr_status])
			return -ENOMEM;
		page_share(t->status[t->nr_status], d, true);
		t->nr_status++;
	}
	return 0;
}

static int add_frame(struct domain *d)
{
	struct grant_table *t = d->grants;
	void *shared = pages_alloc(0);
	struct grant_active *active = heap_alloc(ACTIVE_BYTES);

	if (!shared || !active) {
		if (shared)
			pages_free(shared, 0);
		if (active)
			heap_free(active, ACTIVE_BYTES);
		return -ENOMEM;
	}
	page_share(shared, d, true);
	t->shared[t->nr_frames] = shared;
	t->active[t->nr_frames] = active;
	t->nr_frames++;
	return 0;
}

int grant_grow(struct domain *d, unsigned nr_frames)
{
	struct grant_table *t = d->grants;
	int err = 0;

	spin_lock(&t->lock);
	if (nr_frames > t->max_frames)
		err = -ENOSPC;
	else if (t->version == 2)
		err = add_status_frames(d, nr_frames);
	while (!err && t->nr_frames < nr_frames)
		err = add_frame(d);
	spin_unlock(&t->lock);
	return err;
}

unsigned grant_nr_frames(struct domain *d, unsigned *max)
{
	*max = d->grants->max_frames;
	return d->grants->nr_frames;
}

mfn_t grant_frame(struct domain *d, unsigned index, bool status)
{
	struct grant_table *t = d->grants;
	void *page = NULL;

	spin_lock(&t->lock);
	if (status && index < t->nr_status)
		page = t->status[index];
	else if (!status && index < t->nr_frames)
		page = t->shared[index];
	spin_unlock(&t->lock);
	return page ? virt_to_mfn(page) : INVALID_MFN;
}

unsigned grant_version(struct domain *d)
{
	return d->grants->version;
}

/* The entry `ref`, which exists. Table locked. */
static inline struct grant_slot slot_of(const struct grant_table *t, uint32_t ref)
{
	uint8_t *frame = t->shared[ref >> frame_shift(t)];

	if (likely(t->version == 1)) {
		struct grant_entry_v1 *v1 = (struct grant_entry_v1 *)(void *)frame + ref % V1_PER_FRAME;

		return (struct grant_slot){.head = (uint32_t *)(void *)v1, .body = &v1->frame};
	}
	union grant_entry_v2 *v2 = (union grant_entry_v2 *)(void *)frame + ref % V2_PER_FRAME;

	return (struct grant_slot){.head = (uint32_t *)(void *)v2,
				   .body = &v2->sub_page.page_off,
				   .status = &t->status[ref / STATUS_PER_FRAME][ref % STATUS_PER_FRAME]};
}

static inline struct grant_active *active_of(const struct grant_table *t, uint32_t ref)
{
	return &t->active[ref >> frame_shift(t)][ref & ((1u << frame_shift(t)) - 1)];
}

static bool anything_used(const struct grant_table *t)
{
	for (unsigned frame = 0; frame < t->nr_frames; frame++)
		for (unsigned i = 0; i < V1_PER_FRAME; i++)
			if (grant_is_used(&t->active[frame][i]))
				return true;
	return false;
}

/* The reserved entries in the other version's form; everything else begins anew, invalid. */
static void convert(struct grant_table *t, unsigned version)
{
	union grant_entry_v2 v2[RESERVED] = {0};
	struct grant_entry_v1 v1[RESERVED] = {0};

	for (unsigned i = 0; i < RESERVED; i++) {
		if (version == 2) {
			v1[i] = ((struct grant_entry_v1 *)t->shared[0])[i];
			v2[i].full_page.hdr = (struct grant_entry_header){v1[i].flags, v1[i].domid};
			v2[i].full_page.frame = v1[i].frame;
		} else {
			v2[i] = ((union grant_entry_v2 *)t->shared[0])[i];
			if (v2[i].hdr.flags & GTF_sub_page || v2[i].full_page.frame >> 32)
				continue;
			v1[i] = (struct grant_entry_v1){v2[i].hdr.flags, v2[i].hdr.domid,
							(uint32_t)v2[i].full_page.frame};
		}
	}
	for (unsigned frame = 0; frame < t->nr_frames; frame++)
		memset(t->shared[frame], 0, PAGE_SIZE);
	if (version == 2)
		memcpy(t->shared[0], v2, sizeof(v2));
	else
		memcpy(t->shared[0], v1, sizeof(v1));
}

/* Status frames, once there, stay to the domain's end: it may have mapped them. */
int grant_set_version(struct domain *d, unsigned version)
{
	struct grant_table *t = d->grants;
	int err = 0;

	if (version != 1 && version != 2)
		return -EINVAL;
	spin_lock(&t->lock);
	if (version > t->max_version) {
		err = -ENOSYS;
	} else if (version != t->version) {
		err = anything_used(t) ? -EBUSY : 0;
		if (!err && version == 2)
			err = add_status_frames(d, t->nr_frames);
		if (!err) {
			convert(t, version);
			t->version = (uint8_t)version;
		}
	}
	spin_unlock(&t->lock);
	return err;
}

int16_t grant_swap(struct domain *d, uint32_t a, uint32_t b)
{
	struct grant_table *t = d->grants;
	int16_t status = GNTST_okay;
	size_t size;

	spin_lock(&t->lock);
	size = t->version == 1 ? sizeof(struct grant_entry_v1) : sizeof(union grant_entry_v2);
	if (!has_entry(t, MAX(a, b))) {
		status = GNTST_bad_gntref;
	} else if (grant_is_used(active_of(t, a)) || grant_is_used(active_of(t, b))) {
		status = GNTST_eagain;
	} else if (a != b) {
		void *first = slot_of(t, a).head, *second = slot_of(t, b).head;
		union grant_entry_v2 keep;

		memcpy(&keep, first, size);
		memcpy(first, second, size);
		memcpy(second, &keep, size);
	}
	spin_unlock(&t->lock);
	return status;
}

/* ---- uses
 * ----------------------------------------------------------------------------------------------------------
 */

static void unmark(struct domain *owner, uint32_t ref, bool write)
{
	struct grant_table *t = owner->grants;
	struct grant_slot slot;

	spin_lock(&t->lock);
	slot = slot_of(t, ref);
	grant_release(&slot, active_of(t, ref), write);
	spin_unlock(&t->lock);
}

/* An HVM domain grants by guest frame. The first use finds out which machine frame that is, and as long as there are uses it is that
 * one, whatever the domain does to its memory meanwhile. */
static int16_t translate(struct domain *owner, const struct grant_slot *slot, struct grant_active *active, bool write)
{
	mfn_t m;

	if (active->readers + active->writers > 1)
		return GNTST_okay;
	m = hvm_gfn_lookup(owner, active->address >> PAGE_SHIFT);
	if (mfn_eq(m, INVALID_MFN)) {
		grant_release(slot, active, write);
		return GNTST_bad_page;
	}
	active->address = paddr_of_mfn(m) | (active->address & ~PAGE_MASK);
	return GNTST_okay;
}

/* Marks the entry, and takes down what it grants. Table locked. */
static inline __attribute__((always_inline)) int16_t mark(struct domain *owner, uint32_t ref, uint16_t user, bool write,
							  bool whole, uint64_t *address, uint16_t *length)
{
	const struct grant_table *t = owner->grants;
	struct grant_active *active;
	struct grant_slot slot;
	int16_t status;

	if (unlikely(!has_entry(t, ref)))
		return GNTST_bad_gntref;
	active = active_of(t, ref);
	slot = slot_of(t, ref);
	status = grant_acquire(&slot, active, user, write, whole);
	if (likely(status == GNTST_okay) && unlikely(domain_is_hvm(owner)))
		status = translate(owner, &slot, active, write);
	*address = active->address;
	*length = active->length;
	return status;
}

int16_t grant_hold(struct domain *owner, uint32_t ref, uint16_t user, bool write, struct grant_hold *h)
{
	struct grant_table *t = owner->grants;
	uint16_t length;
	int16_t status;
	mfn_t m;

	*h = (struct grant_hold){.owner = owner, .ref = ref, .write = write};
	spin_lock(&t->lock);
	status = owner->dying ? GNTST_bad_domain : mark(owner, ref, user, write, true, &h->address, &length);
	spin_unlock(&t->lock);
	if (status != GNTST_okay)
		return status;
	m = mfn_of_paddr(h->address);
	if (write ? page_get_writable(owner, m) : page_get(owner, m)) {
		unmark(owner, ref, write);
		return GNTST_bad_page;
	}
	if (write)
		frame_mark_foreign(&frames, m);
	return GNTST_okay;
}

static inline __attribute__((always_inline)) void begin_copies(struct domain *owner, uint16_t user, bool write,
							       struct grant_part *part, unsigned nr)
{
	struct grant_table *t = owner->grants;

	spin_lock(&t->lock);
	for (unsigned i = 0; i < nr; i++)
		if (likely(part[i].status == GNTST_okay))
			part[i].status = owner->dying ? GNTST_bad_domain
						      : mark(owner, part[i].ref, user, write, false, &part[i].address,
							     &part[i].length);
	spin_unlock(&t->lock);
	for (unsigned i = 0; i < nr; i++) {
		mfn_t m = mfn_of_paddr(part[i].address);

		if (likely(part[i].status == GNTST_okay) &&
		    unlikely(write ? page_get_writable(owner, m) : page_get(owner, m))) {
			unmark(owner, part[i].ref, write);
			part[i].status = GNTST_bad_page;
		}
	}
}

/* Compiled for each of the two: most of what a copy costs is here. */
void grant_begin_copies(struct domain *owner, uint16_t user, bool write, struct grant_part *part, unsigned nr)
{
	if (write)
		begin_copies(owner, user, true, part, nr);
	else
		begin_copies(owner, user, false, part, nr);
}

static inline __attribute__((always_inline)) void end_copies(struct domain *owner, bool write,
							     const struct grant_part *part, unsigned nr)
{
	struct grant_table *t = owner->grants;

	for (unsigned i = 0; i < nr; i++) {
		mfn_t m = mfn_of_paddr(part[i].address);

		if (unlikely(part[i].status != GNTST_okay))
			continue;
		if (write)
			page_put_writable(m);
		else
			page_put(m);
	}
	spin_lock(&t->lock);
	for (unsigned i = 0; i < nr; i++) {
		struct grant_slot slot;

		if (unlikely(part[i].status != GNTST_okay))
			continue;
		slot = slot_of(t, part[i].ref);
		grant_release(&slot, active_of(t, part[i].ref), write);
	}
	spin_unlock(&t->lock);
}

void grant_end_copies(struct domain *owner, bool write, const struct grant_part *part, unsigned nr)
{
	if (write)
		end_copies(owner, true, part, nr);
	else
		end_copies(owner, false, part, nr);
}

struct grant_hold grant_held(struct domain *owner, uint32_t ref, bool write)
{
	struct grant_hold h = {.owner = owner, .ref = ref, .write = write};
	struct grant_table *t = owner->grants;

	spin_lock(&t->lock);
	h.address = active_of(t, ref)->address;
	spin_unlock(&t->lock);
	return h;
}

void grant_unmark(const struct grant_hold *h)
{
	unmark(h->owner, h->ref, h->write);
}

void grant_let_go(const struct grant_hold *h)
{
	if (h->write)
		page_put_writable(mfn_of_paddr(h->address));
	else
		page_put(mfn_of_paddr(h->address));
	grant_unmark(h);
}

/* ---- handles
 * -------------------------------------------------------------------------------------------------------
 */

static size_t page_list_bytes(const struct grant_table *t)
{
	return t->max_maptrack * sizeof(struct mapping *);
}

/* maptrack_lock held. */
static int64_t take_locked(struct grant_table *t)
{
	struct mapping *page, **list;
	int64_t handle;

	if (!t->maptrack.page) {
		list = heap_alloc(page_list_bytes(t));
		if (!list)
			return -ENOMEM;
		maptrack_init(&t->maptrack, list, t->max_maptrack);
	}
	handle = maptrack_take(&t->maptrack);
	if (handle != -ENOBUFS)
		return handle;
	page = pages_alloc(0);
	if (!page)
		return -ENOMEM;
	maptrack_add_page(&t->maptrack, page);
	return maptrack_take(&t->maptrack);
}

int64_t grant_take_handle(struct domain *d)
{
	int64_t handle;

	spin_lock(&d->grants->maptrack_lock);
	handle = take_locked(d->grants);
	spin_unlock(&d->grants->maptrack_lock);
	return handle;
}

void grant_fill_handle(struct domain *d, uint32_t handle, const struct grant_hold *h, uint16_t flags)
{
	struct mapping *m;

	spin_lock(&d->grants->maptrack_lock);
	m = maptrack_get(&d->grants->maptrack, handle);
	m->domain = h->owner;
	m->ref = h->ref;
	m->flags = MAPPING_USED | flags;
	spin_unlock(&d->grants->maptrack_lock);
}

int grant_claim_handle(struct domain *d, uint32_t handle, uint16_t parts, struct mapping *copy)
{
	int err;

	spin_lock(&d->grants->maptrack_lock);
	err = maptrack_claim(&d->grants->maptrack, handle, parts, copy);
	spin_unlock(&d->grants->maptrack_lock);
	return err;
}

bool grant_settle_handle(struct domain *d, uint32_t handle, uint16_t parts, bool undo)
{
	bool gone;

	spin_lock(&d->grants->maptrack_lock);
	gone = maptrack_settle(&d->grants->maptrack, handle, parts, undo);
	spin_unlock(&d->grants->maptrack_lock);
	return gone;
}

void grant_free_handle(struct domain *d, uint32_t handle)
{
	spin_lock(&d->grants->maptrack_lock);
	maptrack_free(&d->grants->maptrack, handle);
	spin_unlock(&d->grants->maptrack_lock);
}

uint16_t grant_handle_parts(struct domain *d, uint32_t handle)
{
	const struct mapping *m;
	uint16_t parts;

	spin_lock(&d->grants->maptrack_lock);
	m = maptrack_get(&d->grants->maptrack, handle);
	parts = m ? m->flags & (MAPPING_HOST | MAPPING_DEVICE) : 0;
	spin_unlock(&d->grants->maptrack_lock);
	return parts;
}

uint32_t grant_handles(struct domain *d)
{
	return d->grants->maptrack.nr_pages * (uint32_t)MAPPINGS_PER_PAGE;
}

bool grant_device_use(struct domain *d, uint32_t handle, struct grant_hold *h)
{
	const struct mapping *m;
	struct mapping copy = {0};

	spin_lock(&d->grants->maptrack_lock);
	m = maptrack_get(&d->grants->maptrack, handle);
	if (m)
		copy = *m;
	spin_unlock(&d->grants->maptrack_lock);
	if (!(copy.flags & MAPPING_DEVICE))
		return false;
	*h = grant_held(copy.domain, copy.ref, !(copy.flags & MAPPING_READONLY));
	return true;
}

/* ---- a domain's life
 * ------------------------------------------------------------------------------------------------
 */

int grant_init_domain(struct domain *d)
{
	struct grant_table *t = heap_alloc(sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->version = 1;
	t->max_version = 2;
	t->max_frames = GRANT_FRAMES_DEFAULT;
	t->max_maptrack = MAPTRACK_FRAMES_DEFAULT;
	d->grants = t;
	return grant_grow(d, 1);
}

int grant_set_limits(struct domain *d, int32_t table_frames, int32_t maptrack_frames, unsigned max_version)
{
	struct grant_table *t = d->grants;

	if (table_frames < 0)
		table_frames = GRANT_FRAMES_DEFAULT;
	if (maptrack_frames < 0)
		maptrack_frames = MAPTRACK_FRAMES_DEFAULT;
	if (table_frames > GRANT_FRAMES_LIMIT || maptrack_frames > MAPTRACK_FRAMES_LIMIT ||
	    table_frames < t->nr_frames || t->maptrack.page || max_version < t->version || max_version > 2)
		return -EINVAL;
	t->max_frames = (uint16_t)table_frames;
	t->max_maptrack = (uint32_t)maptrack_frames;
	t->max_version = (uint8_t)max_version;
	return 0;
}

/* Host mappings lose their frames' references with the page tables; what is left are marks, and
 * device mappings whole. */
static void relinquish_handle(struct domain *d, uint32_t handle)
{
	uint16_t parts = grant_handle_parts(d, handle);
	struct mapping m;
	struct grant_hold h;

	if (!parts || grant_claim_handle(d, handle, parts, &m))
		return;
	h = grant_held(m.domain, m.ref, !(m.flags & MAPPING_READONLY));
	if (parts & MAPPING_HOST)
		grant_unmark(&h);
	if (parts & MAPPING_DEVICE)
		grant_let_go(&h);
	if (grant_settle_handle(d, handle, parts, false))
		domain_put(m.domain);
}

int grant_relinquish_domain(struct domain *d, struct work *w)
{
	struct grant_table *t = d->grants;

	for (; t->relinquished < t->maptrack.nr_pages * MAPPINGS_PER_PAGE; t->relinquished++) {
		if (!work_spend(w, 1))
			return -ERESTART;
		relinquish_handle(d, t->relinquished);
	}
	return 0;
}

void grant_destroy_domain(struct domain *d)
{
	struct grant_table *t = d->grants;

	if (!t)
		return;
	for (unsigned i = 0; i < t->nr_frames; i++) {
		page_unshare(t->shared[i]);
		heap_free(t->active[i], ACTIVE_BYTES);
	}
	for (unsigned i = 0; i < t->nr_status; i++)
		page_unshare(t->status[i]);
	for (unsigned i = 0; i < t->maptrack.nr_pages; i++)
		pages_free(t->maptrack.page[i], 0);
	if (t->maptrack.page)
		heap_free(t->maptrack.page, page_list_bytes(t));
	heap_free(t, sizeof(*t));
	d->grants = NULL;
}
