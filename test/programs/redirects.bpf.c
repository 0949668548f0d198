// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Packets sent elsewhere: through a map of devices, to all of it, as a clone, and back. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>

/* As far as it is read. */
struct xdp_md {
	__u32 data;
	__u32 data_end;
};

struct __sk_buff {
	__u32 len;
};

/* BPF_MAP_TYPE_DEVMAP. */
#define DEVMAP 14

struct {
	__uint(type, DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

#define XDP_PASS 2
#define XDP_TX 3
#define BROADCAST 8
#define EXCLUDE_INGRESS 16
/* Of Ethernet and IPv4: the address that a frame goes to ends here. */
#define LAST_OF_DESTINATION 33

/* Marked, and sent by the destination's last bits; where the map has no device, passed. */
SEC("xdp")
int by_map(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;
	__u8 key;

	if (data + LAST_OF_DESTINATION + 1 > end)
		return XDP_PASS;
	data[5] = 0xaa;
	key = data[LAST_OF_DESTINATION] & 3;
	if (key == 3)
		return XDP_TX;
	return (int)bpf_redirect_map(&devices, key, XDP_PASS);
}

SEC("xdp")
int to_all(struct xdp_md *ctx)
{
	return (int)bpf_redirect_map(&devices, 0, BROADCAST | EXCLUDE_INGRESS);
}

/* A clone to device 4 before the frame is marked; the frame itself dropped, or sent to device 6. */
SEC("tc")
int cloned(struct __sk_buff *skb)
{
	__u8 mark = 0xbb, last = 0;

	bpf_skb_load_bytes(skb, LAST_OF_DESTINATION, &last, 1);
	bpf_clone_redirect(skb, 4, 0);
	bpf_skb_store_bytes(skb, 5, &mark, 1, 0);
	return last & 1 ? 2 : (int)bpf_redirect(6, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
