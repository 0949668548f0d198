// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What a kernel supplies: configuration, and functions that may be missing. */
#include "../../programs/include/types.h"

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_OF_NO_KERNEL __kconfig __weak;
extern void no_such_kernel_function(void) __ksym __weak;

__u64 version;
__u64 configured;

SEC("tracepoint/sched/sched_switch")
int read_version(void *ctx)
{
	version = LINUX_KERNEL_VERSION;
	return 0;
}

SEC("tracepoint/sched/sched_wakeup")
int read_optional(void *ctx)
{
	configured = CONFIG_OF_NO_KERNEL;
	if (no_such_kernel_function)
		no_such_kernel_function();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
