// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Maps declared with their entries: programs to tail call, and maps in maps. */
#include "../../programs/include/types.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} evens SEC(".maps"), odds SEC(".maps");

struct {
	__uint(type, 12); /* BPF_MAP_TYPE_ARRAY_OF_MAPS */
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, struct inner);
} by_parity SEC(".maps") = {
	.values = { [0] = &evens, [2] = &odds },
};

int second(void *ctx);

struct {
	__uint(type, 3); /* BPF_MAP_TYPE_PROG_ARRAY */
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} steps SEC(".maps") = {
	.values = { [1] = &second },
};

SEC("tracepoint/sched/sched_switch")
int first(void *ctx)
{
	__u32 parity = 2, slot = 1;
	void *map = bpf_map_lookup_elem(&by_parity, &parity);
	if (map) {
		__u64 *count = bpf_map_lookup_elem(map, &slot);
		if (count)
			*count += 1;
	}
	bpf_tail_call(ctx, &steps, 1);
	return 0;
}

__u64 arrived;

SEC("tracepoint")
int second(void *ctx)
{
	arrived += 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
