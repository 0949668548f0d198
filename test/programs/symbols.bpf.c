// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Kernel symbols declared without a type: their address, and nothing else. */
#include "../../programs/include/types.h"

extern const void no_such_symbol __ksym __weak;
extern const void jiffies __ksym;

__u64 known;
__u64 absent;

SEC("tracepoint/sched/sched_switch")
int read_symbols(void *ctx)
{
	known = (__u64)&jiffies;
	absent = (__u64)&no_such_symbol;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
