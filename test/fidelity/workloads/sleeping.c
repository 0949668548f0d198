/* Two threads that wait in a few ways, each for some milliseconds. */
#include <poll.h>
#include <pthread.h>

#include "start.h"

static int ends[2];

static void *answer(void *nothing)
{
	char byte = 0;

	for (int i = 0; i < 20; i++) {
		usleep(3000);
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
		if (read(ends[0], &byte, 1) != 1)
			return 1;
		usleep(2000);
		poll(NULL, 0, 4);
	}
	pthread_join(thread, NULL);
	return 0;
}
