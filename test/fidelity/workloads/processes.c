/* Children that run another program, fail to, and end in several ways. */
#include <signal.h>
#include <sys/wait.h>

#include "start.h"

int main(void)
{
	char *arguments[] = { "true", "one", "two words", "", "last", NULL };
	char *environment[] = { "A=1", NULL };

	wait_to_be_let_go("");
	for (int i = 0; i < 20; i++) {
		pid_t child = fork();

		if (child == 0) {
			switch (i % 4) {
			case 0:
				execve("/bin/true", arguments, environment);
				break;
			case 1:
				execve("/nonexistent", arguments, environment);
				_exit(7);
			case 2:
				raise(SIGTERM);
				break;
			default:
				usleep(20000);
				_exit(3);
			}
			_exit(1);
		}
		waitpid(child, NULL, 0);
	}
	return 0;
}
