// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Counts switches by the name of the task that was running: asks for the current comm. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>

struct name {
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct name);
	__type(value, __u64);
} switches SEC(".maps");

SEC("tracepoint/sched/sched_switch")
int count_by_comm(void *ctx)
{
	struct name name = {};
	__u64 one = 1, *count;

	bpf_get_current_comm(&name.comm, sizeof(name.comm));
	count = bpf_map_lookup_elem(&switches, &name);
	if (count)
		*count += 1;
	else
		bpf_map_update_elem(&switches, &name, &one, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
