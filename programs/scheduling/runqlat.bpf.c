// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Run queue latency: how long a task that was ready to run waited for a CPU.
 *
 * A task becomes ready when it is woken, or when it is switched out while it could go on. It stops
 * waiting when it is switched in. Times are counted by task in powers of two of a microsecond; waits
 * of at least min_wait_ns are handed out one by one as well.
 */
#include "../include/types.h"
#include "../include/log2.h"

#define MAX_SLOTS 26
#define MAX_TASKS 10240
#define MAX_STACK_DEPTH 127
#define NS_PER_US 1000

/* The part of prev_state that says why a task stopped; 0 if it could have gone on. */
#define TASK_STATE_MASK 0xff

struct trace_entry {
	unsigned short type;
	unsigned char flags;
	unsigned char preempt_count;
	int pid;
} RELOCATED;

/* sched_wakeup and sched_wakeup_new are events of one class, and the class names the struct. */
struct trace_event_raw_sched_wakeup_template {
	struct trace_entry ent;
	char comm[TASK_COMM_LEN];
	int pid;
} RELOCATED;

struct trace_event_raw_sched_switch {
	struct trace_entry ent;
	char prev_comm[TASK_COMM_LEN];
	int prev_pid;
	int prev_prio;
	long prev_state;
	char next_comm[TASK_COMM_LEN];
	int next_pid;
	int next_prio;
} RELOCATED;

/* As a 32-bit kernel lays it out: a signed field of another size is another field to CO-RE. */
struct trace_event_raw_sched_switch___32 {
	int prev_state;
} RELOCATED;

struct hist_key {
	__u32 pid;
};

struct hist {
	__u32 slots[MAX_SLOTS];
	char comm[TASK_COMM_LEN];
};

struct wait {
	__u64 wait_ns;
	__u32 pid;
	__u32 cpu;
	/* Index in `stacks`; negative where the recording has no stack for the event. */
	__s32 stack_id;
	char comm[TASK_COMM_LEN];
};

const volatile __u64 min_wait_ns = 1000000;

/* When a task became ready, by its id. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_TASKS);
	__type(key, __u32);
	__type(value, __u64);
} start SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_TASKS);
	__type(key, struct hist_key);
	__type(value, struct hist);
} hists SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} worst SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, MAX_STACK_DEPTH * sizeof(__u64));
} stacks SEC(".maps");

static const struct hist empty_hist;

/* So that the object's types hold struct wait: a ring buffer's definition does not say what is in it. */
const struct wait *const wait_type = 0;

static __always_inline __u64 prev_state_of(struct trace_event_raw_sched_switch *ctx)
{
	if (RECORDED_SIZE(ctx->prev_state) == sizeof(int))
		return ((struct trace_event_raw_sched_switch___32 *)ctx)->prev_state;
	return ctx->prev_state;
}

static __always_inline void became_ready(__u32 pid)
{
	__u64 now;

	if (pid == 0)
		return;
	now = bpf_ktime_get_ns();
	bpf_map_update_elem(&start, &pid, &now, BPF_ANY);
}

/*
 * A context may be read at offsets known when the program is loaded, and not through a pointer into it:
 * every byte of the name is a field access of its own, so that each is relocated.
 */
#define COPY_BYTE(to, from, index) ((to)[index] = *__builtin_preserve_access_index(&from[index]))
#define COPY_FOUR(to, from, index)          \
	do {                                    \
		COPY_BYTE(to, from, (index));       \
		COPY_BYTE(to, from, (index) + 1);   \
		COPY_BYTE(to, from, (index) + 2);   \
		COPY_BYTE(to, from, (index) + 3);   \
	} while (0)
#define COPY_COMM(to, from)          \
	do {                             \
		COPY_FOUR(to, from, 0);      \
		COPY_FOUR(to, from, 4);      \
		COPY_FOUR(to, from, 8);      \
		COPY_FOUR(to, from, 12);     \
	} while (0)

static __always_inline void report(void *ctx, __u32 pid, __u64 wait_ns, const char *comm)
{
	struct wait *wait = bpf_ringbuf_reserve(&worst, sizeof(*wait), 0);

	if (!wait)
		return;
	wait->wait_ns = wait_ns;
	wait->pid = pid;
	wait->cpu = bpf_get_smp_processor_id();
	wait->stack_id = bpf_get_stackid(ctx, &stacks, 0);
	__builtin_memcpy(wait->comm, comm, TASK_COMM_LEN);
	bpf_ringbuf_submit(wait, 0);
}

SEC("tracepoint/sched/sched_wakeup")
int on_wakeup(struct trace_event_raw_sched_wakeup_template *ctx)
{
	became_ready(ctx->pid);
	return 0;
}

SEC("tracepoint/sched/sched_wakeup_new")
int on_wakeup_new(struct trace_event_raw_sched_wakeup_template *ctx)
{
	became_ready(ctx->pid);
	return 0;
}

SEC("tracepoint/sched/sched_switch")
int on_switch(struct trace_event_raw_sched_switch *ctx)
{
	struct hist_key key = {};
	struct hist *hist;
	__u64 *ready_at, wait_ns;
	__u32 slot;

	if ((prev_state_of(ctx) & TASK_STATE_MASK) == 0)
		became_ready(ctx->prev_pid);

	key.pid = ctx->next_pid;
	if (key.pid == 0)
		return 0;
	ready_at = bpf_map_lookup_elem(&start, &key.pid);
	if (!ready_at)
		return 0;
	wait_ns = bpf_ktime_get_ns() - *ready_at;
	bpf_map_delete_elem(&start, &key.pid);
	if ((__s64)wait_ns < 0)
		return 0;

	hist = bpf_map_lookup_elem(&hists, &key);
	if (!hist) {
		bpf_map_update_elem(&hists, &key, &empty_hist, BPF_NOEXIST);
		hist = bpf_map_lookup_elem(&hists, &key);
		if (!hist)
			return 0;
	}
	slot = log2_u64(wait_ns / NS_PER_US);
	if (slot >= MAX_SLOTS)
		slot = MAX_SLOTS - 1;
	__sync_fetch_and_add(&hist->slots[slot], 1);
	COPY_COMM(hist->comm, ctx->next_comm);

	if (wait_ns >= min_wait_ns)
		report(ctx, key.pid, wait_ns, hist->comm);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
