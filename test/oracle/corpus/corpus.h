/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A program whose name begins with `good_` loads in Linux 6.18, one with `bad_` does not. */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TRACEPOINT SEC("tracepoint/sched/sched_switch")

char LICENSE[] SEC("license") = "GPL";

struct value {
	__u64 count;
	__u32 slots[12];
	__u8 bytes[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct value);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct value);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");
