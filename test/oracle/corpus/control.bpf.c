// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Functions, loops, callbacks and tail calls. */
#include "corpus.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

__u64 sum;

static __attribute__((noinline)) __u64 add(__u64 a, __u64 b)
{
	asm volatile("" : "+r"(a));
	return a + b;
}

__attribute__((noinline)) int global_square(int a)
{
	asm volatile("" : "+r"(a));
	return a * a;
}

static __attribute__((noinline)) int bump(__u64 *where, __u32 index)
{
	asm volatile("" : "+r"(index));
	where[index & 3]++;
	return 0;
}

TRACEPOINT int good_functions(void *ctx)
{
	__u64 counts[4] = {};

	bump(counts, bpf_get_prandom_u32());
	sum = add(counts[0], counts[3]) + global_square(bpf_get_prandom_u32());
	return 0;
}

TRACEPOINT int bad_callee_past_caller(void *ctx)
{
	__u64 counts[2] = {};

	bump(counts - 1, bpf_get_prandom_u32());
	bump(counts, 3);
	return counts[0];
}

TRACEPOINT int good_bounded_loop(void *ctx)
{
	__u32 rounds = bpf_get_prandom_u32() & 63;

	for (__u32 i = 0; i < rounds; i++)
		__sync_fetch_and_add(&sum, i);
	return 0;
}

TRACEPOINT int bad_endless_loop(void *ctx)
{
	while (bpf_get_prandom_u32() != 5)
		sum++;
	return 0;
}

static int count_down(__u32 index, __u64 *left)
{
	if (!*left)
		return 1;
	(*left)--;
	return 0;
}

TRACEPOINT int good_bpf_loop(void *ctx)
{
	__u64 left = 5;

	bpf_loop(100, count_down, &left, 0);
	return left;
}

static int return_five(__u32 index, void *ctx)
{
	return 5;
}

TRACEPOINT int bad_callback_result(void *ctx)
{
	bpf_loop(3, return_five, NULL, 0);
	return 0;
}

static long each(struct bpf_map *map, __u32 *key, struct value *value, __u64 *found)
{
	*found += value->count + *key;
	return 0;
}

TRACEPOINT int good_for_each(void *ctx)
{
	__u64 found = 0;

	bpf_for_each_map_elem(&values, each, &found, 0);
	sum = found;
	return 0;
}

static long write_key(struct bpf_map *map, __u32 *key, struct value *value, void *ctx)
{
	*key = 1;
	return 0;
}

TRACEPOINT int bad_for_each_key(void *ctx)
{
	bpf_for_each_map_elem(&values, write_key, NULL, 0);
	return 0;
}

static int index_of(__u32 index, __u64 *place)
{
	*place = index;
	return 0;
}

TRACEPOINT int bad_index_from_callback(void *ctx)
{
	volatile __u8 bytes[16];
	__u64 place = 0;

	bytes[0] = 0;
	bpf_loop(8, index_of, &place, 0);
	bytes[place] = 1;
	return 0;
}

TRACEPOINT int good_index_from_callback(void *ctx)
{
	volatile __u8 bytes[16];
	__u64 place = 0;

	bytes[0] = 0;
	bpf_loop(8, index_of, &place, 0);
	if (place < 16)
		bytes[place] = 1;
	return 0;
}

TRACEPOINT int good_tail_call(void *ctx)
{
	bpf_tail_call(ctx, &programs, bpf_get_prandom_u32());
	return 1;
}

TRACEPOINT int bad_tail_call_map(void *ctx)
{
	bpf_tail_call(ctx, &values, 0);
	return 1;
}

TRACEPOINT int bad_tail_call_context(void *ctx)
{
	bpf_tail_call(&sum, &programs, 0);
	return 1;
}

static __attribute__((noinline)) int deep_2(__u64 *from)
{
	volatile __u8 bytes[300];

	bytes[from[0] & 127] = 1;
	return bytes[3];
}

static __attribute__((noinline)) int deep_1(__u64 *from)
{
	volatile __u8 bytes[300];

	bytes[from[0] & 127] = 1;
	return deep_2(from) + bytes[5];
}

SEC("socket") int bad_combined_stack(void *ctx)
{
	volatile __u64 at[20] = {};

	return deep_1((__u64 *)at) + at[3];
}

TRACEPOINT int good_switch(void *ctx)
{
	switch (bpf_get_prandom_u32() & 7) {
	case 0: sum += 3; break;
	case 1: sum *= 5; break;
	case 2: sum ^= 7; break;
	case 5: sum -= 9; break;
	default: sum = 0;
	}
	return 0;
}
