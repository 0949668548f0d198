/* TCP connections to itself over loopback, each closed by both sides. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "start.h"

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	char facts[32], bytes[2000];

	if (bind(listener, (void *)&address, length) < 0 || listen(listener, 8) < 0 ||
	    getsockname(listener, (void *)&address, &length) < 0)
		return 1;
	snprintf(facts, sizeof(facts), "port=%d", ntohs(address.sin_port));
	wait_to_be_let_go(facts);
	memset(bytes, 'x', sizeof(bytes));
	for (int i = 0; i < 20; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0);
		int server;

		if (connect(client, (void *)&address, length) < 0)
			return 1;
		server = accept(listener, NULL, NULL);
		if (write(client, bytes, 1000 + i) < 0 || read(server, bytes, sizeof(bytes)) < 0 ||
		    write(server, bytes, 300) < 0 || read(client, bytes, sizeof(bytes)) < 0)
			return 1;
		usleep(1000 * i);
		close(i % 2 == 0 ? client : server);
		usleep(1000);
		close(i % 2 == 0 ? server : client);
	}
	return 0;
}
