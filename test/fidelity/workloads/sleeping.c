/* Two threads that wait in a few ways, each for some milliseconds, called through functions of ours. */
#include <poll.h>
#include <pthread.h>

#include "start.h"

#define APART __attribute__((noinline, noclone))

static int ends[2];

APART int nap(int us)
{
	usleep(us);
	return us;
}

APART int nap_twice(int us)
{
	return nap(us / 2) + nap(us / 2);
}

static APART int take_one(char *byte)
{
	return read(ends[0], byte, 1) == 1;
}

static APART int one_round(char *byte)
{
	int was_there = take_one(byte);

	nap(2000);
	poll(NULL, 0, 4);
	return was_there;
}

static void *answer(void *nothing)
{
	char byte = 0;

	for (int i = 0; i < 20; i++) {
		nap_twice(3000);
		if (write(ends[1], &byte, 1) != 1)
			break;
	}
	return nothing;
}

int main(void)
{
	pthread_t thread;
	char byte;

	if (pipe(ends) < 0)
		return 1;
	wait_to_be_let_go("");
	pthread_create(&thread, NULL, answer, NULL);
	for (int i = 0; i < 20; i++) {
		if (!one_round(&byte))
			return 1;
	}
	pthread_join(thread, NULL);
	wait_to_be_looked_at();
	return 0;
}
