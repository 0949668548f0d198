/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Markers that programs are built with, and their arguments as libbpf finds them. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>

struct pt_regs;

char LICENSE[] SEC("license") = "GPL";

struct seen {
	__s64 size;
	__s64 missing;
	__s64 cookie;
	__s32 status;
	__s32 count;
	char text[32];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} seen SEC(".maps");

/* What libbpf keeps for a program, as its usdt.bpf.h lays it out; that needs more headers than are here. */
struct argument {
	__u64 value_or_offset;
	__u32 kind;
	__s16 register_offset;
	_Bool is_signed;
	char shift;
};

struct specification {
	struct argument arguments[12];
	__u64 cookie;
	__s16 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct specification);
} __bpf_usdt_specs SEC(".maps");

static long argument(struct pt_regs *ctx, struct specification *specification, int number, __s64 *value)
{
	struct argument *argument = &specification->arguments[number];

	if (argument->kind != 1)
		return -22;
	return bpf_probe_read_kernel(value, sizeof(*value), (void *)ctx + argument->register_offset);
}

SEC("usdt//opt/pool/libpool.so:pool:take")
int taken(struct pt_regs *ctx)
{
	__u32 id = bpf_get_attach_cookie(ctx);
	struct specification *specification = bpf_map_lookup_elem(&__bpf_usdt_specs, &id);
	struct seen *record;
	__s64 name = 0;

	if (!specification)
		return 0;
	record = bpf_ringbuf_reserve(&seen, sizeof(*record), 0);
	if (!record)
		return 0;
	argument(ctx, specification, 0, &record->size);
	argument(ctx, specification, 1, &name);
	record->status = argument(ctx, specification, 2, &record->missing);
	record->count = specification->count;
	record->cookie = specification->cookie;
	bpf_probe_read_user_str(record->text, sizeof(record->text), (void *)name);
	bpf_ringbuf_submit(record, 0);
	return 0;
}
