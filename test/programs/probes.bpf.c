/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Functions of the kernel and of processes and system calls, at their entry and their return. */
#include "../../programs/include/types.h"
#define __TARGET_ARCH_x86
#define __VMLINUX_H__
struct pt_regs {
	unsigned long si;
	unsigned long dx;
	unsigned long di;
	unsigned long ax;
	unsigned long cx;
	unsigned long r8;
	unsigned long r10;
	unsigned long ip;
	unsigned long orig_ax;
} __attribute__((preserve_access_index));
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __s64);
} sums SEC(".maps");

struct call {
	__u64 address;
	__u64 cookie;
	__u32 tid;
	__s32 length;
	char text[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} calls SEC(".maps");

static void add(__u32 key, __s64 by)
{
	__s64 *sum = bpf_map_lookup_elem(&sums, &key);
	__s64 zero = 0;

	if (!sum) {
		bpf_map_update_elem(&sums, &key, &zero, BPF_ANY);
		sum = bpf_map_lookup_elem(&sums, &key);
	}
	if (sum)
		__sync_fetch_and_add(sum, by);
}

SEC("kprobe/vfs_read")
int BPF_KPROBE(asked, void *file, char *buf, unsigned long count)
{
	add(1, count);
	return 0;
}

SEC("kretprobe/vfs_read")
int BPF_KRETPROBE(got, long ret)
{
	add(2, ret);
	return 0;
}

SEC("?kprobe/vfs_read")
int counted(struct pt_regs *ctx)
{
	add(3, 1);
	return 0;
}

SEC("?kprobe/do_sys_openat2")
int BPF_KPROBE(opened, int dfd, const char *name)
{
	struct call *call = bpf_ringbuf_reserve(&calls, sizeof(*call), 0);

	if (!call)
		return 0;
	call->address = bpf_get_func_ip(ctx);
	call->cookie = bpf_get_attach_cookie(ctx);
	call->tid = (__u32)bpf_get_current_pid_tgid();
	call->length = bpf_probe_read_user_str(call->text, sizeof(call->text), name);
	bpf_ringbuf_submit(call, 0);
	return 0;
}

SEC("?uprobe")
int BPF_KPROBE(worked, int number, const char *name)
{
	char text[16];

	if (bpf_probe_read_user_str(text, sizeof(text), name) > 0 && text[0] == 'f')
		add(4, number);
	return 0;
}

SEC("?uretprobe")
int BPF_KRETPROBE(worked_ret, int ret)
{
	add(5, ret);
	return 0;
}

SEC("?ksyscall/pread64")
int BPF_KSYSCALL(preading, int fd, void *buf, unsigned long count, long offset)
{
	add(6, count);
	add(7, offset);
	return 0;
}

SEC("?kretsyscall/pread64")
int BPF_KRETPROBE(pread, int ret)
{
	add(8, ret);
	return 0;
}

SEC("?kprobe/__x64_sys_pread64")
int BPF_KPROBE(begun, struct pt_regs *regs)
{
	add(9, BPF_CORE_READ(regs, orig_ax));
	return 0;
}

SEC("?kprobe/__x64_sys_pread64")
int BPF_KPROBE(second, void *first, unsigned long other)
{
	add(10, other);
	return 0;
}

/* The return is seen of calls on the first CPU alone. */
SEC("?kprobe.session/vfs_read")
int BPF_KPROBE(session)
{
	add(11, 1);
	return bpf_get_smp_processor_id() != 0;
}

extern _Bool bpf_session_is_return(void) __ksym;
extern __u64 *bpf_session_cookie(void) __ksym;

/* How many bytes calls were asked for, and did not read. */
SEC("?kprobe.session/vfs_read")
int BPF_KPROBE(both_ends, void *file, void *to, unsigned long asked)
{
	__u64 *kept = bpf_session_cookie();

	if (bpf_session_is_return()) {
		add(12, *kept - PT_REGS_RC(ctx));
		add(13, 1);
		return 0;
	}
	*kept = asked;
	add(14, 1);
	return 0;
}

/* Reads registers as programs do that were built for any kernel. */
SEC("?kprobe/vfs_read")
int through_helper(struct pt_regs *ctx)
{
	unsigned long asked = 0;

	bpf_probe_read_kernel(&asked, sizeof(asked), &ctx->dx);
	add(15, asked);
	return 0;
}
