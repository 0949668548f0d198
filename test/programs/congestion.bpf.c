// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A congestion control that asks Reno for everything, and one that is made only where asked for. */
#include "../../programs/include/types.h"

struct sock {
} __attribute__((preserve_access_index));

struct tcp_sock {
	__u32 snd_cwnd;
	__u32 snd_ssthresh;
} __attribute__((preserve_access_index));

/* As loaders know it that are older than flavours of these structs: see test/bpf/object/struct-ops.test.ts. */
#ifdef PLAIN
#define OPS tcp_congestion_ops
#define LINKED ".struct_ops"
#else
#define OPS tcp_congestion_ops___short
#define LINKED ".struct_ops.link"
#endif

/* Fewer members than the kernel's, and in another order; what follows the name is of no kernel. */
struct OPS {
	char name[16];
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	__u32 flags;
	void (*init)(struct sock *sk);
#ifndef PLAIN
	void (*not_of_this_kernel)(struct sock *sk);
#endif
};

extern __u32 tcp_reno_ssthresh(struct sock *sk) __ksym;
extern void tcp_reno_cong_avoid(struct sock *sk, __u32 ack, __u32 acked) __ksym;
extern __u32 tcp_reno_undo_cwnd(struct sock *sk) __ksym;

__u64 started;

SEC("struct_ops")
void recorded_init(unsigned long long *ctx)
{
	__sync_fetch_and_add(&started, 1);
}

SEC("struct_ops")
__u32 recorded_ssthresh(unsigned long long *ctx)
{
	return tcp_reno_ssthresh((struct sock *)ctx[0]);
}

SEC("struct_ops")
void recorded_cong_avoid(unsigned long long *ctx)
{
	struct tcp_sock *tp = (struct tcp_sock *)ctx[0];

	if (tp->snd_cwnd < 4)
		tp->snd_cwnd = 4;
	tcp_reno_cong_avoid((struct sock *)ctx[0], ctx[1], ctx[2]);
}

SEC("struct_ops")
__u32 recorded_undo_cwnd(unsigned long long *ctx)
{
	return tcp_reno_undo_cwnd((struct sock *)ctx[0]);
}

/* Of the optional struct alone. */
#ifndef PLAIN
SEC("struct_ops")
__u32 optional_ssthresh(unsigned long long *ctx)
{
	return 2;
}
#endif

SEC(LINKED)
struct OPS recorded = {
	.name = "recorded",
	.ssthresh = (void *)recorded_ssthresh,
	.cong_avoid = (void *)recorded_cong_avoid,
	.undo_cwnd = (void *)recorded_undo_cwnd,
	.init = (void *)recorded_init,
};

#ifndef PLAIN
SEC("?.struct_ops")
struct OPS optional = {
	.name = "optional",
	.ssthresh = (void *)optional_ssthresh,
	.cong_avoid = (void *)recorded_cong_avoid,
	.undo_cwnd = (void *)recorded_undo_cwnd,
};
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
