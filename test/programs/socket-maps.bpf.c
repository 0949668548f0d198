// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Sockets that are accepted go into a map; what comes to them is cut into messages, which are counted. */
#include "../../programs/include/types.h"

struct bpf_sock_ops {
	__u32 op;
};

struct __sk_buff {
	__u32 len;
};

struct message {
	__u32 first;
	__u32 len;
};

struct {
	__uint(type, 18); /* BPF_MAP_TYPE_SOCKHASH */
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} accepted SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct message);
	__type(value, __u64);
} messages SEC(".maps");

SEC("sockops")
int keep(struct bpf_sock_ops *ctx)
{
	__u32 key = 1;

	if (ctx->op == 5)
		bpf_sock_hash_update((void *)ctx, &accepted, &key, 0);
	return 1;
}

/* Messages begin with a byte that says how long they are, itself included. */
SEC("sk_skb/stream_parser")
int parse(struct __sk_buff *skb)
{
	__u8 length;

	if (bpf_skb_load_bytes(skb, 0, &length, 1))
		return 0;
	return length == 0 ? -22 : length;
}

SEC("sk_skb/stream_verdict")
int verdict(struct __sk_buff *skb)
{
	struct message message = { .len = skb->len };
	__u64 one = 1, *known;
	__u8 first = 0;

	bpf_skb_load_bytes(skb, 1, &first, 1);
	message.first = first;
	known = bpf_map_lookup_elem(&messages, &message);
	if (known)
		__sync_fetch_and_add(known, 1);
	else
		bpf_map_update_elem(&messages, &message, &one, 0);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
