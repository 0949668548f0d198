// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Iterators, which go through what a kernel has at a time, and what they go through. */
#include "../../programs/include/types.h"

struct seq_file;
struct task_struct {
	int pid;
	int tgid;
	char comm[TASK_COMM_LEN];
} RELOCATED;

struct bpf_map {
	__u32 id;
	__u32 max_entries;
	char name[16];
} RELOCATED;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
} RELOCATED;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} RELOCATED;

struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
} RELOCATED;

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
} RELOCATED;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} switched SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} by_cpu SEC(".maps");

/* On a page of their own, for a loader to write as one. */
const volatile struct {
	/* Tasks of this process alone, if not 0. */
	int tgid;
	/* How often an element is printed. */
	__u32 rounds;
	/* Whether every second call asks to be made again. */
	int asks_again;
} settings SEC(".rodata.settings") = { .rounds = 1 };

__u32 calls;

#define PRINT(seq, format, ...)                                                  \
	({                                                                       \
		static const char text[] = format;                               \
		__u64 printed[] = { __VA_ARGS__ };                               \
		bpf_seq_printf(seq, text, sizeof(text), printed, sizeof(printed)); \
	})

SEC("?iter/task")
int dump_tasks(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;

	if (!task) {
		PRINT(seq, "end\n", 0);
		return 0;
	}
	if (settings.tgid && task->tgid != settings.tgid)
		return 0;
	PRINT(seq, "%d %d %s\n", task->pid, task->tgid, (__u64)task->comm);
	return 0;
}

SEC("?iter/bpf_map")
int dump_maps(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;

	if (map)
		PRINT(ctx->meta->seq, "%s %d\n", (__u64)map->name, map->max_entries);
	return 0;
}

SEC("?iter/bpf_map_elem")
int dump_switched(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key;
	__u64 *value = ctx->value;
	__u32 round;

	if (!key || !value) {
		PRINT(ctx->meta->seq, "end after %d\n", ctx->meta->seq_num);
		return 0;
	}
	for (round = 0; round < settings.rounds && round < 1024; round++)
		PRINT(ctx->meta->seq, "%d: %d %48llu\n", ctx->meta->seq_num, *key, *value);
	return settings.asks_again && calls++ % 2;
}

/* Both CPUs' values, which it sets to what they were and one. */
SEC("?iter/bpf_map_elem")
int dump_cpus(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key;
	__u64 *values = ctx->value;

	if (!key || !values)
		return 0;
	PRINT(ctx->meta->seq, "%d: %llu %llu\n", *key, values[0], values[1]);
	values[0] += 1;
	values[1] += 1;
	return 0;
}

SEC("tracepoint/sched/sched_switch")
int on_switch(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 tid = id, zero = 0;
	__u64 one = 1, *count = bpf_map_lookup_elem(&switched, &tid);

	if (count)
		*count += 1;
	else
		bpf_map_update_elem(&switched, &tid, &one, BPF_ANY);
	count = bpf_map_lookup_elem(&by_cpu, &zero);
	if (count)
		*count += 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
