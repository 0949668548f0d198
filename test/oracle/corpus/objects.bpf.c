// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Objects that maps own: tasks, and objects of the program's own. */
#include "corpus.h"

#define __kptr __attribute__((btf_type_tag("kptr")))
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

extern struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

#define obj_new(type) ((type *)bpf_obj_new_impl(__builtin_btf_type_id(*(type *)0, 0), 0))
#define obj_drop(object) bpf_obj_drop_impl(object, 0)

struct own_visit {
	__u64 start_ns;
	__u32 bytes;
	char comm[16];
};

struct slot {
	__u64 uses;
	struct task_struct __kptr *task;
	struct task_struct __kptr_untrusted *last;
	struct own_visit __kptr *visit;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

static struct slot *slot_of(__u32 key)
{
	struct slot empty = {};
	struct slot *slot = bpf_map_lookup_elem(&slots, &key);

	if (slot)
		return slot;
	bpf_map_update_elem(&slots, &key, &empty, BPF_NOEXIST);
	return bpf_map_lookup_elem(&slots, &key);
}

SEC("tc") int good_task_kept(void *ctx)
{
	struct slot *slot = slot_of(1);
	struct task_struct *task, *old;

	if (!slot)
		return 0;
	task = bpf_task_acquire((void *)bpf_get_current_task_btf());
	if (!task)
		return 0;
	old = bpf_kptr_xchg(&slot->task, task);
	if (old)
		bpf_task_release(old);
	return 0;
}

SEC("tc") int bad_task_leaked(void *ctx)
{
	struct slot *slot = slot_of(1);
	struct task_struct *task;

	if (!slot)
		return 0;
	task = bpf_task_acquire((void *)bpf_get_current_task_btf());
	if (!task)
		return 0;
	bpf_kptr_xchg(&slot->task, task);
	return 0;
}

SEC("tc") int good_task_looked_at(void *ctx)
{
	struct slot *slot = slot_of(1);
	struct task_struct *task;

	if (!slot)
		return 0;
	task = slot->task;
	return task ? task->pid : 0;
}

SEC("tc") int bad_task_looked_at_unchecked(void *ctx)
{
	struct slot *slot = slot_of(1);

	return slot ? slot->task->pid : 0;
}

SEC("tc") int good_last_task(void *ctx)
{
	struct slot *slot = slot_of(1);
	struct task_struct *task;

	if (!slot)
		return 0;
	task = slot->last;
	slot->last = (void *)bpf_get_current_task_btf();
	return task ? task->pid : 0;
}

SEC("tc") int bad_last_task_trusted(void *ctx)
{
	struct slot *slot = slot_of(1);
	struct task_struct *task;

	if (!slot)
		return 0;
	task = slot->last;
	if (task && (task = bpf_task_acquire(task)))
		bpf_task_release(task);
	return 0;
}

SEC("tc") int good_visit_made(void *ctx)
{
	struct slot *slot = slot_of(1);
	struct own_visit *visit, *old;

	if (!slot)
		return 0;
	visit = obj_new(struct own_visit);
	if (!visit)
		return 0;
	visit->start_ns = bpf_ktime_get_ns();
	visit->bytes = 17;
	visit->comm[3] = 'x';
	old = bpf_kptr_xchg(&slot->visit, visit);
	if (!old)
		return 0;
	slot->uses += old->bytes;
	obj_drop(old);
	return 0;
}

SEC("tc") int bad_visit_kept(void *ctx)
{
	struct own_visit *visit = obj_new(struct own_visit);

	if (visit)
		visit->bytes = 1;
	return 0;
}

SEC("tc") int bad_visit_written_after_it_was_dropped(void *ctx)
{
	struct own_visit *visit = obj_new(struct own_visit);

	if (!visit)
		return 0;
	obj_drop(visit);
	visit->bytes = 1;
	return 0;
}

SEC("tc") int bad_visit_read_past_its_end(void *ctx)
{
	struct own_visit *visit = obj_new(struct own_visit);
	volatile char *bytes = (void *)visit;
	int found;

	if (!visit)
		return 0;
	found = bytes[sizeof(*visit)];
	obj_drop(visit);
	return found;
}

SEC("tc") int good_visit_looked_at(void *ctx)
{
	struct slot *slot = slot_of(1);
	struct own_visit *visit;

	if (!slot)
		return 0;
	visit = slot->visit;
	return visit ? visit->bytes : 0;
}

SEC("syscall") int good_visit_of_a_program_that_sleeps(void *ctx)
{
	struct slot *slot = slot_of(1);
	struct own_visit *visit;
	int bytes = 0;

	if (!slot)
		return 0;
	bpf_rcu_read_lock();
	visit = slot->visit;
	if (visit)
		bytes = visit->bytes;
	bpf_rcu_read_unlock();
	return bytes;
}

SEC("syscall") int bad_visit_after_its_section(void *ctx)
{
	struct slot *slot = slot_of(1);
	struct own_visit *visit;

	if (!slot)
		return 0;
	bpf_rcu_read_lock();
	visit = slot->visit;
	bpf_rcu_read_unlock();
	return visit ? visit->bytes : 0;
}
