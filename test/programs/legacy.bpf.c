// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Maps as they were declared before BTF: structs of numbers in section maps. */
#include "../../programs/include/types.h"

struct legacy_map {
	unsigned int type;
	unsigned int key_size;
	unsigned int value_size;
	unsigned int max_entries;
	unsigned int map_flags;
};

struct legacy_map counts SEC("maps") = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u64),
	.max_entries = 64,
	.map_flags = 1,
};

struct legacy_map total SEC("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u64),
	.max_entries = 1,
};

SEC("tracepoint/sched/sched_switch")
int count(void *ctx)
{
	__u32 key = 0;
	__u64 one = 1;
	bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
	__u64 *all = bpf_map_lookup_elem(&total, &key);
	if (all)
		*all += 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
