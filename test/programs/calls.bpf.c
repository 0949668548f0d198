// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A program with functions of its own, static and global, one of them reached twice, and a bounded loop. */
#include "../../programs/include/types.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} sums SEC(".maps");

static __noinline __u64 square(__u64 value)
{
	return value * value;
}

__noinline int add_squares(__u32 count)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < 16; i++) {
		if (i >= count)
			break;
		sum += square(i);
	}
	return (int)sum;
}

static __noinline void store(__u32 index, __u64 sum)
{
	bpf_map_update_elem(&sums, &index, &sum, BPF_ANY);
}

SEC("tracepoint/sched/sched_switch")
int sum_squares(void *ctx)
{
	store(0, add_squares(10));
	store(1, square(bpf_get_smp_processor_id()));
	return 0;
}

SEC("tracepoint/sched/sched_wakeup")
int sum_one(void *ctx)
{
	store(1, square(3));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
