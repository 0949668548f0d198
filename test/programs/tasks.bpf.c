// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Reads of the current task, through CO-RE and through a typed pointer, and tasks that functions give. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define OBJECT __attribute__((preserve_access_index))

struct task_struct {
	int pid;
	int tgid;
	int exit_code;
	char comm[16];
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	__u64 start_time;
} OBJECT;

struct seen {
	__u32 pid;
	__u32 tgid;
	__u32 parent;
	__u32 leader;
	__u64 start_time;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct seen);
} tasks SEC(".maps");

static void fill(struct seen *seen, struct task_struct *task)
{
	seen->pid = BPF_CORE_READ(task, pid);
	seen->tgid = BPF_CORE_READ(task, tgid);
	seen->parent = BPF_CORE_READ(task, real_parent, tgid);
	seen->leader = BPF_CORE_READ(task, group_leader, pid);
	seen->start_time = BPF_CORE_READ(task, start_time);
	bpf_core_read_str(seen->comm, sizeof(seen->comm), &task->comm);
}

SEC("?tracepoint/sched/sched_switch")
int by_probe_read(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct seen seen = {};

	fill(&seen, task);
	bpf_map_update_elem(&tasks, &seen.pid, &seen, BPF_ANY);
	return 0;
}

SEC("?tracepoint/sched/sched_switch")
int by_pointer(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct seen seen = {};

	seen.pid = task->pid;
	seen.tgid = task->tgid;
	seen.parent = task->real_parent->tgid;
	seen.leader = task->group_leader->pid;
	seen.start_time = task->start_time;
	__builtin_memcpy(seen.comm, task->comm, sizeof(seen.comm));
	bpf_map_update_elem(&tasks, &seen.pid, &seen, BPF_ANY);
	return 0;
}

SEC("?tracepoint/sched/sched_switch")
int reads_exit_code(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, exit_code);
}

SEC("?tracepoint/sched/sched_switch")
int asks_first(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct seen seen = {};

	if (bpf_core_field_exists(task->exit_code))
		return BPF_CORE_READ(task, exit_code);
	bpf_map_update_elem(&tasks, &seen.pid, &seen, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
