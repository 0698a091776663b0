/* test_store.c - the store as its clients see it: nodes, rights, quotas, transactions, watches */
#include "store_world.h"

/* ---- Nodes ---------------------------------------------------------------------------------- */

TEST(what_is_written_can_be_read)
{
	begin();
	IS(ask(dom0, XS_WRITE, "/a/b/c|hello"), "OK");
	IS(ask(dom0, XS_READ, "/a/b/c|"), "hello");
	IS(ask(dom0, XS_READ, "/a/b|"), "");
	IS(ask(dom0, XS_WRITE, "/a/b/c|"), "OK");
	IS(ask(dom0, XS_READ, "/a/b/c|"), "");
	IS(ask(dom0, XS_READ, "/a/x|"), "ENOENT");
	end();
}

TEST(values_may_hold_any_byte)
{
	begin();
	ask(dom0, XS_WRITE, "/bytes|a|b|");
	ask(dom0, XS_READ, "/bytes|");
	CU_ASSERT_EQUAL(dom0_box.len, 4);
	CU_ASSERT_EQUAL(memcmp(dom0_box.text, "a\0b\0", 4), 0);
	end();
}

TEST(directories_are_listed_in_order)
{
	begin();
	ask(dom0, XS_WRITE, "/d/zebra|1");
	ask(dom0, XS_WRITE, "/d/ape|1");
	ask(dom0, XS_MKDIR, "/d/ape2|");
	ask(dom0, XS_DIRECTORY, "/d|");
	CU_ASSERT_EQUAL(dom0_box.len, 15);
	CU_ASSERT_EQUAL(memcmp(dom0_box.text, "ape\0ape2\0zebra\0", 15), 0);
	end();
}

TEST(a_long_directory_comes_in_parts)
{
	size_t have = 0, skip;
	bool complete = false;

	begin();
	for (int i = 0; i < 600; i++)
		ask(dom0, XS_WRITE, "/big/a-rather-long-name-%d|", i);
	IS(ask(dom0, XS_DIRECTORY, "/big|"), "E2BIG");
	while (!complete && have < 100000) {
		ask(dom0, XS_DIRECTORY_PART, "/big|%zu|", have);
		skip = strlen(dom0_box.text) + 1;
		CU_ASSERT_TRUE(dom0_box.len > skip);
		CU_ASSERT_EQUAL(dom0_box.text[dom0_box.len - 1], 0); /* whole names only */
		have += dom0_box.len - skip;
		complete = !dom0_box.text[dom0_box.len - 1] && !dom0_box.text[dom0_box.len - 2];
	}
	CU_ASSERT_TRUE(complete);
	CU_ASSERT_EQUAL(have, 10 * 21 + 90 * 22 + 500 * 23 + 1);
	IS(ask(dom0, XS_DIRECTORY_PART, "/big|999999|"), "EINVAL");
	end();
}

TEST(removing_takes_all_below)
{
	begin();
	ask(dom0, XS_WRITE, "/a/b/c|1");
	IS(ask(dom0, XS_RM, "/a|"), "OK");
	IS(ask(dom0, XS_READ, "/a/b/c|"), "ENOENT");
	IS(ask(dom0, XS_RM, "/a|"), "OK");
	IS(ask(dom0, XS_RM, "/a/b|"), "ENOENT");
	IS(ask(dom0, XS_RM, "/|"), "EINVAL");
	end();
}

TEST(bad_paths_and_requests_are_refused)
{
	begin();
	IS(ask(dom0, XS_READ, "/a//b|"), "EINVAL");
	IS(ask(dom0, XS_READ, "/a/|"), "EINVAL");
	IS(ask(dom0, XS_READ, "/a b|"), "EINVAL");
	IS(ask(dom0, XS_READ, "|"), "EINVAL");
	IS(ask(dom0, XS_READ, "/a"), "EINVAL");
	IS(ask(dom0, XS_READ, "@releaseDomain|"), "EINVAL");
	IS(ask(dom0, XS_WRITE, ""), "EINVAL");
	IS(ask(dom0, 77, "x|"), "ENOSYS");
	IS(ask(dom0, XS_WATCH_EVENT, "x|"), "ENOSYS");
	IS(ask_tx(dom0, 9, XS_READ, "/|"), "ENOENT");
	end();
}

TEST(relative_paths_begin_at_home)
{
	begin();
	ask(dom0, XS_WRITE, "/local/domain/5/name|five");
	ask(dom0, XS_SET_PERMS, "/local/domain/5/name|n5|");
	IS(ask(dom5, XS_READ, "name|"), "five");
	IS(ask(dom5, XS_GET_DOMAIN_PATH, "5|"), "/local/domain/5");
	end();
}

/* ---- Rights and quotas ---------------------------------------------------------------------- */

static void give_home(unsigned int domid)
{
	ask(dom0, XS_MKDIR, "/local/domain/%u|", domid);
	ask(dom0, XS_SET_PERMS, "/local/domain/%u|n%u|", domid, domid);
}

TEST(domains_see_only_what_they_may)
{
	begin();
	give_home(5);
	IS(ask(dom5, XS_WRITE, "data/x|mine"), "OK");
	IS(ask(dom6, XS_READ, "/local/domain/5/data/x|"), "EACCES");
	IS(ask(dom6, XS_WRITE, "/local/domain/5/data/x|no"), "EACCES");
	IS(ask(dom6, XS_RM, "/local/domain/5/data|"), "EACCES");
	IS(ask(dom6, XS_READ, "/local/domain/5/nothing|"), "EACCES");
	IS(ask(dom5, XS_SET_PERMS, "data/x|n5|r6|"), "OK");
	IS(ask(dom6, XS_READ, "/local/domain/5/data/x|"), "mine");
	IS(ask(dom6, XS_WRITE, "/local/domain/5/data/x|no"), "EACCES");
	IS(ask(dom5, XS_SET_PERMS, "data/x|n6|"), "EPERM");
	IS(ask(dom6, XS_SET_PERMS, "/local/domain/5/data/x|n6|"), "EACCES");
	ask(dom5, XS_GET_PERMS, "data/x|");
	CU_ASSERT_EQUAL(memcmp(dom5_box.text, "n5\0r6\0", 6), 0);
	end();
}

TEST(permission_lists_are_checked)
{
	begin();
	ask(dom0, XS_WRITE, "/x|1");
	IS(ask(dom0, XS_SET_PERMS, "/x|q0|"), "EINVAL");
	IS(ask(dom0, XS_SET_PERMS, "/x|n|"), "EINVAL");
	IS(ask(dom0, XS_SET_PERMS, "/x|n99999|"), "EINVAL");
	IS(ask(dom0, XS_SET_PERMS, "/x|n0"), "EINVAL");
	IS(ask(dom0, XS_SET_PERMS, "/x|"), "EINVAL");
	IS(ask(dom0, XS_SET_PERMS, "/x|n0|r1|r2|r3|r4|r5|r6|r7|r8|"), "ENOSPC");
	end();
}

TEST(a_domain_cannot_fill_the_store)
{
	unsigned int made = 0;
	char big[LIMIT_VALUE + 2];

	begin();
	give_home(5);
	while (made < 2 * LIMIT_NODES && !strcmp(ask(dom5, XS_WRITE, "data/n%u|", made), "OK"))
		made++;
	IS(dom5_box.text, "ENOSPC");
	/* Its home and "data" are its own too. */
	CU_ASSERT_EQUAL(made, LIMIT_NODES - 2);
	IS(ask(dom5, XS_RM, "data/n0|"), "OK");
	IS(ask(dom5, XS_WRITE, "data/again|"), "OK");
	IS(ask(dom5, XS_WRITE, "data/more|"), "ENOSPC");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	IS(ask(dom5, XS_WRITE, "data/again|%s", big), "ENOSPC");
	IS(ask(dom0, XS_WRITE, "/big|%s", big), "OK");
	end();
}

TEST(only_dom0_may_introduce_and_release)
{
	begin();
	IS(ask(dom5, XS_INTRODUCE, "6|1|1|"), "EACCES");
	IS(ask(dom0, XS_INTRODUCE, "6|1|"), "EINVAL");
	IS(ask(dom0, XS_INTRODUCE, "x|1|1|"), "EINVAL");
	ask(dom0, XS_WATCH, "@introduceDomain|come|");
	ask(dom0, XS_WATCH, "@releaseDomain|go|");
	IS(ask(dom5, XS_WATCH, "@releaseDomain|go|"), "EACCES");
	dom0_box.events = 0;
	IS(ask(dom0, XS_INTRODUCE, "6|1|1|"), "OK");
	IS(dom0_box.event, "@introduceDomain come");
	IS(ask(dom0, XS_IS_DOMAIN_INTRODUCED, "6|"), "T");
	IS(ask(dom0, XS_RESUME, "6|"), "OK");
	IS(ask(dom0, XS_RELEASE, "6|"), "OK");
	IS(dom0_box.event, "@releaseDomain go");
	CU_ASSERT_EQUAL(dom0_box.events, 2);
	IS(ask(dom0, XS_IS_DOMAIN_INTRODUCED, "6|"), "F");
	IS(ask(dom0, XS_RELEASE, "6|"), "ENOENT");
	end();
}

TEST(what_is_about_domains_is_for_dom0)
{
	begin();
	IS(ask(dom0, XS_INTRODUCE, "5|1000|3|"), "OK");
	IS(ask(dom0, XS_RESUME, "5|"), "OK");
	IS(ask(dom0, XS_RESUME, "6|"), "ENOENT");
	IS(ask(dom0, XS_SET_TARGET, "5|7|"), "OK");
	IS(ask(dom0, XS_SET_TARGET, "6|7|"), "ENOENT");
	IS(ask(dom0, XS_CONTROL, "log|"), "EINVAL");
	IS(ask(dom5, XS_RESUME, "5|"), "EACCES");
	IS(ask(dom5, XS_SET_TARGET, "5|7|"), "EACCES");
	IS(ask(dom5, XS_CONTROL, "log|"), "EACCES");
	end();
}

TEST(wrong_arguments_are_refused)
{
	static const struct {
		uint32_t type;
		const char *args;
	} wrong[] = {
		{XS_READ, ""},
		{XS_DIRECTORY_PART, "/|"},
		{XS_DIRECTORY_PART, "/|x|"},
		{XS_DIRECTORY_PART, "/|999999|"},
		{XS_TRANSACTION_END, "T|"},
		{XS_WATCH, "/a|"},
		{XS_INTRODUCE, "5|1000|0|"},
		{XS_INTRODUCE, "5|1000|"},
		{XS_INTRODUCE, "x|1000|3|"},
		{XS_INTRODUCE, "32752|1000|3|"},
		{XS_INTRODUCE, "|1000|3|"},
		{XS_RELEASE, "0|"},
		{XS_RESUME, "|"},
		{XS_SET_TARGET, "5|"},
		{XS_GET_DOMAIN_PATH, "99999|"},
		{XS_IS_DOMAIN_INTRODUCED, ""},
		{XS_SET_PERMS, ""},
		{XS_GET_PERMS, "@releaseDomain|"},
		{XS_MKDIR, "@releaseDomain|"},
		{XS_RM, "/|"},
	};
	uint32_t tx;

	begin();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *answer = ask(dom0, wrong[i].type, "%s", wrong[i].args);

		CU_ASSERT_TRUE(!strcmp(answer, "EINVAL") || !strcmp(answer, "ENOENT"));
	}
	tx = begin_tx(dom0, &dom0_box);
	IS(ask_tx(dom0, tx, XS_TRANSACTION_END, "x|"), "EINVAL");
	IS(ask_tx(dom0, tx, XS_TRANSACTION_START, "|"), "EBUSY");
	IS(ask_tx(dom0, tx, XS_RESET_WATCHES, "|"), "EBUSY");
	IS(ask_tx(dom0, tx, XS_TRANSACTION_END, "F|"), "OK");
	end();
}

/* ---- Transactions --------------------------------------------------------------------------- */

TEST(a_transaction_is_seen_at_its_end_and_not_before)
{
	uint32_t tx;

	begin();
	tx = begin_tx(dom0, &dom0_box);
	ask_tx(dom0, tx, XS_WRITE, "/t/a|1");
	IS(ask_tx(dom0, tx, XS_READ, "/t/a|"), "1");
	IS(ask(dom0, XS_READ, "/t/a|"), "ENOENT");
	IS(ask_tx(dom0, tx, XS_TRANSACTION_END, "T|"), "OK");
	IS(ask(dom0, XS_READ, "/t/a|"), "1");
	IS(ask_tx(dom0, tx, XS_TRANSACTION_END, "T|"), "ENOENT");
	end();
}

TEST(a_transaction_that_is_given_up_leaves_nothing)
{
	uint32_t tx;

	begin();
	ask(dom0, XS_WRITE, "/keep|1");
	tx = begin_tx(dom0, &dom0_box);
	ask_tx(dom0, tx, XS_RM, "/keep|");
	ask_tx(dom0, tx, XS_WRITE, "/new|1");
	IS(ask_tx(dom0, tx, XS_READ, "/keep|"), "ENOENT");
	IS(ask_tx(dom0, tx, XS_TRANSACTION_END, "F|"), "OK");
	IS(ask(dom0, XS_READ, "/keep|"), "1");
	IS(ask(dom0, XS_READ, "/new|"), "ENOENT");
	end();
}

TEST(what_was_read_must_not_have_changed)
{
	uint32_t tx;

	begin();
	ask(dom0, XS_WRITE, "/n|1");
	tx = begin_tx(dom0, &dom0_box);
	ask_tx(dom0, tx, XS_READ, "/n|");
	ask(dom0, XS_WRITE, "/n|2");
	IS(ask_tx(dom0, tx, XS_READ, "/n|"), "1");
	ask_tx(dom0, tx, XS_WRITE, "/sum|2");
	IS(ask_tx(dom0, tx, XS_TRANSACTION_END, "T|"), "EAGAIN");
	IS(ask(dom0, XS_READ, "/sum|"), "ENOENT");
	end();
}

TEST(a_node_that_was_missing_must_not_have_come)
{
	uint32_t tx;

	begin();
	tx = begin_tx(dom0, &dom0_box);
	IS(ask_tx(dom0, tx, XS_READ, "/lock|"), "ENOENT");
	ask_tx(dom0, tx, XS_WRITE, "/lock|mine");
	ask(dom0, XS_WRITE, "/lock|theirs");
	IS(ask_tx(dom0, tx, XS_TRANSACTION_END, "T|"), "EAGAIN");
	IS(ask(dom0, XS_READ, "/lock|"), "theirs");
	end();
}

TEST(a_listed_directory_must_not_have_grown)
{
	uint32_t tx;

	begin();
	ask(dom0, XS_WRITE, "/d/a|1");
	tx = begin_tx(dom0, &dom0_box);
	ask_tx(dom0, tx, XS_DIRECTORY, "/d|");
	ask(dom0, XS_WRITE, "/d/b|1");
	IS(ask_tx(dom0, tx, XS_TRANSACTION_END, "T|"), "EAGAIN");
	end();
}

TEST(transactions_in_different_places_do_not_disturb_each_other)
{
	uint32_t one, two;

	begin();
	one = begin_tx(dom0, &dom0_box);
	two = begin_tx(dom0, &dom0_box);
	ask_tx(dom0, one, XS_WRITE, "/devices/1/state|1");
	ask_tx(dom0, two, XS_WRITE, "/devices/2/state|2");
	IS(ask_tx(dom0, one, XS_TRANSACTION_END, "T|"), "OK");
	IS(ask_tx(dom0, two, XS_TRANSACTION_END, "T|"), "OK");
	IS(ask(dom0, XS_READ, "/devices/1/state|"), "1");
	IS(ask(dom0, XS_READ, "/devices/2/state|"), "2");
	end();
}

TEST(transactions_are_limited_and_die_with_their_client)
{
	unsigned int open = 0;
	struct client *extra;

	begin();
	while (open < 50 && begin_tx(dom5, &dom5_box))
		open++;
	CU_ASSERT_EQUAL(open, LIMIT_TRANSACTIONS);
	IS(dom5_box.text, "ENOSPC");
	IS(ask_tx(dom5, 1, XS_TRANSACTION_START, "|"), "EBUSY");
	IS(ask(dom5, XS_RESET_WATCHES, "|"), "OK");
	CU_ASSERT_TRUE(begin_tx(dom5, &dom5_box) != 0);
	extra = client_new(store, 5, &dom5_box);
	begin_tx(extra, &dom5_box);
	client_free(extra);
	end();
}

TEST(the_steps_of_a_transaction_are_limited)
{
	unsigned int steps = 0;
	uint32_t tx;

	begin();
	give_home(5);
	tx = begin_tx(dom5, &dom5_box);
	while (steps < 2 * LIMIT_TXN_STEPS && strcmp(ask_tx(dom5, tx, XS_READ, "x%u|", steps), "ENOSPC"))
		steps++;
	CU_ASSERT_EQUAL(steps, LIMIT_TXN_STEPS);
	end();
}

TEST(the_bytes_of_a_transaction_are_limited)
{
	char value[1025];
	unsigned int writes = 0;
	uint32_t tx;

	begin();
	give_home(5);
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	tx = begin_tx(dom5, &dom5_box);
	while (writes < 1000 && strcmp(ask_tx(dom5, tx, XS_WRITE, "same|%s", value), "ENOSPC"))
		writes++;
	CU_ASSERT_EQUAL(writes, LIMIT_TXN_BYTES / 1024);
	end();
}

TEST(quotas_hold_across_transactions)
{
	uint32_t one, two;
	unsigned int i;

	begin();
	give_home(5);
	one = begin_tx(dom5, &dom5_box);
	two = begin_tx(dom5, &dom5_box);
	for (i = 0; i < 600; i++) {
		IS(ask_tx(dom5, one, XS_WRITE, "one/%u|", i), "OK");
		IS(ask_tx(dom5, two, XS_WRITE, "two/%u|", i), "OK");
	}
	IS(ask_tx(dom5, one, XS_TRANSACTION_END, "T|"), "OK");
	IS(ask_tx(dom5, two, XS_TRANSACTION_END, "T|"), "ENOSPC");
	IS(ask(dom5, XS_READ, "two/0|"), "ENOENT");
	end();
}

/* ---- Watches -------------------------------------------------------------------------------- */

TEST(a_watch_fires_at_once_and_for_all_below)
{
	begin();
	IS(ask(dom0, XS_WATCH, "/w|token|"), "OK");
	IS(dom0_box.event, "/w token");
	IS(ask(dom0, XS_WATCH, "/w|token|"), "EEXIST");
	ask(dom0, XS_WRITE, "/w/a/b|1");
	IS(dom0_box.event, "/w/a/b token");
	dom0_box.events = 0;
	ask(dom0, XS_WRITE, "/wide|1");
	ask(dom0, XS_READ, "/w/a/b|");
	CU_ASSERT_EQUAL(dom0_box.events, 0);
	IS(ask(dom0, XS_UNWATCH, "/w|other|"), "ENOENT");
	IS(ask(dom0, XS_UNWATCH, "/w|token|"), "OK");
	ask(dom0, XS_WRITE, "/w/a|1");
	CU_ASSERT_EQUAL(dom0_box.events, 0);
	end();
}

TEST(a_removal_is_told_above_and_below)
{
	begin();
	ask(dom0, XS_WRITE, "/r/a/b|1");
	ask(dom0, XS_WATCH, "/r|up|");
	ask(dom0, XS_WATCH, "/r/a/b|down|");
	ask(dom0, XS_WATCH, "/r/a/c|never-there|");
	dom0_box.events_seen[0] = '\0';
	ask(dom0, XS_RM, "/r/a|");
	CU_ASSERT_PTR_NOT_NULL(strstr(dom0_box.events_seen, " /r/a/b"));
	CU_ASSERT_PTR_NOT_NULL(strstr(dom0_box.events_seen, " /r/a"));
	CU_ASSERT_PTR_NULL(strstr(dom0_box.events_seen, "/r/a/c"));
	end();
}

TEST(a_transaction_fires_when_it_is_done)
{
	uint32_t tx;

	begin();
	ask(dom0, XS_WATCH, "/w|t|");
	dom0_box.events = 0;
	tx = begin_tx(dom0, &dom0_box);
	ask_tx(dom0, tx, XS_WRITE, "/w/x|1");
	CU_ASSERT_EQUAL(dom0_box.events, 0);
	ask_tx(dom0, tx, XS_TRANSACTION_END, "T|");
	IS(dom0_box.event, "/w/x t");
	CU_ASSERT_EQUAL(dom0_box.events, 1);
	end();
}

TEST(a_watch_does_not_tell_secrets)
{
	begin();
	give_home(5);
	ask(dom6, XS_WATCH, "/local/domain/5|spy|");
	dom6_box.events = 0;
	ask(dom5, XS_WRITE, "data/x|secret");
	CU_ASSERT_EQUAL(dom6_box.events, 0);
	ask(dom5, XS_SET_PERMS, "data/x|n5|r6|");
	CU_ASSERT_EQUAL(dom6_box.events, 1);
	end();
}

TEST(relative_watches_answer_in_relative_words)
{
	begin();
	give_home(5);
	ask(dom5, XS_WATCH, "device|t|");
	IS(dom5_box.event, "device t");
	ask(dom0, XS_WRITE, "/local/domain/5/device/vbd|1");
	IS(dom5_box.event, "device/vbd t");
	end();
}

TEST(watches_are_limited_and_unread_events_are_lost)
{
	unsigned int i;

	begin();
	give_home(5);
	for (i = 0; i < LIMIT_WATCHES; i++)
		IS(ask(dom5, XS_WATCH, "w|%u|", i), "OK");
	IS(ask(dom5, XS_WATCH, "w|more|"), "E2BIG");
	dom5_box.queued = LIMIT_EVENTS + 1;
	dom5_box.events = 0;
	ask(dom0, XS_WRITE, "/local/domain/5/w|1");
	CU_ASSERT_EQUAL(dom5_box.events, 0);
	end();
}
