/*
 * Run queue contention on CPU 0, on purpose: what traces/runqueue-contention.zip was recorded from.
 *
 * Every task's name begins with "rq-", so that a recording can be filtered to these alone:
 *   rq-latency         wakes every 4 ms, works 0.5 ms: the one that suffers
 *   rq-burn-0..5       compute for some milliseconds, then sleep; between INCIDENT_FROM and
 *                      INCIDENT_TO they do not sleep at all: the incident
 *   rq-ping, rq-pong   pass a byte to and fro through pipes, in bursts
 *   rq-lock-0..1       take one mutex in turn and hold it while they compute
 *   rq-batch           another process: sorts a block of memory with two threads, rests, repeats
 *   rq-job             a program that is started every 100 ms, computes for 2 ms and exits
 *
 * Start it bound to CPU 0 (`taskset -c 0 ./rq-main`), in the folder where rq-job lies: both are this
 * program, told apart by the name they are started under.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000LL
#define RUN_NS (5000 * MS)
#define INCIDENT_FROM (2200 * MS)
#define INCIDENT_TO (3400 * MS)

static int64_t started_at;

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int64_t elapsed_ns(void)
{
	return now_ns() - started_at;
}

static int is_over(void)
{
	return elapsed_ns() >= RUN_NS;
}

static int is_incident(void)
{
	int64_t elapsed = elapsed_ns();

	return elapsed >= INCIDENT_FROM && elapsed < INCIDENT_TO;
}

static void sleep_ns(int64_t duration)
{
	struct timespec wait = { duration / 1000000000LL, duration % 1000000000LL };

	nanosleep(&wait, NULL);
}

/* Computes until this thread itself has had so much of the CPU, however often it was preempted. */
static void compute_ns(int64_t duration)
{
	struct timespec used;
	int64_t end = 0;

	for (;;) {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
		int64_t at = used.tv_sec * 1000000000LL + used.tv_nsec;

		if (end == 0)
			end = at + duration;
		if (at >= end)
			return;
		for (volatile int i = 0; i < 2000; i++)
			;
	}
}

static void name_thread(const char *name)
{
	prctl(PR_SET_NAME, name, 0, 0, 0);
}

static void *latency(void *unused)
{
	struct timespec next;

	(void)unused;
	name_thread("rq-latency");
	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!is_over()) {
		next.tv_nsec += 4 * MS;
		if (next.tv_nsec >= 1000000000L) {
			next.tv_nsec -= 1000000000L;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		compute_ns(MS / 2);
	}
	return NULL;
}

static void *burn(void *number)
{
	intptr_t index = (intptr_t)number;
	char name[16];

	snprintf(name, sizeof(name), "rq-burn-%d", (int)index);
	name_thread(name);
	while (!is_over()) {
		compute_ns((2 + index) * MS);
		if (!is_incident())
			sleep_ns((40 + 7 * index) * MS);
	}
	return NULL;
}

static int to_pong[2], to_ping[2];

static void *ping(void *unused)
{
	char byte = 0;

	(void)unused;
	name_thread("rq-ping");
	while (!is_over()) {
		for (int i = 0; i < 8; i++) {
			if (write(to_pong[1], &byte, 1) != 1 || read(to_ping[0], &byte, 1) != 1)
				return NULL;
		}
		sleep_ns(20 * MS);
	}
	close(to_pong[1]);
	return NULL;
}

static void *pong(void *unused)
{
	char byte;

	(void)unused;
	name_thread("rq-pong");
	while (read(to_pong[0], &byte, 1) == 1) {
		compute_ns(MS / 50);
		if (write(to_ping[1], &byte, 1) != 1)
			break;
	}
	return NULL;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *lock(void *number)
{
	intptr_t index = (intptr_t)number;
	char name[16];

	snprintf(name, sizeof(name), "rq-lock-%d", (int)index);
	name_thread(name);
	while (!is_over()) {
		pthread_mutex_lock(&mutex);
		compute_ns(MS);
		/* Blocks with the mutex held, so that the other one has to wait for it. */
		sleep_ns(MS);
		pthread_mutex_unlock(&mutex);
		sleep_ns((index ? 13 : 9) * MS);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	unsigned int left = *(const unsigned int *)a, right = *(const unsigned int *)b;

	return (left > right) - (left < right);
}

#define NUMBERS 12000

static void *sort(void *number)
{
	intptr_t index = (intptr_t)number;
	unsigned int seed = 1 + (unsigned int)index;
	static unsigned int numbers[2][NUMBERS];
	char name[16];

	snprintf(name, sizeof(name), "rq-batch-%d", (int)index);
	name_thread(name);
	while (!is_over()) {
		for (int i = 0; i < NUMBERS; i++)
			numbers[index][i] = (unsigned int)rand_r(&seed);
		qsort(numbers[index], NUMBERS, sizeof(unsigned int), compare);
		sleep_ns((30 + 20 * index) * MS);
	}
	return NULL;
}

static void run_threads(void *(*const *mains)(void *), const intptr_t *numbers, int count)
{
	pthread_t threads[16];

	for (int i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, mains[i], (void *)numbers[i]);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static void batch(void)
{
	void *(*const mains[])(void *) = { sort, sort };
	const intptr_t numbers[] = { 0, 1 };

	name_thread("rq-batch");
	run_threads(mains, numbers, 2);
	exit(0);
}

static void *spawn_jobs(void *unused)
{
	(void)unused;
	name_thread("rq-spawn");
	while (!is_over()) {
		pid_t child = fork();

		if (child == 0) {
			execl("./rq-job", "rq-job", (char *)NULL);
			_exit(1);
		}
		waitpid(child, NULL, 0);
		sleep_ns(100 * MS);
	}
	return NULL;
}

int main(int count, char **arguments)
{
	void *(*const mains[])(void *) = { latency, burn, burn, burn, burn, burn, burn,
					  ping, pong, lock, lock, spawn_jobs };
	const intptr_t numbers[] = { 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 1, 0 };
	const char *name = count > 0 ? strrchr(arguments[0], '/') : NULL;

	name = name ? name + 1 : count > 0 ? arguments[0] : "";
	if (strcmp(name, "rq-job") == 0) {
		compute_ns(2 * MS);
		return 0;
	}
	started_at = now_ns();
	if (pipe(to_pong) != 0 || pipe(to_ping) != 0)
		return 1;
	pid_t child = fork();

	if (child == 0)
		batch();
	run_threads(mains, numbers, (int)(sizeof(mains) / sizeof(mains[0])));
	waitpid(child, NULL, 0);
	return 0;
}
