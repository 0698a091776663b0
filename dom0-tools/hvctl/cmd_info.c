/* cmd_info.c - hvctl info: the machine and its hypervisor */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "hvctl.h"

static uint64_t mib(uint64_t pages)
{
	return pages >> 8;
}

static const char *hypervisor_name(const struct plinth_version *v)
{
	return strcasestr(v->extra, "plinth") ? "Plinth" : "Xen";
}

static void print_text(const struct plinth_version *v, const struct plinth_host *host, int domains,
		       const struct utsname *u)
{
	printf("host                : %s\n", u->nodename);
	printf("dom0 kernel         : %s %s\n", u->sysname, u->release);
	printf("hypervisor          : %s, version %u.%u%s\n", hypervisor_name(v), v->major, v->minor, v->extra);
	printf("changeset           : %s\n", v->changeset);
	printf("compiled            : %s, %s\n", v->built_at, v->compiler);
	printf("command line        : %s\n", v->command_line);
	printf("guest types         : %s\n", v->capabilities);
	printf("scheduler           : %s\n", host->scheduler);
	printf("CPUs                : %u (%u cores per socket, %u threads per core)\n", host->cpus,
	       host->cores_per_socket, host->threads_per_core);
	printf("CPU frequency       : %u.%03u MHz\n", host->cpu_khz / 1000, host->cpu_khz % 1000);
	printf("virtualization      : %s", host->pv ? "pv" : "");
	if (host->hvm)
		printf(" pvh hvm by %s", host->hvm_by);
	printf("%s%s\n", host->hap ? " hap" : "", host->iommu ? " iommu" : "");
	printf("memory              : %" PRIu64 " MiB, %" PRIu64 " MiB free\n", mib(host->total_pages),
	       mib(host->free_pages));
	printf("domains             : %d\n", domains);
}

static void print_json(const struct plinth_version *v, const struct plinth_host *host, int domains,
		       const struct utsname *u)
{
	struct json j;

	json_begin(&j, stdout);
	json_object(&j, NULL);
	json_string(&j, "host", u->nodename);
	json_string(&j, "dom0_kernel", u->release);
	json_object(&j, "hypervisor");
	json_string(&j, "name", hypervisor_name(v));
	json_number(&j, "major", v->major);
	json_number(&j, "minor", v->minor);
	json_string(&j, "extra", v->extra);
	json_string(&j, "changeset", v->changeset);
	json_string(&j, "compiler", v->compiler);
	json_string(&j, "compiled", v->built_at);
	json_string(&j, "command_line", v->command_line);
	json_string(&j, "capabilities", v->capabilities);
	json_string(&j, "scheduler", host->scheduler);
	json_object_end(&j);
	json_object(&j, "cpu");
	json_number(&j, "count", host->cpus);
	json_number(&j, "cores_per_socket", host->cores_per_socket);
	json_number(&j, "threads_per_core", host->threads_per_core);
	json_number(&j, "khz", host->cpu_khz);
	json_number(&j, "nodes", host->nodes);
	json_object_end(&j);
	json_object(&j, "virtualization");
	json_bool(&j, "pv", host->pv);
	json_bool(&j, "hvm", host->hvm);
	json_string(&j, "hvm_by", host->hvm ? host->hvm_by : "");
	json_bool(&j, "hap", host->hap);
	json_bool(&j, "iommu", host->iommu);
	json_object_end(&j);
	json_object(&j, "memory_kib");
	json_number(&j, "total", host->total_pages * 4);
	json_number(&j, "free", host->free_pages * 4);
	json_number(&j, "to_scrub", host->scrub_pages * 4);
	json_object_end(&j);
	json_number(&j, "domains", domains);
	json_object_end(&j);
	json_end(&j);
}

static int run(const struct command *cmd, int argc, char **argv)
{
	bool as_json = false;
	const struct option_spec spec[] = {{'j', "json", &as_json, NULL}, {0}};
	struct plinth_domain *list = NULL;
	struct plinth_version version;
	struct plinth_host host;
	struct utsname u;
	struct plinth *h;
	int code, err, domains = 0;

	if (parse_options(cmd, argc, argv, spec, 0, 0) < 0)
		return EXIT_USAGE;
	h = need_hypervisor(&code);
	if (!h)
		return code;
	uname(&u);
	err = plinth_get_version(h, &version);
	if (!err)
		err = plinth_get_host(h, &host);
	if (!err)
		err = domains = plinth_list_domains(h, &list);
	plinth_close(h);
	free(list);
	if (err < 0)
		return report(err);
	(as_json ? print_json : print_text)(&version, &host, domains, &u);
	return EXIT_OK;
}

const struct command cmd_info = {
	.name = "info",
	.arguments = "[--json]",
	.summary = "Describe the machine and its hypervisor",
	.help = "  -j, --json   print JSON; memory in KiB\n",
	.run = run,
};
