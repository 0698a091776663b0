/* test_grant.c - a grant's owner and its user, step by step against each other (tests/regressions:
 * grants) */
#include "core/grant.h"
#include "lib/errno.h"
#include "unit.h"

#define OWNER_FRAME 0x1234
#define USER	    7

static union {
	struct grant_entry_v1 v1;
	union grant_entry_v2 v2;
	uint32_t word;
} entry;
static grant_status_t status;
static struct grant_active active;

/* A version 1 entry with these flags for USER. */
static struct grant_slot grant1(uint16_t flags)
{
	memset(&entry, 0, sizeof(entry));
	memset(&active, 0, sizeof(active));
	entry.v1 = (struct grant_entry_v1){.flags = flags, .domid = USER, .frame = OWNER_FRAME};
	return (struct grant_slot){.head = &entry.word, .body = &entry.v1.frame};
}

static struct grant_slot grant2(uint16_t flags)
{
	memset(&entry, 0, sizeof(entry));
	memset(&active, 0, sizeof(active));
	status = 0;
	entry.v2.full_page.hdr = (struct grant_entry_header){.flags = flags, .domid = USER};
	entry.v2.full_page.frame = OWNER_FRAME;
	return (struct grant_slot){.head = &entry.word, .body = &entry.v2.sub_page.page_off, .status = &status};
}

TEST(only_the_domain_that_is_named_may_use_a_grant)
{
	struct grant_slot s = grant1(GTF_permit_access);

	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER + 1, false, true), GNTST_bad_gntref);
	CU_ASSERT_EQUAL(entry.v1.flags, GTF_permit_access);
	CU_ASSERT_FALSE(grant_is_used(&active));
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, false, true), GNTST_okay);
	CU_ASSERT_EQUAL(grant_mfn(&active).n, OWNER_FRAME);
	CU_ASSERT_EQUAL(active.length, 4096);
}

TEST(an_entry_of_another_type_is_no_grant)
{
	static const uint16_t types[] = {GTF_invalid, GTF_accept_transfer, GTF_transitive};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct grant_slot s = grant1(types[i]);

		CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, false, true), GNTST_bad_gntref);
		CU_ASSERT_EQUAL(entry.v1.flags, types[i]);
	}
}

TEST(a_read_only_grant_is_not_written)
{
	struct grant_slot s = grant1(GTF_permit_access | GTF_readonly);

	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, true, true), GNTST_general_error);
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, false, true), GNTST_okay);
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, true, true), GNTST_general_error); /* nor later */
	CU_ASSERT_EQUAL(entry.v1.flags, GTF_permit_access | GTF_readonly | GTF_reading);
}

/* Rows 17 and 18: the owner sees "in use" exactly as long as somebody is. */
TEST(use_flags_clear_with_the_last_use_only)
{
	struct grant_slot s = grant1(GTF_permit_access);

	grant_acquire(&s, &active, USER, false, true);
	CU_ASSERT_EQUAL(entry.v1.flags, GTF_permit_access | GTF_reading);
	grant_acquire(&s, &active, USER, true, true);
	grant_acquire(&s, &active, USER, true, true);
	CU_ASSERT_EQUAL(entry.v1.flags, GTF_permit_access | GTF_reading | GTF_writing);
	grant_release(&s, &active, true);
	CU_ASSERT_EQUAL(entry.v1.flags, GTF_permit_access | GTF_reading | GTF_writing);
	grant_release(&s, &active, true);
	CU_ASSERT_EQUAL(entry.v1.flags, GTF_permit_access | GTF_reading);
	grant_release(&s, &active, false);
	CU_ASSERT_EQUAL(entry.v1.flags, GTF_permit_access);
	CU_ASSERT_FALSE(grant_is_used(&active));
}

TEST(writers_without_readers_keep_reading_set)
{
	struct grant_slot s = grant1(GTF_permit_access);

	grant_acquire(&s, &active, USER, false, true);
	grant_acquire(&s, &active, USER, true, true);
	grant_release(&s, &active, false);
	CU_ASSERT_EQUAL(entry.v1.flags, GTF_permit_access | GTF_reading | GTF_writing);
	grant_release(&s, &active, true);
	CU_ASSERT_EQUAL(entry.v1.flags, GTF_permit_access);
}

/* Row 22. */
TEST(what_was_taken_down_counts_while_the_grant_is_used)
{
	struct grant_slot s = grant1(GTF_permit_access);

	grant_acquire(&s, &active, USER, false, true);
	entry.v1.frame = 0x9999;
	entry.v1.domid = 99;
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, false, true), GNTST_okay);
	CU_ASSERT_EQUAL(grant_mfn(&active).n, OWNER_FRAME);
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, true, true),
			GNTST_bad_gntref); /* a new right is asked of the entry */
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, 99, false, true), GNTST_general_error);
	grant_release(&s, &active, false);
	grant_release(&s, &active, false);
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, 99, false, true), GNTST_okay);
	CU_ASSERT_EQUAL(grant_mfn(&active).n, 0x9999);
}

TEST(a_grant_withdrawn_between_look_and_claim_is_not_used)
{
	struct grant_slot s = grant1(GTF_permit_access);
	uint32_t head = grant_read_head(&s);

	CU_ASSERT_EQUAL(grant_judge(&s, head, USER, false, true), GNTST_okay);
	entry.v1.flags = GTF_invalid; /* the owner's compare-and-exchange succeeds: nobody uses it yet */
	CU_ASSERT_FALSE(grant_claim(&s, &head, false));
	CU_ASSERT_EQUAL(entry.v1.flags, GTF_invalid);
	CU_ASSERT_EQUAL(grant_judge(&s, head, USER, false, true), GNTST_bad_gntref);
}

TEST(a_grant_made_read_only_between_look_and_claim_is_not_written)
{
	struct grant_slot s = grant1(GTF_permit_access);
	uint32_t head = grant_read_head(&s);

	entry.v1.flags |= GTF_readonly;
	CU_ASSERT_FALSE(grant_claim(&s, &head, true));
	CU_ASSERT_EQUAL(grant_judge(&s, head, USER, true, true), GNTST_general_error);
}

TEST(version_2_says_in_use_in_its_status)
{
	struct grant_slot s = grant2(GTF_permit_access);

	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, true, true), GNTST_okay);
	CU_ASSERT_EQUAL(status, GTF_reading | GTF_writing);
	CU_ASSERT_EQUAL(entry.v2.hdr.flags, GTF_permit_access);
	CU_ASSERT_EQUAL(grant_mfn(&active).n, OWNER_FRAME);
	grant_release(&s, &active, true);
	CU_ASSERT_EQUAL(status, 0);
}

TEST(version_2_withdrawn_between_look_and_claim_leaves_no_status)
{
	struct grant_slot s = grant2(GTF_permit_access);
	uint32_t head = grant_read_head(&s);

	entry.v2.hdr.flags = 0;
	CU_ASSERT_FALSE(grant_claim(&s, &head, true));
	CU_ASSERT_EQUAL(status, 0);
}

TEST(part_of_a_page_may_be_copied_but_not_mapped)
{
	struct grant_slot s = grant2(GTF_permit_access | GTF_sub_page);

	entry.v2.sub_page.page_off = 100;
	entry.v2.sub_page.length = 50;
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, false, true), GNTST_general_error);
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, false, false), GNTST_okay);
	CU_ASSERT_EQUAL(active.address, OWNER_FRAME * 4096 + 100);
	CU_ASSERT_EQUAL(active.length, 50);
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, false, true), GNTST_general_error);
}

TEST(a_part_that_leaves_its_page_is_refused_and_leaves_nothing)
{
	struct grant_slot s = grant2(GTF_permit_access | GTF_sub_page);

	entry.v2.sub_page.page_off = 4000;
	entry.v2.sub_page.length = 97;
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, false, false), GNTST_bad_page);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_FALSE(grant_is_used(&active));
	entry.v2.sub_page.length = 96;
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, false, false), GNTST_okay);
}

TEST(a_count_does_not_overflow)
{
	struct grant_slot s = grant1(GTF_permit_access);

	grant_acquire(&s, &active, USER, false, true);
	active.readers = UINT16_MAX;
	CU_ASSERT_EQUAL(grant_acquire(&s, &active, USER, false, true), GNTST_general_error);
	CU_ASSERT_EQUAL(active.readers, UINT16_MAX);
}
