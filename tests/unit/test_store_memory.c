/* test_store_memory.c - the store when memory ends: each request is refused as a whole, or done as a whole */
#include "store_world.h"

/* All that Dom0 sees below `path`: names, values and permissions. */
static void dump(const char *path, char *to, size_t size)
{
	char names[512], child[256];
	size_t len;

	snprintf(to + strlen(to), size - strlen(to), "%s=%s", path, ask(dom0, XS_READ, "%s|", path));
	snprintf(to + strlen(to), size - strlen(to), "(%s)\n", ask(dom0, XS_GET_PERMS, "%s|", path));
	ask(dom0, XS_DIRECTORY, "%s|", path);
	len = dom0_box.len < sizeof(names) ? dom0_box.len : 0;
	memcpy(names, dom0_box.text, len);
	for (size_t at = 0; at < len; at += strlen(names + at) + 1) {
		snprintf(child, sizeof(child), "%s/%s", path[1] ? path : "", names + at);
		dump(child, to, size);
	}
}

static void populate(void)
{
	begin();
	IS(ask(dom0, XS_WRITE, "/a/b|one"), "OK");
	IS(ask(dom0, XS_WRITE, "/a/c/d|two"), "OK");
	IS(ask(dom0, XS_SET_PERMS, "/a|n5|w6|"), "OK");
}

/* The request with memory for 0, 1, 2, … allocations, until it is done. */
static void try_with_little_memory(bool in_transaction, uint32_t type, const char *args)
{
	char before[4096], after[4096];
	char answer[16] = "ENOMEM";
	unsigned tries = 0;

	while (!strcmp(answer, "ENOMEM") && tries < 100) {
		uint32_t tx = 0;

		populate();
		before[0] = after[0] = '\0';
		dump("/", before, sizeof(before));
		if (in_transaction)
			tx = begin_tx(dom0, &dom0_box);
		unit_allocations = tries++;
		snprintf(answer, sizeof(answer), "%.15s", ask_tx(dom0, tx, type, "%s", args));
		unit_allocations = -1;
		if (strcmp(answer, "ENOMEM")) {
			end();
			break;
		}
		if (in_transaction)
			ask_tx(dom0, tx, XS_TRANSACTION_END, "F|");
		dump("/", after, sizeof(after));
		IS(after, before);
		end();
	}
	CU_ASSERT_TRUE(tries > 1 && tries < 100);
}

TEST(what_there_is_no_memory_for_is_not_done)
{
	static const struct {
		uint32_t type;
		const char *args;
	} requests[] = {
		{XS_WRITE, "/a/b|other"},     {XS_WRITE, "/new/way/down|value"},
		{XS_MKDIR, "/a/x/y|"},	      {XS_RM, "/a/c|"},
		{XS_SET_PERMS, "/a/b|r7|"},   {XS_DIRECTORY, "/a|"},
		{XS_DIRECTORY_PART, "/a|0|"},
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		try_with_little_memory(false, requests[i].type, requests[i].args);
		try_with_little_memory(true, requests[i].type, requests[i].args);
	}
	try_with_little_memory(false, XS_WATCH, "/a|token|");
	try_with_little_memory(false, XS_TRANSACTION_START, "|");
}

/* The end of a transaction makes many changes in the tree that all see: all of them, or none. */
TEST(a_transaction_without_memory_is_not_half_done)
{
	char before[4096], after[4096];
	char answer[16] = "ENOMEM";
	unsigned tries = 0;

	while (strcmp(answer, "OK") && tries < 200) {
		uint32_t tx;

		populate();
		before[0] = after[0] = '\0';
		tx = begin_tx(dom0, &dom0_box);
		IS(ask_tx(dom0, tx, XS_WRITE, "/a/b|changed"), "OK");
		IS(ask_tx(dom0, tx, XS_WRITE, "/z/y/x|new"), "OK");
		IS(ask_tx(dom0, tx, XS_RM, "/a/c|"), "OK");
		/* Somebody else was faster elsewhere, so that the steps have to be made once more. */
		IS(ask(dom5, XS_WRITE, "/a/other|5"), "OK");
		IS(ask(dom0, XS_RM, "/a/other|"), "OK");
		dump("/", before, sizeof(before));
		unit_allocations = tries++;
		snprintf(answer, sizeof(answer), "%.15s", ask_tx(dom0, tx, XS_TRANSACTION_END, "T|"));
		unit_allocations = -1;
		dump("/", after, sizeof(after));
		if (strcmp(answer, "OK"))
			IS(after, before);
		end();
	}
	CU_ASSERT_TRUE(tries > 1 && tries < 200);
}

TEST(without_memory_there_is_no_store)
{
	for (unsigned n = 0; n < 100; n++) {
		unit_allocations = n;
		store = store_new(&host, NULL);
		dom5 = store ? client_new(store, 5, &dom5_box) : NULL;
		unit_allocations = -1;
		if (store)
			store_free(store);
		if (dom5)
			return;
	}
	CU_FAIL("the store needs no memory?");
}
