/**
 * What other kernels and tools print of events in table.ts, and events that the kernel it was made on lacks. A name
 * that is there gets more patterns here; trace-cmd's plugins print some events their own way.
 */
const STATES = '0=R,1=S,2=D,4=T,8=t,16=X,32=Z';
/** As trace-cmd's plugin names the bits, whatever the kernel. */
const PLUGIN_STATES = '0=R,1=S,2=D,4=T,8=t,16=Z,32=X,64=x,128=W';
/** Linux before 4.14: dead, kill, waking, parked, and a `+` for a task that was preempted. */
const OLDER_STATES = `${STATES},64=x,128=K,256=W,512=P,1024=N`;

export const VARIANTS: Readonly<Record<string, string>> = {
  sched: `
sched_switch
  | prev_comm={prev_comm} prev_pid={prev_pid} prev_prio={prev_prio} prev_state={prev_state:|${OLDER_STATES}}{prev_state:=2048=+,1024=+,0=} ==> next_comm={next_comm} next_pid={next_pid} next_prio={next_prio}
  | {prev_comm}:{prev_pid} [{prev_prio}] {prev_state:|${PLUGIN_STATES}} ==> {next_comm}:{next_pid} [{next_prio}]
sched_wakeup
  | {comm}:{pid} [{prio}] CPU:{target_cpu}
sched_wakeup_new
  | {comm}:{pid} [{prio}] CPU:{target_cpu}
sched_waking
  | {comm}:{pid} [{prio}] CPU:{target_cpu}
`,
  block: `
block_rq_insert
  | {dev:<<20},{dev} {rwbs} {bytes} ({cmd}) {sector} + {nr_sector} [{comm}]
  | {dev:<<20},{dev} {rwbs} 0 ({cmd}) {sector} + {nr_sector} [{comm}]
block_rq_issue
  | {dev:<<20},{dev} {rwbs} {bytes} ({cmd}) {sector} + {nr_sector} [{comm}]
block_rq_complete
  | {dev:<<20},{dev} {rwbs} ({cmd}) {sector} + {nr_sector} [{error}]
`,
  kmem: `
kmalloc
  | ({}) call_site={call_site:s} ptr={ptr:x} bytes_req={bytes_req} bytes_alloc={bytes_alloc} gfp_flags={gfp_flags:|@gfp_mask} node={node} accounted={}
  | call_site={call_site:s} ptr={ptr:x} bytes_req={bytes_req} bytes_alloc={bytes_alloc} gfp_flags={gfp_flags:|@gfp_mask}
kmem_cache_alloc
  | ({}) call_site={call_site:s} ptr={ptr:x} name={name} bytes_req={bytes_req} bytes_alloc={bytes_alloc} gfp_flags={gfp_flags:|@gfp_mask} node={node} accounted={accounted:=1=true,0=false}
kfree
  | ({}) call_site={call_site:s} ptr={ptr:x}
kmem_cache_free
  | ({}) call_site={call_site:s} ptr={ptr:x} name={name}
`,
  power: `
cpu_frequency_limits
  | min={min_freq} max={max_freq} cpu_id={cpu_id}
`,
  binder: `
binder_ioctl
  unsigned int cmd; unsigned long arg
  | cmd=0x{cmd:x} arg=0x{arg:x}
binder_ioctl_done
  int ret
  | ret={ret}
binder_wait_for_work
  bool proc_work; bool transaction_stack; bool thread_todo
  | proc_work={proc_work} transaction_stack={transaction_stack} thread_todo={thread_todo}
binder_transaction
  int debug_id; int target_node; int to_proc; int to_thread; int reply; unsigned int code; unsigned int flags
  | transaction={debug_id} dest_node={target_node} dest_proc={to_proc} dest_thread={to_thread} reply={reply} flags=0x{flags:x} code=0x{code:x}
binder_transaction_received
  int debug_id
  | transaction={debug_id}
binder_transaction_alloc_buf
  int debug_id; size_t data_size; size_t offsets_size; size_t extra_buffers_size
  | transaction={debug_id} data_size={data_size} offsets_size={offsets_size} extra_buffers_size={extra_buffers_size}
binder_transaction_buffer_release
  int debug_id; size_t data_size; size_t offsets_size; size_t extra_buffers_size
  | transaction={debug_id} data_size={data_size} offsets_size={offsets_size} extra_buffers_size={extra_buffers_size}
binder_transaction_failed_buffer_release
  int debug_id; size_t data_size; size_t offsets_size; size_t extra_buffers_size
  | transaction={debug_id} data_size={data_size} offsets_size={offsets_size} extra_buffers_size={extra_buffers_size}
binder_transaction_update_buffer_release
  int debug_id; size_t data_size; size_t offsets_size; size_t extra_buffers_size
  | transaction={debug_id} data_size={data_size} offsets_size={offsets_size} extra_buffers_size={extra_buffers_size}
binder_transaction_node_to_ref
  int debug_id; int node_debug_id; u64 node_ptr; int ref_debug_id; uint32_t ref_desc
  | transaction={debug_id} node={node_debug_id} src_ptr=0x{node_ptr:x} ==> dest_ref={ref_debug_id} dest_desc={ref_desc}
binder_transaction_ref_to_node
  int debug_id; int ref_debug_id; uint32_t ref_desc; int node_debug_id; u64 node_ptr
  | transaction={debug_id} node={node_debug_id} src_ref={ref_debug_id} src_desc={ref_desc} ==> dest_ptr=0x{node_ptr:x}
binder_transaction_ref_to_ref
  int debug_id; int node_debug_id; int src_ref_debug_id; uint32_t src_ref_desc; int dest_ref_debug_id; uint32_t dest_ref_desc
  | transaction={debug_id} node={node_debug_id} src_ref={src_ref_debug_id} src_desc={src_ref_desc} ==> dest_ref={dest_ref_debug_id} dest_desc={dest_ref_desc}
binder_set_priority
  int proc; int thread; unsigned int old_prio; unsigned int new_prio; unsigned int desired_prio
  | proc={proc} thread={thread} old={old_prio} => new={new_prio} desired={desired_prio}
binder_update_page_range
  int proc; bool allocate; size_t offset; size_t size
  | proc={proc} allocate={allocate} offset={offset} size={size}
binder_lock
  const char * tag
  | tag={}
binder_locked
  const char * tag
  | tag={}
binder_unlock
  const char * tag
  | tag={}
binder_write_done
  int ret
  | ret={ret}
binder_read_done
  int ret
  | ret={ret}
binder_command
  uint32_t cmd
  | cmd=0x{cmd:x} {}
binder_return
  uint32_t cmd
  | cmd=0x{cmd:x} {}
`,
};
