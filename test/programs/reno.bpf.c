// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reno (RFC 5681), with nothing asked of the kernel: slow start, one segment more a window after it, half the
 * window at a loss. It notes what it is called for.
 */
#include "../../programs/include/types.h"

struct sock {
} __attribute__((preserve_access_index));

struct tcp_sock {
	__u32 snd_cwnd;
	__u32 snd_ssthresh;
	__u32 snd_cwnd_cnt;
	__u32 prior_cwnd;
	__u32 max_packets_out;
	__u8 is_cwnd_limited : 1;
} __attribute__((preserve_access_index));

struct ack_sample {
	__u32 pkts_acked;
	__s32 rtt_us;
	__u32 in_flight;
} __attribute__((preserve_access_index));

struct tcp_congestion_ops {
	char name[16];
	__u32 flags;
	void (*init)(struct sock *sk);
	void (*release)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*set_state)(struct sock *sk, __u8 state);
	void (*cwnd_event)(struct sock *sk, int event);
	void (*in_ack_event)(struct sock *sk, __u32 flags);
	void (*pkts_acked)(struct sock *sk, const struct ack_sample *sample);
	__u32 (*undo_cwnd)(struct sock *sk);
} __attribute__((preserve_access_index));

/* By enum tcp_ca_state, and by enum tcp_ca_event. */
__u64 states[8];
__u64 events[8];
__u64 started, ended, acknowledgements, packets_acked, rtt_us_least, undone;

/* Reads the byte that the bit lies in: its place in it is the machine's to say. */
static __always_inline int is_limited(struct tcp_sock *tp)
{
	__u64 word = *((const __u8 *)tp + __builtin_preserve_field_info(tp->is_cwnd_limited, 0));

	word <<= __builtin_preserve_field_info(tp->is_cwnd_limited, 4);
	return (word >> __builtin_preserve_field_info(tp->is_cwnd_limited, 5)) != 0;
}

SEC("struct_ops")
void reno_init(unsigned long long *ctx)
{
	started += 1;
}

SEC("struct_ops")
void reno_release(unsigned long long *ctx)
{
	ended += 1;
}

SEC("struct_ops")
__u32 reno_ssthresh(unsigned long long *ctx)
{
	struct tcp_sock *tp = (struct tcp_sock *)ctx[0];
	__u32 half = tp->snd_cwnd >> 1;

	return half > 2 ? half : 2;
}

SEC("struct_ops")
void reno_cong_avoid(unsigned long long *ctx)
{
	struct tcp_sock *tp = (struct tcp_sock *)ctx[0];
	__u32 acked = ctx[2], cwnd = tp->snd_cwnd, count = tp->snd_cwnd_cnt;

	if (!is_limited(tp) && !(cwnd < tp->snd_ssthresh && cwnd < 2 * tp->max_packets_out))
		return;
	if (cwnd < tp->snd_ssthresh) {
		__u32 room = tp->snd_ssthresh - cwnd;
		__u32 grown = acked < room ? acked : room;

		cwnd += grown;
		acked -= grown;
	}
	if (acked && cwnd) {
		if (count >= cwnd) {
			count = 0;
			cwnd += 1;
		}
		count += acked;
		if (count >= cwnd) {
			__u32 more = count / cwnd;

			count -= more * cwnd;
			cwnd += more;
		}
		tp->snd_cwnd_cnt = count;
	}
	tp->snd_cwnd = cwnd;
}

SEC("struct_ops")
void reno_set_state(unsigned long long *ctx)
{
	states[ctx[1] & 7] += 1;
}

SEC("struct_ops")
void reno_cwnd_event(unsigned long long *ctx)
{
	events[ctx[1] & 7] += 1;
}

SEC("struct_ops")
void reno_in_ack_event(unsigned long long *ctx)
{
	acknowledgements += 1;
}

SEC("struct_ops")
void reno_pkts_acked(unsigned long long *ctx)
{
	const struct ack_sample *sample = (const struct ack_sample *)ctx[1];

	packets_acked += sample->pkts_acked;
	if (sample->rtt_us > 0 && (rtt_us_least == 0 || sample->rtt_us < rtt_us_least))
		rtt_us_least = sample->rtt_us;
}

SEC("struct_ops")
__u32 reno_undo_cwnd(unsigned long long *ctx)
{
	struct tcp_sock *tp = (struct tcp_sock *)ctx[0];

	undone += 1;
	return tp->snd_cwnd > tp->prior_cwnd ? tp->snd_cwnd : tp->prior_cwnd;
}

SEC(".struct_ops")
struct tcp_congestion_ops own_reno = {
	.name = "own_reno",
	.flags = 1, /* TCP_CONG_NON_RESTRICTED: every namespace may have it as its own. */
	.init = (void *)reno_init,
	.release = (void *)reno_release,
	.ssthresh = (void *)reno_ssthresh,
	.cong_avoid = (void *)reno_cong_avoid,
	.set_state = (void *)reno_set_state,
	.cwnd_event = (void *)reno_cwnd_event,
	.in_ack_event = (void *)reno_in_ack_event,
	.pkts_acked = (void *)reno_pkts_acked,
	.undo_cwnd = (void *)reno_undo_cwnd,
};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
