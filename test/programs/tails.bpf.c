// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A program that goes on in another, as its program array is declared. */
#include "../../programs/include/types.h"

int second(void *ctx);

struct {
	__uint(type, 3); /* BPF_MAP_TYPE_PROG_ARRAY */
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} steps SEC(".maps") = {
	.values = { [1] = &second },
};

__u64 left;
__u64 arrived;

SEC("tracepoint/sched/sched_switch")
int first(void *ctx)
{
	left += 1;
	bpf_tail_call(ctx, &steps, 1);
	left += 1000;
	return 0;
}

SEC("tracepoint")
int second(void *ctx)
{
	arrived += 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
