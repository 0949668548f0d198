// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A link between two interfaces, `link NAME NAME DELAY_MS DROP MARK`: each frame comes out of the other after that long. Of
 * the frames of the first that carry data every DROPth is lost, every MARKth is marked as having met congestion.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAMES 16384
#define BYTES 2048
/* struct virtio_net_hdr: checksums that are left to the device stay so. */
#define HEAD 10

struct frame {
	long long due;
	int bytes;
	unsigned char data[BYTES];
};

struct queue {
	struct frame *frames;
	unsigned int head, tail;
};

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int open_on(const char *name)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int bytes = 64 << 20, one = 1, handle = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	at.sll_ifindex = if_nametoindex(name);
	setsockopt(handle, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(handle, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one));
	setsockopt(handle, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one));
	if (handle < 0 || bind(handle, (struct sockaddr *)&at, sizeof(at)) < 0) {
		perror(name);
		exit(1);
	}
	return handle;
}

static int carries_data(const unsigned char *frame, int bytes)
{
	return bytes > 200 && frame[12] == 8 && frame[13] == 0;
}

/* IPv4's checksum is over words: one that grows by three makes it less by as much. */
static void mark(unsigned char *ip)
{
	unsigned int sum;

	if ((ip[1] & 3) == 0 || (ip[1] & 3) == 3)
		return;
	sum = (unsigned int)(ip[10] << 8 | ip[11]) + (ip[1] & 3) + 0xfffc;
	sum = (sum & 0xffff) + (sum >> 16);
	ip[1] |= 3;
	ip[10] = sum >> 8;
	ip[11] = sum;
}

int main(int count, char **given)
{
	struct pollfd sides[2];
	struct queue queues[2] = { 0 };
	long long delay;
	long seen = 0, drop, marked;

	if (count != 6)
		return 1;
	delay = atol(given[3]) * 1000000LL;
	drop = atol(given[4]);
	marked = atol(given[5]);
	for (int i = 0; i < 2; i++) {
		sides[i] = (struct pollfd){ open_on(given[1 + i]), POLLIN, 0 };
		queues[i].frames = calloc(FRAMES, sizeof(struct frame));
	}
	printf("up\n");
	fflush(stdout);
	for (;;) {
		long long next = -1, time;
		struct timespec wait;

		for (int i = 0; i < 2; i++) {
			struct queue *queue = &queues[i];

			while (queue->head != queue->tail && queue->frames[queue->head % FRAMES].due <= now()) {
				struct frame *frame = &queue->frames[queue->head++ % FRAMES];

				send(sides[!i].fd, frame->data, frame->bytes, 0);
			}
			if (queue->head != queue->tail) {
				long long due = queue->frames[queue->head % FRAMES].due;

				if (next < 0 || due < next)
					next = due;
			}
		}
		time = next < 0 ? 100000000 : next - now();
		if (time < 0)
			time = 0;
		wait = (struct timespec){ time / 1000000000, time % 1000000000 };
		ppoll(sides, 2, &wait, NULL);
		for (int i = 0; i < 2; i++)
			for (;;) {
				struct queue *queue = &queues[i];
				struct frame *frame = &queue->frames[queue->tail % FRAMES];
				int bytes = recv(sides[i].fd, frame->data, BYTES, MSG_DONTWAIT | MSG_TRUNC);

				if (bytes <= 0)
					break;
				if (bytes > BYTES || queue->tail - queue->head == FRAMES)
					exit(2);
				if (i == 0 && carries_data(frame->data + HEAD, bytes)) {
					seen++;
					if (drop && seen % drop == 0)
						continue;
					if (marked && seen % marked == 0)
						mark(frame->data + HEAD + 14);
				}
				frame->bytes = bytes;
				frame->due = now() + delay;
				queue->tail++;
			}
	}
}
