/* cmd_top.c - hvctl top: what the domains are using, again and again */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "hvctl.h"
#include "target.h"
#include "top.h"

void top_summary(const struct sample *s, char line[TOP_LINE])
{
	double used = 0;

	for (size_t i = 0; i < s->count; i++)
		used += s->rows[i].cpu_percent;
	snprintf(line, TOP_LINE, "%zu domains; %u CPUs, %.1f %% used; memory %" PRIu64 " MiB, %" PRIu64 " MiB free",
		 s->count, s->host.cpus, s->host.cpus ? used / s->host.cpus : 0, s->host.total_pages >> 8,
		 s->host.free_pages >> 8);
}

void top_title(char line[TOP_LINE])
{
	snprintf(line, TOP_LINE, "%-24s %5s  %-8s %6s %10s %8s %5s %10s %10s %10s %10s", "Name", "ID", "State", "CPU %",
		 "Seconds", "MiB", "VCPUs", "Sent KiB/s", "Recv KiB/s", "Read KiB/s", "Writ KiB/s");
}

void top_row(const struct sample_row *row, char line[TOP_LINE])
{
	snprintf(line, TOP_LINE, "%-24.24s %5u  %-8s %6.1f %10.1f %8" PRIu64 " %5u %10.1f %10.1f %10.1f %10.1f",
		 row->name, row->dom.domid, plinth_state_name(row->dom.state), row->cpu_percent,
		 row->dom.cpu_time / 1e9, row->dom.pages >> 8, row->dom.vcpus, row->sent_rate / 1024,
		 row->received_rate / 1024, row->read_rate / 1024, row->written_rate / 1024);
}

static void pass_time(double seconds)
{
	struct timespec t = {.tv_sec = (time_t)seconds};

	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	nanosleep(&t, NULL);
}

static void print_text(const struct sample *s)
{
	char line[TOP_LINE];

	top_summary(s, line);
	puts(line);
	top_title(line);
	puts(line);
	for (size_t i = 0; i < s->count; i++) {
		top_row(&s->rows[i], line);
		puts(line);
	}
	putchar('\n');
	fflush(stdout);
}

static void print_row(struct json *j, const struct sample_row *row)
{
	json_object(j, NULL);
	json_string(j, "name", row->name);
	json_number(j, "domid", row->dom.domid);
	json_string(j, "state", plinth_state_name(row->dom.state));
	json_number(j, "cpu_permille", (uint64_t)(row->cpu_percent * 10 + 0.5));
	json_number(j, "cpu_time_ns", row->dom.cpu_time);
	json_number(j, "memory_kib", row->dom.pages * 4);
	json_number(j, "vcpus", row->dom.vcpus);
	json_number(j, "sent_bytes", row->used.sent);
	json_number(j, "received_bytes", row->used.received);
	json_number(j, "read_bytes", row->used.read_bytes);
	json_number(j, "written_bytes", row->used.written_bytes);
	json_number(j, "sent_bytes_per_s", (uint64_t)row->sent_rate);
	json_number(j, "received_bytes_per_s", (uint64_t)row->received_rate);
	json_number(j, "read_bytes_per_s", (uint64_t)row->read_rate);
	json_number(j, "written_bytes_per_s", (uint64_t)row->written_rate);
	json_object_end(j);
}

static void print_json(const struct sample *s)
{
	struct json j;

	json_begin(&j, stdout);
	json_object(&j, NULL);
	json_number(&j, "cpus", s->host.cpus);
	json_number(&j, "memory_kib", s->host.total_pages * 4);
	json_number(&j, "memory_free_kib", s->host.free_pages * 4);
	json_array(&j, "domains");
	for (size_t i = 0; i < s->count; i++)
		print_row(&j, &s->rows[i]);
	json_array_end(&j);
	json_object_end(&j);
	json_end(&j);
}

static int batch(struct top *top, bool as_json)
{
	struct sample before = {0}, now = {0};
	int err = sample_take(&before, NULL, top->h, top->store);

	for (long n = 0; !err && (!top->times || n < top->times); n++) {
		pass_time(top->delay);
		err = sample_take(&now, &before, top->h, top->store);
		if (err)
			break;
		sample_free(&before);
		before = now;
		sample_sort(&before, top->order);
		(as_json ? print_json : print_text)(&before);
	}
	sample_free(&before);
	return err;
}

static bool parse_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return *text && !*end && *seconds >= 0.1 && *seconds <= 3600;
}

static int run(const struct command *cmd, int argc, char **argv)
{
	bool as_json = false, in_batch = false;
	const char *delay = "2", *times = NULL;
	const struct option_spec spec[] = {{'b', "batch", &in_batch, NULL},
					   {'j', "json", &as_json, NULL},
					   {'d', "delay", NULL, &delay},
					   {'n', "times", NULL, &times},
					   {0}};
	struct top top = {.order = BY_CPU};
	unsigned long long count = 0;
	int code, err;

	if (parse_options(cmd, argc, argv, spec, 0, 0) < 0)
		return EXIT_USAGE;
	if (!parse_seconds(delay, &top.delay))
		return usage_error(cmd, "\"%s\" is not a number of seconds from 0.1 to 3600", delay);
	if (times && (!parse_number(times, 1u << 30, &count) || !count))
		return usage_error(cmd, "\"%s\" is not a number of times", times);
	top.times = as_json ? 1 : (long)count;
	if (as_json || in_batch)
		top.order = BY_DOMID;
	top.h = need_hypervisor(&code);
	if (!top.h)
		return code;
	if (plinth_store_open(&top.store))
		top.store = NULL; /* figures without names are better than none */
	err = as_json || in_batch ? batch(&top, as_json) : top_screen(&top);
	plinth_store_close(top.store);
	plinth_close(top.h);
	return report(err);
}

const struct command cmd_top = {
	.name = "top",
	.arguments = "[--batch | --json] [--delay SECONDS] [--times N]",
	.summary = "Show what the domains are using, again and again",
	.help = "  -b, --batch          print plain lines instead of filling the screen\n"
		"  -j, --json           print JSON, once, of what was used in one delay\n"
		"  -d, --delay SECONDS  between two looks (2)\n"
		"  -n, --times N        end after N\n\n"
		"Keys on the screen: q ends; c, m, i, n sort by CPU, memory, number and name.\n",
	.run = run,
};
