/* sandbox.c - how a device's process gives up what it needs no longer */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntdev.h>

#include "backend-drivers/common/sandbox.h"
#include "dom0-tools/lib/plinth.h"

#define COUNT(list)    (sizeof(list) / sizeof((list)[0]))
#define KERNEL_WORKERS 64 /* io_uring's own threads count as the user's processes */

#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED true /* the run-time checks map, open and read things of their own */
#else
#define INSTRUMENTED false
#endif

/* What every device's process does: wait, talk, move data, allocate, end; and use grants and event channels. */
static const int common_calls[] = {
	SCMP_SYS(read),		SCMP_SYS(write),	  SCMP_SYS(readv),	   SCMP_SYS(writev),
	SCMP_SYS(recvfrom),	SCMP_SYS(sendto),	  SCMP_SYS(epoll_wait),	   SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_ctl),	SCMP_SYS(munmap),	  SCMP_SYS(madvise),	   SCMP_SYS(brk),
	SCMP_SYS(mremap),	SCMP_SYS(futex),	  SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),	SCMP_SYS(fstat),	  SCMP_SYS(newfstatat),	   SCMP_SYS(lseek),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(getpid),	   SCMP_SYS(gettid),
	SCMP_SYS(tgkill),	SCMP_SYS(exit),		  SCMP_SYS(exit_group),	   SCMP_SYS(restart_syscall),
};

static const unsigned long common_ioctls[] = {
	IOCTL_GNTDEV_MAP_GRANT_REF, IOCTL_GNTDEV_UNMAP_GRANT_REF,  IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR,
	IOCTL_GNTDEV_GRANT_COPY,    IOCTL_EVTCHN_BIND_INTERDOMAIN, IOCTL_EVTCHN_UNBIND,
	IOCTL_EVTCHN_NOTIFY,
};

static int set_limit(int what, rlim_t most)
{
	struct rlimit limit = {most, most};

	return setrlimit(what, &limit) ? plinth_fail(errno, "setrlimit: %s", strerror(errno)) : 0;
}

static int set_limits(const struct sandbox *box)
{
	int err = set_limit(RLIMIT_CORE, 0);

	if (!err)
		err = set_limit(RLIMIT_NPROC, KERNEL_WORKERS);
	/* Descriptors that are open stay usable above the limit; new ones there cannot be. */
	if (!err)
		err = set_limit(RLIMIT_NOFILE, 0);
	if (!err && !INSTRUMENTED)
		err = set_limit(RLIMIT_AS, box->memory);
	return err;
}

static int change_user(uint32_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return plinth_fail(errno, "cannot become user %u: %s", uid, strerror(errno));
	if (setresuid(0, 0, 0) == 0)
		return plinth_fail(EPERM, "could become root again");
	return 0;
}

static int allow_calls(scmp_filter_ctx filter, const int *call, size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call[i], 0);
	return err;
}

static int allow_ioctls(scmp_filter_ctx filter, const unsigned long *request, size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, request[i], 0));
	return err;
}

static int add_rules(scmp_filter_ctx filter, const struct sandbox *box)
{
	int err = allow_calls(filter, common_calls, COUNT(common_calls));

	if (!err)
		err = allow_calls(filter, box->calls, box->nr_calls);
	if (!err)
		err = allow_ioctls(filter, common_ioctls, COUNT(common_ioctls));
	if (!err)
		err = allow_ioctls(filter, box->ioctls, box->nr_ioctls);
	/* Memory that is data: never code. */
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return err;
}

/* The library tells the program to a file only. */
static int read_program(int file, struct sock_fprog *program)
{
	off_t bytes = lseek(file, 0, SEEK_END);

	if (bytes <= 0 || bytes / (off_t)sizeof(*program->filter) > BPF_MAXINSNS)
		return -EIO;
	program->len = (unsigned short)(bytes / (off_t)sizeof(*program->filter));
	program->filter = malloc((size_t)bytes);
	if (!program->filter)
		return -ENOMEM;
	return pread(file, program->filter, (size_t)bytes, 0) == bytes ? 0 : -EIO;
}

static int make_filter(struct sandbox *box)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int file = memfd_create("filter", MFD_CLOEXEC), err = -ENOMEM;

	/* A tree: the kernel tries it for every number when it is put in force, and is then done sooner with each call. */
	if (filter && file >= 0)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!err)
		err = add_rules(filter, box);
	if (!err)
		err = seccomp_export_bpf(filter, file);
	if (!err)
		err = read_program(file, &box->filter);
	seccomp_release(filter);
	if (file >= 0)
		close(file);
	return err ? plinth_fail(-err, "no system call filter: %s", strerror(-err)) : 0;
}

int sandbox_prepare(struct sandbox *box)
{
	return INSTRUMENTED ? 0 : make_filter(box);
}

int sandbox_enter(const struct sandbox *box, uint32_t uid)
{
	int err = set_limits(box);

	if (!err)
		err = change_user(uid);
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = plinth_fail(errno, "no_new_privs: %s", strerror(errno));
	/* Changing the user has cleared it. */
	if (!err && prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0))
		err = plinth_fail(errno, "death signal: %s", strerror(errno));
	if (!err && !INSTRUMENTED && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &box->filter))
		err = plinth_fail(errno, "no system call filter: %s", strerror(errno));
	return err;
}
