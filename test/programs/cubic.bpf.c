// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CUBIC (RFC 9438) without its hybrid slow start: after a loss the window grows by a cubic function of the time since,
 * and at least as Reno's would. Times are in milliseconds, windows in segments, C is 0.4 and beta 0.7.
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
	__u32 snd_ssthresh;
	__u32 srtt_us;
	__u64 tcp_mstamp;
	__u32 max_packets_out;
	__u8 is_cwnd_limited : 1;
} __attribute__((preserve_access_index));

struct tcp_congestion_ops {
	char name[16];
	__u32 flags;
	void (*init)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*set_state)(struct sock *sk, __u8 state);
	__u32 (*undo_cwnd)(struct sock *sk);
} __attribute__((preserve_access_index));

/* In the socket. */
struct cubic {
	/* Window before the last loss, and where the curve is flat. */
	__u32 last_max;
	__u32 origin;
	/* When it grew for the first time since, and how long from there to the origin; 0 before. */
	__u64 epoch_ms;
	__u32 to_origin_ms;
	/* What Reno's window would be, and what was acknowledged towards its next segment. */
	__u32 reno;
	__u32 acked;
};

#define LOSS 4

extern __u32 tcp_slow_start(struct tcp_sock *tp, __u32 acked) __ksym;
extern void tcp_cong_avoid_ai(struct tcp_sock *tp, __u32 w, __u32 acked) __ksym;
extern __u32 tcp_reno_undo_cwnd(struct sock *sk) __ksym;

static __always_inline struct cubic *cubic_of(struct tcp_sock *tp)
{
	return (struct cubic *)tp->inet_conn.icsk_ca_priv;
}

static __always_inline int is_limited(struct tcp_sock *tp)
{
	__u64 word = *((const __u8 *)tp + __builtin_preserve_field_info(tp->is_cwnd_limited, 0));

	word <<= __builtin_preserve_field_info(tp->is_cwnd_limited, 4);
	if ((word >> __builtin_preserve_field_info(tp->is_cwnd_limited, 5)) != 0)
		return 1;
	return tp->snd_cwnd < tp->snd_ssthresh && tp->snd_cwnd < 2 * tp->max_packets_out;
}

/* The greatest number whose cube is not greater. */
static __always_inline __u32 cube_root(__u64 value)
{
	__u64 root = 0;

	for (int bit = 20; bit >= 0; bit--) {
		__u64 next = root | (1ull << bit);

		if (next * next * next <= value)
			root = next;
	}
	return root;
}

SEC("struct_ops")
void cubic_init(unsigned long long *ctx)
{
	struct cubic *ca = cubic_of((struct tcp_sock *)ctx[0]);

	ca->last_max = 0;
	ca->epoch_ms = 0;
}

SEC("struct_ops")
__u32 cubic_ssthresh(unsigned long long *ctx)
{
	struct tcp_sock *tp = (struct tcp_sock *)ctx[0];
	struct cubic *ca = cubic_of(tp);
	__u32 cwnd = tp->snd_cwnd, left = cwnd * 7 / 10;

	ca->epoch_ms = 0;
	/* Fast convergence: one that shrinks again gives way to others. */
	ca->last_max = cwnd < ca->last_max ? cwnd * 17 / 20 : cwnd;
	return left > 2 ? left : 2;
}

SEC("struct_ops")
void cubic_set_state(unsigned long long *ctx)
{
	struct cubic *ca = cubic_of((struct tcp_sock *)ctx[0]);

	if (ctx[1] == LOSS) {
		ca->last_max = 0;
		ca->epoch_ms = 0;
	}
}

static __always_inline void begin(struct cubic *ca, __u32 cwnd, __u64 now)
{
	ca->epoch_ms = now;
	ca->reno = cwnd;
	ca->acked = 0;
	ca->origin = cwnd > ca->last_max ? cwnd : ca->last_max;
	/* K = cbrt((origin - cwnd) / C) seconds. */
	ca->to_origin_ms = cwnd < ca->last_max ? cube_root((__u64)(ca->last_max - cwnd) * 2500000000ull) : 0;
}

SEC("struct_ops")
void cubic_cong_avoid(unsigned long long *ctx)
{
	struct tcp_sock *tp = (struct tcp_sock *)ctx[0];
	struct cubic *ca = cubic_of(tp);
	__u32 acked = ctx[2], cwnd, target, reno, every;
	__u64 now, since, distance, delta;

	if (!is_limited(tp))
		return;
	if (tp->snd_cwnd < tp->snd_ssthresh) {
		acked = tcp_slow_start(tp, acked);
		if (!acked)
			return;
	}
	cwnd = tp->snd_cwnd;
	now = tp->tcp_mstamp / 1000 + 1;
	if (ca->epoch_ms == 0)
		begin(ca, cwnd, now);
	since = now - ca->epoch_ms + (tp->srtt_us >> 3) / 1000;
	distance = since < ca->to_origin_ms ? ca->to_origin_ms - since : since - ca->to_origin_ms;
	if (distance > 100000)
		distance = 100000;
	delta = distance * distance * distance / 2500000000ull;
	target = since < ca->to_origin_ms ? ca->origin - (__u32)delta : ca->origin + (__u32)delta;
	/* Reno with the same loss: 3 (1 - beta) / (1 + beta) segments a window, nine seventeenths. */
	ca->acked += acked;
	reno = ca->reno ? ca->acked * 9 / (17 * ca->reno) : 0;
	if (reno) {
		ca->reno += reno;
		ca->acked = 0;
	}
	if (target < ca->reno)
		target = ca->reno;
	every = target > cwnd ? cwnd / (target - cwnd) : 100 * cwnd;
	tcp_cong_avoid_ai(tp, every > 2 ? every : 2, acked);
}

SEC("struct_ops")
__u32 cubic_undo_cwnd(unsigned long long *ctx)
{
	return tcp_reno_undo_cwnd((struct sock *)ctx[0]);
}

SEC(".struct_ops")
struct tcp_congestion_ops own_cubic = {
	.name = "own_cubic",
	.flags = 1, /* TCP_CONG_NON_RESTRICTED */
	.init = (void *)cubic_init,
	.ssthresh = (void *)cubic_ssthresh,
	.cong_avoid = (void *)cubic_cong_avoid,
	.set_state = (void *)cubic_set_state,
	.undo_cwnd = (void *)cubic_undo_cwnd,
};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
