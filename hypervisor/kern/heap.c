/* heap.c - small objects of the hypervisor's, by size class
 *
 * A slab is a page of objects of one class, with its own bookkeeping at its start. It goes back when its last object does,
 * but for one that each class keeps. Larger objects are whole pages.
 */
#include "kern/lock.h"
#include "kern/memory.h"
#include "kern/printk.h"
#include "lib/list.h"
#include "lib/string.h"

#define SLAB_HEADER 64
#define SLAB_ROOM   (PAGE_SIZE - SLAB_HEADER)

struct free_object {
	struct free_object *next;
};

struct slab {
	struct list link; /* in its class's partly used slabs, while it has free objects */
	struct free_object *free;
	uint32_t used;
	uint32_t size;
};
_Static_assert(sizeof(struct slab) <= SLAB_HEADER, "objects begin behind it");

/* Each divides its slab with little waste; all are multiples of 16, so that every object is aligned to 16. */
static const uint16_t class_size[] = {16, 32, 48, 64, 96, 128, 192, 256, 400, 576, 800, 1008, 1344, 2016};

static struct list partial[ARRAY_SIZE(class_size)];
static spinlock_t heap_lock = SPINLOCK_INIT;

static unsigned class_of(size_t size)
{
	unsigned c = 0;

	while (c < ARRAY_SIZE(class_size) && class_size[c] < size)
		c++;
	return c;
}

static unsigned order_of(size_t size)
{
	unsigned order = 0;

	while (PAGE_SIZE << order < size)
		order++;
	return order;
}

static struct slab *slab_create(unsigned c)
{
	struct slab *slab = pages_alloc(0);

	if (!slab)
		return NULL;
	slab->size = class_size[c];
	for (unsigned i = SLAB_ROOM / slab->size; i-- > 0;) {
		struct free_object *o = (void *)((char *)slab + SLAB_HEADER + i * slab->size);

		o->next = slab->free;
		slab->free = o;
	}
	list_add(&slab->link, &partial[c]);
	return slab;
}

void *heap_alloc(size_t size)
{
	unsigned c = class_of(size);
	struct free_object *o = NULL;
	struct slab *slab;

	if (c == ARRAY_SIZE(class_size))
		return pages_alloc(order_of(size));
	spin_lock(&heap_lock);
	if (!partial[c].next)
		list_init(&partial[c]);
	slab = list_first_entry(&partial[c], struct slab, link);
	if (!slab)
		slab = slab_create(c);
	if (slab) {
		o = slab->free;
		slab->free = o->next;
		slab->used++;
		if (!slab->free)
			list_del(&slab->link);
	}
	spin_unlock(&heap_lock);
	return o ? memset(o, 0, size) : NULL;
}

void heap_free(void *object, size_t size)
{
	unsigned c = class_of(size);
	struct slab *slab = (void *)((uint64_t)object & PAGE_MASK);
	struct free_object *o = object;

	if (!object)
		return;
	if (c == ARRAY_SIZE(class_size)) {
		pages_free(object, order_of(size));
		return;
	}
	BUG_ON(slab->size != class_size[c]);
	spin_lock(&heap_lock);
	if (!slab->free)
		list_add(&slab->link, &partial[c]);
	o->next = slab->free;
	slab->free = o;
	if (!--slab->used && partial[c].next != partial[c].prev)
		list_del(&slab->link);
	else
		slab = NULL;
	spin_unlock(&heap_lock);
	if (slab)
		pages_free(slab, 0);
}
