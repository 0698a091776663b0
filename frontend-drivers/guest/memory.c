/* memory.c - pages that nobody uses, and smaller pieces of memory */
#include "frontend-drivers/guest/kernel.h"
#include "lib/string.h"

#define ARENA_PAGES 224 /* what memory_alloc() hands out: contiguous, taken from the first range with twice as much */

struct free_page {
	struct free_page *next;
};

/* Before each piece. Pieces lie one behind the other from the arena's begin to its end. */
struct piece {
	uint64_t size; /* with this head, a multiple of 16 */
	bool used;
} __aligned(16);

static struct os_lock lock;
static struct free_page *pages;
static uint64_t nr_pages;
static uint8_t *arena, *arena_end;

static void add(uint64_t first, uint64_t count)
{
	for (uint64_t i = count; i-- > 0;)
		page_free((void *)(KERNEL_BASE + ((first + i) << 12)));
}

void memory_init(uint64_t first, uint64_t count)
{
	if (!arena && count > 2 * ARENA_PAGES) {
		arena = (uint8_t *)(KERNEL_BASE + (first << 12));
		arena_end = arena + ARENA_PAGES * PAGE_SIZE;
		*(struct piece *)arena = (struct piece){ARENA_PAGES * PAGE_SIZE, false};
		first += ARENA_PAGES;
		count -= ARENA_PAGES;
	}
	add(first, count);
}

void *page_alloc(void)
{
	struct free_page *page;

	os_lock(&lock);
	page = pages;
	if (page) {
		pages = page->next;
		nr_pages--;
	}
	os_unlock(&lock);
	if (page)
		memset(page, 0, PAGE_SIZE);
	return page;
}

void page_free(void *p)
{
	struct free_page *page = p;

	os_lock(&lock);
	page->next = pages;
	pages = page;
	nr_pages++;
	os_unlock(&lock);
}

uint64_t pages_free(void)
{
	return nr_pages;
}

static struct piece *behind(struct piece *p)
{
	return (struct piece *)((uint8_t *)p + p->size);
}

/* First fit; free neighbours become one on the way. */
static struct piece *find(uint64_t size)
{
	for (struct piece *p = (struct piece *)arena; (uint8_t *)p < arena_end; p = behind(p)) {
		if (p->used)
			continue;
		while ((uint8_t *)behind(p) < arena_end && !behind(p)->used)
			p->size += behind(p)->size;
		if (p->size >= size)
			return p;
	}
	return NULL;
}

void *memory_alloc(size_t bytes)
{
	uint64_t size = ROUND_UP(bytes, 16) + sizeof(struct piece);
	struct piece *p = NULL;

	if (!arena)
		panic("too little memory for pieces of it");
	os_lock(&lock);
	if (bytes < ARENA_PAGES * PAGE_SIZE)
		p = find(size);
	if (p) {
		if (p->size - size > sizeof(struct piece)) {
			*(struct piece *)((uint8_t *)p + size) = (struct piece){p->size - size, false};
			p->size = size;
		}
		p->used = true;
	}
	os_unlock(&lock);
	return p ? p + 1 : NULL;
}

void memory_free(void *p)
{
	os_lock(&lock);
	if (p)
		((struct piece *)p)[-1].used = false;
	os_unlock(&lock);
}

void *os_page_alloc(void)
{
	return page_alloc();
}

void os_page_free(void *page)
{
	page_free(page);
}
