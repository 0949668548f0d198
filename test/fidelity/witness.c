/*
 * In which threads programs run at all: a program on each of the tracepoints that are named keeps the ids of the
 * threads it is called in, which are printed at the end. Some machines call no program in some of their threads, and
 * record those threads' events all the same.
 */
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS_MAX 65536

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int hash_of_threads(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_HASH;
	attr.key_size = attr.value_size = 4;
	attr.max_entries = THREADS_MAX;
	return bpf(BPF_MAP_CREATE, &attr);
}

#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = c, .dst_reg = d, .src_reg = s, .off = o, .imm = i })
#define CALL(helper) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define MOVE BPF_ALU64 | BPF_MOV

/* Keeps the id of the current thread in the map. */
static int keeper(int map)
{
	const struct bpf_insn instructions[] = {
		CALL(BPF_FUNC_get_current_pid_tgid),
		INSN(BPF_STX | BPF_MEM | BPF_W, 10, 0, -4, 0),
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map),
		INSN(0, 0, 0, 0, 0),
		INSN(MOVE | BPF_X, 2, 10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
		INSN(MOVE | BPF_X, 3, 2, 0, 0),
		INSN(MOVE | BPF_K, 4, 0, 0, BPF_ANY),
		CALL(BPF_FUNC_map_update_elem),
		INSN(MOVE | BPF_K, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	attr.insns = (unsigned long)instructions;
	attr.insn_cnt = sizeof(instructions) / sizeof(*instructions);
	attr.license = (unsigned long)"GPL";
	return bpf(BPF_PROG_LOAD, &attr);
}

int main(int count, char **tracepoints)
{
	int map = hash_of_threads(), program = keeper(map), wanted;
	unsigned int thread, *last = NULL;
	union bpf_attr attr;
	sigset_t interrupt;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, NULL);
	for (int i = 1; i < count; i++) {
		memset(&attr, 0, sizeof(attr));
		attr.raw_tracepoint.name = (unsigned long)tracepoints[i];
		attr.raw_tracepoint.prog_fd = program;
		if (bpf(BPF_RAW_TRACEPOINT_OPEN, &attr) < 0) {
			perror(tracepoints[i]);
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	sigwait(&interrupt, &wanted);
	for (;;) {
		memset(&attr, 0, sizeof(attr));
		attr.map_fd = map;
		attr.key = (unsigned long)last;
		attr.next_key = (unsigned long)&thread;
		if (bpf(BPF_MAP_GET_NEXT_KEY, &attr) < 0)
			return 0;
		printf("%u\n", thread);
		last = &thread;
	}
}
