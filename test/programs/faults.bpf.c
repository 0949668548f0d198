// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What can go wrong while a program runs and does not end it: full maps, errors of helpers, too many tail calls. */
#include "../../programs/include/types.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2);
	__type(key, __u64);
	__type(value, __u64);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

int again(void *ctx);

struct {
	__uint(type, 3); /* BPF_MAP_TYPE_PROG_ARRAY */
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} steps SEC(".maps") = {
	.values = { [0] = &again },
};

__u64 switches;
char record[8000];

/* From the third switch on the map is full. */
SEC("tracepoint/sched/sched_switch")
int fills_map(void *ctx)
{
	__u64 key = switches++;

	bpf_map_update_elem(&seen, &key, &key, BPF_ANY);
	return 0;
}

SEC("tracepoint/sched/sched_switch")
int fills_ring(void *ctx)
{
	bpf_ringbuf_output(&records, record, switches & 1 ? 16 : sizeof(record), 0);
	return 0;
}

SEC("tracepoint/sched/sched_switch")
int reads_nothing(void *ctx)
{
	__u64 read;

	bpf_probe_read_kernel(&read, sizeof(read), (void *)8);
	return 0;
}

SEC("tracepoint/sched/sched_switch")
int again(void *ctx)
{
	bpf_tail_call(ctx, &steps, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
