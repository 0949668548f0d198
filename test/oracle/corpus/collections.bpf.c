// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Lists and trees of a program's own objects, and counts of who holds one. */
/* Headers differ by how large these are, or lack them: they are as in Linux 6.18. */
#define bpf_list_head header_list_head
#define bpf_list_node header_list_node
#define bpf_rb_root header_rb_root
#define bpf_rb_node header_rb_node
#define bpf_refcount header_refcount
#include "corpus.h"
#undef bpf_list_head
#undef bpf_list_node
#undef bpf_rb_root
#undef bpf_rb_node
#undef bpf_refcount

struct bpf_list_head {
	__u64 words[2];
};

struct bpf_list_node {
	__u64 words[3];
};

struct bpf_rb_root {
	__u64 words[2];
};

struct bpf_rb_node {
	__u64 words[4];
};

struct bpf_refcount {
	__u32 word;
};

#define __contains(type, node) __attribute__((btf_decl_tag("contains:" #type ":" #node)))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define private(name) SEC(".bss." #name) __hidden __attribute__((aligned(8)))
#define container_of(ptr, type, member) ((type *)((void *)(ptr) - __builtin_offsetof(type, member)))

extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *object, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *, struct bpf_list_node *, void *meta, __u64 off) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *, struct bpf_list_node *, void *meta, __u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *) __ksym;
extern struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *) __ksym;
extern struct bpf_list_node *bpf_list_front(struct bpf_list_head *) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *, struct bpf_rb_node *,
			       bool (*less)(struct bpf_rb_node *, const struct bpf_rb_node *), void *meta,
			       __u64 off) __ksym;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *, struct bpf_rb_node *) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *) __ksym;
extern struct bpf_rb_node *bpf_rbtree_root(struct bpf_rb_root *) __ksym;
extern struct bpf_rb_node *bpf_rbtree_left(struct bpf_rb_root *, struct bpf_rb_node *) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

#define obj_new(type) ((type *)bpf_obj_new_impl(__builtin_btf_type_id(*(type *)0, 0), 0))
#define obj_drop(object) bpf_obj_drop_impl(object, 0)
#define obj_hold(object) bpf_refcount_acquire_impl(object, 0)
#define push_front(head, node) bpf_list_push_front_impl(head, node, 0, 0)
#define push_back(head, node) bpf_list_push_back_impl(head, node, 0, 0)
#define rbtree_add(root, node, less) bpf_rbtree_add_impl(root, node, less, 0, 0)

struct task {
	__u64 deadline;
	struct bpf_list_node node;
	__u32 pid;
};

struct timed {
	struct bpf_rb_node node;
	__u64 deadline;
	struct bpf_list_node waiting;
	struct bpf_refcount count;
};

struct queue {
	struct bpf_spin_lock lock;
	struct bpf_list_head tasks __contains(task, node);
	struct bpf_rb_root times __contains(timed, node);
	struct bpf_list_head waits __contains(timed, waiting);
	struct timed __kptr *last;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct queue);
} queues SEC(".maps");

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_list_head tasks __contains(task, node);
private(A) struct bpf_rb_root times __contains(timed, node);
private(B) struct bpf_spin_lock other;

static bool sooner(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct timed, node)->deadline < container_of(b, struct timed, node)->deadline;
}

static struct queue *queue_of(__u32 key)
{
	return bpf_map_lookup_elem(&queues, &key);
}

SEC("tc") int good_enqueue(void *ctx)
{
	struct task *task = obj_new(struct task);

	if (!task)
		return 0;
	task->pid = bpf_get_prandom_u32();
	bpf_spin_lock(&lock);
	push_back(&tasks, &task->node);
	task->deadline = 5;
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("tc") int bad_enqueue_unlocked(void *ctx)
{
	struct task *task = obj_new(struct task);

	if (!task)
		return 0;
	push_back(&tasks, &task->node);
	return 0;
}

SEC("tc") int bad_enqueue_other_lock(void *ctx)
{
	struct task *task = obj_new(struct task);

	if (!task)
		return 0;
	bpf_spin_lock(&other);
	push_back(&tasks, &task->node);
	bpf_spin_unlock(&other);
	return 0;
}

SEC("tc") int bad_enqueue_leak(void *ctx)
{
	struct task *task = obj_new(struct task);

	if (!task)
		return 0;
	bpf_spin_lock(&lock);
	if (bpf_list_front(&tasks))
		push_back(&tasks, &task->node);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("tc") int bad_use_after_unlock(void *ctx)
{
	struct task *task = obj_new(struct task);

	if (!task)
		return 0;
	bpf_spin_lock(&lock);
	push_back(&tasks, &task->node);
	bpf_spin_unlock(&lock);
	return task->pid;
}

SEC("tc") int good_dequeue(void *ctx)
{
	struct bpf_list_node *node;
	struct task *task;
	int pid;

	bpf_spin_lock(&lock);
	node = bpf_list_pop_front(&tasks);
	bpf_spin_unlock(&lock);
	if (!node)
		return 0;
	task = container_of(node, struct task, node);
	pid = task->pid;
	obj_drop(task);
	return pid;
}

SEC("tc") int bad_dequeue_leak(void *ctx)
{
	struct bpf_list_node *node;

	bpf_spin_lock(&lock);
	node = bpf_list_pop_front(&tasks);
	bpf_spin_unlock(&lock);
	return node ? container_of(node, struct task, node)->pid : 0;
}

SEC("tc") int bad_dequeue_drop_node(void *ctx)
{
	struct bpf_list_node *node;

	bpf_spin_lock(&lock);
	node = bpf_list_pop_back(&tasks);
	bpf_spin_unlock(&lock);
	if (node)
		obj_drop(node);
	return 0;
}

SEC("tc") int good_move(void *ctx)
{
	struct queue *from = queue_of(1), *to = queue_of(2);
	struct bpf_list_node *node;

	if (!from || !to)
		return 0;
	bpf_spin_lock(&from->lock);
	node = bpf_list_pop_front(&from->tasks);
	bpf_spin_unlock(&from->lock);
	if (!node)
		return 0;
	bpf_spin_lock(&to->lock);
	push_front(&to->tasks, node);
	bpf_spin_unlock(&to->lock);
	return 0;
}

SEC("tc") int bad_move_one_lock(void *ctx)
{
	struct queue *from = queue_of(1), *to = queue_of(2);
	struct bpf_list_node *node;

	if (!from || !to)
		return 0;
	bpf_spin_lock(&from->lock);
	node = bpf_list_pop_front(&from->tasks);
	if (node)
		push_front(&to->tasks, node);
	bpf_spin_unlock(&from->lock);
	return 0;
}

SEC("tc") int good_insert(void *ctx)
{
	struct timed *timed = obj_new(struct timed);

	if (!timed)
		return 0;
	timed->deadline = bpf_ktime_get_ns();
	bpf_spin_lock(&lock);
	rbtree_add(&times, &timed->node, sooner);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("tc") int bad_insert_as_list(void *ctx)
{
	struct timed *timed = obj_new(struct timed);

	if (!timed)
		return 0;
	bpf_spin_lock(&lock);
	push_front(&tasks, &timed->waiting);
	bpf_spin_unlock(&lock);
	return 0;
}

static bool peeking(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return bpf_get_prandom_u32() & 1;
}

SEC("tc") int bad_insert_helper_in_less(void *ctx)
{
	struct timed *timed = obj_new(struct timed);

	if (!timed)
		return 0;
	bpf_spin_lock(&lock);
	rbtree_add(&times, &timed->node, peeking);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("tc") int good_expire(void *ctx)
{
	struct bpf_rb_node *node;
	__u64 now = bpf_ktime_get_ns();
	int expired = 0;

	for (int i = 0; i < 8; i++) {
		bpf_spin_lock(&lock);
		node = bpf_rbtree_first(&times);
		if (!node || container_of(node, struct timed, node)->deadline > now) {
			bpf_spin_unlock(&lock);
			break;
		}
		node = bpf_rbtree_remove(&times, node);
		bpf_spin_unlock(&lock);
		if (!node)
			break;
		expired++;
		obj_drop(container_of(node, struct timed, node));
	}
	return expired;
}

SEC("tc") int bad_expire_leak(void *ctx)
{
	struct bpf_rb_node *node;

	bpf_spin_lock(&lock);
	node = bpf_rbtree_first(&times);
	if (node)
		bpf_rbtree_remove(&times, node);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("tc") int good_walk_left(void *ctx)
{
	struct bpf_rb_node *node;
	__u64 deadline = 0;

	bpf_spin_lock(&lock);
	node = bpf_rbtree_root(&times);
	for (int i = 0; i < 8 && node; i++) {
		deadline = container_of(node, struct timed, node)->deadline;
		node = bpf_rbtree_left(&times, node);
	}
	bpf_spin_unlock(&lock);
	return deadline;
}

SEC("tc") int good_both(void *ctx)
{
	struct queue *queue = queue_of(1);
	struct timed *timed, *again;

	if (!queue)
		return 0;
	timed = obj_new(struct timed);
	if (!timed)
		return 0;
	again = obj_hold(timed);
	bpf_spin_lock(&queue->lock);
	rbtree_add(&queue->times, &timed->node, sooner);
	push_back(&queue->waits, &again->waiting);
	bpf_spin_unlock(&queue->lock);
	return 0;
}

SEC("tc") int bad_both_once(void *ctx)
{
	struct queue *queue = queue_of(1);
	struct timed *timed;

	if (!queue)
		return 0;
	timed = obj_new(struct timed);
	if (!timed)
		return 0;
	bpf_spin_lock(&queue->lock);
	rbtree_add(&queue->times, &timed->node, sooner);
	push_back(&queue->waits, &timed->waiting);
	bpf_spin_unlock(&queue->lock);
	return 0;
}

SEC("tc") int good_hold_and_stash(void *ctx)
{
	struct queue *queue = queue_of(1);
	struct timed *timed, *again, *before;

	if (!queue)
		return 0;
	timed = obj_new(struct timed);
	if (!timed)
		return 0;
	again = obj_hold(timed);
	bpf_spin_lock(&queue->lock);
	rbtree_add(&queue->times, &timed->node, sooner);
	bpf_spin_unlock(&queue->lock);
	before = bpf_kptr_xchg(&queue->last, again);
	if (before)
		obj_drop(before);
	return 0;
}

SEC("tc") int good_remove_stashed(void *ctx)
{
	struct queue *queue = queue_of(1);
	struct bpf_rb_node *node;
	struct timed *timed;

	if (!queue)
		return 0;
	timed = bpf_kptr_xchg(&queue->last, 0);
	if (!timed)
		return 0;
	bpf_spin_lock(&queue->lock);
	node = bpf_rbtree_remove(&queue->times, &timed->node);
	bpf_spin_unlock(&queue->lock);
	obj_drop(timed);
	if (node)
		obj_drop(container_of(node, struct timed, node));
	return 0;
}

SEC("tc") int bad_stash_pushed(void *ctx)
{
	struct queue *queue = queue_of(1);
	struct timed *timed, *before;

	if (!queue)
		return 0;
	timed = obj_new(struct timed);
	if (!timed)
		return 0;
	bpf_spin_lock(&queue->lock);
	rbtree_add(&queue->times, &timed->node, sooner);
	bpf_spin_unlock(&queue->lock);
	before = bpf_kptr_xchg(&queue->last, timed);
	if (before)
		obj_drop(before);
	return 0;
}

SEC("tc") int bad_touch_count(void *ctx)
{
	struct timed *timed = obj_new(struct timed);

	if (!timed)
		return 0;
	*(volatile __u32 *)&timed->count = 100;
	obj_drop(timed);
	return 0;
}
