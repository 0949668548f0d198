/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Functions of the kernel by their types, at entry and return. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

struct call {
	__u64 file;
	__u64 count;
	__s64 ret;
	__u64 address;
	__u64 third;
	__s32 third_status;
	__u32 arguments;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} calls SEC(".maps");

struct file;

struct sock_common {
	unsigned short skc_num;
} __attribute__((preserve_access_index));
struct sock {
	struct sock_common __sk_common;
} __attribute__((preserve_access_index));

static int put(void *ctx, struct file *file, __u64 count, __s64 ret)
{
	struct call *call = bpf_ringbuf_reserve(&calls, sizeof(*call), 0);

	if (!call)
		return 0;
	call->file = (__u64)file;
	call->count = count;
	call->ret = ret;
	call->address = bpf_get_func_ip(ctx);
	call->third_status = bpf_get_func_arg(ctx, 2, &call->third);
	call->arguments = bpf_get_func_arg_cnt(ctx);
	bpf_ringbuf_submit(call, 0);
	return 0;
}

SEC("fentry/vfs_read")
int BPF_PROG(entered, struct file *file, char *buf, __u64 count)
{
	return put(ctx, file, count, 0);
}

SEC("?fexit/vfs_read")
int BPF_PROG(left, struct file *file, char *buf, __u64 count, void *pos, __s64 ret)
{
	return put(ctx, file, count, ret);
}

SEC("?fexit/vfs_read")
int BPF_PROG(answered, struct file *file, char *buf, __u64 count, void *pos, __s64 ret)
{
	return put(ctx, 0, 0, ret);
}

SEC("?fentry/tcp_sendmsg")
int BPF_PROG(sent, struct sock *sk)
{
	return put(ctx, 0, sk->__sk_common.skc_num, 0);
}
