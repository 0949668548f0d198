/*
 * Faults pages in while the zone they come from is below its least watermark, so that it has to reclaim some itself.
 *
 * No memory of anybody is asked for: huge pages that nobody touches hold most of the zone, a file of holes fills what
 * is left with pages that need not be written, and then the watermark is raised above what is free, by far less than
 * what these pages give back. The zone below is kept for whom it is for. Another process sets all back, whatever
 * becomes of this one.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "start.h"

#define MB (1L << 20)
#define PAGE 4096L
/* What is left of the zone: for others, and for pages of the file. */
#define LEFT (3072 * MB)
#define CACHED (2048 * MB)
/* By how much what is free is to be below the watermark. */
#define LACKING (192 * MB)
#define TOUCHED (32 * MB)
#define TMPFS_MAGIC 0x01021994

static const char *const settings[] = {
	"/proc/sys/vm/min_free_kbytes",
	"/proc/sys/vm/lowmem_reserve_ratio",
	"/proc/sys/vm/nr_hugepages",
};
#define SETTINGS 3
static char before[SETTINGS][128];

struct zone {
	long free, min;
};

static void cannot(const char *why)
{
	fprintf(stderr, "%s\n", why);
	exit(1);
}

static void write_setting(int which, const char *text)
{
	int file = open(settings[which], O_WRONLY);

	if (file < 0 || write(file, text, strlen(text)) < 0)
		perror(settings[which]);
	close(file);
}

/* In bytes. The zone has to be the only one of its name: there is one node. */
static struct zone normal_zone(void)
{
	struct zone zone = { -1, -1 };
	char line[256], name[32] = "";
	FILE *file = fopen("/proc/zoneinfo", "r");
	int node;
	long pages;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Node %d, zone %31s", &node, name) == 2 && node > 0)
			cannot("memory has more than one node");
		if (strcmp(name, "Normal"))
			continue;
		if (sscanf(line, " pages free %ld", &pages) == 1)
			zone.free = pages * PAGE;
		else if (sscanf(line, " min %ld", &pages) == 1 && zone.min < 0)
			zone.min = pages * PAGE;
	}
	if (file)
		fclose(file);
	return zone;
}

/* Sets all back when the pipe has no writer any more. */
static pid_t stand_guard(int pipes[2])
{
	pid_t guard;
	char byte;

	if (pipe(pipes) < 0 || (guard = fork()) < 0)
		cannot("there is no guard");
	if (guard)
		return guard;
	/* Who interrupts the workload, or kills it by name, leaves the guard be. */
	setsid();
	prctl(PR_SET_NAME, "memory-guard");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	close(pipes[1]);
	close(0);
	close(1);
	while (read(pipes[0], &byte, 1) > 0)
		;
	for (int i = 0; i < SETTINGS; i++)
		write_setting(i, before[i]);
	_exit(0);
}

/* Makes LEFT of the zone, and gives it to pages of a file of holes, up to CACHED. */
static int fill(void)
{
	static char bytes[1 << 20];
	char name[] = "/var/tmp/fidelity-XXXXXX", text[128];
	struct zone zone = normal_zone();
	struct statfs disk;
	int file = mkstemp(name);

	if (file < 0 || unlink(name) < 0 || fstatfs(file, &disk) < 0 || ftruncate(file, CACHED) < 0)
		cannot("there is no file in /var/tmp");
	if (disk.f_type == TMPFS_MAGIC)
		cannot("/var/tmp is memory itself");
	/* Zones below are not to help. */
	write_setting(1, "256\t1\t1\t0\t0");
	snprintf(text, sizeof(text), "%ld", (zone.free - LEFT) / (2 * MB));
	write_setting(2, text);
	/* Page by page: large folios would make the zone be compacted and reclaimed for them. */
	posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM);
	while (read(file, bytes, sizeof(bytes)) > 0)
		;
	return file;
}

static void touch(void)
{
	char *pages = mmap(NULL, TOUCHED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || madvise(pages, TOUCHED, MADV_NOHUGEPAGE) < 0)
		cannot("there are no pages to touch");
	for (long at = 0; at < TOUCHED; at += PAGE)
		pages[at] = 1;
}

int main(void)
{
	int pipes[2], file;
	pid_t guard;
	char text[128];
	struct zone zone;
	long kilobytes;

	for (int i = 0; i < SETTINGS; i++) {
		file = open(settings[i], O_RDWR);
		if (file < 0 || read(file, before[i], sizeof(before[i]) - 1) <= 0)
			cannot("memory cannot be set up here");
		close(file);
	}
	if (atol(before[2]) != 0)
		cannot("huge pages are in use");
	if (normal_zone().free < LEFT + 256 * MB)
		cannot("too little memory is free to hold some of it");
	guard = stand_guard(pipes);
	close(pipes[0]);
	file = fill();
	wait_to_be_let_go("");
	zone = normal_zone();
	if (zone.free > LEFT || zone.min <= 0)
		cannot("memory that was free could not be held");
	kilobytes = atol(before[0]) * ((zone.free + LACKING) / 1024) / (zone.min / 1024);
	snprintf(text, sizeof(text), "%ld", kilobytes);
	write_setting(0, text);
	touch();
	close(pipes[1]);
	waitpid(guard, NULL, 0);
	close(file);
	return 0;
}
