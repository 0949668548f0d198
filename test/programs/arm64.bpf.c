/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Built for arm64: registers as a kernel of that machine has them. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __s64);
} sums SEC(".maps");

SEC("kprobe/vfs_read")
int asked(struct user_pt_regs *ctx)
{
	__u32 key = 1;
	__s64 count = ctx->regs[2];

	bpf_map_update_elem(&sums, &key, &count, BPF_ANY);
	key = 2;
	count = ctx->pc;
	bpf_map_update_elem(&sums, &key, &count, BPF_ANY);
	return 0;
}
