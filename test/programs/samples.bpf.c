// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What samples of a counter or clock hold. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>

/* As linux/bpf_perf_event.h has it on x86-64. */
struct sample {
	__u64 before[16];
	__u64 ip;
	__u64 behind[4];
	__u64 period;
	__u64 address;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} records SEC(".maps");

static int note(__u64 first, __u64 second)
{
	__u64 *values = bpf_ringbuf_reserve(&records, 16, 0);

	if (!values)
		return 0;
	values[0] = first;
	values[1] = second;
	bpf_ringbuf_submit(values, 0);
	return 0;
}

SEC("?perf_event")
int place(struct sample *sample)
{
	return note(sample->ip, sample->period);
}

SEC("?perf_event")
int reads_address(struct sample *sample)
{
	return note(sample->address, 0);
}

SEC("?perf_event")
int reads_register(struct sample *sample)
{
	return note(sample->before[3], 0);
}

SEC("?perf_event")
int counts(void *ctx)
{
	return note(bpf_get_smp_processor_id(), 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
