// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Programs that no event calls, beside one that every switch does: what happened when. */
#include "../../programs/include/types.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} happened SEC(".maps");

struct event {
	__u64 time_ns;
	__u64 switches;
	__u32 pid;
	char what[8];
};

struct event unused;
__u64 switches;

static __always_inline int tell(const char *what)
{
	struct event *event = bpf_ringbuf_reserve(&happened, sizeof(*event), 0);

	if (!event)
		return 0;
	event->time_ns = bpf_ktime_get_ns();
	event->switches = switches;
	event->pid = bpf_get_current_pid_tgid();
	__builtin_memcpy(event->what, what, sizeof(event->what));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("syscall")
int setup(void *ctx)
{
	return tell("setup\0\0");
}

SEC("syscall")
int summary(void *ctx)
{
	return tell("summary");
}

SEC("perf_event")
int tick(void *ctx)
{
	return tell("tick\0\0\0");
}

SEC("tracepoint/sched/sched_switch")
int on_switch(void *ctx)
{
	switches += 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
