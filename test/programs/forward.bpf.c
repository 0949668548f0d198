// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A router in XDP: asks the routes where a packet goes, counts the answers, and sends on what has a way. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>

struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
};

struct bpf_fib_lookup {
	__u8 family;
	__u8 l4_protocol;
	__be16 sport;
	__be16 dport;
	__u16 tot_len;
	__u32 ifindex;
	__u32 flowinfo;
	__be32 source[4];
	__be32 destination[4];
	__u32 vlan;
	__u8 smac[6];
	__u8 dmac[6];
};

#define SWAP16(x) ((__u16)((((x) & 0xff) << 8) | ((x) >> 8)))
#define IPV4 2
#define IPV6 10
#define FORWARDING_DISABLED 5
#define XDP_DROP 1
#define XDP_PASS 2

/* By what bpf_fib_lookup() answers: BPF_FIB_LKUP_RET_*. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} answers SEC(".maps");

static __always_inline int ask_ipv4(struct bpf_fib_lookup *way, __be32 *ip, void *end)
{
	if ((void *)(ip + 5) > end)
		return 0;
	way->family = IPV4;
	way->l4_protocol = (__u8)(ip[2] >> 8);
	way->tot_len = SWAP16((__u16)(ip[0] >> 16));
	way->source[0] = ip[3];
	way->destination[0] = ip[4];
	return 1;
}

static __always_inline int ask_ipv6(struct bpf_fib_lookup *way, __be32 *ip, void *end)
{
	if ((void *)(ip + 10) > end)
		return 0;
	/* Hosts tell of groups they join, now and then. */
	if ((ip[6] & 0xff) == 0xff)
		return 0;
	way->family = IPV6;
	way->flowinfo = ip[0] & 0xffffff0f;
	way->tot_len = SWAP16((__u16)ip[1]);
	way->l4_protocol = (__u8)(ip[1] >> 16);
	for (int i = 0; i < 4; i++) {
		way->source[i] = ip[2 + i];
		way->destination[i] = ip[6 + i];
	}
	return 1;
}

/* One hop less; the checksum of IPv4 follows. */
static __always_inline void hop(__u8 *ip, int is_ipv4)
{
	__u32 sum;

	if (!is_ipv4) {
		ip[7]--;
		return;
	}
	ip[8]--;
	sum = (__u32)(ip[10] << 8 | ip[11]) + 0x100;
	sum += sum >> 16;
	ip[10] = (__u8)(sum >> 8);
	ip[11] = (__u8)sum;
}

SEC("xdp")
int forward(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct bpf_fib_lookup way = {};
	__be16 *type = (void *)(data + 12);
	__u64 *count;
	__u32 answer;
	int is_ipv4;

	if (data + 14 > (__u8 *)end)
		return XDP_PASS;
	is_ipv4 = *type == SWAP16(0x0800);
	if (is_ipv4 ? !ask_ipv4(&way, (void *)(data + 14), end)
		    : *type != SWAP16(0x86dd) || !ask_ipv6(&way, (void *)(data + 14), end))
		return XDP_PASS;
	way.ifindex = ctx->ingress_ifindex;
	answer = (__u32)bpf_fib_lookup(ctx, &way, sizeof(way), 0);
	count = bpf_map_lookup_elem(&answers, &answer);
	if (count)
		__sync_fetch_and_add(count, 1);
	if (answer != 0)
		return answer <= 3 || answer == FORWARDING_DISABLED ? XDP_DROP : XDP_PASS;
	if (data + 34 > (__u8 *)end)
		return XDP_PASS;
	for (int i = 0; i < 6; i++) {
		data[i] = way.dmac[i];
		data[6 + i] = way.smac[i];
	}
	hop(data + 14, is_ipv4);
	return (int)bpf_redirect(way.ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
