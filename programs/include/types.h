/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Fixed-width types and the numbers of <linux/bpf.h> that the programs here use. They are spelled out
 * so that an object depends on nothing but libbpf's <bpf/bpf_helpers.h>, and builds alike everywhere.
 */
#ifndef RETROPROBE_TYPES_H
#define RETROPROBE_TYPES_H

typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;

/* bpf_helper_defs.h names these in prototypes of network helpers. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_RINGBUF = 27,
};

/* Flags of bpf_map_update_elem(). */
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

#include <bpf/bpf_helpers.h>

/* Length of a task's name in the kernel, with its NUL. */
#define TASK_COMM_LEN 16

/* Fields of a struct declared so are found by name in the types of the kernel that recorded. */
#define RELOCATED __attribute__((preserve_access_index))

/* Bytes of such a field in the kernel that recorded; 1 is BPF_FIELD_BYTE_SIZE. */
#define RECORDED_SIZE(field) __builtin_preserve_field_info(field, 1)

#endif
