// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Objects of the kernel, read as C reads them; relocated onto the kernel that they are loaded into. */
#include "../../programs/include/types.h"

#define OBJECT __attribute__((preserve_access_index))

struct mm_struct {
	unsigned long total_vm;
	unsigned long arg_start;
} OBJECT;

struct task_struct {
	int pid;
	int tgid;
	int prio;
	char comm[16];
	struct mm_struct *mm;
	struct task_struct *real_parent;
	struct task_struct *last_wakee;
	void *stack;
} OBJECT;

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
} OBJECT;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} OBJECT;

struct rq {
	unsigned int nr_running;
	unsigned long long nr_switches;
} OBJECT;

struct sock {
	unsigned short sk_type;
} OBJECT;

struct sk_buff {
	unsigned int len;
	struct sock *sk;
} OBJECT;

extern const struct rq runqueues __ksym;

static struct task_struct *(*get_current_task_btf)(void) = (void *)158;
static long (*seq_write)(struct seq_file *out, const void *data, __u32 size) = (void *)127;
static void *(*per_cpu_ptr)(const void *object, __u32 cpu) = (void *)153;
static void *(*this_cpu_ptr)(const void *object) = (void *)154;
static long (*task_stack)(struct task_struct *task, void *to, __u32 size, __u64 flags) = (void *)141;

__u64 seen;
char name[16];

SEC("tp_btf/sched_switch")
int accepted_members(__u64 *arguments)
{
	struct task_struct *previous = (void *)arguments[1];
	struct task_struct *next = (void *)arguments[2];

	seen = previous->pid + next->real_parent->tgid;
	if (next->mm)
		seen += next->mm->total_vm;
	return 0;
}

SEC("tp_btf/sched_switch")
int accepted_name(__u64 *arguments)
{
	struct task_struct *previous = (void *)arguments[1];

	for (int i = 0; i < 16; i++)
		name[i] = previous->comm[i];
	return 0;
}

SEC("tp_btf/sched_switch")
int accepted_bytes_of_a_stack(__u64 *arguments)
{
	struct task_struct *previous = (void *)arguments[1];
	__u64 *stack = previous->stack;

	seen = stack[previous->prio & 63];
	return 0;
}

SEC("tp_btf/sched_switch")
int refused_write(__u64 *arguments)
{
	struct task_struct *previous = (void *)arguments[1];

	previous->prio = 1;
	return 0;
}

SEC("tp_btf/sched_switch")
int refused_name_at_any_place(__u64 *arguments)
{
	struct task_struct *previous = (void *)arguments[1];

	seen = previous->comm[previous->prio & 15];
	return 0;
}

SEC("tp_btf/kfree_skb")
int accepted_socket_that_was_compared(__u64 *arguments)
{
	struct sk_buff *packet = (void *)arguments[0];
	struct sock *socket = packet->sk;

	if (socket)
		seen = socket->sk_type + packet->len;
	return 0;
}

SEC("tp_btf/kfree_skb")
int refused_socket_that_may_be_none(__u64 *arguments)
{
	struct sk_buff *packet = (void *)arguments[0];

	seen = packet->sk->sk_type;
	return 0;
}

SEC("tracepoint/sched/sched_switch")
int accepted_current_task(void *context)
{
	struct task_struct *task = get_current_task_btf();
	__u64 frames[4];

	task_stack(task, frames, sizeof frames, 0);
	seen = task->real_parent->pid + frames[0];
	return 0;
}

SEC("iter/task")
int accepted_iterator(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;

	if (task)
		seq_write(context->meta->seq, task->comm, sizeof task->comm);
	return 0;
}

SEC("iter/task")
int refused_iterator_at_its_end(struct bpf_iter__task *context)
{
	seen = context->task->pid;
	return 0;
}

SEC("tp_btf/sched_switch")
int accepted_run_queue_of_this_cpu(void *context)
{
	struct rq *queue = this_cpu_ptr(&runqueues);

	seen = queue->nr_running;
	return 0;
}

SEC("tp_btf/sched_switch")
int accepted_run_queue_that_was_compared(void *context)
{
	struct rq *queue = per_cpu_ptr(&runqueues, 1);

	if (queue)
		seen = queue->nr_switches;
	return 0;
}

SEC("tp_btf/sched_switch")
int refused_run_queue_of_a_cpu_that_may_be_none(void *context)
{
	struct rq *queue = per_cpu_ptr(&runqueues, 1);

	seen = queue->nr_switches;
	return 0;
}

SEC("tp_btf/sched_switch")
int refused_run_queue_of_no_cpu(void *context)
{
	seen = runqueues.nr_running;
	return 0;
}

SEC("fentry/do_exit")
int accepted_function(__u64 *arguments)
{
	seen = arguments[0];
	return 0;
}

SEC("fexit/do_exit")
int refused_end_of_what_never_returns(__u64 *arguments)
{
	seen = arguments[0];
	return 0;
}

SEC("fexit/vfs_read")
int accepted_result(__u64 *arguments)
{
	seen = arguments[4];
	return 0;
}

SEC("fentry/vfs_read")
int refused_result_before_there_is_one(__u64 *arguments)
{
	seen = arguments[4];
	return 0;
}

SEC("lsm/file_open")
int accepted_hook(__u64 *arguments)
{
	return -1;
}

SEC("lsm/file_open")
int refused_answer_that_means_nothing(__u64 *arguments)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
