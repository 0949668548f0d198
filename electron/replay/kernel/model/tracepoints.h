/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Records of tracepoints that tools often read, as Linux 6.18 lays them out on 64-bit machines. For
 * checking an object where no recording is at hand; a recording brings its own.
 */
#ifndef RETROPROBE_MODEL_TRACEPOINTS_H
#define RETROPROBE_MODEL_TRACEPOINTS_H

#include "model.h"

struct trace_entry {
	unsigned short type;
	unsigned char flags;
	unsigned char preempt_count;
	int pid;
};

#define MODEL_RECORD(name, ...)        \
	struct trace_event_raw_##name {    \
		struct trace_entry ent;        \
		__VA_ARGS__                    \
		char __data[0];                \
	} model_record_##name;

MODEL_RECORD(sys_enter, long id; unsigned long args[6];)
MODEL_RECORD(sys_exit, long id; long ret;)
MODEL_RECORD(sched_switch, char prev_comm[16]; pid_t prev_pid; int prev_prio; long prev_state; char next_comm[16]; pid_t next_pid; int next_prio;)
MODEL_RECORD(sched_wakeup_template, char comm[16]; pid_t pid; int prio; int target_cpu;)
MODEL_RECORD(sched_process_template, u32 __data_loc_comm; pid_t pid; int prio;)
MODEL_RECORD(sched_process_exit, char comm[16]; pid_t pid; int prio; bool group_dead;)
MODEL_RECORD(sched_process_fork, u32 __data_loc_parent_comm; pid_t parent_pid; u32 __data_loc_child_comm; pid_t child_pid;)
MODEL_RECORD(sched_process_exec, u32 __data_loc_filename; pid_t pid; pid_t old_pid;)
MODEL_RECORD(signal_generate, int sig; int errno; int code; char comm[16]; pid_t pid; int group; int result;)
MODEL_RECORD(irq_handler_entry, int irq; u32 __data_loc_name;)
MODEL_RECORD(irq_handler_exit, int irq; int ret;)
MODEL_RECORD(softirq, unsigned int vec;)
MODEL_RECORD(block_rq_completion, dev_t dev; sector_t sector; unsigned int nr_sector; int error; unsigned short ioprio; char rwbs[10]; u32 __data_loc_cmd;)
MODEL_RECORD(block_rq, dev_t dev; sector_t sector; unsigned int nr_sector; unsigned int bytes; unsigned short ioprio; char rwbs[10]; char comm[16]; u32 __data_loc_cmd;)
MODEL_RECORD(inet_sock_set_state, const void *skaddr; int oldstate; int newstate; u16 sport; u16 dport; u16 family; u16 protocol; u8 saddr[4]; u8 daddr[4]; u8 saddr_v6[16]; u8 daddr_v6[16];)

#endif
