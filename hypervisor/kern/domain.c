/* domain.c - domains and their vcpus: making them, finding them, stopping them
 *
 * A domain is made with one reference of its own, which its end drops (domain_end.c), and lives until the last one goes.
 * It is found by its id in a list sorted by id, whose lock nests inside all others.
 */
#include "kern/domain.h"

#include <xen/domctl.h>
#include <xen/sched.h>

#include "arch/x86/hvm/hvm.h"
#include "arch/x86/pv/pv.h"
#include "core/memmap.h"
#include "core/runqueue.h"
#include "kern/event.h"
#include "kern/event_ops.h"
#include "kern/grant.h"
#include "kern/irq.h"
#include "kern/memory.h"
#include "kern/sched.h"
#include "kern/time.h"
#include "kern/timer.h"
#include "lib/errno.h"
#include "lib/string.h"

#define IOMEM_RANGES 128 /* a domain's, at most */
#define IRQ_RANGES   64

struct domain *dom0;

static struct list domains = LIST_INIT(domains);
static spinlock_t domains_lock;

/* --- making ----------------------------------------------------------------------------------------------------- */

static int init_ranges(struct rangeset *set, unsigned capacity)
{
	struct range *storage = heap_alloc(capacity * sizeof(*storage));

	if (!storage)
		return -ENOMEM;
	rangeset_init(set, storage, capacity);
	return 0;
}

static void free_ranges(struct rangeset *set)
{
	if (set->range)
		heap_free(set->range, set->capacity * sizeof(*set->range));
}

static void free_vcpu(struct vcpu *v)
{
	sched_remove_vcpu(v);
	time_destroy_vcpu(v);
	if (domain_is_hvm(v->domain))
		hvm_vcpu_free(v);
	else
		pv_vcpu_free(v);
	if (v->own_info)
		heap_free(v->own_info, sizeof(*v->own_info));
	heap_free(v, sizeof(*v));
}

/* Everything a domain has, in the reverse order of its making; what has not been made is left alone. */
static void free_domain(struct domain *d)
{
	for (unsigned i = 0; i < d->max_vcpus; i++) {
		if (d->vcpu[i])
			free_vcpu(d->vcpu[i]);
	}
	pv_domain_free(d);
	hvm_domain_free(d);
	irq_destroy_domain(d);
	grant_destroy_domain(d);
	event_destroy_domain(d);
	if (d->shared_info)
		page_unshare(d->shared_info);
	for (unsigned i = 0; i < ARRAY_SIZE(d->watchdog); i++) {
		if (d->watchdog[i])
			heap_free(d->watchdog[i], sizeof(*d->watchdog[i]));
	}
	if (d->ioports)
		heap_free(d->ioports, 8192);
	heap_free(d->map, d->map_entries * sizeof(*d->map));
	free_ranges(&d->irqs);
	free_ranges(&d->iomem);
	heap_free(d, sizeof(*d));
}

static int init_parts(struct domain *d)
{
	int rc;

	if ((rc = init_ranges(&d->iomem, IOMEM_RANGES)) || (rc = init_ranges(&d->irqs, IRQ_RANGES)))
		return rc;
	void *shared = pages_alloc(0);

	if (!shared)
		return -ENOMEM;
	page_share(shared, d, true);
	d->shared_info = shared;
	if ((rc = event_init_domain(d)) || (rc = grant_init_domain(d)) || (rc = irq_init_domain(d)) ||
	    (rc = d->create_flags & XEN_DOMCTL_CDF_hvm ? hvm_domain_init(d) : pv_domain_init(d)))
		return rc;
	time_update_wallclock(d);
	return 0;
}

/* Into the list, unless there is one with its id. */
static int enlist(struct domain *d)
{
	struct domain *other;
	int rc = 0;

	spin_lock(&domains_lock);
	list_for_each_entry (other, &domains, link) {
		if (other->id >= d->id)
			break;
	}
	if (&other->link != &domains && other->id == d->id)
		rc = -EEXIST;
	else
		list_add_before(&d->link, &other->link);
	spin_unlock(&domains_lock);
	return rc;
}

static void delist(struct domain *d)
{
	spin_lock(&domains_lock);
	list_del(&d->link);
	spin_unlock(&domains_lock);
}

int domain_create(uint16_t id, uint32_t max_vcpus, uint32_t flags, const uint8_t handle[16], struct domain **out)
{
	if (id >= DOMID_FIRST_RESERVED || max_vcpus < 1 || max_vcpus > MAX_VCPUS)
		return -EINVAL;
	struct domain *d = heap_alloc(sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->id = id;
	d->max_vcpus = max_vcpus;
	d->create_flags = flags;
	d->pause_count = 1;
	d->tool_pauses = 1;
	d->shutdown_code = SHUTDOWN_NONE;
	d->frame_low = UINT64_MAX;
	memcpy(d->handle, handle, sizeof(d->handle));
	list_init(&d->link);
	sched_group_init(&d->sched);

	/* The id is taken first, so that what is made for it belongs to nobody else. Without a reference nobody finds it yet:
	 * any guest may ask for any id at any time. */
	int rc = enlist(d);

	if (rc) {
		heap_free(d, sizeof(*d));
		return rc;
	}
	rc = init_parts(d);
	if (rc) {
		delist(d);
		free_domain(d);
		return rc;
	}
	__atomic_store_n(&d->refs, 2, __ATOMIC_RELEASE); /* its own, and the caller's */
	*out = d;
	return 0;
}

static int init_vcpu_info(struct vcpu *v)
{
	struct domain *d = v->domain;

	v->info_mfn = INVALID_MFN;
	if (v->id < XEN_LEGACY_MAX_VCPUS) {
		v->info = &d->shared_info->vcpu_info[v->id];
	} else {
		v->own_info = heap_alloc(sizeof(*v->own_info));
		if (!v->own_info)
			return -ENOMEM;
		v->info = v->own_info;
	}
	v->info->evtchn_upcall_mask = 1;
	return 0;
}

int domain_create_vcpu(struct domain *d, unsigned id, struct vcpu **out)
{
	if (id >= d->max_vcpus)
		return -EINVAL;
	if (d->vcpu[id])
		return -EEXIST;
	struct vcpu *v = heap_alloc(sizeof(*v));

	if (!v)
		return -ENOMEM;
	v->domain = d;
	v->id = id;
	v->pause_flags = VCPU_DOWN;
	int rc;

	if ((rc = init_vcpu_info(v)) || (rc = time_init_vcpu(v)) ||
	    (rc = domain_is_hvm(d) ? hvm_vcpu_init(v) : pv_vcpu_init(v)) || (rc = sched_add_vcpu(v))) {
		free_vcpu(v);
		return rc;
	}
	/* Somebody else may have made it meanwhile. */
	struct vcpu *none = NULL;

	if (!__atomic_compare_exchange_n(&d->vcpu[id], &none, v, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
		free_vcpu(v);
		return -EEXIST;
	}
	if (out)
		*out = v;
	return 0;
}

/* --- finding ---------------------------------------------------------------------------------------------------- */

void domain_ref(struct domain *d)
{
	__atomic_fetch_add(&d->refs, 1, __ATOMIC_RELAXED);
}

void domain_put(struct domain *d)
{
	if (__atomic_fetch_sub(&d->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	delist(d);
	free_domain(d);
}

/* With the list's lock: a domain that is still in the list may have lost its last reference already. */
static bool try_ref(struct domain *d)
{
	uint32_t refs = __atomic_load_n(&d->refs, __ATOMIC_RELAXED);

	do {
		if (!refs)
			return false;
	} while (!__atomic_compare_exchange_n(&d->refs, &refs, refs + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return true;
}

static struct domain *find(uint16_t from, bool exactly)
{
	struct domain *d, *found = NULL;

	spin_lock(&domains_lock);
	list_for_each_entry (d, &domains, link) {
		if (d->id < from)
			continue;
		if (exactly && d->id != from)
			break;
		if (try_ref(d)) {
			found = d;
			break;
		}
	}
	spin_unlock(&domains_lock);
	return found;
}

struct domain *domain_get(uint16_t id)
{
	if (id == DOMID_SELF) {
		domain_ref(current->domain);
		return current->domain;
	}
	return find(id, true);
}

struct domain *domain_get_next(uint16_t from)
{
	return find(from, false);
}

/* --- stopping and going on ---------------------------------------------------------------------------------------- */

void vcpu_go_down(struct vcpu *v)
{
	struct vcpu *other;

	__atomic_fetch_or(&v->pause_flags, VCPU_DOWN, __ATOMIC_SEQ_CST);
	for_each_vcpu (v->domain, other) {
		if (!(__atomic_load_n(&other->pause_flags, __ATOMIC_SEQ_CST) & VCPU_DOWN)) {
			vcpu_sleep(v);
			return;
		}
	}
	domain_shutdown(v->domain, SHUTDOWN_poweroff);
}

void vcpu_pause(struct vcpu *v)
{
	__atomic_fetch_add(&v->pause_count, 1, __ATOMIC_SEQ_CST);
	vcpu_sleep_sync(v);
}

void vcpu_unpause(struct vcpu *v)
{
	if (__atomic_sub_fetch(&v->pause_count, 1, __ATOMIC_SEQ_CST) == 0)
		vcpu_wake(v);
}

void domain_pause(struct domain *d)
{
	struct vcpu *v;

	__atomic_fetch_add(&d->pause_count, 1, __ATOMIC_SEQ_CST);
	for_each_vcpu (d, v)
		vcpu_sleep(v);
	for_each_vcpu (d, v)
		vcpu_sleep_sync(v);
}

void domain_unpause(struct domain *d)
{
	struct vcpu *v;

	if (__atomic_sub_fetch(&d->pause_count, 1, __ATOMIC_SEQ_CST))
		return;
	for_each_vcpu (d, v)
		vcpu_wake(v);
}
