#!/bin/sh
# Records workload.c and writes traces/runqueue-contention.zip. Run as root, with clang (or CC),
# trace-cmd and zip, after npm install. A trace of a shared machine must not tell of others:
#   - every event is filtered to tasks named "rq-*" and the idle task;
#   - the saved command lines are cut to these tasks, and the symbols to those its callchains name, by
#     laying the cut files over the kernel's own while trace-cmd reads them (a mount namespace of its own);
#   - the node's name, which trace-cmd writes into the file, is "device" (a UTS namespace of its own).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tracing=/sys/kernel/tracing

if [ "${RETROPROBE_RECORDING:-}" != 1 ]; then
	RETROPROBE_RECORDING=1 exec unshare --mount --uts "$0" "$@"
fi

hostname device
[ -f "$tracing/trace" ] || mount -t tracefs nodev "$tracing"
work=$(mktemp -d)

restore() {
	echo 0 >"$tracing/tracing_on"
	for event in $events; do
		echo 0 >"$tracing/events/$event/enable"
		echo 0 >"$tracing/events/$event/filter"
	done
	echo '!stacktrace' >"$tracing/events/sched/sched_switch/trigger" 2>/dev/null || true
	echo local >"$tracing/trace_clock"
	echo "$buffer_size_kb" >"$tracing/buffer_size_kb"
	echo >"$tracing/trace"
	echo 1 >"$tracing/tracing_on"
	rm -rf "$work"
}

# An event, and the filter that keeps it to the workload.
record() {
	echo "$2" >"$tracing/events/$1/filter"
	echo 1 >"$tracing/events/$1/enable"
	events="$events $1"
}

events=
buffer_size_kb=$(sed 's/.*expanded: //; s/)$//' "$tracing/buffer_size_kb")
trap restore EXIT
echo 0 >"$tracing/tracing_on"
echo mono >"$tracing/trace_clock"
echo >"$tracing/trace"
echo 16384 >"$tracing/buffer_size_kb"

ours='(prev_comm ~ "rq-*" || prev_pid == 0) && (next_comm ~ "rq-*" || next_pid == 0)'
record sched/sched_switch "$ours"
record sched/sched_wakeup 'comm ~ "rq-*"'
record sched/sched_wakeup_new 'comm ~ "rq-*"'
record sched/sched_migrate_task 'comm ~ "rq-*"'
record sched/sched_process_fork 'parent_comm ~ "rq-*"'
record sched/sched_process_exec 'filename ~ "./rq-*"'
record sched/sched_process_exit 'comm ~ "rq-*"'
record task/task_newtask 'comm ~ "rq-*"'
record task/task_rename 'oldcomm ~ "rq-*" && newcomm ~ "rq-*"'
# A callchain where a task blocks: one per preemption would be four times as many, and say nothing.
echo "stacktrace if prev_comm ~ \"rq-*\" && prev_state & 255 && (next_comm ~ \"rq-*\" || next_pid == 0)" \
	>"$tracing/events/sched/sched_switch/trigger"

${CC:-clang-19} -O2 -Wall -Wextra -pthread -o "$work/rq-main" "$here/workload.c"
cp "$work/rq-main" "$work/rq-job"
echo 1 >"$tracing/tracing_on"
(cd "$work" && exec taskset -c 0 ./rq-main)
echo 0 >"$tracing/tracing_on"

grep ' rq-' "$tracing/saved_cmdlines" >"$work/saved_cmdlines" || true
grep '^ => ' "$tracing/trace" | sed 's/^ => //' | sort -u >"$work/functions"
# The end of the kernel's text closes the last function.
echo _etext >>"$work/functions"
awk 'NR == FNR { named[$1]; next } $3 in named && NF == 3' "$work/functions" /proc/kallsyms >"$work/kallsyms"
mount --bind "$work/saved_cmdlines" "$tracing/saved_cmdlines"
mount --bind "$work/kallsyms" /proc/kallsyms
trace-cmd extract -o "$work/trace.dat" >"$work/extract.log" 2>&1 || true
umount /proc/kallsyms "$tracing/saved_cmdlines"
[ -s "$work/trace.dat" ] || { cat "$work/extract.log"; exit 1; }

trace-cmd dump --options -i "$work/trace.dat" | grep -q '^Linux device ' || { echo 'the node name is in the file'; exit 1; }
sed "s/@KERNEL@/$(uname -sr), $(uname -m)/" "$here/case.yaml" >"$work/case.yaml"
(cd "$work" && zip -q -X -9 bundle.zip case.yaml trace.dat)
# Now and then an interrupt wakes one of ours while another task runs: such a recording is not kept.
"$here/../../node_modules/.bin/node" "$here/../check.ts" "$work/bundle.zip"
cp "$work/bundle.zip" "${1:-$here/../runqueue-contention.zip}"
