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

struct bpf_sock_ops {
	__u32 op;
	__u32 args[4];
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_ip6[4];
	__u32 local_ip6[4];
	__u32 remote_port;
	__u32 local_port;
	__u32 is_fullsock;
	__u32 snd_cwnd;
	__u32 srtt_us;
	__u32 bpf_sock_ops_cb_flags;
	__u32 state;
};

struct callback {
	__u32 op;
	__u32 args[2];
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_port;
	__u32 is_fullsock;
	__u32 flags;
	__u32 state;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct callback);
	__type(value, __u64);
} callbacks SEC(".maps");

static __always_inline void count_callback(struct bpf_sock_ops *ctx)
{
	struct callback callback = {
		.op = ctx->op,
		.family = ctx->family,
		.is_fullsock = ctx->is_fullsock,
		.flags = ctx->bpf_sock_ops_cb_flags,
		.state = ctx->state,
	};
	__u64 one = 1, *known;

	/* The port of who connects is another each time. */
	callback.remote_port = __builtin_bswap32(ctx->remote_port);
	if (callback.remote_port >= 32768)
		callback.remote_port = 32768;
	if (callback.family == 2) {
		callback.remote_ip4 = ctx->remote_ip4;
		callback.local_ip4 = ctx->local_ip4;
	}
	if (callback.op == 10) {
		callback.args[0] = ctx->args[0];
		callback.args[1] = ctx->args[1];
	}
	known = bpf_map_lookup_elem(&callbacks, &callback);
	if (known)
		__sync_fetch_and_add(known, 1);
	else
		bpf_map_update_elem(&callbacks, &callback, &one, 0);
}

/* Asks for changes of state once a socket listens, connects or is connected. */
SEC("sockops")
int follow(struct bpf_sock_ops *ctx)
{
	__u32 op = ctx->op;

	count_callback(ctx);
	if (op == 3 || op == 5 || op == 11)
		bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags | 6);
	return 1;
}

SEC("sockops")
int windows(struct bpf_sock_ops *ctx)
{
	return ctx->snd_cwnd > 10;
}

struct bpf_sk_lookup {
	void *sk;
	__u32 family;
	__u32 protocol;
	__u32 remote_ip4;
	__u32 remote_ip6[4];
	__be16 remote_port;
	__u16 : 16;
	__u32 local_ip4;
	__u32 local_ip6[4];
	__u32 local_port;
	__u32 ingress_ifindex;
};

/* Drops what is meant for the port of discarding. */
SEC("sk_lookup")
int choose(struct bpf_sk_lookup *ctx)
{
	struct call call = {
		.hook = 36,
		.ip = { ctx->local_ip4, ctx->remote_ip4 },
		.port = ctx->local_port,
		.family = ctx->family,
		.type = ctx->ingress_ifindex,
		.protocol = ctx->protocol,
	};

	count(&call);
	return call.port != 9;
}

struct __sk_buff {
	__u32 len;
	__u32 before_family[21];
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_ip6[4];
	__u32 local_ip6[4];
	__u32 remote_port;
	__u32 local_port;
};

struct sk_msg_md {
	void *data;
	void *data_end;
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_ip6[4];
	__u32 local_ip6[4];
	__u32 remote_port;
	__u32 local_port;
	__u32 size;
};

/* Messages begin with a byte that says how long they are, itself included. */
SEC("sk_skb/stream_parser")
int parse(struct __sk_buff *skb)
{
	__u8 length;

	if (bpf_skb_load_bytes(skb, 0, &length, 1))
		return 0;
	return length == 0 ? -22 : length;
}

static __always_inline void count_message(__u32 hook, __u32 first, __u32 local_port, __u32 size)
{
	struct call call = { .hook = hook, .user_family = size, .ip = { first }, .port = local_port };

	count(&call);
}

/* Drops messages of an odd length. */
SEC("sk_skb/stream_verdict")
int verdict(struct __sk_buff *skb)
{
	__u8 first = 0;

	bpf_skb_load_bytes(skb, 1, &first, 1);
	count_message(100, first, skb->local_port == 0 ? 0 : 1, skb->len);
	return !(skb->len & 1);
}

SEC("sk_msg")
int sending(struct sk_msg_md *msg)
{
	__u8 *data = msg->data;
	__u8 first = data + 2 <= (__u8 *)msg->data_end ? data[1] : 0;

	count_message(101, first, msg->local_port == 0 ? 0 : 1, msg->size);
	return 1;
}

struct bpf_sockopt {
	void *sk;
	void *optval;
	void *optval_end;
	__s32 level;
	__s32 optname;
	__s32 optlen;
	__s32 retval;
};

static __always_inline void count_option(__u32 hook, struct bpf_sockopt *ctx, __s32 retval)
{
	__u32 *value = ctx->optval;
	struct call call = {
		.hook = hook,
		.user_family = ctx->level,
		.ip = { 0 },
		.port = ctx->optname,
		.family = ctx->optlen,
		.type = retval,
	};

	if ((void *)(value + 1) <= ctx->optval_end && call.family >= 4)
		call.ip[0] = *value;
	count(&call);
}

SEC("cgroup/setsockopt")
int setting(struct bpf_sockopt *ctx)
{
	count_option(22, ctx, 0);
	return 1;
}

SEC("cgroup/getsockopt")
int getting(struct bpf_sockopt *ctx)
{
	count_option(21, ctx, ctx->retval);
	return 1;
}

/* Denies ports below 1024. */
SEC("cgroup/connect4")
int unprivileged(struct bpf_sock_addr *ctx)
{
	return NTOHS(ctx->user_port) >= 1024;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
