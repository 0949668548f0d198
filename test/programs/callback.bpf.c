// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A function whose address a helper is given, and which calls another. */
#include "../../programs/include/types.h"

__u64 sum;

static __noinline void add(__u64 value)
{
	sum += value;
}

static int each(__u32 index, void *unused)
{
	add(index);
	return 0;
}

SEC("tracepoint/sched/sched_switch")
int loop(void *ctx)
{
	bpf_loop(10, each, 0, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
