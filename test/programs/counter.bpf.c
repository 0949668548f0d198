// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Counts switches: all together in an array, and by CPU in a per-CPU array. */
#include "../../programs/include/types.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} total SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} by_cpu SEC(".maps");

/* What every switch adds. */
const volatile __u32 step = 1;
__u64 switches;

SEC("tracepoint/sched/sched_switch")
int count_switch(void *ctx)
{
	__u32 zero = 0;
	__u64 *value;

	value = bpf_map_lookup_elem(&total, &zero);
	if (value)
		__sync_fetch_and_add(value, step);
	value = bpf_map_lookup_elem(&by_cpu, &zero);
	if (value)
		*value += step;
	switches += step;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
