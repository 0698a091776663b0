/* test_maptrack.c - handles of mapped grants */
#include "core/maptrack.h"
#include "lib/errno.h"
#include "unit.h"

static struct mapping page[2][MAPPINGS_PER_PAGE];
static struct mapping *pages[2];

static struct maptrack table(unsigned max_pages)
{
	struct maptrack t;

	memset(page, 0, sizeof(page));
	maptrack_init(&t, pages, max_pages);
	return t;
}

TEST(handles_are_given_out_until_the_limit)
{
	struct maptrack t = table(2);

	CU_ASSERT_EQUAL(maptrack_take(&t), -ENOBUFS);
	maptrack_add_page(&t, page[0]);
	for (unsigned i = 0; i < MAPPINGS_PER_PAGE; i++)
		CU_ASSERT_EQUAL(maptrack_take(&t), i);
	CU_ASSERT_EQUAL(maptrack_take(&t), -ENOBUFS);
	maptrack_add_page(&t, page[1]);
	for (unsigned i = 0; i < MAPPINGS_PER_PAGE; i++)
		CU_ASSERT_EQUAL(maptrack_take(&t), MAPPINGS_PER_PAGE + i);
	CU_ASSERT_EQUAL(maptrack_take(&t), -ENOSPC);
	maptrack_free(&t, 17);
	CU_ASSERT_EQUAL(maptrack_take(&t), 17);
	CU_ASSERT_EQUAL(t.used, 2 * MAPPINGS_PER_PAGE);
}

TEST(what_is_not_in_use_is_not_found)
{
	struct maptrack t = table(1);
	struct mapping copy;

	maptrack_add_page(&t, page[0]);
	CU_ASSERT_PTR_NULL(maptrack_get(&t, 0));
	CU_ASSERT_PTR_NULL(maptrack_get(&t, MAPPINGS_PER_PAGE));
	CU_ASSERT_PTR_NULL(maptrack_get(&t, UINT32_MAX));
	CU_ASSERT_EQUAL(maptrack_claim(&t, 5, MAPPING_HOST, &copy), -ENOENT);
}

/* Row 17: a host and a device mapping are undone by two unmaps; row 21: a repeated one finds
 * nothing. */
TEST(each_part_is_taken_once)
{
	struct maptrack t = table(1);
	struct mapping copy;
	uint32_t handle;

	maptrack_add_page(&t, page[0]);
	handle = (uint32_t)maptrack_take(&t);
	maptrack_get(&t, handle)->flags |= MAPPING_HOST | MAPPING_DEVICE;
	CU_ASSERT_EQUAL(maptrack_claim(&t, handle, MAPPING_HOST, &copy), 0);
	CU_ASSERT_EQUAL(maptrack_claim(&t, handle, MAPPING_HOST, &copy), -EINVAL);
	CU_ASSERT_FALSE(maptrack_settle(&t, handle, MAPPING_HOST, false));
	CU_ASSERT_EQUAL(maptrack_claim(&t, handle, MAPPING_HOST, &copy), -EINVAL);
	CU_ASSERT_EQUAL(maptrack_claim(&t, handle, MAPPING_DEVICE, &copy), 0);
	CU_ASSERT_TRUE(maptrack_settle(&t, handle, MAPPING_DEVICE, false));
	CU_ASSERT_EQUAL(maptrack_claim(&t, handle, MAPPING_DEVICE, &copy), -ENOENT);
	CU_ASSERT_EQUAL(t.used, 0);
}

TEST(a_handle_lives_while_somebody_takes_its_parts)
{
	struct maptrack t = table(1);
	struct mapping copy;
	uint32_t handle;

	maptrack_add_page(&t, page[0]);
	handle = (uint32_t)maptrack_take(&t);
	maptrack_get(&t, handle)->flags |= MAPPING_HOST | MAPPING_DEVICE;
	CU_ASSERT_EQUAL(maptrack_claim(&t, handle, MAPPING_HOST, &copy), 0);
	CU_ASSERT_EQUAL(maptrack_claim(&t, handle, MAPPING_DEVICE, &copy), 0);
	CU_ASSERT_FALSE(maptrack_settle(&t, handle, MAPPING_DEVICE, false));
	CU_ASSERT_PTR_NOT_NULL(maptrack_get(&t, handle));
	CU_ASSERT_FALSE(maptrack_settle(&t, handle, MAPPING_HOST, true)); /* it could not be undone after all */
	CU_ASSERT_EQUAL(maptrack_get(&t, handle)->flags, MAPPING_USED | MAPPING_HOST);
}
