// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* One program a hook that sees packets; none has a map, so that a kernel can be asked to run each by itself. */
#include "../../programs/include/types.h"

struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex;
};

/* As far as it is read. */
struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 hash;
	__u32 tc_classid;
	__u32 data;
	__u32 data_end;
};

static long (*const redirect)(__u32 ifindex, __u64 flags) = (void *)23;
static long (*const adjust_head)(struct xdp_md *ctx, int delta) = (void *)44;
static long (*const load_bytes)(const void *skb, __u32 offset, void *to, __u32 len) = (void *)26;

/* By the last byte of the sender's address: dropped, shortened and sent back, passed. */
SEC("xdp")
int by_sender(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;
	__u8 last;

	if (data + 34 > end)
		return 0;
	last = data[29];
	if (last & 1)
		return 1;
	if (last & 2)
		return adjust_head(ctx, 14) ? 0 : 3;
	data[0] = 0xee;
	return 2;
}

/* Long packets are stopped, others to UDP sent out elsewhere. */
SEC("tc")
int by_length(struct __sk_buff *skb)
{
	__u8 protocol = 0;

	if (skb->len > 200)
		return 2;
	if (load_bytes(skb, 23, &protocol, 1))
		return 0;
	if (protocol == 17)
		return redirect(7, 0);
	return -1;
}

SEC("socket")
int only_udp(struct __sk_buff *skb)
{
	__u8 protocol = 0;

	load_bytes(skb, 23, &protocol, 1);
	return protocol == 17 ? (int)skb->len : 0;
}

/* From the network header on: the protocol is 9 bytes into IPv4. */
SEC("cgroup_skb/ingress")
int not_udp(struct __sk_buff *skb)
{
	__u8 protocol = 0;

	load_bytes(skb, 9, &protocol, 1);
	return protocol != 17;
}

SEC("lwt_in")
int version_four(struct __sk_buff *skb)
{
	__u8 first = 0;

	load_bytes(skb, 0, &first, 1);
	return (first >> 4) == 4 ? 0 : 2;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
