/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Built for arm64: registers as a kernel of that machine has them. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

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

struct pt_regs___arm64 {
	__u64 orig_x0;
	__u64 regs[31];
} __attribute__((preserve_access_index));

/* The first argument is kept apart, as the register that it is in takes the result. */
SEC("?ksyscall/pread64")
int pread(struct user_pt_regs *ctx)
{
	struct pt_regs___arm64 *caller = (void *)ctx->regs[0];
	__s64 value = BPF_CORE_READ(caller, orig_x0);
	__u32 key = 3;

	bpf_map_update_elem(&sums, &key, &value, BPF_ANY);
	key = 4;
	value = BPF_CORE_READ(caller, regs[3]);
	bpf_map_update_elem(&sums, &key, &value, BPF_ANY);
	return 0;
}
