/* System calls of several kinds, some of which fail. */
#include <fcntl.h>
#include <sys/stat.h>

#include "start.h"

int main(void)
{
	char bytes[64];
	struct stat about;

	wait_to_be_let_go("");
	for (int i = 0; i < 200; i++) {
		int file = open("/etc/hostname", O_RDONLY);

		if (read(file, bytes, sizeof(bytes)) < 0 || stat("/etc", &about) < 0)
			return 1;
		close(file);
		open("/nonexistent", O_RDONLY);
		if (getppid() < 0)
			return 1;
	}
	return 0;
}
