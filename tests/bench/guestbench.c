/* guestbench.c - small costs of a Linux guest, measured from inside: the first and only process of the machine
 *
 * Run as rdinit=; linked statically at an address of its own, at which count.c sees it start. Prints lines
 * "bench: NAME NANOSECONDS REPETITIONS" and powers off. Under QEMU's -icount a nanosecond is an instruction.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xen/xen.h>
#include <xen/version.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>

#define PAGE 4096

static const char *self;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void result(const char *name, uint64_t ns, long n)
{
	printf("bench: %s %llu %ld\n", name, (unsigned long long)ns, n);
}

static void die(const char *what)
{
	perror(what);
	puts("bench: failed");
	reboot(RB_POWER_OFF);
}

/* A child that runs another program (this one, which ends at once), or none. */
static void bench_fork(const char *name, long n, int exec)
{
	uint64_t start = now();

	for (long i = 0; i < n; i++) {
		int status;
		pid_t child = fork();

		if (child < 0)
			die("fork");
		if (child == 0) {
			if (exec)
				execl(self, self, "end", (char *)NULL);
			_exit(exec);
		}
		if (waitpid(child, &status, 0) != child || status != 0)
			die(name);
	}
	result(name, now() - start, n);
}

static void bench_getppid(long n)
{
	uint64_t start = now();

	for (long i = 0; i < n; i++)
		syscall(SYS_getppid);
	result("getppid", now() - start, n);
}

static void bench_rdtsc(long n)
{
	uint64_t start = now();

	for (long i = 0; i < n; i++)
		__builtin_ia32_rdtsc();
	result("rdtsc", now() - start, n);
}

static void bench_clock(long n)
{
	uint64_t start = now();

	for (long i = 0; i < n; i++)
		now();
	result("clock", now() - start, n);
}

/* First touches of fresh memory, one fault each, then all of it given back. */
static void bench_faults(long n)
{
	size_t size = (size_t)n * PAGE;
	volatile char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t start;

	if (p == MAP_FAILED)
		die("mmap");
	madvise((void *)p, size, MADV_NOHUGEPAGE);
	start = now();
	for (size_t at = 0; at < size; at += PAGE)
		p[at] = 1;
	result("fault", now() - start, n);
	start = now();
	munmap((void *)p, size);
	result("munmap", now() - start, n);
}

/* A byte to another process and one back. */
static void bench_pipe(long n)
{
	int there[2], back[2];
	uint64_t start;
	pid_t child;
	char c = 0;

	if (pipe(there) || pipe(back))
		die("pipe");
	child = fork();
	if (child == 0) {
		for (long i = 0; i < n; i++)
			if (read(there[0], &c, 1) != 1 || write(back[1], &c, 1) != 1)
				_exit(1);
		_exit(0);
	}
	start = now();
	for (long i = 0; i < n; i++)
		if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
			die("pipe");
	result("pipe", now() - start, n);
	waitpid(child, NULL, 0);
}

static long hypercall(int privcmd, uint64_t op, uint64_t first, uint64_t second)
{
	struct {
		uint64_t op, arg[5];
	} call = {op, {first, second}};

	return ioctl(privcmd, _IOC(_IOC_NONE, 'P', 0, sizeof(call)), &call);
}

static void bench_hypercall(int privcmd, long n)
{
	uint64_t start = now();

	for (long i = 0; i < n; i++)
		if (hypercall(privcmd, __HYPERVISOR_xen_version, XENVER_version, 0) < 0)
			die("hypercall");
	result("hypercall", now() - start, n);
}

/* What the hypervisor keeps: the machine's memory that is neither Dom0's nor free. */
static void memory_kept(int privcmd)
{
	struct xen_sysctl *op = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	xen_domctl_getdomaininfo_t *dom0 = (void *)((char *)op + PAGE);
	uint64_t total, free_pages;

	op->cmd = XEN_SYSCTL_physinfo;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	if (hypercall(privcmd, __HYPERVISOR_sysctl, (uintptr_t)op, 0) < 0)
		die("physinfo");
	total = op->u.physinfo.total_pages;
	free_pages = op->u.physinfo.free_pages;
	memset(op, 0, PAGE);
	op->cmd = XEN_SYSCTL_getdomaininfolist;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	op->u.getdomaininfolist.max_domains = 1;
	set_xen_guest_handle(op->u.getdomaininfolist.buffer, dom0);
	if (hypercall(privcmd, __HYPERVISOR_sysctl, (uintptr_t)op, 0) < 0)
		die("getdomaininfolist");
	printf("bench: memory_total %llu 1\nbench: memory_kept %llu 1\n", (unsigned long long)total * PAGE,
	       (unsigned long long)(total - free_pages - dom0->tot_pages) * PAGE);
}

static void on_hypervisor(void)
{
	int privcmd, status;
	pid_t child = fork();

	if (child == 0) {
		execl("/bin/modprobe", "modprobe", "xen-privcmd", (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	if (privcmd < 0)
		die("/dev/xen/privcmd");
	bench_hypercall(privcmd, 2000);
	memory_kept(privcmd);
}

int main(int argc, char **argv)
{
	struct stat st;

	if (argc > 1 && strcmp(argv[1], "end") == 0)
		return 0;
	self = argv[0];
	setvbuf(stdout, NULL, _IOLBF, 0);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	bench_fork("forkexec", 200, 1);
	bench_fork("fork", 200, 0);
	bench_getppid(10000);
	bench_rdtsc(10000);
	bench_clock(10000);
	bench_faults(5000);
	bench_pipe(1000);
	if (stat("/sys/hypervisor/version", &st) == 0)
		on_hypervisor();
	puts("bench: done");
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
