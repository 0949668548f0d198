// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What is reserved must be given back; what is given back is gone. */
#include "corpus.h"

TRACEPOINT int good_submit(void *ctx)
{
	__u64 *record = bpf_ringbuf_reserve(&ring, 16, 0);

	if (!record)
		return 0;
	record[1] = bpf_ktime_get_ns();
	bpf_ringbuf_submit(record, 0);
	return 0;
}

TRACEPOINT int bad_leak(void *ctx)
{
	__u64 *record = bpf_ringbuf_reserve(&ring, 16, 0);

	if (!record)
		return 0;
	if (bpf_get_prandom_u32() & 1)
		bpf_ringbuf_discard(record, 0);
	return 0;
}

TRACEPOINT int bad_use_after_submit(void *ctx)
{
	volatile __u64 *record = bpf_ringbuf_reserve(&ring, 16, 0);

	if (!record)
		return 0;
	bpf_ringbuf_submit((void *)record, 0);
	record[0] = 1;
	return 0;
}

TRACEPOINT int bad_submit_twice(void *ctx)
{
	__u64 *record = bpf_ringbuf_reserve(&ring, 16, 0);

	if (!record)
		return 0;
	bpf_ringbuf_submit(record, 0);
	bpf_ringbuf_discard(record, 0);
	return 0;
}

TRACEPOINT int bad_past_record(void *ctx)
{
	volatile __u64 *record = bpf_ringbuf_reserve(&ring, 16, 0);

	if (!record)
		return 0;
	record[2] = 1;
	bpf_ringbuf_submit((void *)record, 0);
	return 0;
}

TRACEPOINT int bad_submit_inside(void *ctx)
{
	__u64 *record = bpf_ringbuf_reserve(&ring, 16, 0);

	if (!record)
		return 0;
	bpf_ringbuf_submit(record + 1, 0);
	return 0;
}

TRACEPOINT int good_two_records(void *ctx)
{
	__u64 *one = bpf_ringbuf_reserve(&ring, 8, 0), *two = bpf_ringbuf_reserve(&ring, 8, 0);

	if (one) {
		*one = 1;
		bpf_ringbuf_submit(one, 0);
	}
	if (two) {
		*two = 2;
		bpf_ringbuf_discard(two, 0);
	}
	return 0;
}

TRACEPOINT int good_output(void *ctx)
{
	struct value value = {};

	bpf_ringbuf_output(&ring, &value, sizeof value, 0);
	return 0;
}

TRACEPOINT int bad_unbounded_output(void *ctx)
{
	struct value value = {};

	bpf_ringbuf_output(&ring, &value, bpf_get_prandom_u32(), 0);
	return 0;
}

TRACEPOINT int bad_unknown_reserve(void *ctx)
{
	__u64 *record = bpf_ringbuf_reserve(&ring, bpf_get_prandom_u32() & 64, 0);

	if (record)
		bpf_ringbuf_discard(record, 0);
	return 0;
}
