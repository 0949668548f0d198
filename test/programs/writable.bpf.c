// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What tracepoints let programs write. */
#include "../../programs/include/types.h"
#include <bpf/bpf_helpers.h>

__s64 seen;

/* Makes errors of test runs out of those that went well, and leaves others alone. */
SEC("raw_tp.w/bpf_test_finish")
int fails_tests(__u64 *args)
{
	__s32 *error = (void *)args[0];

	seen += *error;
	if (*error == 0)
		*error = -16;
	return 0;
}

SEC("?raw_tp.w/bpf_test_finish")
int beyond(__u64 *args)
{
	*(__u64 *)args[0] = 0;
	return 0;
}

SEC("?raw_tp.w/sched_switch")
int writes_nothing_there_is(__u64 *args)
{
	*(__u32 *)args[0] = 0;
	return 0;
}

SEC("?raw_tp.w/nbd_send_request")
int unrecorded(__u64 *args)
{
	seen += *(__u32 *)args[0];
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
