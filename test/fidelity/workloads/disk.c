/* Requests of several sizes to a disk of its own, which is a piece of memory behind a loop device. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "start.h"

#define DISK_BYTES (16 << 20)

int main(void)
{
	struct loop_info64 info = { .lo_flags = LO_FLAGS_AUTOCLEAR };
	int control = open("/dev/loop-control", O_RDWR);
	int memory = memfd_create("disk", 0);
	int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	char name[32], facts[64], *bytes;
	struct stat about;
	int disk;

	snprintf(name, sizeof(name), "/dev/loop%d", number);
	if (number < 0 || memory < 0 || ftruncate(memory, DISK_BYTES) < 0 ||
	    (disk = open(name, O_RDWR | O_DIRECT)) < 0 || ioctl(disk, LOOP_SET_FD, memory) < 0 ||
	    ioctl(disk, LOOP_SET_STATUS64, &info) < 0 || fstat(disk, &about) < 0) {
		perror("no loop device");
		return 1;
	}
	bytes = aligned_alloc(4096, 1 << 17);
	memset(bytes, 'x', 1 << 17);
	snprintf(facts, sizeof(facts), "disk=loop%d device=%u:%u", number, major(about.st_rdev),
		 minor(about.st_rdev));
	wait_to_be_let_go(facts);
	for (int i = 0; i < 200; i++) {
		size_t length = 4096 << (i % 6);
		off_t at = i % 3 == 0 ? (i * 7919L % 100) << 17 : (off_t)i << 15;

		if (i % 2 == 0 ? pwrite(disk, bytes, length, at) < 0 : pread(disk, bytes, length, at) < 0)
			return 1;
	}
	return 0;
}
