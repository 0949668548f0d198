// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Programs a verifier has to refuse, each for the one reason its name says. */
#include "../../programs/include/types.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("?tracepoint/sched/sched_switch")
int null_map_value(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);

	*value += 1;
	return 0;
}

SEC("?tracepoint/sched/sched_switch")
int stack_out_of_bounds(void *ctx)
{
	asm volatile("*(u64 *)(r10 - 520) = %[zero]" : : [zero] "r"(0ULL) : "memory");
	return 0;
}

SEC("?tracepoint/sched/sched_switch")
int unbounded_loop(void *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id();

	asm volatile("1: if %[cpu] != 4711 goto 1b" : : [cpu] "r"((__u64)cpu));
	return 0;
}

SEC("?tracepoint/sched/sched_switch")
int uninitialised_register(void *ctx)
{
	register __u64 value asm("r0");

	asm volatile("%[value] = r7" : [value] "=r"(value));
	return (int)value;
}

SEC("?tracepoint/sched/sched_switch")
int map_value_out_of_bounds(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);

	if (value)
		value[1] = 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
