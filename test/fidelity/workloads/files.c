/* Opens and looks at files that are there and that are not, by every call that does. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "start.h"

int main(void)
{
	char name[64];
	struct stat about;
	struct statx more;
	struct statfs system;

	wait_to_be_let_go("");
	for (int i = 0; i < 40; i++) {
		int file = open("/etc/hostname", O_RDONLY | O_CLOEXEC);

		syscall(SYS_newfstatat, file, "", &about, AT_EMPTY_PATH);
		close(file);
		snprintf(name, sizeof(name), "/nonexistent/number %d", i);
		if (open(name, O_RDONLY) >= 0 || syscall(SYS_open, name, O_WRONLY, 0) >= 0)
			return 1;
		close(syscall(SYS_open, "/etc/passwd", O_RDONLY, 0));
		syscall(SYS_stat, "/etc", &about);
		syscall(SYS_lstat, name, &about);
		syscall(SYS_statx, AT_FDCWD, "/usr", 0, STATX_BASIC_STATS, &more);
		syscall(SYS_newfstatat, AT_FDCWD, "/tmp", &about, 0);
		statfs("/proc", &system);
	}
	return 0;
}
