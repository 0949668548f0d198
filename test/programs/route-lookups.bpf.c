// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Lookups in routing tables, by where to, by which device, and what came of it: of 10.44.0.0/14 and fd44::/16. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>

struct fib_table_lookup {
	__u64 common;
	__u32 tb_id;
	int err;
	int oif;
	int iif;
	__u8 proto;
	__u8 tos;
	__u8 scope;
	__u8 flags;
	__u8 src[4];
	__u8 dst[4];
	__u8 gw4[4];
	__u8 gw6[16];
	__u16 sport;
	__u16 dport;
	char name[16];
};

struct fib6_table_lookup {
	__u64 common;
	__u32 tb_id;
	int err;
	int oif;
	int iif;
	__u32 flowlabel;
	__u8 tos;
	__u8 scope;
	__u8 flags;
	__u8 src[16];
	__u8 dst[16];
	__u8 aligned;
	__u16 sport;
	__u16 dport;
	__u8 proto;
	__u8 rt_type;
	char name[16];
	__u8 gw[16];
};

struct lookup {
	__u8 destination[16];
	__u8 gateway[16];
	char device[16];
	__s32 error;
	__s32 came_by;
	__u32 table;
	__u32 protocol;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct lookup);
	__type(value, __u64);
} lookups SEC(".maps");

/* 1: where a program at a tracepoint answers 0, perf records nothing of the event. */
static __always_inline int count(const struct lookup *key)
{
	__u64 one = 1, *counted = bpf_map_lookup_elem(&lookups, key);

	if (counted)
		__sync_fetch_and_add(counted, 1);
	else
		bpf_map_update_elem(&lookups, key, &one, 0);
	return 1;
}

SEC("tracepoint/fib/fib_table_lookup")
int on_lookup(struct fib_table_lookup *found)
{
	struct lookup key = {
		.error = found->err, .came_by = found->iif, .table = found->tb_id, .protocol = found->proto,
	};

	if (found->dst[0] != 10 || (found->dst[1] & 0xfc) != 44)
		return 1;
	__builtin_memcpy(key.destination, found->dst, 4);
	__builtin_memcpy(key.gateway, found->gw4, 4);
	__builtin_memcpy(key.device, found->name, 16);
	return count(&key);
}

SEC("tracepoint/fib6/fib6_table_lookup")
int on_lookup6(struct fib6_table_lookup *found)
{
	struct lookup key = {
		.error = found->err, .came_by = found->iif, .table = found->tb_id, .protocol = found->proto,
	};

	if (found->dst[0] != 0xfd || found->dst[1] != 0x44)
		return 1;
	/* At odd places of the record: no load of the compiler's reads a context there. */
	bpf_probe_read_kernel(key.destination, 16, found->dst);
	bpf_probe_read_kernel(key.gateway, 16, found->gw);
	bpf_probe_read_kernel(key.device, 16, found->name);
	return count(&key);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
