// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Programs that call kernel functions: an iterator over numbers, a dynptr, one that may be missing. */
#include "../../programs/include/types.h"

struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));

struct bpf_dynptr {
	__u64 opaque[2];
} __attribute__((aligned(8)));

extern int bpf_iter_num_new(struct bpf_iter_num *iterator, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *iterator) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *iterator) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *view) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *view, __u32 start, __u32 end) __ksym;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;
extern void no_such_kernel_function(void) __ksym __weak;

__u64 sum;
__u64 rest;
__u64 guarded;
char text[32] = "numbers";

SEC("tracepoint/sched/sched_switch")
int add_numbers(void *ctx)
{
	struct bpf_iter_num iterator;
	int *number;

	sum = 0;
	bpf_iter_num_new(&iterator, 0, 10);
	while ((number = bpf_iter_num_next(&iterator)))
		sum += *number;
	bpf_iter_num_destroy(&iterator);
	return 0;
}

SEC("tracepoint/sched/sched_wakeup")
int narrow(void *ctx)
{
	struct bpf_dynptr view;

	bpf_dynptr_from_mem(text, sizeof text, 0, &view);
	bpf_dynptr_adjust(&view, 4, sizeof text);
	rest = bpf_dynptr_size(&view);
	return 0;
}

SEC("tracepoint/sched/sched_waking")
int guard(void *ctx)
{
	guarded = 1;
	if (bpf_rcu_read_lock && bpf_rcu_read_unlock) {
		bpf_rcu_read_lock();
		guarded = 2;
		bpf_rcu_read_unlock();
	}
	if (no_such_kernel_function)
		guarded = 3;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
