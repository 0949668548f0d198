// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What user space sets before load: a variable of every kind, the size of a map, the values in it. */
#include "../../programs/include/types.h"

enum mode { MODE_OFF, MODE_COUNT = 7, MODE_SUM };

struct filter {
	char comm[16];
	__u32 ports[4];
	struct {
		__s16 low;
		__u8 high;
	} range;
	__u32 is_exact : 1;
};

struct key {
	__u32 pid;
	char name[12];
};

struct count {
	__u64 total;
	__u32 slots[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, struct key);
	__type(value, struct count);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} by_cpu SEC(".maps");

const volatile struct filter filter = {};
const volatile enum mode mode = MODE_OFF;
const volatile _Bool verbose = 0;
const volatile char letter = 'a';
const volatile __s64 limit = -1;
__u64 seen;

SEC("tracepoint/sched/sched_switch")
int on_switch(void *ctx)
{
	struct key key = { .pid = filter.ports[2] };

	for (int i = 0; i < 11; i++)
		key.name[i] = filter.comm[i];
	if (mode == MODE_COUNT && verbose && letter == 'z' && filter.range.low < limit)
		bpf_map_update_elem(&counts, &key, &(struct count){ .total = 1 }, BPF_ANY);
	seen += 1;
	return 0;
}

SEC("tracepoint/sched/sched_wakeup")
int on_wakeup(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
