// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A route's program that changes the header of segments, each packet in the way that its tag asks for. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>

struct __sk_buff {
	__u32 len;
};

/* What the helpers answered, added up by tag. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 32);
	__type(key, __u32);
	__type(value, __s64);
} answers SEC(".maps");

#define SEGMENTS 40
#define FLAGS (SEGMENTS + 5)
#define TAG (SEGMENTS + 6)
/* Behind two segments. */
#define BEHIND (SEGMENTS + 8 + 32)

SEC("lwt_seg6local")
int edit(struct __sk_buff *skb)
{
	__u8 tag[2] = {}, option[8] = { 4, 6, 1, 2, 3, 4, 5, 6 }, bad[2] = { 4, 9 };
	__s64 first = 0, second = 0, *answer;
	__u32 key;

	bpf_skb_load_bytes(skb, TAG, tag, 2);
	key = tag[1];
	switch (key) {
	case 0:
		first = bpf_lwt_seg6_store_bytes(skb, FLAGS, "\x5a\x12\x34", 3);
		break;
	case 1:
		first = bpf_lwt_seg6_adjust_srh(skb, BEHIND, 8);
		second = bpf_lwt_seg6_store_bytes(skb, BEHIND, option, 8);
		break;
	case 2:
		first = bpf_lwt_seg6_adjust_srh(skb, BEHIND, 8);
		break;
	case 3:
		first = bpf_lwt_seg6_adjust_srh(skb, BEHIND, 4);
		break;
	case 4:
		first = bpf_lwt_seg6_store_bytes(skb, BEHIND, bad, 2);
		break;
	case 5:
		first = bpf_lwt_seg6_adjust_srh(skb, BEHIND, -8);
		break;
	case 6:
		first = bpf_lwt_seg6_store_bytes(skb, SEGMENTS, option, 8);
		second = bpf_lwt_seg6_store_bytes(skb, SEGMENTS + 8, option, 8);
		break;
	case 7:
		first = bpf_lwt_seg6_adjust_srh(skb, SEGMENTS + 8, 8);
		second = bpf_lwt_seg6_adjust_srh(skb, BEHIND, -16);
		break;
	case 8:
		/* The last segment: the kernel takes it for what lies behind. */
		first = bpf_lwt_seg6_store_bytes(skb, BEHIND - 8, option, 8);
		break;
	case 9:
		first = bpf_lwt_seg6_store_bytes(skb, FLAGS, option, 4);
		second = bpf_lwt_seg6_adjust_srh(skb, BEHIND + 8, 16);
		break;
	}
	answer = bpf_map_lookup_elem(&answers, &key);
	if (answer)
		__sync_fetch_and_add(answer, first * 1000 + second);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
