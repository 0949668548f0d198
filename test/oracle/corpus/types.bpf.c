// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Contexts of other program types, and helpers by type. */
#include "corpus.h"

SEC("perf_event") int good_perf_event(struct bpf_perf_event_data *ctx)
{
	return ctx->sample_period & 1;
}

SEC("perf_event") int bad_perf_event_write(struct bpf_perf_event_data *ctx)
{
	((volatile struct bpf_perf_event_data *)ctx)->sample_period = 1;
	return 0;
}

SEC("raw_tp/sched_switch") int good_raw(struct bpf_raw_tracepoint_args *ctx)
{
	return bpf_get_current_pid_tgid() && ctx->args[0];
}

SEC("raw_tp/sched_switch") int bad_raw_dereference(struct bpf_raw_tracepoint_args *ctx)
{
	return *(volatile int *)ctx->args[1];
}

TRACEPOINT int good_context(__u64 *ctx)
{
	return ctx[7] != 0;
}

TRACEPOINT int bad_context_write(volatile __u64 *ctx)
{
	ctx[2] = 1;
	return 0;
}

TRACEPOINT int bad_context_misaligned(void *ctx)
{
	return *(volatile __u32 *)(ctx + 10);
}

TRACEPOINT int bad_context_computed(void *ctx)
{
	return *(volatile __u32 *)(ctx + (bpf_get_prandom_u32() & 16));
}

TRACEPOINT int bad_helper_of_packets(void *ctx)
{
	__u8 byte;

	return bpf_skb_load_bytes(ctx, 0, &byte, 1);
}

SEC("syscall") int good_syscall(__u64 *ctx)
{
	return ctx[0] > 5;
}

SEC("tp_btf/sched_switch") int good_typed_argument(__u64 *ctx)
{
	return ctx[0] & 1;
}

SEC("tp_btf/sched_switch") int bad_typed_argument(__u64 *ctx)
{
	return ctx[9] & 1;
}

SEC("iter/task") int good_iterator(struct bpf_iter__task *ctx)
{
	return 0;
}

SEC("iter/task") int bad_iterator_result(struct bpf_iter__task *ctx)
{
	return 2;
}

SEC("socket") int bad_tracing_helper(void *ctx)
{
	__u8 comm[16];

	return bpf_get_stack(ctx, comm, sizeof comm, 0);
}
