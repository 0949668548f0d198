// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Objects that events tell of: requests, what handles interrupts, registers of system calls, tasks that end. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define OBJECT __attribute__((preserve_access_index))

struct gendisk {
	int major;
	int first_minor;
} OBJECT;

struct request_queue {
	struct gendisk *disk;
} OBJECT;

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int __data_len;
	unsigned long __sector;
} OBJECT;

struct irqaction {
	unsigned int irq;
	const char *name;
} OBJECT;

struct pt_regs {
	unsigned long ax;
	unsigned long di;
	unsigned long si;
	unsigned long orig_ax;
	unsigned long bx;
} OBJECT;

struct task_struct {
	int pid;
	int exit_code;
} OBJECT;

struct seen {
	__u64 object;
	__u64 values[6];
	char name[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} records SEC(".maps");

static struct seen *begin(const void *object)
{
	struct seen *seen = bpf_ringbuf_reserve(&records, sizeof(*seen), 0);

	if (seen) {
		__builtin_memset(seen, 0, sizeof(*seen));
		seen->object = (__u64)object;
	}
	return seen;
}

static int note_request(struct request *rq, __u32 error, __u32 bytes)
{
	struct seen *seen = begin(rq);

	if (!seen)
		return 0;
	seen->values[0] = BPF_CORE_READ(rq, __sector);
	seen->values[1] = BPF_CORE_READ(rq, __data_len);
	seen->values[2] = BPF_CORE_READ(rq, cmd_flags);
	seen->values[3] = (__u64)BPF_CORE_READ(rq, q, disk, major) << 32 | BPF_CORE_READ(rq, q, disk, first_minor);
	seen->values[4] = error;
	seen->values[5] = bytes;
	bpf_ringbuf_submit(seen, 0);
	return 0;
}

SEC("?tp_btf/block_rq_insert")
int BPF_PROG(inserted, struct request *rq)
{
	return note_request(rq, 0, 0);
}

SEC("?raw_tp/block_rq_issue")
int issued(__u64 *args)
{
	return note_request((void *)args[0], 0, 0);
}

SEC("?tp_btf/block_rq_complete")
int BPF_PROG(completed, struct request *rq, unsigned char error, unsigned int nr_bytes)
{
	return note_request(rq, error, nr_bytes);
}

SEC("?tp_btf/irq_handler_exit")
int BPF_PROG(handled, int irq, struct irqaction *action, int ret)
{
	struct seen *seen = begin(action);

	if (!seen)
		return 0;
	seen->values[0] = (__u32)irq;
	seen->values[1] = (__u32)ret;
	seen->values[2] = action->irq;
	bpf_probe_read_kernel_str(seen->name, sizeof(seen->name), BPF_CORE_READ(action, name));
	bpf_ringbuf_submit(seen, 0);
	return 0;
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(call_ends, struct pt_regs *regs, long ret)
{
	struct seen *seen = begin(regs);

	if (!seen)
		return 0;
	seen->values[0] = ret;
	seen->values[1] = BPF_CORE_READ(regs, di);
	seen->values[2] = BPF_CORE_READ(regs, si);
	seen->values[3] = BPF_CORE_READ(regs, orig_ax);
	seen->values[4] = BPF_CORE_READ(regs, ax);
	seen->values[5] = BPF_CORE_READ(regs, bx);
	bpf_ringbuf_submit(seen, 0);
	return 0;
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(task_ends, struct task_struct *p)
{
	struct seen *seen = begin(p);

	if (!seen)
		return 0;
	seen->values[0] = (__u32)p->pid;
	seen->values[1] = (__u32)p->exit_code;
	bpf_ringbuf_submit(seen, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
