// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The sender's half of data center TCP (RFC 8257): the window shrinks by as much as of its bytes were marked. Its
 * state lies in the socket, as that of the kernel's own congestion controls does.
 */
#include "../../programs/include/types.h"

struct sock {
} __attribute__((preserve_access_index));

struct inet_sock {
	struct sock sk;
} __attribute__((preserve_access_index));

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	__u64 icsk_ca_priv[13];
} __attribute__((preserve_access_index));

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 snd_cwnd;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 prior_cwnd;
	__u32 delivered;
	__u32 delivered_ce;
} __attribute__((preserve_access_index));

struct tcp_congestion_ops {
	char name[16];
	__u32 flags;
	void (*init)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*in_ack_event)(struct sock *sk, __u32 flags);
	__u32 (*undo_cwnd)(struct sock *sk);
} __attribute__((preserve_access_index));

struct dctcp {
	__u32 delivered;
	__u32 delivered_ce;
	__u32 window_end;
	/* Of 1024. */
	__u32 alpha;
};

#define ALPHA_MAX 1024
/* A weight of one sixteenth, as the RFC has it. */
#define SHIFT 4

extern void tcp_reno_cong_avoid(struct sock *sk, __u32 ack, __u32 acked) __ksym;
extern __u32 tcp_reno_undo_cwnd(struct sock *sk) __ksym;

/* After each window. */
__u32 alphas[64];
__u32 windows;

SEC("struct_ops")
void dctcp_init(unsigned long long *ctx)
{
	struct tcp_sock *tp = (struct tcp_sock *)ctx[0];
	struct dctcp *ca = (struct dctcp *)tp->inet_conn.icsk_ca_priv;

	ca->delivered = tp->delivered;
	ca->delivered_ce = tp->delivered_ce;
	ca->window_end = tp->snd_nxt;
	ca->alpha = ALPHA_MAX;
}

SEC("struct_ops")
__u32 dctcp_ssthresh(unsigned long long *ctx)
{
	struct tcp_sock *tp = (struct tcp_sock *)ctx[0];
	struct dctcp *ca = (struct dctcp *)tp->inet_conn.icsk_ca_priv;
	__u32 cwnd = tp->snd_cwnd, left = cwnd - ((cwnd * ca->alpha) >> 11);

	return left > 2 ? left : 2;
}

SEC("struct_ops")
void dctcp_cong_avoid(unsigned long long *ctx)
{
	tcp_reno_cong_avoid((struct sock *)ctx[0], ctx[1], ctx[2]);
}

SEC("struct_ops")
void dctcp_in_ack_event(unsigned long long *ctx)
{
	struct tcp_sock *tp = (struct tcp_sock *)ctx[0];
	struct dctcp *ca = (struct dctcp *)tp->inet_conn.icsk_ca_priv;
	__u32 delivered, marked, alpha = ca->alpha, less;

	if ((__s32)(tp->snd_una - ca->window_end) < 0)
		return;
	delivered = tp->delivered - ca->delivered;
	marked = tp->delivered_ce - ca->delivered_ce;
	less = alpha >> SHIFT;
	alpha -= alpha < (1 << SHIFT) ? alpha : less;
	if (marked && delivered) {
		__u32 share = (marked << (10 - SHIFT)) / delivered;

		alpha = alpha + share > ALPHA_MAX ? ALPHA_MAX : alpha + share;
	}
	ca->alpha = alpha;
	ca->delivered = tp->delivered;
	ca->delivered_ce = tp->delivered_ce;
	ca->window_end = tp->snd_nxt;
	alphas[windows & 63] = alpha;
	windows += 1;
}

SEC("struct_ops")
__u32 dctcp_undo_cwnd(unsigned long long *ctx)
{
	return tcp_reno_undo_cwnd((struct sock *)ctx[0]);
}

SEC(".struct_ops")
struct tcp_congestion_ops own_dctcp = {
	.name = "own_dctcp",
	.flags = 3, /* TCP_CONG_NON_RESTRICTED, TCP_CONG_NEEDS_ECN */
	.init = (void *)dctcp_init,
	.ssthresh = (void *)dctcp_ssthresh,
	.cong_avoid = (void *)dctcp_cong_avoid,
	.in_ack_event = (void *)dctcp_in_ack_event,
	.undo_cwnd = (void *)dctcp_undo_cwnd,
};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
