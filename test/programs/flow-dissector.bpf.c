// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Flow dissectors without maps, so that a kernel can be asked to run each by itself. */
#include "../../programs/include/types.h"

#define SWAP16(x) ((__u16)((((x) & 0xff) << 8) | ((x) >> 8)))
#define PROTO_IPV4 0x0800
#define PROTO_IPV6 0x86dd
#define PROTO_VLAN 0x8100
#define PROTO_ARP 0x0806

/* The verifier counts a packet's bytes up to 65,535: what is added to an offset has to fit as well. */
#define WITHIN(offset) ((offset) & 0x7fff)

#define OK 0
#define DROP 2
#define CONTINUE 129

struct bpf_flow_keys {
	__u16 nhoff;
	__u16 thoff;
	__u16 addr_proto;
	__u8 is_frag;
	__u8 is_first_frag;
	__u8 is_encap;
	__u8 ip_proto;
	__be16 n_proto;
	__be16 sport;
	__be16 dport;
	__be32 source[4];
	__be32 destination[4];
	__u32 flags;
	__be32 flow_label;
};

/* As far as it is read. */
struct __sk_buff {
	__u32 len;
	__u32 unread[18];
	__u32 data;
	__u32 data_end;
	__u32 between[15];
	struct bpf_flow_keys *flow_keys;
};

static long (*const load_bytes)(const void *skb, __u32 offset, void *to, __u32 len) = (void *)26;

static __always_inline int ports(void *data, void *end, struct bpf_flow_keys *keys)
{
	__be16 *port = data + WITHIN(keys->thoff);

	if (keys->ip_proto != 6 && keys->ip_proto != 17)
		return OK;
	if ((void *)(port + 2) > end)
		return DROP;
	keys->sport = port[0];
	keys->dport = port[1];
	return OK;
}

static __always_inline int ipv4(void *data, void *end, struct bpf_flow_keys *keys)
{
	__u8 *ip = data + WITHIN(keys->nhoff);
	__be32 *words = (void *)ip;
	__u16 fragment;

	if ((void *)(words + 5) > end)
		return DROP;
	if ((ip[0] & 0xf) < 5)
		return DROP;
	/* The destination of IPv4 lies in the second word of IPv6's source. */
	keys->source[0] = words[3];
	keys->source[1] = words[4];
	keys->addr_proto = PROTO_IPV4;
	keys->ip_proto = ip[9];
	keys->thoff += (ip[0] & 0xf) * 4;
	fragment = (__u16)(ip[6] << 8 | ip[7]);
	if (fragment & 0x3fff) {
		keys->is_frag = 1;
		if (fragment & 0x1fff)
			return OK;
		keys->is_first_frag = 1;
	}
	return ports(data, end, keys);
}

static __always_inline int ipv6(void *data, void *end, struct bpf_flow_keys *keys)
{
	__u8 *ip = data + WITHIN(keys->nhoff);
	__be32 *words = (void *)ip;

	if ((void *)(words + 10) > end)
		return DROP;
	for (int i = 0; i < 4; i++) {
		keys->source[i] = words[2 + i];
		keys->destination[i] = words[6 + i];
	}
	keys->flow_label = words[0] & 0xffff0f00;
	keys->addr_proto = PROTO_IPV6;
	keys->ip_proto = ip[6];
	keys->thoff += 40;
	return ports(data, end, keys);
}

/* Ethernet, one VLAN tag, IPv4, IPv6, and the ports of TCP and UDP; ARP is left to the kernel. */
SEC("flow_dissector")
int dissect(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct bpf_flow_keys *keys = skb->flow_keys;
	__u16 protocol = SWAP16(keys->n_proto);

	if (protocol == PROTO_VLAN) {
		__be16 *tag = data + WITHIN(keys->nhoff);

		if ((void *)(tag + 2) > end)
			return DROP;
		keys->n_proto = tag[1];
		keys->nhoff += 4;
		keys->thoff = keys->nhoff;
		protocol = SWAP16(keys->n_proto);
	}
	if (protocol == PROTO_IPV4)
		return ipv4(data, end, keys);
	if (protocol == PROTO_IPV6)
		return ipv6(data, end, keys);
	return protocol == PROTO_ARP ? CONTINUE : DROP;
}

/* Offsets from the packet's last bytes, that the kernel puts right. */
SEC("flow_dissector")
int astray(struct __sk_buff *skb)
{
	__u8 *end = (void *)(long)skb->data_end;
	__u8 *data = (void *)(long)skb->data;
	struct bpf_flow_keys *keys = skb->flow_keys;

	if (data + 40 > end)
		return DROP;
	keys->nhoff = data[39] & 1 ? 0xffff : data[38];
	keys->thoff = data[37] & 1 ? 3 : data[36] << 4;
	return OK;
}

/* The protocol by a helper: of no use where there is a frame and no packet in hand yet. */
SEC("?flow_dissector")
int by_helper(struct __sk_buff *skb)
{
	__u8 protocol = 0xff;

	if (load_bytes(skb, skb->flow_keys->nhoff + 9, &protocol, 1))
		return DROP;
	skb->flow_keys->ip_proto = protocol;
	return OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
