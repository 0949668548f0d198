// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Sends IPv4 packets back to where they came from, and counts packets by type. */
#include "../../programs/include/types.h"

struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex;
};

enum { XDP_PASS = 2, XDP_TX = 3 };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2);
	__type(key, __u16);
	__type(value, __u64);
} by_type SEC(".maps");

const volatile _Bool is_quiet = 0;

SEC("xdp")
int reflect(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;
	if (data + 14 > end)
		return XDP_PASS;
	__u16 type = data[12] << 8 | data[13];
	__u64 *count = bpf_map_lookup_elem(&by_type, &type);
	__u64 one = 1;
	if (count)
		*count += 1;
	else
		bpf_map_update_elem(&by_type, &type, &one, BPF_ANY);
	if (type != 0x0800)
		return XDP_PASS;
	for (int i = 0; i < 6; i++) {
		__u8 byte = data[i];
		data[i] = data[i + 6];
		data[i + 6] = byte;
	}
	if (!is_quiet)
		bpf_printk("reflected %d bytes", (int)(end - data));
	return XDP_TX;
}

SEC("raw_tp/sched_switch")
int second_word(__u64 *ctx)
{
	return ctx[1];
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
