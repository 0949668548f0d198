# Run queue latency from `trace-cmd report -R -t` text: what programs/scheduling/runqlat.bpf.c counts, by
# other means. Prints "PID SLOT COUNT" lines; slot i holds waits in [2^i, 2^(i+1)) us, slot 0 from 0.
function field(name,   at, rest) {
  at = index($0, " " name "=")
  if (at == 0) return ""
  rest = substr($0, at + length(name) + 2)
  sub(/ .*/, "", rest)
  return rest
}
function slot_of(us,   slot) {
  for (slot = 0; us >= 2; slot++) us = int(us / 2)
  return slot > 25 ? 25 : slot
}
# "TASK-PID [CPU] SECONDS.NANOSECONDS: EVENT: ..."; a task's name may hold spaces.
match($0, /\] +[0-9]+\.[0-9]+: /) {
  split(substr($0, RSTART + 1, RLENGTH - 3), part, ".")
  now = part[1] * 1000000000 + part[2]
}
/ sched_wakeup(_new)?: / { if (field("pid") != 0) start[field("pid")] = now }
/ sched_switch: / {
  prev = field("prev_pid"); next_pid = field("next_pid"); state = field("prev_state")
  if (prev != 0 && state % 256 == 0) start[prev] = now
  if (next_pid != 0 && (next_pid in start)) {
    count[next_pid " " slot_of(int((now - start[next_pid]) / 1000))]++
    delete start[next_pid]
  }
}
END { for (key in count) print key, count[key] }
