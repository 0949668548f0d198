// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Stack, map values and global variables, at fixed and at computed places. */
#include "corpus.h"

__u64 total;
__u32 table[16];
const volatile __u32 limit = 5;
static __u64 hidden[4];

TRACEPOINT int good_global_index(void *ctx)
{
	__u32 index = bpf_get_prandom_u32();

	if (index < 16)
		table[index]++;
	return 0;
}

TRACEPOINT int bad_global_index(void *ctx)
{
	__u32 index = bpf_get_prandom_u32();

	if (index <= 64)
		((volatile __u32 *)table)[index]++;
	return 0;
}

TRACEPOINT int good_masked_index(void *ctx)
{
	table[bpf_get_prandom_u32() & 15] += limit;
	hidden[bpf_get_prandom_u32() & 3]++;
	return 0;
}

TRACEPOINT int bad_masked_index(void *ctx)
{
	((volatile __u32 *)table)[bpf_get_prandom_u32() & 31] += 1;
	return 0;
}

TRACEPOINT int bad_signed_index(void *ctx)
{
	int index = (int)bpf_get_prandom_u32();

	if (index < 16)
		((volatile __u32 *)table)[index] = 1;
	return 0;
}

TRACEPOINT int good_signed_index(void *ctx)
{
	int index = (int)bpf_get_prandom_u32();

	if (index >= 0 && index < 16)
		((volatile __u32 *)table)[index] = 1;
	return 0;
}

TRACEPOINT int bad_write_to_constant(void *ctx)
{
	*(volatile __u32 *)&limit = 7;
	return 0;
}

TRACEPOINT int good_bounded_by_constant(void *ctx)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < limit; i++)
		sum += ((volatile __u32 *)table)[i & 15];
	total = sum;
	return 0;
}

TRACEPOINT int good_checked_value(void *ctx)
{
	__u32 key = bpf_get_smp_processor_id();
	struct value *value = bpf_map_lookup_elem(&values, &key);

	if (value)
		__sync_fetch_and_add(&value->count, 1);
	return 0;
}

TRACEPOINT int bad_unchecked_value(void *ctx)
{
	__u32 key = bpf_get_smp_processor_id();
	struct value *value = bpf_map_lookup_elem(&values, &key);

	value->count++;
	return 0;
}

TRACEPOINT int bad_past_value(void *ctx)
{
	__u32 key = 1;
	struct value *value = bpf_map_lookup_elem(&values, &key);

	if (value)
		*(volatile __u64 *)((char *)value + sizeof *value - 4) = 1;
	return 0;
}

TRACEPOINT int good_second_lookup(void *ctx)
{
	__u32 key = 1;
	struct value fresh = {}, *value = bpf_map_lookup_elem(&values, &key);

	if (!value) {
		bpf_map_update_elem(&values, &key, &fresh, BPF_NOEXIST);
		value = bpf_map_lookup_elem(&values, &key);
		if (!value)
			return 0;
	}
	value->slots[value->count % 12 < 12 ? (value->count & 7) : 0]++;
	return 0;
}

TRACEPOINT int bad_key_not_written(void *ctx)
{
	char key[2];

	bpf_map_delete_elem(&values, &key[2]);
	return 0;
}

TRACEPOINT int good_stack_array(void *ctx)
{
	__u8 bytes[64];

	__builtin_memset(bytes, 0, sizeof bytes);
	bytes[bpf_get_prandom_u32() & 63] = 1;
	total += bytes[bpf_get_prandom_u32() & 63];
	return 0;
}

TRACEPOINT int bad_stack_array(void *ctx)
{
	volatile __u8 bytes[64];

	bytes[bpf_get_prandom_u32() & 127] = 1;
	return 0;
}

TRACEPOINT int bad_large_stack(void *ctx)
{
	volatile __u8 bytes[600];

	asm volatile("*(u8 *)(r10 - 600) = 1" ::: "memory");
	return 0;
}

TRACEPOINT int good_probe_read(void *ctx)
{
	char comm[16];
	__u32 size = bpf_get_prandom_u32() & 15;

	bpf_get_current_comm(comm, sizeof comm);
	bpf_probe_read_kernel(comm, size, (void *)total);
	return comm[0];
}

TRACEPOINT int bad_probe_read(void *ctx)
{
	char comm[16];

	bpf_probe_read_kernel(comm, bpf_get_prandom_u32() & 31, (void *)total);
	return comm[0];
}

TRACEPOINT int bad_number_for_pointer(void *ctx)
{
	return *(volatile int *)total;
}
