/**
 * ftrace events that have a message of their own: the number of the field in FtraceEvent, the event, and the names
 * of its message's fields, which are numbered from 1. A `-` tells a signed one.
 *
 * Source: perfetto.dev, protos/perfetto/trace/ftrace/*.proto.
 */
const TABLE = `
3 ftrace:print ip buf
4 sched:sched_switch prev_comm -prev_pid -prev_prio -prev_state next_comm -next_pid -next_prio
11 power:cpu_frequency state cpu_id
12 power:cpu_frequency_limits min_freq max_freq cpu_id
13 power:cpu_idle state cpu_id
14 power:clock_enable name state cpu_id
15 power:clock_disable name state cpu_id
16 power:clock_set_rate name state cpu_id
17 sched:sched_wakeup comm -pid -prio -success -target_cpu
18 sched:sched_blocked_reason -pid caller io_wait
19 sched:sched_cpu_hotplug -affected_cpu -error -status
20 sched:sched_waking comm -pid -prio -success -target_cpu
21 ipi:ipi_entry reason
22 ipi:ipi_exit reason
23 ipi:ipi_raise target_cpus reason
24 irq:softirq_entry vec
25 irq:softirq_exit vec
26 irq:softirq_raise vec
36 irq:irq_handler_entry -irq name handler
37 irq:irq_handler_exit -irq -ret
45 block:block_rq_issue dev sector nr_sector bytes rwbs comm cmd
46 vmscan:mm_vmscan_direct_reclaim_begin -order -may_writepage gfp_flags
47 vmscan:mm_vmscan_direct_reclaim_end nr_reclaimed
48 vmscan:mm_vmscan_kswapd_wake -nid -order -zid
49 vmscan:mm_vmscan_kswapd_sleep -nid
50 binder:binder_transaction -debug_id -target_node -to_proc -to_thread -reply code flags
51 binder:binder_transaction_received -debug_id
52 binder:binder_set_priority -proc -thread old_prio new_prio desired_prio
53 binder:binder_lock tag
54 binder:binder_locked tag
55 binder:binder_unlock tag
56 workqueue:workqueue_activate_work work function
57 workqueue:workqueue_execute_end work function
58 workqueue:workqueue_execute_start work function
59 workqueue:workqueue_queue_work work function workqueue -req_cpu -cpu
67 cgroup:cgroup_attach_task -dst_root -dst_id -pid comm cname
68 cgroup:cgroup_mkdir -root -id cname
69 cgroup:cgroup_remount -root ss_mask name
70 cgroup:cgroup_rmdir -root -id cname
71 cgroup:cgroup_transfer_tasks -dst_root -dst_id -pid comm cname
72 cgroup:cgroup_destroy_root -root ss_mask name
73 cgroup:cgroup_release -root -id cname
74 cgroup:cgroup_rename -root -id cname
75 cgroup:cgroup_setup_root -root ss_mask name
97 filemap:mm_filemap_add_to_page_cache pfn i_ino index s_dev page
98 filemap:mm_filemap_delete_from_page_cache pfn i_ino index s_dev page
99 compaction:mm_compaction_begin zone_start migrate_pfn free_pfn zone_end sync
100 compaction:mm_compaction_defer_compaction -nid idx -order considered defer_shift -order_failed
101 compaction:mm_compaction_deferred -nid idx -order considered defer_shift -order_failed
102 compaction:mm_compaction_defer_reset -nid idx -order considered defer_shift -order_failed
103 compaction:mm_compaction_end zone_start migrate_pfn free_pfn zone_end sync -status
104 compaction:mm_compaction_finished -nid idx -order -ret
105 compaction:mm_compaction_isolate_freepages start_pfn end_pfn nr_scanned nr_taken
106 compaction:mm_compaction_isolate_migratepages start_pfn end_pfn nr_scanned nr_taken
107 compaction:mm_compaction_kcompactd_sleep -nid
108 compaction:mm_compaction_kcompactd_wake -nid -order classzone_idx highest_zoneidx
109 compaction:mm_compaction_migratepages nr_migrated nr_failed
110 compaction:mm_compaction_suitable -nid idx -order -ret
111 compaction:mm_compaction_try_to_compact_pages -order gfp_mask mode -prio
112 compaction:mm_compaction_wakeup_kcompactd -nid -order classzone_idx highest_zoneidx
113 power:suspend_resume action -val start
114 sched:sched_wakeup_new comm -pid -prio -success -target_cpu
115 block:block_bio_backmerge dev sector nr_sector rwbs comm
116 block:block_bio_bounce dev sector nr_sector rwbs comm
117 block:block_bio_complete dev sector nr_sector -error rwbs
118 block:block_bio_frontmerge dev sector nr_sector rwbs comm
119 block:block_bio_queue dev sector nr_sector rwbs comm
120 block:block_bio_remap dev sector nr_sector old_dev old_sector rwbs
121 block:block_dirty_buffer dev sector size
122 block:block_getrq dev sector nr_sector rwbs comm
123 block:block_plug comm
124 block:block_rq_abort dev sector nr_sector -errors rwbs cmd
125 block:block_rq_complete dev sector nr_sector -errors rwbs cmd
126 block:block_rq_insert dev sector nr_sector bytes rwbs comm cmd
128 block:block_rq_remap dev sector nr_sector old_dev old_sector nr_bios rwbs
129 block:block_rq_requeue dev sector nr_sector -errors rwbs cmd
130 block:block_sleeprq dev sector nr_sector rwbs comm
131 block:block_split dev sector new_sector rwbs comm
132 block:block_touch_buffer dev sector size
133 block:block_unplug -nr_rq comm
235 task:task_newtask -pid comm clone_flags -oom_score_adj
236 task:task_rename -pid oldcomm newcomm -oom_score_adj
237 sched:sched_process_exec filename -pid -old_pid
238 sched:sched_process_exit comm -pid -tgid -prio
239 sched:sched_process_fork parent_comm -parent_pid child_comm -child_pid
240 sched:sched_process_free comm -pid -prio
241 sched:sched_process_hang comm -pid
242 sched:sched_process_wait comm -pid -prio
243 f2fs:f2fs_do_submit_bio dev -btype sync sector size
244 f2fs:f2fs_evict_inode dev ino pino mode -size nlink blocks advise
246 f2fs:f2fs_get_data_block dev ino iblock bh_start bh_size -ret
255 f2fs:f2fs_sync_file_enter dev ino pino mode -size nlink blocks advise
256 f2fs:f2fs_sync_file_exit dev ino need_cp -datasync -ret -cp_reason
257 f2fs:f2fs_sync_fs dev -dirty -wait
258 f2fs:f2fs_truncate dev ino pino mode -size nlink blocks advise
268 f2fs:f2fs_unlink_enter dev ino -size blocks name
269 f2fs:f2fs_unlink_exit dev ino -ret
271 f2fs:f2fs_write_begin dev ino -pos len flags
272 f2fs:f2fs_write_checkpoint dev is_umount msg -reason
273 f2fs:f2fs_write_end dev ino -pos len copied
298 kmem:kfree call_site ptr
299 kmem:kmalloc bytes_alloc bytes_req call_site gfp_flags ptr
300 kmem:kmalloc_node bytes_alloc bytes_req call_site gfp_flags -node ptr
301 kmem:kmem_cache_alloc bytes_alloc bytes_req call_site gfp_flags ptr
302 kmem:kmem_cache_alloc_node bytes_alloc bytes_req call_site gfp_flags -node ptr
303 kmem:kmem_cache_free call_site ptr
307 kmem:mm_page_alloc gfp_flags -migratetype order page pfn
308 kmem:mm_page_alloc_extfrag -alloc_migratetype -alloc_order -fallback_migratetype -fallback_order page -change_ownership pfn
309 kmem:mm_page_alloc_zone_locked -migratetype order page pfn
310 kmem:mm_page_free order page pfn
311 kmem:mm_page_free_batched -cold page pfn
312 kmem:mm_page_pcpu_drain -migratetype order page pfn
313 kmem:rss_stat -member -size curr mm_id
314 ion:ion_heap_shrink heap_name len -total_allocated
315 ion:ion_heap_grow heap_name len -total_allocated
320 clk:clk_enable name
321 clk:clk_disable name
322 clk:clk_set_rate name rate
323 binder:binder_transaction_alloc_buf data_size -debug_id offsets_size extra_buffers_size
324 signal:signal_deliver -code sa_flags -sig
325 signal:signal_generate -code comm -group -pid -result -sig
326 oom:oom_score_adj_update comm -oom_score_adj -pid
329 raw_syscalls:sys_enter -id
330 raw_syscalls:sys_exit -id -ret
340 gpu_mem:gpu_mem_total gpu_id pid size
341 thermal:thermal_temperature -id -temp -temp_prev thermal_zone
342 thermal:cdev_update target type
343 cpuhp:cpuhp_exit cpu -idx -ret -state
344 cpuhp:cpuhp_multi_enter cpu fun -idx -target
345 cpuhp:cpuhp_enter cpu fun -idx -target
346 cpuhp:cpuhp_latency cpu -ret state time
360 net:netif_receive_skb len name skbaddr
362 sock:inet_sock_set_state daddr dport family -newstate -oldstate protocol saddr skaddr sport
363 tcp:tcp_retransmit_skb daddr dport saddr skaddr skbaddr sport -state
367 skb:kfree_skb location protocol skbaddr
414 dma_fence:dma_fence_init context driver seqno timeline
415 dma_fence:dma_fence_emit context driver seqno timeline
416 dma_fence:dma_fence_signaled context driver seqno timeline
417 dma_fence:dma_fence_wait_start context driver seqno timeline
418 dma_fence:dma_fence_wait_end context driver seqno timeline
`;

export interface MessageField {
  readonly name: string;
  readonly isSigned: boolean;
}

export interface FtraceMessage {
  readonly system: string;
  readonly name: string;
  /** Field number 1 first. */
  readonly fields: readonly MessageField[];
}

export const FTRACE_MESSAGES: ReadonlyMap<number, FtraceMessage> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line): [number, FtraceMessage] => {
      const [number, event = '', ...fields] = line.split(' ');
      const [system = '', name = ''] = event.split(':');
      return [Number(number), { system, name, fields: fields.map(messageField) }];
    }),
);

/** All events of one message, whatever they are, and those the trace describes itself. */
export const GENERIC_EVENT = 327;
export const DESCRIBED_EVENTS_FROM = 65_536;

function messageField(spelled: string): MessageField {
  const isSigned = spelled.startsWith('-');
  return { name: isSigned ? spelled.slice(1) : spelled, isSigned };
}
