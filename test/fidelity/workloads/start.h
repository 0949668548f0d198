/* Begins every workload: says that it is ready, with what it knows of itself, and waits to be let go. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void wait_to_be_let_go(const char *facts)
{
	long long realtime = nanoseconds(CLOCK_REALTIME);
	char byte;

	printf("ready monotonic=%lld realtime=%lld %s\n", nanoseconds(CLOCK_MONOTONIC), realtime, facts);
	fflush(stdout);
	if (read(0, &byte, 1) != 1)
		exit(1);
}

/* What looks at the memory of a process when it prints must find it alive. */
static inline void wait_to_be_looked_at(void)
{
	char byte;

	printf("done\n");
	fflush(stdout);
	if (read(0, &byte, 1) != 1)
		exit(1);
}
