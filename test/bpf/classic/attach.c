// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Attaches classic filters to a socket of the running kernel and sends a packet through. Reads requests
 * from stdin, answers on stdout, until stdin ends. Numbers are 32 bits in this machine's order.
 *
 * request: instruction count, packet bytes; then the instructions (struct sock_filter), the packet.
 * answer:  attach result (0 or -errno), bytes that came through (0 where the packet was dropped).
 */
#include <errno.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define INSTRUCTIONS_MAX 5000u
#define PACKET_BYTES_MAX 65536u

static void fail(const char *why)
{
	fprintf(stderr, "attach: %s\n", why);
	exit(2);
}

static void take(void *to, size_t bytes)
{
	if (bytes && fread(to, 1, bytes, stdin) != bytes)
		fail("the request ends early");
}

int main(void)
{
	static struct sock_filter code[INSTRUCTIONS_MAX];
	static unsigned char packet[PACKET_BYTES_MAX], received[PACKET_BYTES_MAX];
	uint32_t request[2];
	while (fread(request, sizeof request, 1, stdin) == 1) {
		int ends[2];
		int32_t answer[2] = { 0, 0 };
		if (request[0] > INSTRUCTIONS_MAX || request[1] > PACKET_BYTES_MAX)
			fail("not a request");
		take(code, request[0] * sizeof *code);
		take(packet, request[1]);
		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends))
			fail("no sockets");
		struct sock_fprog program = { .len = request[0], .filter = code };
		if (setsockopt(ends[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program))
			answer[0] = -errno;
		if (answer[0] == 0) {
			if (send(ends[0], packet, request[1], MSG_DONTWAIT) < 0)
				fail("the packet cannot be sent");
			ssize_t bytes = recv(ends[1], received, sizeof received, MSG_DONTWAIT);
			answer[1] = bytes < 0 ? 0 : bytes;
		}
		close(ends[0]);
		close(ends[1]);
		fwrite(answer, sizeof answer, 1, stdout);
		fflush(stdout);
	}
	return 0;
}
