// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What programs of routes see: packets, their bytes, and the last two bytes of where they go, added up by program. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>

/* As far as it is read. */
struct __sk_buff {
	__u32 len;
};

struct seen {
	__u64 packets;
	__u64 bytes;
	__u64 destinations;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct seen);
} seen SEC(".maps");

/* Of the last packet that is sent. */
#define LAST 0xffff

static __always_inline int count(struct __sk_buff *skb, __u32 key)
{
	__u8 first = 0, destination[2] = {};
	struct seen *entry;
	__u16 ends;

	bpf_skb_load_bytes(skb, 0, &first, 1);
	bpf_skb_load_bytes(skb, first >> 4 == 4 ? 18 : 38, destination, 2);
	ends = (__u16)(destination[0] << 8 | destination[1]);
	if (ends == LAST)
		key = 7;
	entry = bpf_map_lookup_elem(&seen, &key);
	if (!entry)
		return 2;
	__sync_fetch_and_add(&entry->packets, 1);
	__sync_fetch_and_add(&entry->bytes, skb->len);
	__sync_fetch_and_add(&entry->destinations, ends);
	return 0;
}

SEC("lwt_in")
int on_in(struct __sk_buff *skb)
{
	return count(skb, 0);
}

SEC("lwt_out")
int on_out(struct __sk_buff *skb)
{
	return count(skb, 1);
}

SEC("lwt_xmit")
int on_xmit(struct __sk_buff *skb)
{
	return count(skb, 2);
}

SEC("lwt_seg6local")
int on_segment(struct __sk_buff *skb)
{
	return count(skb, 3);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
