// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Gives privilege up, as `none` or `bpf` (CAP_BPF alone) asks for: a child without it goes on, while its
 * parent waits for it to end and puts back what had to be changed for it: unprivileged bpf() is allowed
 * for as long as any such child lives, which a lock file counts.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define SETTING "/proc/sys/kernel/unprivileged_bpf_disabled"
/* Locked shared by all that need the setting; the last to leave finds in it what the setting was. */
#define LOCK_PATH "/tmp/bpf-oracle-unprivileged.lock"
#define NOBODY 65534
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

static void fail(const char *why);

static char read_setting(void)
{
	char value = '?';
	int fd = open(SETTING, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &value, 1) != 1)
		fail("cannot read whether bpf() is allowed without privilege");
	close(fd);
	return value;
}

static int write_setting(char value)
{
	int fd = open(SETTING, O_WRONLY | O_CLOEXEC);
	int written = fd >= 0 && write(fd, &value, 1) == 1;
	if (fd >= 0)
		close(fd);
	return written;
}

static int allow_unprivileged(void)
{
	int lock = open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0)
		fail("cannot open the lock file");
	for (;;) {
		if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
			char was = read_setting();
			if (pwrite(lock, &was, 1, 0) != 1 || !write_setting('0'))
				fail("the kernel does not let bpf() be allowed without privilege");
		}
		/* Another may have been the last one just now: then it is to be set again. */
		if (flock(lock, LOCK_SH) == 0 && read_setting() == '0')
			return lock;
		flock(lock, LOCK_UN);
	}
}

static void restore_setting(int lock)
{
	char was;
	if (flock(lock, LOCK_EX | LOCK_NB) == 0 && pread(lock, &was, 1, 0) == 1)
		write_setting(was);
}

static void drop_capabilities(int keeps_bpf)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};
	if (keeps_bpf) {
		data[CAP_BPF / 32].effective = 1u << CAP_BPF % 32;
		data[CAP_BPF / 32].permitted = 1u << CAP_BPF % 32;
	}
	if (prctl(PR_SET_KEEPCAPS, 1) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY) ||
	    syscall(SYS_capset, &header, data))
		fail("cannot give privilege up");
}

/* Returns in the child; the parent ends with the child's status. */
static void give_up_privilege(const char *privilege)
{
	int status = 0;
	int lock = allow_unprivileged();
	/* What ends us is that the pipes are closed, so that the setting is put back in any case. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	pid_t child = fork();
	if (child < 0)
		fail("cannot fork");
	if (child == 0) {
		close(lock);
		/* Once the parent is gone, nobody puts the setting back: then it is to end, too. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		drop_capabilities(strcmp(privilege, "bpf") == 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		return;
	}
	/* The child alone holds the pipes: it ends when they do. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	waitpid(child, &status, 0);
	restore_setting(lock);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
