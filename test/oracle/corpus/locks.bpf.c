// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Spin locks and timers in map values. */
#include "corpus.h"

struct guarded {
	struct bpf_spin_lock lock;
	__u32 count;
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guarded);
} guards SEC(".maps");

static struct guarded *first(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&guards, &key);
}

SEC("tc") int good_lock(void *ctx)
{
	struct guarded *guard = first();

	if (!guard)
		return 0;
	bpf_spin_lock(&guard->lock);
	guard->count++;
	bpf_spin_unlock(&guard->lock);
	return 0;
}

SEC("tc") int bad_lock_kept(void *ctx)
{
	struct guarded *guard = first();

	if (!guard)
		return 0;
	bpf_spin_lock(&guard->lock);
	guard->count++;
	return 0;
}

SEC("tc") int bad_helper_under_lock(void *ctx)
{
	struct guarded *guard = first();

	if (!guard)
		return 0;
	bpf_spin_lock(&guard->lock);
	guard->count = bpf_get_prandom_u32();
	bpf_spin_unlock(&guard->lock);
	return 0;
}

SEC("tc") int bad_lock_twice(void *ctx)
{
	struct guarded *guard = first();

	if (!guard)
		return 0;
	bpf_spin_lock(&guard->lock);
	bpf_spin_lock(&guard->lock);
	bpf_spin_unlock(&guard->lock);
	return 0;
}

SEC("tc") int bad_lock_overwritten(void *ctx)
{
	struct guarded *guard = first();

	if (guard)
		*(volatile __u32 *)guard = 1;
	return 0;
}

static int tick(void *map, int *key, struct guarded *guard)
{
	guard->count++;
	return 0;
}

SEC("tc") int good_timer(void *ctx)
{
	struct guarded *guard = first();

	if (!guard)
		return 0;
	bpf_timer_init(&guard->timer, &guards, 1);
	bpf_timer_set_callback(&guard->timer, tick);
	bpf_timer_start(&guard->timer, 1000, 0);
	return 0;
}

SEC("tc") int bad_timer_place(void *ctx)
{
	struct guarded *guard = first();

	if (guard)
		bpf_timer_start((void *)&guard->count, 1000, 0);
	return 0;
}

TRACEPOINT int bad_lock_in_tracepoint(void *ctx)
{
	struct guarded *guard = first();

	if (!guard)
		return 0;
	bpf_spin_lock(&guard->lock);
	bpf_spin_unlock(&guard->lock);
	return 0;
}
