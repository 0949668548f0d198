// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Mistakes people make, one a program: what is said of each is for explanation.test.ts to look at. */
#include "../../programs/include/types.h"

#define TRACEPOINT SEC("?tracepoint/sched/sched_switch")

struct value {
	__u64 count;
	__u32 slots[8];
	__u32 last;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct value);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct record {
	__u64 time;
	__u32 pid;
};

struct context {
	__u64 common;
	char prev_comm[16];
	__u32 prev_pid;
};

static const volatile __u32 limit = 8;

static __always_inline struct value *look_up(__u32 key)
{
	return bpf_map_lookup_elem(&values, &key);
}

TRACEPOINT int null_check_forgotten(struct context *ctx)
{
	struct value *value = look_up(1);

	value->count++;
	return 0;
}

TRACEPOINT int null_check_of_record_forgotten(struct context *ctx)
{
	struct record *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	record->pid = 1;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

TRACEPOINT int null_handed_on(struct context *ctx)
{
	struct value *value = look_up(1);

	bpf_map_update_elem(&values, &(__u32){ 2 }, value, BPF_ANY);
	return 0;
}

TRACEPOINT int index_unchecked(struct context *ctx)
{
	struct value *value = look_up(1);

	if (value)
		value->slots[ctx->prev_pid]++;
	return 0;
}

TRACEPOINT int index_off_by_one(struct context *ctx)
{
	struct value *value = look_up(1);
	__u32 index = ctx->prev_pid;

	if (value && index <= 10)
		value->slots[index]++;
	return 0;
}

TRACEPOINT int index_signed(struct context *ctx)
{
	struct value *value = look_up(1);
	__s64 index = (__s32)ctx->prev_pid;

	if (value && index < 8)
		((volatile struct value *)value)->slots[index] = 1;
	return 0;
}

TRACEPOINT int field_past_the_value(struct context *ctx)
{
	struct value *value = look_up(1);

	if (value)
		((volatile __u64 *)value)[6] = 1;
	return 0;
}

TRACEPOINT int record_leaked(struct context *ctx)
{
	struct record *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (!record)
		return 0;
	if (ctx->prev_pid == 0)
		return 0;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

TRACEPOINT int record_used_after_submit(struct context *ctx)
{
	volatile struct record *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (!record)
		return 0;
	bpf_ringbuf_submit((void *)record, 0);
	record->pid = 1;
	return 0;
}

TRACEPOINT int record_submitted_twice(struct context *ctx)
{
	void *record = bpf_ringbuf_reserve(&events, sizeof(struct record), 0);
	void *again = record;

	if (!record)
		return 0;
	asm volatile("" : "+r"(again));
	bpf_ringbuf_submit(record, 0);
	bpf_ringbuf_submit(again, 0);
	return 0;
}

TRACEPOINT int record_overrun(struct context *ctx)
{
	volatile __u64 *record = bpf_ringbuf_reserve(&events, sizeof(struct record), 0);

	if (!record)
		return 0;
	record[2] = 1;
	bpf_ringbuf_submit((void *)record, 0);
	return 0;
}

TRACEPOINT int record_of_unknown_size(struct context *ctx)
{
	void *record = bpf_ringbuf_reserve(&events, ctx->prev_pid, 0);

	if (record)
		bpf_ringbuf_discard(record, 0);
	return 0;
}

TRACEPOINT int loop_without_a_bound(struct context *ctx)
{
	while (bpf_get_prandom_u32() != 4711)
		;
	return 0;
}

TRACEPOINT int loop_too_long(struct context *ctx)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < 2000000; i++) {
		sum += i;
		asm volatile("" : "+r"(sum));
	}
	return sum > 5;
}

TRACEPOINT int stack_too_large(struct context *ctx)
{
	asm volatile("*(u64 *)(r10 - 600) = 0" : : : "memory");
	return 0;
}

static __noinline int deep(__u32 seed)
{
	volatile char buffer[400];

	buffer[seed & 127] = 1;
	return buffer[5];
}

/* Functions of a tracepoint's program may have a stack each; those of a packet's share one. */
SEC("?socket") int stack_of_two_too_large(__u32 *packet)
{
	volatile char buffer[300];

	buffer[packet[0] & 127] = 1;
	return deep(packet[0]) + buffer[3];
}

TRACEPOINT int stack_index_unchecked(struct context *ctx)
{
	volatile char buffer[16] = {};

	return buffer[ctx->prev_pid];
}

TRACEPOINT int register_uninitialised(struct context *ctx)
{
	__u64 value;

	asm volatile("%0 = r8" : "=r"(value));
	return value > 7;
}

TRACEPOINT int result_forgotten(struct context *ctx)
{
	asm volatile("exit");
	__builtin_unreachable();
}

TRACEPOINT int register_after_call(struct context *ctx)
{
	__u64 value;

	bpf_get_prandom_u32();
	asm volatile("%0 = r3" : "=r"(value));
	return value > 7;
}

TRACEPOINT int context_moved(struct context *ctx)
{
	char *moved = (char *)ctx + 24;

	asm volatile("" : "+r"(moved));
	return *(volatile __u32 *)moved;
}

TRACEPOINT int context_index(struct context *ctx)
{
	return ((volatile char *)ctx)[8 + (ctx->prev_pid & 7)];
}

TRACEPOINT int context_written(struct context *ctx)
{
	((volatile struct context *)ctx)->prev_pid = 1;
	return 0;
}

TRACEPOINT int context_common_read(struct context *ctx)
{
	return ((volatile struct context *)ctx)->common > 5;
}

TRACEPOINT int number_followed(struct context *ctx)
{
	return *(volatile int *)bpf_get_current_task();
}

TRACEPOINT int constant_written(struct context *ctx)
{
	*(volatile __u32 *)(void *)&limit = ctx->prev_pid;
	return limit;
}

TRACEPOINT int helper_of_other_types(struct context *ctx)
{
	return bpf_skb_load_bytes(ctx, 0, &(__u64){ 0 }, 8);
}


TRACEPOINT int map_of_other_kind(struct context *ctx)
{
	void *record = bpf_ringbuf_reserve(&values, 8, 0);

	if (record)
		bpf_ringbuf_discard(record, 0);
	return 0;
}

TRACEPOINT int size_unchecked(struct context *ctx)
{
	char buffer[16] = {};

	bpf_probe_read_kernel(buffer, ctx->prev_pid, (void *)bpf_get_current_task());
	return buffer[0];
}

TRACEPOINT int size_signed(struct context *ctx)
{
	char buffer[16] = {};
	__s64 size = (__s32)ctx->prev_pid;

	if (size > 16)
		return 0;
	bpf_probe_read_kernel(buffer, size, (void *)bpf_get_current_task());
	return buffer[0];
}

TRACEPOINT int size_maybe_zero(struct context *ctx)
{
	char buffer[16] = {};

	bpf_get_current_comm(buffer, ctx->prev_pid & 15);
	return buffer[0];
}

TRACEPOINT int number_for_memory(struct context *ctx)
{
	return bpf_map_update_elem(&values, (void *)5, (void *)6, BPF_ANY);
}

TRACEPOINT int pointer_multiplied(struct context *ctx)
{
	__u64 pointer = (__u64)ctx;

	asm volatile("%0 *= 2" : "+r"(pointer));
	return pointer != 0;
}

TRACEPOINT int atomic_misaligned(struct context *ctx)
{
	struct value *value = look_up(1);

	if (value)
		__sync_fetch_and_add((__u64 *)((char *)value + 4), 1);
	return 0;
}

SEC("?socket") int pointer_returned(struct context *ctx)
{
	return (__u64)ctx;
}

SEC("?socket") int pointer_stored(struct context *ctx)
{
	struct value *value = look_up(1);

	if (value)
		value->count = (__u64)ctx;
	return 0;
}

SEC("?socket") int stack_padding(struct context *ctx)
{
	struct {
		__u8 kind;
		__u32 number;
	} key;

	key.kind = 1;
	key.number = 2;
	return bpf_ringbuf_output(&events, &key, sizeof(key), 0);
}

SEC("?socket") int branches_with_different_bounds(struct context *ctx)
{
	struct value *value = look_up(1);
	__u64 offset = bpf_get_prandom_u32();

	if (!value)
		return 0;
	if (offset & 1)
		offset &= 7;
	else
		offset &= 15;
	asm volatile("" : "+r"(offset));
	return *((volatile char *)value + offset);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
