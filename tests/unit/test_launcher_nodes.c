/* test_launcher_nodes.c - what hvbackendd makes of the nodes of front ends that mean well, and of those that do not */
#include <errno.h>
#include <stdio.h>
#include <xen/io/protocols.h>

#include "backend-drivers/launcher/launcher.h"
#include "unit.h"

#define DISK	  "/local/domain/7/device/vbd/51712"
#define INTERFACE "/local/domain/7/device/vif/0"

/* ---- a store of its own ---- */

static struct {
	char path[PATH_ROOM], value[64];
} node[128];
static size_t nr_nodes;
static int silent; /* the store does not answer */

static void set(const char *dir, const char *name, const char *value)
{
	char path[PATH_ROOM];
	size_t i;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (i = 0; i < nr_nodes && strcmp(node[i].path, path) != 0; i++)
		;
	CU_ASSERT_FATAL(i < sizeof(node) / sizeof(node[0]));
	nr_nodes += i == nr_nodes;
	snprintf(node[i].path, sizeof(node[i].path), "%s", path);
	snprintf(node[i].value, sizeof(node[i].value), "%s", value);
}

static void get(struct plinth_value *v)
{
	char path[2 * PATH_ROOM];

	snprintf(path, sizeof(path), "%s/%s", v->directory, v->name);
	v->len = -ENOENT;
	for (size_t i = 0; i < nr_nodes; i++)
		if (strcmp(node[i].path, path) == 0) {
			v->len = (int)strlen(node[i].value);
			snprintf(v->text, v->size, "%s", node[i].value);
		}
}

int plinth_store_get_all(struct plinth_store *s, uint32_t tx, struct plinth_value *values, size_t count)
{
	(void)s;
	(void)tx;
	for (size_t i = 0; i < count && !silent; i++)
		get(&values[i]);
	return silent;
}

int plinth_store_write(struct plinth_store *s, uint32_t tx, const char *path, const char *value)
{
	(void)s;
	(void)tx;
	(void)path;
	(void)value;
	CU_FAIL("reading a front end's nodes writes");
	return 0;
}

int plinth_store_write_all(struct plinth_store *s, uint32_t tx, const struct plinth_node *nodes, size_t count)
{
	(void)nodes;
	(void)count;
	return plinth_store_write(s, tx, NULL, NULL);
}

void note(const struct device *dev, const char *fmt, ...)
{
	(void)dev;
	(void)fmt;
}

/* ---- front ends ---- */

static struct launcher launcher;
static struct device dev;
static struct wire_connect c;

static void begin(enum kind kind)
{
	nr_nodes = 0;
	silent = 0;
	dev = (struct device){.launcher = &launcher, .kind = kind, .domid = 7, .state = XenbusStateInitWait};
	snprintf(dev.front, sizeof(dev.front), "%s", kind == KIND_VBD ? DISK : INTERFACE);
	memset(&c, 0xaa, sizeof(c));
}

/* As Linux' blkfront: queues of 2^order pages. */
static void good_disk(unsigned int queues, unsigned int pages)
{
	char dir[PATH_ROOM] = DISK, name[24], value[24];

	begin(KIND_VBD);
	snprintf(value, sizeof(value), "%u", queues);
	set(DISK, "multi-queue-num-queues", value);
	set(DISK, "protocol", XEN_IO_PROTO_ABI_NATIVE);
	set(DISK, "feature-persistent", "1");
	snprintf(value, sizeof(value), "%d", __builtin_ctz(pages));
	set(DISK, "ring-page-order", value);
	for (unsigned int q = 0; q < queues; q++) {
		if (queues > 1)
			snprintf(dir, sizeof(dir), DISK "/queue-%u", q);
		for (unsigned int i = 0; i < pages; i++) {
			snprintf(name, sizeof(name), "ring-ref%u", i);
			snprintf(value, sizeof(value), "%u", 100 * q + i);
			set(dir, name, value);
		}
		snprintf(value, sizeof(value), "%u", 20 + q);
		set(dir, "event-channel", value);
	}
}

static void good_interface(unsigned int queues)
{
	char dir[PATH_ROOM] = INTERFACE, value[24];

	begin(KIND_VIF);
	snprintf(value, sizeof(value), "%u", queues);
	set(INTERFACE, "multi-queue-num-queues", value);
	set(INTERFACE, "request-rx-copy", "1");
	for (unsigned int q = 0; q < queues; q++) {
		if (queues > 1)
			snprintf(dir, sizeof(dir), INTERFACE "/queue-%u", q);
		snprintf(value, sizeof(value), "%u", 10 + q);
		set(dir, "tx-ring-ref", value);
		snprintf(value, sizeof(value), "%u", 20 + q);
		set(dir, "rx-ring-ref", value);
		snprintf(value, sizeof(value), "%u", 30 + q);
		set(dir, "event-channel-tx", value);
		snprintf(value, sizeof(value), "%u", 40 + q);
		set(dir, "event-channel-rx", value);
	}
}

TEST(queues_of_disks_are_read_each_from_its_directory)
{
	good_disk(4, 16);
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), 0);
	CU_ASSERT_EQUAL(c.nr_queues, 4);
	CU_ASSERT_TRUE(c.persistent);
	CU_ASSERT_FALSE(c.resume);
	for (uint32_t q = 0; q < 4; q++) {
		CU_ASSERT_EQUAL(c.queue[q].nr_pages, 16);
		CU_ASSERT_EQUAL(c.queue[q].ref[15], 100 * q + 15);
		CU_ASSERT_EQUAL(c.queue[q].port, 20 + q);
	}
	dev.state = XenbusStateConnected;
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), 0);
	CU_ASSERT_TRUE(c.resume);
}

TEST(one_queue_may_be_said_or_not)
{
	good_disk(1, 1);
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), 0);
	CU_ASSERT_EQUAL(c.nr_queues, 1);
	begin(KIND_VBD);
	set(DISK, "ring-ref", "8");
	set(DISK, "event-channel", "9");
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), 0);
	CU_ASSERT_EQUAL(c.nr_queues, 1);
	CU_ASSERT_EQUAL(c.queue[0].nr_pages, 1);
	CU_ASSERT_EQUAL(c.queue[0].ref[0], 8);
	CU_ASSERT_FALSE(c.persistent);
}

TEST(queues_of_interfaces_have_two_rings_and_one_or_two_ports)
{
	good_interface(3);
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), 0);
	CU_ASSERT_EQUAL(c.nr_queues, 3);
	for (uint32_t q = 0; q < 3; q++) {
		CU_ASSERT_EQUAL(c.queue[q].ref[0], 10 + q);
		CU_ASSERT_EQUAL(c.queue[q].ref[1], 20 + q);
		CU_ASSERT_EQUAL(c.queue[q].port, 30 + q);
		CU_ASSERT_EQUAL(c.queue[q].rx_port, 40 + q);
	}
	begin(KIND_VIF);
	set(INTERFACE, "request-rx-copy", "1");
	set(INTERFACE, "tx-ring-ref", "1");
	set(INTERFACE, "rx-ring-ref", "2");
	set(INTERFACE, "event-channel", "3");
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), 0);
	CU_ASSERT_EQUAL(c.queue[0].port, 3);
	CU_ASSERT_EQUAL(c.queue[0].rx_port, 3);
}

/* ---- and hostile ones ---- */

static const char *const no_numbers[] = {"-1",
					 "",
					 "4294967296",
					 "18446744073709551616",
					 "99999999999999999999999",
					 "0x1",
					 "1 ",
					 " 1",
					 "+1",
					 "1e3",
					 "NaN",
					 "%n%s%s",
					 "9223372036854775808",
					 "../../../0"};

#define NR_NO_NUMBERS (sizeof(no_numbers) / sizeof(no_numbers[0]))

TEST(a_number_of_queues_that_is_none_is_refused_or_one)
{
	static const char *const far[] = {"0", "5", "255", "4294967297", "9223372036854775807"};

	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		good_disk(4, 1);
		set(DISK, "multi-queue-num-queues", far[i]);
		CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
		good_interface(4);
		set(INTERFACE, "multi-queue-num-queues", far[i]);
		CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
	}
	/* What is no number is as if it were not said: then the rings must be where those of one queue are, and are not. */
	for (size_t i = 0; i < NR_NO_NUMBERS; i++) {
		if (strcmp(no_numbers[i], "4294967296") == 0)
			continue;
		good_interface(4);
		set(INTERFACE, "multi-queue-num-queues", no_numbers[i]);
		CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
		CU_ASSERT_EQUAL(c.nr_queues, 1);
	}
}

TEST(each_reference_and_port_of_each_queue_must_be_a_number_of_32_bits)
{
	static const char *const disk[] = {"queue-0/ring-ref0", "queue-3/ring-ref0", "queue-1/ring-ref15",
					   "queue-2/event-channel"};
	static const char *const vif[] = {"queue-0/tx-ring-ref", "queue-2/rx-ring-ref", "queue-1/event-channel-rx"};

	for (size_t i = 0; i < NR_NO_NUMBERS; i++) {
		for (size_t n = 0; n < sizeof(disk) / sizeof(disk[0]); n++) {
			good_disk(4, 16);
			set(DISK, disk[n], no_numbers[i]);
			CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
		}
		for (size_t n = 0; n < sizeof(vif) / sizeof(vif[0]); n++) {
			good_interface(3);
			set(INTERFACE, vif[n], no_numbers[i]);
			CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
		}
	}
	good_disk(4, 16);
	set(DISK, "queue-3/ring-ref9", "4294967295"); /* no grant, but a number: blkback is who finds out */
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), 0);
}

TEST(more_queues_than_there_are_directories_are_refused)
{
	good_disk(2, 4);
	set(DISK, "multi-queue-num-queues", "3");
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
	good_interface(2);
	set(INTERFACE, "multi-queue-num-queues", "4");
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
}

TEST(an_order_of_pages_beyond_ours_is_refused)
{
	static const char *const far[] = {"5", "31", "32", "64", "4294967296", "9223372036854775807"};

	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		good_disk(2, 16);
		set(DISK, "ring-page-order", far[i]);
		CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
	}
	good_disk(2, 4);
	set(DISK, "ring-page-order", "3"); /* eight, of which four are told */
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
	good_disk(1, 4);
	set(DISK, "ring-page-order", "-1"); /* as if not said: then there is one page, and it is called otherwise */
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
}

TEST(another_protocol_and_packets_that_are_not_copied_are_refused)
{
	good_disk(1, 1);
	set(DISK, "protocol", "x86_32-abi");
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
	set(DISK, "protocol", XEN_IO_PROTO_ABI_NATIVE "-but-longer-than-there-is-room");
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
	good_interface(2);
	set(INTERFACE, "request-rx-copy", "0");
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EINVAL);
}

TEST(a_store_that_does_not_answer_is_an_error)
{
	good_disk(4, 16);
	silent = -EIO;
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EIO);
	good_interface(2);
	silent = -EIO;
	CU_ASSERT_EQUAL(nodes_read_connect(&dev, &c), -EIO);
}

TEST(who_is_not_ours_or_not_finished_is_left_alone)
{
	begin(KIND_VBD);
	snprintf(dev.back, sizeof(dev.back), "/local/domain/0/backend/vbd/7/51712");
	CU_ASSERT_EQUAL(nodes_read_identity(&dev), -ENOENT);
	set(dev.back, "backendtype", "plinth");
	set(dev.back, "state", "1");
	CU_ASSERT_EQUAL(nodes_read_identity(&dev), -ENOENT);
	set(dev.back, "frontend", DISK);
	CU_ASSERT_EQUAL(nodes_read_identity(&dev), 0);
	CU_ASSERT_STRING_EQUAL(dev.front, DISK);
	CU_ASSERT_EQUAL(dev.state, XenbusStateInitialising);
	set(dev.back, "state", "-3");
	CU_ASSERT_EQUAL(nodes_read_identity(&dev), -ENOENT);
	set(dev.back, "state", "1");
	set(dev.back, "backendtype", "kernel");
	CU_ASSERT_EQUAL(nodes_read_identity(&dev), -ENOENT);
}
