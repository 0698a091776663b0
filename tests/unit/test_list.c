/* test_list.c - the intrusive list */
#include "lib/list.h"
#include "unit.h"

struct item {
	int value;
	struct list link;
};

/* The values on a list, forwards and backwards, as one string of digits each. */
static void holds(struct list *head, const char *digits)
{
	char forwards[20] = "", backwards[20] = "";
	struct item *item;
	struct list *at;
	size_t n = 0;

	list_for_each_entry (item, head, link)
		forwards[n++] = (char)('0' + item->value);
	CU_ASSERT_STRING_EQUAL(forwards, digits);
	for (at = head->prev; at != head; at = at->prev)
		backwards[--n] = (char)('0' + list_entry(at, struct item, link)->value);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_STRING_EQUAL(backwards, digits);
}

TEST(members_come_and_go)
{
	struct list head = LIST_INIT(head), other;
	struct item item[5], *at, *tmp;
	int i;

	list_init(&other);
	for (i = 0; i < 5; i++)
		item[i].value = i;
	CU_ASSERT_TRUE(list_empty(&head));
	CU_ASSERT_PTR_NULL(list_first_entry(&head, struct item, link));
	CU_ASSERT_PTR_NULL(list_last_entry(&head, struct item, link));
	list_add_tail(&item[1].link, &head);
	list_add_tail(&item[2].link, &head);
	list_add(&item[0].link, &head);
	holds(&head, "012");
	list_add_before(&item[4].link, &item[2].link);
	holds(&head, "0142");
	CU_ASSERT_PTR_EQUAL(list_first_entry(&head, struct item, link), &item[0]);
	CU_ASSERT_PTR_EQUAL(list_last_entry(&head, struct item, link), &item[2]);
	list_del(&item[4].link);
	list_del(&item[4].link);
	CU_ASSERT_TRUE(list_empty(&item[4].link));
	holds(&head, "012");

	list_add_tail(&item[3].link, &other);
	list_splice_tail(&head, &other);
	holds(&head, "");
	holds(&other, "3012");
	list_splice_tail(&head, &other);
	holds(&other, "3012");
	list_for_each_entry_safe (at, tmp, &other, link)
		if (at->value & 1)
			list_del(&at->link);
	holds(&other, "02");
}
