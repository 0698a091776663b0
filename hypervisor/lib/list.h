/* list.h - a doubly linked list whose links live inside what is listed */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "lib/types.h"

/* A list's head, and the link inside each member. An empty list's head points at itself. */
struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name)                                                                                                \
	{                                                                                                              \
		&(name), &(name)                                                                                       \
	}

static inline void list_init(struct list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_insert_between(struct list *item, struct list *prev, struct list *next)
{
	item->prev = prev;
	item->next = next;
	prev->next = item;
	next->prev = item;
}

/* Puts item first. It must be on no list. */
static inline void list_add(struct list *item, struct list *head)
{
	list_insert_between(item, head, head->next);
}

/* Puts item last. It must be on no list. */
static inline void list_add_tail(struct list *item, struct list *head)
{
	list_insert_between(item, head->prev, head);
}

/* Puts item in front of another member. It must be on no list. */
static inline void list_add_before(struct list *item, struct list *member)
{
	list_insert_between(item, member->prev, member);
}

/* Takes item off its list and leaves it an empty list of its own, so doing it twice is harmless. */
static inline void list_del(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

/* Moves all members to the end of another list. */
static inline void list_splice_tail(struct list *from, struct list *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(link, type, member) container_of(link, type, member)

/* The first or last member, or NULL. */
#define list_first_entry(head, type, member) (list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_last_entry(head, type, member)  (list_empty(head) ? NULL : list_entry((head)->prev, type, member))

#define list_for_each(link, head) for ((link) = (head)->next; (link) != (head); (link) = (link)->next)

#define list_for_each_entry(item, head, member)                                                                        \
	for ((item) = list_entry((head)->next, __typeof__(*(item)), member); &(item)->member != (head);                \
	     (item) = list_entry((item)->member.next, __typeof__(*(item)), member))

/* The same where the body may take item off the list; tmp is another pointer of its type. */
#define list_for_each_entry_safe(item, tmp, head, member)                                                              \
	for ((item) = list_entry((head)->next, __typeof__(*(item)), member),                                           \
	    (tmp) = list_entry((item)->member.next, __typeof__(*(item)), member);                                      \
	     &(item)->member != (head);                                                                                \
	     (item) = (tmp), (tmp) = list_entry((tmp)->member.next, __typeof__(*(item)), member))

#endif
