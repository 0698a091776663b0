/* test_logfile.c - logs that are turned over, kept in number, and stay in their directory */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0-tools/consoled/consoled.h"
#include "dom0-tools/consoled/logfile.h"
#include "unit.h"

static char directory[] = "/tmp/plinth-logfile.XXXXXX";
static struct log_policy policy = {.directory = directory, .size = 16, .keep = 2};
static unsigned int complaints;

void complain(const char *fmt, ...)
{
	(void)fmt;
	complaints++;
}

/* What the file of that name has, "" if there is none. */
static const char *content(const char *name)
{
	static char text[64];
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static void write_text(struct logfile *log, const char *text)
{
	logfile_write(log, text, strlen(text));
}

static void clean(void)
{
	static const char *const names[] = {"a.log", "a.log.1", "a.log.2", "a.log.3"};
	char path[128];

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	complaints = 0;
}

TEST(a_full_log_is_turned_over_and_the_oldest_goes)
{
	struct logfile log;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	logfile_open(&log, &policy, "a");
	write_text(&log, "first  12345678");
	CU_ASSERT_STRING_EQUAL(content("a.log.1"), "");
	write_text(&log, "!");
	CU_ASSERT_STRING_EQUAL(content("a.log"), "first  12345678!");
	write_text(&log, "second 12345678");
	CU_ASSERT_STRING_EQUAL(content("a.log"), "second 12345678");
	CU_ASSERT_STRING_EQUAL(content("a.log.1"), "first  12345678!");
	write_text(&log, "third  12345678");
	write_text(&log, "fourth 12345678");
	CU_ASSERT_STRING_EQUAL(content("a.log"), "fourth 12345678");
	CU_ASSERT_STRING_EQUAL(content("a.log.1"), "third  12345678");
	CU_ASSERT_STRING_EQUAL(content("a.log.2"), "second 12345678");
	CU_ASSERT_STRING_EQUAL(content("a.log.3"), "");
	logfile_close(&log);
	CU_ASSERT_EQUAL(complaints, 0);
	clean();
}

TEST(what_is_there_already_counts_and_stays)
{
	struct logfile log;

	logfile_open(&log, &policy, "a");
	write_text(&log, "0123456789");
	logfile_close(&log);
	logfile_open(&log, &policy, "a");
	write_text(&log, "abc");
	CU_ASSERT_STRING_EQUAL(content("a.log"), "0123456789abc");
	write_text(&log, "defghi");
	CU_ASSERT_STRING_EQUAL(content("a.log.1"), "0123456789abc");
	CU_ASSERT_STRING_EQUAL(content("a.log"), "defghi");
	logfile_close(&log);
	clean();
}

TEST(a_name_does_not_lead_out_of_the_directory)
{
	static const char *const names[] = {"../a", "/etc/a", "b/c", ".hidden", "."};
	struct logfile log;

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		logfile_open(&log, &policy, names[i]);
		CU_ASSERT_EQUAL(log.fd, -1);
		CU_ASSERT_EQUAL(complaints, i + 1);
		write_text(&log, "lost, and nothing is harmed");
	}
	clean();
}

TEST(a_disk_that_takes_no_more_is_told_once)
{
	struct log_policy none = {.size = 16, .keep = 2};
	struct logfile log;

	logfile_open(&log, &none, "a");
	CU_ASSERT_EQUAL(log.fd, -1);
	write_text(&log, "nobody wants it");
	CU_ASSERT_EQUAL(complaints, 0);
	logfile_open(&log, &policy, "a");
	CU_ASSERT_NOT_EQUAL_FATAL(log.fd, -1);
	close(log.fd);
	log.fd = open("/dev/full", O_WRONLY);
	write_text(&log, "no room");
	write_text(&log, "no room");
	CU_ASSERT_EQUAL(complaints, 1);
	CU_ASSERT_EQUAL(log.fd, -1);
	clean();
	CU_ASSERT_EQUAL(rmdir(directory), 0);
}
