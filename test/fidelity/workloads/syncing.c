/* Writes that wait for the disk, which answers with an interrupt. */
#include <fcntl.h>
#include <string.h>

#include "start.h"

int main(void)
{
	char name[] = "/var/tmp/fidelity-XXXXXX";
	int file = mkstemp(name);
	char bytes[8192];

	if (file < 0 || unlink(name) < 0)
		return 1;
	memset(bytes, 'x', sizeof(bytes));
	wait_to_be_let_go("");
	for (int i = 0; i < 100; i++)
		if (write(file, bytes, sizeof(bytes)) < 0 || fdatasync(file) < 0)
			return 1;
	return 0;
}
