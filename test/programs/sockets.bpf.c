// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Programs that see sockets: what each is handed is counted. */
#include "../../programs/include/types.h"

#define NTOHS(x) ((__u16)((((x) & 0xff) << 8) | (((x) >> 8) & 0xff)))

struct bpf_sock_addr {
	__u32 user_family;
	__u32 user_ip4;
	__u32 user_ip6[4];
	__u32 user_port;
	__u32 family;
	__u32 type;
	__u32 protocol;
};

struct call {
	__u32 hook;
	__u32 user_family;
	__u32 ip[4];
	__u32 port;
	__u32 family;
	__u32 type;
	__u32 protocol;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct call);
	__type(value, __u64);
} calls SEC(".maps");

static __always_inline void count(struct call *call)
{
	__u64 one = 1, *known = bpf_map_lookup_elem(&calls, call);

	if (known)
		__sync_fetch_and_add(known, 1);
	else
		bpf_map_update_elem(&calls, call, &one, 0);
}

static __always_inline void count4(struct bpf_sock_addr *ctx, __u32 hook)
{
	struct call call = {
		.hook = hook,
		.user_family = ctx->user_family,
		.ip = { ctx->user_ip4 },
		.port = NTOHS(ctx->user_port),
		.family = ctx->family,
		.type = ctx->type,
		.protocol = ctx->protocol,
	};

	count(&call);
}

static __always_inline void count6(struct bpf_sock_addr *ctx, __u32 hook)
{
	volatile __u32 *ip = ctx->user_ip6;
	struct call call = {
		.hook = hook,
		.user_family = ctx->user_family,
		.ip = { ip[0], ip[1], ip[2], ip[3] },
		.port = NTOHS(ctx->user_port),
		.family = ctx->family,
		.type = ctx->type,
		.protocol = ctx->protocol,
	};

	count(&call);
}

#define ADDRESS_PROGRAM(name, version, number)            \
	SEC("cgroup/" #name)                              \
	int name(struct bpf_sock_addr *ctx)               \
	{                                                 \
		count##version(ctx, number);              \
		return 1;                                 \
	}

ADDRESS_PROGRAM(connect4, 4, 10)
ADDRESS_PROGRAM(connect6, 6, 11)
ADDRESS_PROGRAM(bind4, 4, 8)
ADDRESS_PROGRAM(bind6, 6, 9)
ADDRESS_PROGRAM(sendmsg4, 4, 14)
ADDRESS_PROGRAM(sendmsg6, 6, 15)
ADDRESS_PROGRAM(recvmsg4, 4, 19)
ADDRESS_PROGRAM(recvmsg6, 6, 20)
ADDRESS_PROGRAM(getpeername4, 4, 29)
ADDRESS_PROGRAM(getpeername6, 6, 30)
ADDRESS_PROGRAM(getsockname4, 4, 31)
ADDRESS_PROGRAM(getsockname6, 6, 32)

struct bpf_sock {
	__u32 bound_dev_if;
	__u32 family;
	__u32 type;
	__u32 protocol;
	__u32 mark;
	__u32 priority;
	__u32 src_ip4;
	__u32 src_ip6[4];
	__u32 src_port;
};

SEC("cgroup/sock_create")
int sock_create(struct bpf_sock *ctx)
{
	struct call call = { .hook = 2, .family = ctx->family, .type = ctx->type, .protocol = ctx->protocol };

	call.ip[0] = ctx->bound_dev_if;
	call.ip[1] = ctx->mark;
	call.ip[2] = ctx->priority;
	count(&call);
	return 1;
}

SEC("cgroup/post_bind4")
int post_bind4(struct bpf_sock *ctx)
{
	struct call call = { .hook = 12, .family = ctx->family, .type = ctx->type, .protocol = ctx->protocol };

	call.ip[0] = ctx->src_ip4;
	count(&call);
	return 1;
}

SEC("cgroup/post_bind6")
int post_bind6(struct bpf_sock *ctx)
{
	volatile __u32 *ip = ctx->src_ip6;
	struct call call = {
		.hook = 13,
		.ip = { ip[0], ip[1], ip[2], ip[3] },
		.family = ctx->family,
		.type = ctx->type,
		.protocol = ctx->protocol,
	};

	count(&call);
	return 1;
}

/* Of ports that were asked for. */
SEC("cgroup/post_bind4")
int post_bind_port(struct bpf_sock *ctx)
{
	struct call call = { .hook = 12, .port = ctx->src_port };

	count(&call);
	return 1;
}

/* Denies ports below 1024. */
SEC("cgroup/connect4")
int unprivileged(struct bpf_sock_addr *ctx)
{
	return NTOHS(ctx->user_port) >= 1024;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
