// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What raw tracepoints are called with, as their arguments and as typed pointers. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

struct task_struct {
	unsigned int __state;
	int pid;
	int tgid;
	char comm[16];
} __attribute__((preserve_access_index));

typedef _Bool bool;

struct linux_binprm;

struct seen {
	__u64 preempt;
	__u64 prev_state;
	__s32 prev;
	__s32 next;
	__u32 prev_own_state;
	__u32 next_own_state;
	char next_comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} records SEC(".maps");

static int note(__u64 preempt, struct task_struct *prev, struct task_struct *next, __u64 prev_state)
{
	struct seen *seen = bpf_ringbuf_reserve(&records, sizeof(*seen), 0);

	if (!seen)
		return 0;
	seen->preempt = preempt;
	seen->prev_state = prev_state;
	seen->prev = BPF_CORE_READ(prev, pid);
	seen->next = BPF_CORE_READ(next, pid);
	seen->prev_own_state = BPF_CORE_READ(prev, __state);
	seen->next_own_state = BPF_CORE_READ(next, __state);
	bpf_core_read_str(seen->next_comm, sizeof(seen->next_comm), &next->comm);
	bpf_ringbuf_submit(seen, 0);
	return 0;
}

SEC("?tp_btf/sched_switch")
int BPF_PROG(typed_switch, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
{
	return note(preempt, prev, next, prev_state);
}

SEC("?raw_tp/sched_switch")
int raw_switch(__u64 *args)
{
	return note(args[0], (void *)args[1], (void *)args[2], args[3]);
}

SEC("?tp_btf/sched_waking")
int BPF_PROG(typed_waking, struct task_struct *p)
{
	return note(0, p, p, 0);
}

SEC("?tp_btf/sched_wakeup")
int BPF_PROG(typed_wakeup, struct task_struct *p)
{
	return note(0, p, p, 0);
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(reads_binary, struct task_struct *p, int old_pid, struct linux_binprm *binary)
{
	return note((__u64)binary, p, p, old_pid);
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(reads_old_pid, struct task_struct *p, int old_pid)
{
	return note(0, p, p, (__u32)old_pid);
}

struct numbers {
	__u64 arguments[3];
};

static int note_numbers(__u64 first, __u64 second, __u64 third)
{
	struct numbers *numbers = bpf_ringbuf_reserve(&records, sizeof(*numbers), 0);

	if (!numbers)
		return 0;
	numbers->arguments[0] = first;
	numbers->arguments[1] = second;
	numbers->arguments[2] = third;
	bpf_ringbuf_submit(numbers, 0);
	return 0;
}

SEC("?raw_tp/cpu_idle")
int idle(__u64 *args)
{
	return note_numbers(args[0], args[1], 0);
}

SEC("?raw_tp/softirq_entry")
int softirq(__u64 *args)
{
	return note_numbers(args[0], 0, 0);
}

SEC("?raw_tp/sched_migrate_task")
int migrate(__u64 *args)
{
	return note_numbers(args[1], 0, 0);
}

SEC("?raw_tp/not_modelled")
int counts_unknown(void *ctx)
{
	return note_numbers(1, 0, 0);
}

SEC("?raw_tp/not_modelled")
int reads_unknown(__u64 *args)
{
	return note_numbers(args[0], 0, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
