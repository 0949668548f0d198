/* Signals sent by each of the calls that send one, to itself and to a child, one of them to nobody. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "start.h"

static void nothing(int number)
{
	(void)number;
}

int main(void)
{
	signal(SIGUSR1, nothing);
	signal(SIGUSR2, nothing);
	wait_to_be_let_go("");
	for (int i = 0; i < 20; i++) {
		pid_t child = fork();

		if (child == 0) {
			pause();
			_exit(0);
		}
		kill(getpid(), SIGUSR1);
		syscall(SYS_tgkill, getpid(), getpid(), SIGUSR2);
		syscall(SYS_tkill, getpid(), SIGUSR1);
		kill(child, i % 2 == 0 ? SIGTERM : SIGKILL);
		waitpid(child, NULL, 0);
	}
	kill(0x3fffff, SIGTERM);
	return 0;
}
