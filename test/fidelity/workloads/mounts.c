/* Mounts and unmounts a file system of its own in memory; some calls fail. Its mounts are seen by nobody else. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>

#include "start.h"

int main(void)
{
	char folder[] = "/tmp/fidelity-mount-XXXXXX";

	if (mkdtemp(folder) == NULL || unshare(CLONE_NEWNS) < 0) {
		puts("it may not have mounts of its own");
		return 1;
	}
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	wait_to_be_let_go("");
	for (int i = 0; i < 5; i++) {
		mount("fidelity", folder, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k");
		mount("/nonexistent", folder, "ext4", MS_RDONLY, NULL);
		umount2(folder, i % 2 == 0 ? 0 : MNT_DETACH);
		umount2("/nonexistent", 0);
	}
	rmdir(folder);
	return 0;
}
