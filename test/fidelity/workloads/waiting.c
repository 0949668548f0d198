/* Threads that wake each other, sleep, and compete for one CPU. */
#include <pthread.h>

#include "start.h"

#define ROUNDS 400

static int pipes[2][2];

static void spin(long long forNs)
{
	long long end = nanoseconds(CLOCK_MONOTONIC) + forNs;

	while (nanoseconds(CLOCK_MONOTONIC) < end)
		;
}

static void *answer(void *nothing)
{
	char byte;

	for (int i = 0; i < ROUNDS; i++) {
		if (read(pipes[0][0], &byte, 1) != 1)
			break;
		spin(20000);
		if (write(pipes[1][1], &byte, 1) != 1)
			break;
	}
	return nothing;
}

static void *compete(void *nothing)
{
	for (int i = 0; i < 60; i++) {
		spin(1000000LL * (i % 7));
		usleep(500 * (i % 5));
	}
	return nothing;
}

int main(void)
{
	pthread_t threads[3];
	char byte = 0;

	if (pipe(pipes[0]) < 0 || pipe(pipes[1]) < 0)
		return 1;
	wait_to_be_let_go("");
	pthread_create(&threads[0], NULL, answer, NULL);
	pthread_create(&threads[1], NULL, compete, NULL);
	pthread_create(&threads[2], NULL, compete, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		if (write(pipes[0][1], &byte, 1) != 1 || read(pipes[1][0], &byte, 1) != 1)
			return 1;
		if (i % 10 == 0)
			usleep(300);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
