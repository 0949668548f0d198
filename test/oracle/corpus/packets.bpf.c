// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Packets by direct access and by helpers, contexts of network programs. */
#include "corpus.h"

SEC("xdp") int good_ports(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl < 5)
		return XDP_PASS;
	struct tcphdr *tcp = (void *)ip + ip->ihl * 4;
	if ((void *)(tcp + 1) > end)
		return XDP_DROP;
	return tcp->dest == bpf_htons(80) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int bad_no_check(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;

	return eth->h_proto;
}

SEC("xdp") int bad_check_too_short(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 13 > end)
		return XDP_PASS;
	return ((struct ethhdr *)data)->h_proto;
}

SEC("xdp") int good_check_other_way(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (end >= data + 14)
		return ((struct ethhdr *)data)->h_proto & 1;
	return XDP_PASS;
}

SEC("xdp") int bad_after_adjust(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 14 > end)
		return XDP_PASS;
	bpf_xdp_adjust_head(ctx, 4);
	return *(volatile __u8 *)data;
}

SEC("xdp") int bad_store_to_context(struct xdp_md *ctx)
{
	((volatile struct xdp_md *)ctx)->rx_queue_index = 1;
	return XDP_PASS;
}

SEC("xdp") int bad_context_offset(struct xdp_md *ctx)
{
	return ((volatile __u32 *)ctx)[6];
}

SEC("xdp") int bad_unbounded_offset(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u64 skip = bpf_get_prandom_u32();

	data += skip;
	if (data + 1 > end)
		return XDP_PASS;
	return *(__u8 *)data;
}

SEC("xdp") int good_bounded_offset(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	data += bpf_get_prandom_u32() & 0xff;
	if (data + 1 > end)
		return XDP_PASS;
	return *(__u8 *)data & 1;
}

SEC("tc") int good_mark(struct __sk_buff *skb)
{
	skb->mark = skb->len;
	skb->cb[2] = skb->protocol;
	return 0;
}

SEC("tc") int bad_length_written(struct __sk_buff *skb)
{
	((volatile struct __sk_buff *)skb)->len = 1;
	return 0;
}

SEC("tc") int good_direct_write(struct __sk_buff *skb)
{
	__u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + 20 > end)
		return 0;
	data[19] ^= 1;
	return 0;
}

SEC("tc") int bad_after_pull(struct __sk_buff *skb)
{
	__u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + 20 > end)
		return 0;
	bpf_skb_pull_data(skb, 40);
	return *(volatile __u8 *)data;
}

SEC("tc") int good_load_bytes(struct __sk_buff *skb)
{
	__u8 bytes[16];

	if (bpf_skb_load_bytes(skb, 0, bytes, sizeof bytes))
		return 0;
	return bytes[12];
}

SEC("tc") int bad_load_bytes(struct __sk_buff *skb)
{
	__u8 bytes[16];

	return bpf_skb_load_bytes(skb, 0, bytes, skb->len);
}

SEC("socket") int good_filter(struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(ETH_P_IP) ? skb->len : 0;
}

SEC("socket") int bad_filter_data(struct __sk_buff *skb)
{
	return *(__u8 *)(long)skb->data;
}

SEC("cgroup_skb/egress") int good_cgroup(struct __sk_buff *skb)
{
	return skb->len < 1500;
}

SEC("cgroup_skb/ingress") int bad_cgroup_result(struct __sk_buff *skb)
{
	return skb->len;
}
