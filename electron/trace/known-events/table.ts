/**
 * Events by system, as Linux 6.18 on x86-64 describes them: a name, its fields, and after `|` how its text is read
 * back (../text/pattern.ts). Printed by build/build-known-events.ts; what other kernels print is in variants.ts.
 */
export const EVENTS: Readonly<Record<string, string>> = {
  alarmtimer: `
alarmtimer_cancel
  void * alarm; unsigned char alarm_type; s64 expires; s64 now
  | alarmtimer:{alarm:x} type:{} expires:{expires} now:{now}
alarmtimer_fired
  void * alarm; unsigned char alarm_type; s64 expires; s64 now
  | alarmtimer:{alarm:x} type:{} expires:{expires} now:{now}
alarmtimer_start
  void * alarm; unsigned char alarm_type; s64 expires; s64 now
  | alarmtimer:{alarm:x} type:{} expires:{expires} now:{now}
`,
  avc: `
selinux_audited
  u32 requested; u32 denied; u32 audited; int result; __data_loc char[] scontext; __data_loc char[] tcontext; __data_loc char[] tclass
  | requested=0x{requested:x} denied=0x{denied:x} audited=0x{audited:x} result={result} scontext={scontext} tcontext={tcontext} tclass={tclass}
`,
  block: `
blk_zone_append_update_request_bio
  dev_t dev; sector_t sector; unsigned int nr_sector; unsigned int bytes; unsigned short ioprio; char rwbs[10]; char comm[16]; __data_loc char[] cmd
  | {dev:<<20},{dev} {rwbs} {bytes} ({cmd}) {sector} + {nr_sector} {ioprio:<<13=0=none,1=rt,2=be,3=idle,7=invalid},{ioprio:<<3},{ioprio} [{comm}]
blk_zone_wplug_bio
  dev_t dev; unsigned int zno; sector_t sector; unsigned int nr_sectors
  | {dev:<<20},{dev} zone {zno}, BIO {sector} + {nr_sectors}
blkdev_zone_mgmt
  dev_t dev; sector_t sector; sector_t nr_sectors; char rwbs[10]
  | {dev:<<20},{dev} {rwbs} {sector} + {nr_sectors}
block_bio_backmerge
  dev_t dev; sector_t sector; unsigned int nr_sector; char rwbs[10]; char comm[16]
  | {dev:<<20},{dev} {rwbs} {sector} + {nr_sector} [{comm}]
block_bio_complete
  dev_t dev; sector_t sector; unsigned nr_sector; int error; char rwbs[10]
  | {dev:<<20},{dev} {rwbs} {sector} + {nr_sector} [{error}]
block_bio_frontmerge
  dev_t dev; sector_t sector; unsigned int nr_sector; char rwbs[10]; char comm[16]
  | {dev:<<20},{dev} {rwbs} {sector} + {nr_sector} [{comm}]
block_bio_queue
  dev_t dev; sector_t sector; unsigned int nr_sector; char rwbs[10]; char comm[16]
  | {dev:<<20},{dev} {rwbs} {sector} + {nr_sector} [{comm}]
block_bio_remap
  dev_t dev; sector_t sector; unsigned int nr_sector; dev_t old_dev; sector_t old_sector; char rwbs[10]
  | {dev:<<20},{dev} {rwbs} {sector} + {nr_sector} <- ({old_dev:<<20},{old_dev}) {old_sector}
block_dirty_buffer
  dev_t dev; sector_t sector; size_t size
  | {dev:<<20},{dev} sector={sector} size={size}
block_getrq
  dev_t dev; sector_t sector; unsigned int nr_sector; char rwbs[10]; char comm[16]
  | {dev:<<20},{dev} {rwbs} {sector} + {nr_sector} [{comm}]
block_io_done
  dev_t dev; sector_t sector; unsigned int nr_sector; unsigned int bytes; unsigned short ioprio; char rwbs[10]; char comm[16]; __data_loc char[] cmd
  | {dev:<<20},{dev} {rwbs} {bytes} ({cmd}) {sector} + {nr_sector} {ioprio:<<13=0=none,1=rt,2=be,3=idle,7=invalid},{ioprio:<<3},{ioprio} [{comm}]
block_io_start
  dev_t dev; sector_t sector; unsigned int nr_sector; unsigned int bytes; unsigned short ioprio; char rwbs[10]; char comm[16]; __data_loc char[] cmd
  | {dev:<<20},{dev} {rwbs} {bytes} ({cmd}) {sector} + {nr_sector} {ioprio:<<13=0=none,1=rt,2=be,3=idle,7=invalid},{ioprio:<<3},{ioprio} [{comm}]
block_plug
  char comm[16]
  | [{comm}]
block_rq_complete
  dev_t dev; sector_t sector; unsigned int nr_sector; int error; unsigned short ioprio; char rwbs[10]; __data_loc char[] cmd
  | {dev:<<20},{dev} {rwbs} ({cmd}) {sector} + {nr_sector} {ioprio:<<13=0=none,1=rt,2=be,3=idle,7=invalid},{ioprio:<<3},{ioprio} [{error}]
block_rq_error
  dev_t dev; sector_t sector; unsigned int nr_sector; int error; unsigned short ioprio; char rwbs[10]; __data_loc char[] cmd
  | {dev:<<20},{dev} {rwbs} ({cmd}) {sector} + {nr_sector} {ioprio:<<13=0=none,1=rt,2=be,3=idle,7=invalid},{ioprio:<<3},{ioprio} [{error}]
block_rq_insert
  dev_t dev; sector_t sector; unsigned int nr_sector; unsigned int bytes; unsigned short ioprio; char rwbs[10]; char comm[16]; __data_loc char[] cmd
  | {dev:<<20},{dev} {rwbs} {bytes} ({cmd}) {sector} + {nr_sector} {ioprio:<<13=0=none,1=rt,2=be,3=idle,7=invalid},{ioprio:<<3},{ioprio} [{comm}]
block_rq_issue
  dev_t dev; sector_t sector; unsigned int nr_sector; unsigned int bytes; unsigned short ioprio; char rwbs[10]; char comm[16]; __data_loc char[] cmd
  | {dev:<<20},{dev} {rwbs} {bytes} ({cmd}) {sector} + {nr_sector} {ioprio:<<13=0=none,1=rt,2=be,3=idle,7=invalid},{ioprio:<<3},{ioprio} [{comm}]
block_rq_merge
  dev_t dev; sector_t sector; unsigned int nr_sector; unsigned int bytes; unsigned short ioprio; char rwbs[10]; char comm[16]; __data_loc char[] cmd
  | {dev:<<20},{dev} {rwbs} {bytes} ({cmd}) {sector} + {nr_sector} {ioprio:<<13=0=none,1=rt,2=be,3=idle,7=invalid},{ioprio:<<3},{ioprio} [{comm}]
block_rq_remap
  dev_t dev; sector_t sector; unsigned int nr_sector; dev_t old_dev; sector_t old_sector; unsigned int nr_bios; char rwbs[10]
  | {dev:<<20},{dev} {rwbs} {sector} + {nr_sector} <- ({old_dev:<<20},{old_dev}) {old_sector} {nr_bios}
block_rq_requeue
  dev_t dev; sector_t sector; unsigned int nr_sector; unsigned short ioprio; char rwbs[10]; __data_loc char[] cmd
  | {dev:<<20},{dev} {rwbs} ({cmd}) {sector} + {nr_sector} {ioprio:<<13=0=none,1=rt,2=be,3=idle,7=invalid},{ioprio:<<3},{ioprio} [{}]
block_split
  dev_t dev; sector_t sector; sector_t new_sector; char rwbs[10]; char comm[16]
  | {dev:<<20},{dev} {rwbs} {sector} / {new_sector} [{comm}]
block_touch_buffer
  dev_t dev; sector_t sector; size_t size
  | {dev:<<20},{dev} sector={sector} size={size}
block_unplug
  int nr_rq; char comm[16]
  | [{comm}] {nr_rq}
disk_zone_wplug_add_bio
  dev_t dev; unsigned int zno; sector_t sector; unsigned int nr_sectors
  | {dev:<<20},{dev} zone {zno}, BIO {sector} + {nr_sectors}
`,
  bpf_trace: `
bpf_trace_printk
  __data_loc char[] bpf_string
  | {bpf_string}
`,
  cgroup: `
cgroup_attach_task
  int dst_root; int dst_level; u64 dst_id; int pid; __data_loc char[] dst_path; __data_loc char[] comm
  | dst_root={dst_root} dst_id={dst_id} dst_level={dst_level} dst_path={dst_path} pid={pid} comm={comm}
cgroup_destroy_root
  int root; u16 ss_mask; __data_loc char[] name
  | root={root} ss_mask=0x{ss_mask:x} name={name}
cgroup_freeze
  int root; int level; u64 id; __data_loc char[] path
  | root={root} id={id} level={level} path={path}
cgroup_mkdir
  int root; int level; u64 id; __data_loc char[] path
  | root={root} id={id} level={level} path={path}
cgroup_notify_frozen
  int root; int level; u64 id; __data_loc char[] path; int val
  | root={root} id={id} level={level} path={path} val={val}
cgroup_notify_populated
  int root; int level; u64 id; __data_loc char[] path; int val
  | root={root} id={id} level={level} path={path} val={val}
cgroup_release
  int root; int level; u64 id; __data_loc char[] path
  | root={root} id={id} level={level} path={path}
cgroup_remount
  int root; u16 ss_mask; __data_loc char[] name
  | root={root} ss_mask=0x{ss_mask:x} name={name}
cgroup_rename
  int root; int level; u64 id; __data_loc char[] path
  | root={root} id={id} level={level} path={path}
cgroup_rmdir
  int root; int level; u64 id; __data_loc char[] path
  | root={root} id={id} level={level} path={path}
cgroup_rstat_lock_contended
  int root; int level; u64 id; int cpu; bool contended
  | root={root} id={id} level={level} cpu={cpu} lock contended:{contended}
cgroup_rstat_locked
  int root; int level; u64 id; int cpu; bool contended
  | root={root} id={id} level={level} cpu={cpu} lock contended:{contended}
cgroup_rstat_unlock
  int root; int level; u64 id; int cpu; bool contended
  | root={root} id={id} level={level} cpu={cpu} lock contended:{contended}
cgroup_setup_root
  int root; u16 ss_mask; __data_loc char[] name
  | root={root} ss_mask=0x{ss_mask:x} name={name}
cgroup_transfer_tasks
  int dst_root; int dst_level; u64 dst_id; int pid; __data_loc char[] dst_path; __data_loc char[] comm
  | dst_root={dst_root} dst_id={dst_id} dst_level={dst_level} dst_path={dst_path} pid={pid} comm={comm}
cgroup_unfreeze
  int root; int level; u64 id; __data_loc char[] path
  | root={root} id={id} level={level} path={path}
`,
  clk: `
clk_disable
  __data_loc char[] name
  | {name}
clk_disable_complete
  __data_loc char[] name
  | {name}
clk_enable
  __data_loc char[] name
  | {name}
clk_enable_complete
  __data_loc char[] name
  | {name}
clk_prepare
  __data_loc char[] name
  | {name}
clk_prepare_complete
  __data_loc char[] name
  | {name}
clk_rate_request_done
  __data_loc char[] name; __data_loc char[] pname; unsigned long min; unsigned long max; unsigned long prate
  | {name} min {min} max {max}, parent {pname} ({prate})
clk_rate_request_start
  __data_loc char[] name; __data_loc char[] pname; unsigned long min; unsigned long max; unsigned long prate
  | {name} min {min} max {max}, parent {pname} ({prate})
clk_set_duty_cycle
  __data_loc char[] name; unsigned int num; unsigned int den
  | {name} {num}/{den}
clk_set_duty_cycle_complete
  __data_loc char[] name; unsigned int num; unsigned int den
  | {name} {num}/{den}
clk_set_max_rate
  __data_loc char[] name; unsigned long rate
  | {name} {rate}
clk_set_min_rate
  __data_loc char[] name; unsigned long rate
  | {name} {rate}
clk_set_parent
  __data_loc char[] name; __data_loc char[] pname
  | {name} {pname}
clk_set_parent_complete
  __data_loc char[] name; __data_loc char[] pname
  | {name} {pname}
clk_set_phase
  __data_loc char[] name; int phase
  | {name} {phase}
clk_set_phase_complete
  __data_loc char[] name; int phase
  | {name} {phase}
clk_set_rate
  __data_loc char[] name; unsigned long rate
  | {name} {rate}
clk_set_rate_complete
  __data_loc char[] name; unsigned long rate
  | {name} {rate}
clk_set_rate_range
  __data_loc char[] name; unsigned long min; unsigned long max
  | {name} min {min} max {max}
clk_unprepare
  __data_loc char[] name
  | {name}
clk_unprepare_complete
  __data_loc char[] name
  | {name}
`,
  compaction: `
mm_compaction_begin
  unsigned long zone_start; unsigned long migrate_pfn; unsigned long free_pfn; unsigned long zone_end; bool sync
  | zone_start=0x{zone_start:x} migrate_pfn=0x{migrate_pfn:x} free_pfn=0x{free_pfn:x} zone_end=0x{zone_end:x}, mode={sync:=1=sync,0=async}
mm_compaction_defer_compaction
  int nid; enum zone_type idx:4; int order; unsigned int considered; unsigned int defer_shift; int order_failed
  | node={nid} zone={idx:=0=DMA,1=DMA32,2=Normal,3=Movable} order={order} order_failed={order_failed} consider={considered} limit={}
mm_compaction_defer_reset
  int nid; enum zone_type idx:4; int order; unsigned int considered; unsigned int defer_shift; int order_failed
  | node={nid} zone={idx:=0=DMA,1=DMA32,2=Normal,3=Movable} order={order} order_failed={order_failed} consider={considered} limit={}
mm_compaction_deferred
  int nid; enum zone_type idx:4; int order; unsigned int considered; unsigned int defer_shift; int order_failed
  | node={nid} zone={idx:=0=DMA,1=DMA32,2=Normal,3=Movable} order={order} order_failed={order_failed} consider={considered} limit={}
mm_compaction_end
  unsigned long zone_start; unsigned long migrate_pfn; unsigned long free_pfn; unsigned long zone_end; bool sync; int status
  | zone_start=0x{zone_start:x} migrate_pfn=0x{migrate_pfn:x} free_pfn=0x{free_pfn:x} zone_end=0x{zone_end:x}, mode={sync:=1=sync,0=async} status={status:=1=skipped,2=deferred,4=continue,8=success,6=partial_skipped,5=complete,3=no_suitable_page,0=not_suitable_zone,7=contended}
mm_compaction_fast_isolate_freepages
  unsigned long start_pfn; unsigned long end_pfn; unsigned long nr_scanned; unsigned long nr_taken
  | range=(0x{start_pfn:x} ~ 0x{end_pfn:x}) nr_scanned={nr_scanned} nr_taken={nr_taken}
mm_compaction_finished
  int nid; enum zone_type idx:4; int order; int ret
  | node={nid} zone={idx:=0=DMA,1=DMA32,2=Normal,3=Movable} order={order} ret={ret:=1=skipped,2=deferred,4=continue,8=success,6=partial_skipped,5=complete,3=no_suitable_page,0=not_suitable_zone,7=contended}
mm_compaction_isolate_freepages
  unsigned long start_pfn; unsigned long end_pfn; unsigned long nr_scanned; unsigned long nr_taken
  | range=(0x{start_pfn:x} ~ 0x{end_pfn:x}) nr_scanned={nr_scanned} nr_taken={nr_taken}
mm_compaction_isolate_migratepages
  unsigned long start_pfn; unsigned long end_pfn; unsigned long nr_scanned; unsigned long nr_taken
  | range=(0x{start_pfn:x} ~ 0x{end_pfn:x}) nr_scanned={nr_scanned} nr_taken={nr_taken}
mm_compaction_kcompactd_sleep
  int nid
  | nid={nid}
mm_compaction_kcompactd_wake
  int nid; int order; enum zone_type highest_zoneidx:4
  | nid={nid} order={order} classzone_idx={highest_zoneidx:=0=DMA,1=DMA32,2=Normal,3=Movable}
mm_compaction_migratepages
  unsigned long nr_migrated; unsigned long nr_failed
  | nr_migrated={nr_migrated} nr_failed={nr_failed}
mm_compaction_suitable
  int nid; enum zone_type idx:4; int order; int ret
  | node={nid} zone={idx:=0=DMA,1=DMA32,2=Normal,3=Movable} order={order} ret={ret:=1=skipped,2=deferred,4=continue,8=success,6=partial_skipped,5=complete,3=no_suitable_page,0=not_suitable_zone,7=contended}
mm_compaction_try_to_compact_pages
  int order; unsigned long gfp_mask; int prio
  | order={order} gfp_mask={gfp_mask:|@gfp_mask} priority={prio}
mm_compaction_wakeup_kcompactd
  int nid; int order; enum zone_type highest_zoneidx:4
  | nid={nid} order={order} classzone_idx={highest_zoneidx:=0=DMA,1=DMA32,2=Normal,3=Movable}
`,
  cpuhp: `
cpuhp_enter
  unsigned int cpu; int target; int idx; void * fun
  | cpu: {cpu} target: {target} step: {idx} ({fun:s})
cpuhp_exit
  unsigned int cpu; int state; int idx; int ret
  |  cpu: {cpu}  state: {state} step: {idx} ret: {ret}
cpuhp_multi_enter
  unsigned int cpu; int target; int idx; void * fun
  | cpu: {cpu} target: {target} step: {idx} ({fun:s})
`,
  csd: `
csd_function_entry
  void * func; void * csd
  | func={func:s}, csd={csd:x}
csd_function_exit
  void * func; void * csd
  | func={func:s}, csd={csd:x}
csd_queue_cpu
  unsigned int cpu; void * callsite; void * func; void * csd
  | cpu={cpu} callsite={callsite:s} func={func:s} csd={csd:x}
`,
  dma_fence: `
dma_fence_destroy
  __data_loc char[] driver; __data_loc char[] timeline; unsigned int context; unsigned int seqno
  | driver={driver} timeline={timeline} context={context} seqno={seqno}
dma_fence_emit
  __data_loc char[] driver; __data_loc char[] timeline; unsigned int context; unsigned int seqno
  | driver={driver} timeline={timeline} context={context} seqno={seqno}
dma_fence_enable_signal
  __data_loc char[] driver; __data_loc char[] timeline; unsigned int context; unsigned int seqno
  | driver={driver} timeline={timeline} context={context} seqno={seqno}
dma_fence_init
  __data_loc char[] driver; __data_loc char[] timeline; unsigned int context; unsigned int seqno
  | driver={driver} timeline={timeline} context={context} seqno={seqno}
dma_fence_signaled
  __data_loc char[] driver; __data_loc char[] timeline; unsigned int context; unsigned int seqno
  | driver={driver} timeline={timeline} context={context} seqno={seqno}
dma_fence_wait_end
  __data_loc char[] driver; __data_loc char[] timeline; unsigned int context; unsigned int seqno
  | driver={driver} timeline={timeline} context={context} seqno={seqno}
dma_fence_wait_start
  __data_loc char[] driver; __data_loc char[] timeline; unsigned int context; unsigned int seqno
  | driver={driver} timeline={timeline} context={context} seqno={seqno}
`,
  error_report: `
error_report_end
  enum error_detector error_detector:4; unsigned long id
  | [{error_detector:=0=kfence,1=kasan,2=warning}] {id:x}
`,
  exceptions: `
page_fault_kernel
  unsigned long address; unsigned long ip; unsigned long error_code
  | address={address:s} ip={ip:s} error_code=0x{error_code:x}
page_fault_user
  unsigned long address; unsigned long ip; unsigned long error_code
  | address={address:s} ip={ip:s} error_code=0x{error_code:x}
`,
  ext4: `
ext4_alloc_da_blocks
  dev_t dev; ino_t ino; unsigned int data_blocks
  | dev {dev:<<20},{dev} ino {ino} reserved_data_blocks {data_blocks}
ext4_allocate_blocks
  dev_t dev; ino_t ino; __u64 block; unsigned int len; __u32 logical; __u32 lleft; __u32 lright; __u64 goal; __u64 pleft; __u64 pright; unsigned int flags
  | dev {dev:<<20},{dev} ino {ino} flags {flags:|@flags} len {len} block {block} lblk {logical} goal {goal} lleft {lleft} lright {lright} pleft {pleft} pright {pright}
ext4_allocate_inode
  dev_t dev; ino_t ino; ino_t dir; __u16 mode
  | dev {dev:<<20},{dev} ino {ino} dir {dir} mode 0{mode:o}
ext4_begin_ordered_truncate
  dev_t dev; ino_t ino; loff_t new_size
  | dev {dev:<<20},{dev} ino {ino} new_size {new_size}
ext4_collapse_range
  dev_t dev; ino_t ino; loff_t offset; loff_t len
  | dev {dev:<<20},{dev} ino {ino} offset {offset} len {len}
ext4_da_release_space
  dev_t dev; ino_t ino; __u64 i_blocks; int freed_blocks; int reserved_data_blocks; __u16 mode
  | dev {dev:<<20},{dev} ino {ino} mode 0{mode:o} i_blocks {i_blocks} freed_blocks {freed_blocks} reserved_data_blocks {reserved_data_blocks}
ext4_da_reserve_space
  dev_t dev; ino_t ino; __u64 i_blocks; int reserve_blocks; int reserved_data_blocks; __u16 mode
  | dev {dev:<<20},{dev} ino {ino} mode 0{mode:o} i_blocks {i_blocks} reserve_blocks {reserve_blocks}reserved_data_blocks {reserved_data_blocks}
ext4_da_update_reserve_space
  dev_t dev; ino_t ino; __u64 i_blocks; int used_blocks; int reserved_data_blocks; int quota_claim; __u16 mode
  | dev {dev:<<20},{dev} ino {ino} mode 0{mode:o} i_blocks {i_blocks} used_blocks {used_blocks} reserved_data_blocks {reserved_data_blocks} quota_claim {quota_claim}
ext4_da_write_begin
  dev_t dev; ino_t ino; loff_t pos; unsigned int len
  | dev {dev:<<20},{dev} ino {ino} pos {pos} len {len}
ext4_da_write_end
  dev_t dev; ino_t ino; loff_t pos; unsigned int len; unsigned int copied
  | dev {dev:<<20},{dev} ino {ino} pos {pos} len {len} copied {copied}
ext4_da_write_folios_end
  dev_t dev; ino_t ino; loff_t start_pos; loff_t next_pos; long nr_to_write; int ret
  | dev {dev:<<20},{dev} ino {ino} start_pos 0x{start_pos:x} next_pos 0x{next_pos:x} nr_to_write {nr_to_write} ret {ret}
ext4_da_write_folios_start
  dev_t dev; ino_t ino; loff_t start_pos; loff_t next_pos; long nr_to_write; int sync_mode
  | dev {dev:<<20},{dev} ino {ino} start_pos 0x{start_pos:x} next_pos 0x{next_pos:x} nr_to_write {nr_to_write} sync_mode {sync_mode}
ext4_da_write_pages_extent
  dev_t dev; ino_t ino; __u64 lblk; __u32 len; __u32 flags
  | dev {dev:<<20},{dev} ino {ino} lblk {lblk} len {len} flags {}
ext4_discard_blocks
  dev_t dev; __u64 blk; __u64 count
  | dev {dev:<<20},{dev} blk {blk} count {count}
ext4_discard_preallocations
  dev_t dev; ino_t ino; unsigned int len
  | dev {dev:<<20},{dev} ino {ino} len: {len}
ext4_drop_inode
  dev_t dev; ino_t ino; int drop
  | dev {dev:<<20},{dev} ino {ino} drop {drop}
ext4_error
  dev_t dev; const char * function; unsigned line
  | dev {dev:<<20},{dev} function {} line {line}
ext4_es_cache_extent
  dev_t dev; ino_t ino; ext4_lblk_t lblk; ext4_lblk_t len; ext4_fsblk_t pblk; char status
  | dev {dev:<<20},{dev} ino {ino} es [{lblk}/{len}) mapped {pblk} status {}
ext4_es_find_extent_range_enter
  dev_t dev; ino_t ino; ext4_lblk_t lblk
  | dev {dev:<<20},{dev} ino {ino} lblk {lblk}
ext4_es_find_extent_range_exit
  dev_t dev; ino_t ino; ext4_lblk_t lblk; ext4_lblk_t len; ext4_fsblk_t pblk; char status
  | dev {dev:<<20},{dev} ino {ino} es [{lblk}/{len}) mapped {pblk} status {}
ext4_es_insert_delayed_extent
  dev_t dev; ino_t ino; ext4_lblk_t lblk; ext4_lblk_t len; ext4_fsblk_t pblk; char status; bool lclu_allocated; bool end_allocated
  | dev {dev:<<20},{dev} ino {ino} es [{lblk}/{len}) mapped {pblk} status {} allocated {lclu_allocated} {end_allocated}
ext4_es_insert_extent
  dev_t dev; ino_t ino; ext4_lblk_t lblk; ext4_lblk_t len; ext4_fsblk_t pblk; char status
  | dev {dev:<<20},{dev} ino {ino} es [{lblk}/{len}) mapped {pblk} status {}
ext4_es_lookup_extent_enter
  dev_t dev; ino_t ino; ext4_lblk_t lblk
  | dev {dev:<<20},{dev} ino {ino} lblk {lblk}
ext4_es_lookup_extent_exit
  dev_t dev; ino_t ino; ext4_lblk_t lblk; ext4_lblk_t len; ext4_fsblk_t pblk; char status; int found
  | dev {dev:<<20},{dev} ino {ino} found {found} [{lblk}/{len}) {} {}
ext4_es_remove_extent
  dev_t dev; ino_t ino; loff_t lblk; loff_t len
  | dev {dev:<<20},{dev} ino {ino} es [{lblk}/{len})
ext4_es_shrink
  dev_t dev; int nr_shrunk; unsigned long long scan_time; int nr_skipped; int retried
  | dev {dev:<<20},{dev} nr_shrunk {nr_shrunk}, scan_time {scan_time} nr_skipped {nr_skipped} retried {retried}
ext4_es_shrink_count
  dev_t dev; int nr_to_scan; int cache_cnt
  | dev {dev:<<20},{dev} nr_to_scan {nr_to_scan} cache_cnt {cache_cnt}
ext4_es_shrink_scan_enter
  dev_t dev; int nr_to_scan; int cache_cnt
  | dev {dev:<<20},{dev} nr_to_scan {nr_to_scan} cache_cnt {cache_cnt}
ext4_es_shrink_scan_exit
  dev_t dev; int nr_shrunk; int cache_cnt
  | dev {dev:<<20},{dev} nr_shrunk {nr_shrunk} cache_cnt {cache_cnt}
ext4_evict_inode
  dev_t dev; ino_t ino; int nlink
  | dev {dev:<<20},{dev} ino {ino} nlink {nlink}
ext4_ext_convert_to_initialized_enter
  dev_t dev; ino_t ino; ext4_lblk_t m_lblk; unsigned m_len; ext4_lblk_t u_lblk; unsigned u_len; ext4_fsblk_t u_pblk
  | dev {dev:<<20},{dev} ino {ino} m_lblk {m_lblk} m_len {m_len} u_lblk {u_lblk} u_len {u_len} u_pblk {u_pblk}
ext4_ext_convert_to_initialized_fastpath
  dev_t dev; ino_t ino; ext4_lblk_t m_lblk; unsigned m_len; ext4_lblk_t u_lblk; unsigned u_len; ext4_fsblk_t u_pblk; ext4_lblk_t i_lblk; unsigned i_len; ext4_fsblk_t i_pblk
  | dev {dev:<<20},{dev} ino {ino} m_lblk {m_lblk} m_len {m_len} u_lblk {u_lblk} u_len {u_len} u_pblk {u_pblk} i_lblk {i_lblk} i_len {i_len} i_pblk {i_pblk}
ext4_ext_handle_unwritten_extents
  dev_t dev; ino_t ino; int flags; ext4_lblk_t lblk; ext4_fsblk_t pblk; unsigned int len; unsigned int allocated; ext4_fsblk_t newblk
  | dev {dev:<<20},{dev} ino {ino} m_lblk {lblk} m_pblk {pblk} m_len {len} flags {flags:|1=CREATE,2=UNWRIT,4=DELALLOC,8=PRE_IO,16=CONVERT,32=METADATA_NOFAIL,64=NO_NORMALIZE,256=CONVERT_UNWRITTEN,512=ZERO,1024=IO_SUBMIT,1073741824=EX_NOCACHE} allocated {allocated} newblock {newblk}
ext4_ext_load_extent
  dev_t dev; ino_t ino; ext4_fsblk_t pblk; ext4_lblk_t lblk
  | dev {dev:<<20},{dev} ino {ino} lblk {lblk} pblk {pblk}
ext4_ext_map_blocks_enter
  dev_t dev; ino_t ino; ext4_lblk_t lblk; unsigned int len; unsigned int flags
  | dev {dev:<<20},{dev} ino {ino} lblk {lblk} len {len} flags {flags:|1=CREATE,2=UNWRIT,4=DELALLOC,8=PRE_IO,16=CONVERT,32=METADATA_NOFAIL,64=NO_NORMALIZE,256=CONVERT_UNWRITTEN,512=ZERO,1024=IO_SUBMIT,1073741824=EX_NOCACHE}
ext4_ext_map_blocks_exit
  dev_t dev; ino_t ino; unsigned int flags; ext4_fsblk_t pblk; ext4_lblk_t lblk; unsigned int len; unsigned int mflags; int ret
  | dev {dev:<<20},{dev} ino {ino} flags {flags:|1=CREATE,2=UNWRIT,4=DELALLOC,8=PRE_IO,16=CONVERT,32=METADATA_NOFAIL,64=NO_NORMALIZE,256=CONVERT_UNWRITTEN,512=ZERO,1024=IO_SUBMIT,1073741824=EX_NOCACHE} lblk {lblk} pblk {pblk} len {len} mflags {} ret {ret}
ext4_ext_remove_space
  dev_t dev; ino_t ino; ext4_lblk_t start; ext4_lblk_t end; int depth
  | dev {dev:<<20},{dev} ino {ino} since {start} end {end} depth {depth}
ext4_ext_remove_space_done
  dev_t dev; ino_t ino; ext4_lblk_t start; ext4_lblk_t end; int depth; ext4_fsblk_t pc_pclu; ext4_lblk_t pc_lblk; int pc_state; unsigned short eh_entries
  | dev {dev:<<20},{dev} ino {ino} since {start} end {end} depth {depth} partial [pclu {pc_pclu} lblk {pc_lblk} state {pc_state}] remaining_entries {eh_entries}
ext4_ext_rm_idx
  dev_t dev; ino_t ino; ext4_fsblk_t pblk
  | dev {dev:<<20},{dev} ino {ino} index_pblk {pblk}
ext4_ext_rm_leaf
  dev_t dev; ino_t ino; ext4_lblk_t start; ext4_lblk_t ee_lblk; ext4_fsblk_t ee_pblk; short ee_len; ext4_fsblk_t pc_pclu; ext4_lblk_t pc_lblk; int pc_state
  | dev {dev:<<20},{dev} ino {ino} start_lblk {start} last_extent [{ee_lblk}({ee_pblk}), {ee_len}]partial [pclu {pc_pclu} lblk {pc_lblk} state {pc_state}]
ext4_ext_show_extent
  dev_t dev; ino_t ino; ext4_fsblk_t pblk; ext4_lblk_t lblk; unsigned short len
  | dev {dev:<<20},{dev} ino {ino} lblk {lblk} pblk {pblk} len {len}
ext4_fallocate_enter
  dev_t dev; ino_t ino; loff_t offset; loff_t len; int mode
  | dev {dev:<<20},{dev} ino {ino} offset {offset} len {len} mode {mode:|1=KEEP_SIZE,2=PUNCH_HOLE,8=COLLAPSE_RANGE,16=ZERO_RANGE,128=WRITE_ZEROES}
ext4_fallocate_exit
  dev_t dev; ino_t ino; loff_t pos; unsigned int blocks; int ret
  | dev {dev:<<20},{dev} ino {ino} pos {pos} blocks {blocks} ret {ret}
ext4_fc_cleanup
  dev_t dev; int j_fc_off; int full; tid_t tid
  | dev {dev:<<20},{dev}, j_fc_off {j_fc_off}, full {full}, tid {tid}
ext4_fc_commit_start
  dev_t dev; tid_t tid
  | dev {dev:<<20},{dev} tid {tid}
ext4_fc_commit_stop
  dev_t dev; int nblks; int reason; int num_fc; int num_fc_ineligible; int nblks_agg; tid_t tid
  | dev {dev:<<20},{dev} nblks {nblks}, reason {reason}, fc = {num_fc}, ineligible = {num_fc_ineligible}, agg_nblks {nblks_agg}, tid {tid}
ext4_fc_replay
  dev_t dev; int tag; int ino; int priv1; int priv2
  | dev {dev:<<20},{dev}: tag {tag}, ino {ino}, data1 {priv1}, data2 {priv2}
ext4_fc_replay_scan
  dev_t dev; int error; int off
  | dev {dev:<<20},{dev} error {error}, off {off}
ext4_fc_stats
  dev_t dev; unsigned int fc_ineligible_rc[10]; unsigned long fc_commits; unsigned long fc_ineligible_commits; unsigned long fc_numblks
ext4_fc_track_create
  dev_t dev; tid_t t_tid; ino_t i_ino; tid_t i_sync_tid; int error
  | dev {dev:<<20},{dev}, t_tid {t_tid}, ino {i_ino}, i_sync_tid {i_sync_tid}, error {error}
ext4_fc_track_inode
  dev_t dev; tid_t t_tid; ino_t i_ino; tid_t i_sync_tid; int error
  | dev {dev:<<20}:{dev}, t_tid {t_tid}, inode {i_ino}, i_sync_tid {i_sync_tid}, error {error}
ext4_fc_track_link
  dev_t dev; tid_t t_tid; ino_t i_ino; tid_t i_sync_tid; int error
  | dev {dev:<<20},{dev}, t_tid {t_tid}, ino {i_ino}, i_sync_tid {i_sync_tid}, error {error}
ext4_fc_track_range
  dev_t dev; tid_t t_tid; ino_t i_ino; tid_t i_sync_tid; long start; long end; int error
  | dev {dev:<<20}:{dev}, t_tid {t_tid}, inode {i_ino}, i_sync_tid {i_sync_tid}, error {error}, start {start}, end {end}
ext4_fc_track_unlink
  dev_t dev; tid_t t_tid; ino_t i_ino; tid_t i_sync_tid; int error
  | dev {dev:<<20},{dev}, t_tid {t_tid}, ino {i_ino}, i_sync_tid {i_sync_tid}, error {error}
ext4_forget
  dev_t dev; ino_t ino; __u64 block; int is_metadata; __u16 mode
  | dev {dev:<<20},{dev} ino {ino} mode 0{mode:o} is_metadata {is_metadata} block {block}
ext4_free_blocks
  dev_t dev; ino_t ino; __u64 block; unsigned long count; int flags; __u16 mode
  | dev {dev:<<20},{dev} ino {ino} mode 0{mode:o} block {block} count {count} flags {flags:|1=METADATA,2=FORGET,4=VALIDATED,8=NO_QUOTA,16=1ST_CLUSTER,32=LAST_CLUSTER}
ext4_free_inode
  dev_t dev; ino_t ino; uid_t uid; gid_t gid; __u64 blocks; __u16 mode
  | dev {dev:<<20},{dev} ino {ino} mode 0{mode:o} uid {uid} gid {gid} blocks {blocks}
ext4_fsmap_high_key
  dev_t dev; dev_t keydev; u32 agno; u64 bno; u64 len; u64 owner
  | dev {dev:<<20}:{dev} keydev {keydev:<<20}:{keydev} agno {agno} bno {bno} len {len} owner {owner}
ext4_fsmap_low_key
  dev_t dev; dev_t keydev; u32 agno; u64 bno; u64 len; u64 owner
  | dev {dev:<<20}:{dev} keydev {keydev:<<20}:{keydev} agno {agno} bno {bno} len {len} owner {owner}
ext4_fsmap_mapping
  dev_t dev; dev_t keydev; u32 agno; u64 bno; u64 len; u64 owner
  | dev {dev:<<20}:{dev} keydev {keydev:<<20}:{keydev} agno {agno} bno {bno} len {len} owner {owner}
ext4_get_implied_cluster_alloc_exit
  dev_t dev; unsigned int flags; ext4_lblk_t lblk; ext4_fsblk_t pblk; unsigned int len; int ret
  | dev {dev:<<20},{dev} m_lblk {lblk} m_pblk {pblk} m_len {len} m_flags {} ret {ret}
ext4_getfsmap_high_key
  dev_t dev; dev_t keydev; u64 block; u64 len; u64 owner; u64 flags
  | dev {dev:<<20}:{dev} keydev {keydev:<<20}:{keydev} block {block} len {len} owner {owner} flags 0x{flags:x}
ext4_getfsmap_low_key
  dev_t dev; dev_t keydev; u64 block; u64 len; u64 owner; u64 flags
  | dev {dev:<<20}:{dev} keydev {keydev:<<20}:{keydev} block {block} len {len} owner {owner} flags 0x{flags:x}
ext4_getfsmap_mapping
  dev_t dev; dev_t keydev; u64 block; u64 len; u64 owner; u64 flags
  | dev {dev:<<20}:{dev} keydev {keydev:<<20}:{keydev} block {block} len {len} owner {owner} flags 0x{flags:x}
ext4_ind_map_blocks_enter
  dev_t dev; ino_t ino; ext4_lblk_t lblk; unsigned int len; unsigned int flags
  | dev {dev:<<20},{dev} ino {ino} lblk {lblk} len {len} flags {flags:|1=CREATE,2=UNWRIT,4=DELALLOC,8=PRE_IO,16=CONVERT,32=METADATA_NOFAIL,64=NO_NORMALIZE,256=CONVERT_UNWRITTEN,512=ZERO,1024=IO_SUBMIT,1073741824=EX_NOCACHE}
ext4_ind_map_blocks_exit
  dev_t dev; ino_t ino; unsigned int flags; ext4_fsblk_t pblk; ext4_lblk_t lblk; unsigned int len; unsigned int mflags; int ret
  | dev {dev:<<20},{dev} ino {ino} flags {flags:|1=CREATE,2=UNWRIT,4=DELALLOC,8=PRE_IO,16=CONVERT,32=METADATA_NOFAIL,64=NO_NORMALIZE,256=CONVERT_UNWRITTEN,512=ZERO,1024=IO_SUBMIT,1073741824=EX_NOCACHE} lblk {lblk} pblk {pblk} len {len} mflags {} ret {ret}
ext4_insert_range
  dev_t dev; ino_t ino; loff_t offset; loff_t len
  | dev {dev:<<20},{dev} ino {ino} offset {offset} len {len}
ext4_invalidate_folio
  dev_t dev; ino_t ino; unsigned long index; size_t offset; size_t length
  | dev {dev:<<20},{dev} ino {ino} folio_index {index} offset {offset} length {length}
ext4_journal_start_inode
  unsigned long ino; dev_t dev; unsigned long ip; int blocks; int rsv_blocks; int revoke_creds; int type
  | dev {dev:<<20},{dev} blocks {blocks}, rsv_blocks {rsv_blocks}, revoke_creds {revoke_creds}, type {type}, ino {ino}, caller {ip:s}
ext4_journal_start_reserved
  dev_t dev; unsigned long ip; int blocks
  | dev {dev:<<20},{dev} blocks, {blocks} caller {ip:s}
ext4_journal_start_sb
  dev_t dev; unsigned long ip; int blocks; int rsv_blocks; int revoke_creds; int type
  | dev {dev:<<20},{dev} blocks {blocks}, rsv_blocks {rsv_blocks}, revoke_creds {revoke_creds}, type {type}, caller {ip:s}
ext4_journalled_invalidate_folio
  dev_t dev; ino_t ino; unsigned long index; size_t offset; size_t length
  | dev {dev:<<20},{dev} ino {ino} folio_index {index} offset {offset} length {length}
ext4_journalled_write_end
  dev_t dev; ino_t ino; loff_t pos; unsigned int len; unsigned int copied
  | dev {dev:<<20},{dev} ino {ino} pos {pos} len {len} copied {copied}
ext4_lazy_itable_init
  dev_t dev; __u32 group
  | dev {dev:<<20},{dev} group {group}
ext4_load_inode
  dev_t dev; ino_t ino
  | dev {dev:<<20},{dev} ino {ino}
ext4_load_inode_bitmap
  dev_t dev; __u32 group
  | dev {dev:<<20},{dev} group {group}
ext4_mark_inode_dirty
  dev_t dev; ino_t ino; unsigned long ip
  | dev {dev:<<20},{dev} ino {ino} caller {ip:s}
ext4_mb_bitmap_load
  dev_t dev; __u32 group
  | dev {dev:<<20},{dev} group {group}
ext4_mb_buddy_bitmap_load
  dev_t dev; __u32 group
  | dev {dev:<<20},{dev} group {group}
ext4_mb_discard_preallocations
  dev_t dev; int needed
  | dev {dev:<<20},{dev} needed {needed}
ext4_mb_new_group_pa
  dev_t dev; ino_t ino; __u64 pa_pstart; __u64 pa_lstart; __u32 pa_len
  | dev {dev:<<20},{dev} ino {ino} pstart {pa_pstart} len {pa_len} lstart {pa_lstart}
ext4_mb_new_inode_pa
  dev_t dev; ino_t ino; __u64 pa_pstart; __u64 pa_lstart; __u32 pa_len
  | dev {dev:<<20},{dev} ino {ino} pstart {pa_pstart} len {pa_len} lstart {pa_lstart}
ext4_mb_release_group_pa
  dev_t dev; __u64 pa_pstart; __u32 pa_len
  | dev {dev:<<20},{dev} pstart {pa_pstart} len {pa_len}
ext4_mb_release_inode_pa
  dev_t dev; ino_t ino; __u64 block; __u32 count
  | dev {dev:<<20},{dev} ino {ino} block {block} count {count}
ext4_mballoc_alloc
  dev_t dev; ino_t ino; __u32 orig_logical; int orig_start; __u32 orig_group; int orig_len; __u32 goal_logical; int goal_start; __u32 goal_group; int goal_len; __u32 result_logical; int result_start; __u32 result_group; int result_len; __u16 found; __u16 groups; __u16 buddy; __u16 flags; __u16 tail; __u8 cr
  | dev {dev:<<20},{dev} inode {ino} orig {orig_group}/{orig_start}/{orig_len}@{orig_logical} goal {goal_group}/{goal_start}/{goal_len}@{goal_logical} result {result_group}/{result_start}/{result_len}@{result_logical} blks {found} grps {groups} cr {cr:=0=CR_POWER2_ALIGNED,1=CR_GOAL_LEN_FAST,2=CR_BEST_AVAIL_LEN,3=CR_GOAL_LEN_SLOW,4=CR_ANY_FREE} flags {flags:|@flags} tail {tail} broken {}
ext4_mballoc_discard
  dev_t dev; ino_t ino; int result_start; __u32 result_group; int result_len
  | dev {dev:<<20},{dev} inode {ino} extent {result_group}/{result_start}/{result_len}
ext4_mballoc_free
  dev_t dev; ino_t ino; int result_start; __u32 result_group; int result_len
  | dev {dev:<<20},{dev} inode {ino} extent {result_group}/{result_start}/{result_len}
ext4_mballoc_prealloc
  dev_t dev; ino_t ino; __u32 orig_logical; int orig_start; __u32 orig_group; int orig_len; __u32 result_logical; int result_start; __u32 result_group; int result_len
  | dev {dev:<<20},{dev} inode {ino} orig {orig_group}/{orig_start}/{orig_len}@{orig_logical} result {result_group}/{result_start}/{result_len}@{result_logical}
ext4_nfs_commit_metadata
  dev_t dev; ino_t ino
  | dev {dev:<<20},{dev} ino {ino}
ext4_other_inode_update_time
  dev_t dev; ino_t ino; ino_t orig_ino; uid_t uid; gid_t gid; __u16 mode
  | dev {dev:<<20},{dev} orig_ino {orig_ino} ino {ino} mode 0{mode:o} uid {uid} gid {gid}
ext4_prefetch_bitmaps
  dev_t dev; __u32 group; __u32 next; __u32 ios
  | dev {dev:<<20},{dev} group {group} next {next} ios {ios}
ext4_punch_hole
  dev_t dev; ino_t ino; loff_t offset; loff_t len; int mode
  | dev {dev:<<20},{dev} ino {ino} offset {offset} len {len} mode {mode:|1=KEEP_SIZE,2=PUNCH_HOLE,8=COLLAPSE_RANGE,16=ZERO_RANGE,128=WRITE_ZEROES}
ext4_read_block_bitmap_load
  dev_t dev; __u32 group; bool prefetch
  | dev {dev:<<20},{dev} group {group} prefetch {prefetch}
ext4_read_folio
  dev_t dev; ino_t ino; unsigned long index
  | dev {dev:<<20},{dev} ino {ino} folio_index {index}
ext4_release_folio
  dev_t dev; ino_t ino; unsigned long index
  | dev {dev:<<20},{dev} ino {ino} folio_index {index}
ext4_remove_blocks
  dev_t dev; ino_t ino; ext4_lblk_t from; ext4_lblk_t to; ext4_fsblk_t ee_pblk; ext4_lblk_t ee_lblk; unsigned short ee_len; ext4_fsblk_t pc_pclu; ext4_lblk_t pc_lblk; int pc_state
  | dev {dev:<<20},{dev} ino {ino} extent [{ee_lblk}({ee_pblk}), {ee_len}]from {from} to {to} partial [pclu {pc_pclu} lblk {pc_lblk} state {pc_state}]
ext4_request_blocks
  dev_t dev; ino_t ino; unsigned int len; __u32 logical; __u32 lleft; __u32 lright; __u64 goal; __u64 pleft; __u64 pright; unsigned int flags
  | dev {dev:<<20},{dev} ino {ino} flags {flags:|@flags} len {len} lblk {logical} goal {goal} lleft {lleft} lright {lright} pleft {pleft} pright {pright}
ext4_request_inode
  dev_t dev; ino_t dir; __u16 mode
  | dev {dev:<<20},{dev} dir {dir} mode 0{mode:o}
ext4_shutdown
  dev_t dev; unsigned flags
  | dev {dev:<<20},{dev} flags {flags}
ext4_sync_file_enter
  dev_t dev; ino_t ino; ino_t parent; int datasync
  | dev {dev:<<20},{dev} ino {ino} parent {parent} datasync {datasync}
ext4_sync_file_exit
  dev_t dev; ino_t ino; int ret
  | dev {dev:<<20},{dev} ino {ino} ret {ret}
ext4_sync_fs
  dev_t dev; int wait
  | dev {dev:<<20},{dev} wait {wait}
ext4_trim_all_free
  int dev_major; int dev_minor; __u32 group; int start; int len
  | dev {dev_major},{dev_minor} group {group}, start {start}, len {len}
ext4_trim_extent
  int dev_major; int dev_minor; __u32 group; int start; int len
  | dev {dev_major},{dev_minor} group {group}, start {start}, len {len}
ext4_truncate_enter
  dev_t dev; ino_t ino; __u64 blocks
  | dev {dev:<<20},{dev} ino {ino} blocks {blocks}
ext4_truncate_exit
  dev_t dev; ino_t ino; __u64 blocks
  | dev {dev:<<20},{dev} ino {ino} blocks {blocks}
ext4_unlink_enter
  dev_t dev; ino_t ino; ino_t parent; loff_t size
  | dev {dev:<<20},{dev} ino {ino} size {size} parent {parent}
ext4_unlink_exit
  dev_t dev; ino_t ino; int ret
  | dev {dev:<<20},{dev} ino {ino} ret {ret}
ext4_update_sb
  dev_t dev; ext4_fsblk_t fsblk; unsigned int flags
  | dev {dev:<<20},{dev} fsblk {fsblk} flags {flags}
ext4_write_begin
  dev_t dev; ino_t ino; loff_t pos; unsigned int len
  | dev {dev:<<20},{dev} ino {ino} pos {pos} len {len}
ext4_write_end
  dev_t dev; ino_t ino; loff_t pos; unsigned int len; unsigned int copied
  | dev {dev:<<20},{dev} ino {ino} pos {pos} len {len} copied {copied}
ext4_writepages
  dev_t dev; ino_t ino; long nr_to_write; long pages_skipped; loff_t range_start; loff_t range_end; unsigned long writeback_index; int sync_mode; char for_kupdate; char range_cyclic
  | dev {dev:<<20},{dev} ino {ino} nr_to_write {nr_to_write} pages_skipped {pages_skipped} range_start {range_start} range_end {range_end} sync_mode {sync_mode} for_kupdate {for_kupdate} range_cyclic {range_cyclic} writeback_index {writeback_index}
ext4_writepages_result
  dev_t dev; ino_t ino; int ret; int pages_written; long pages_skipped; unsigned long writeback_index; int sync_mode
  | dev {dev:<<20},{dev} ino {ino} ret {ret} pages_written {pages_written} pages_skipped {pages_skipped} sync_mode {sync_mode} writeback_index {writeback_index}
ext4_zero_range
  dev_t dev; ino_t ino; loff_t offset; loff_t len; int mode
  | dev {dev:<<20},{dev} ino {ino} offset {offset} len {len} mode {mode:|1=KEEP_SIZE,2=PUNCH_HOLE,8=COLLAPSE_RANGE,16=ZERO_RANGE,128=WRITE_ZEROES}
`,
  fib: `
fib_table_lookup
  u32 tb_id; int err; int oif; int iif; u8 proto; __u8 tos; __u8 scope; __u8 flags; __u8 src[4]; __u8 dst[4]; __u8 gw4[4]; __u8 gw6[16]; u16 sport; u16 dport; char name[16]
  | table {tb_id} oif {oif} iif {iif} proto {proto} {src:ip4}/{sport} -> {dst:ip4}/{dport} tos {tos} scope {scope} flags {flags:x} ==> dev {name} gw {gw4:ip4}/{gw6:ip6} err {err}
`,
  fib6: `
fib6_table_lookup
  u32 tb_id; int err; int oif; int iif; u32 flowlabel; __u8 tos; __u8 scope; __u8 flags; __u8 src[16]; __u8 dst[16]; u16 sport; u16 dport; u8 proto; u8 rt_type; char name[16]; __u8 gw[16]
  | table {tb_id} oif {oif} iif {iif} proto {proto} {src:ip6}/{sport} -> {dst:ip6}/{dport} flowlabel 0x{flowlabel:x} tos {tos} scope {scope} flags {flags:x} ==> dev {name} gw {gw:ip6} err {err}
`,
  filelock: `
break_lease_block
  struct file_lease * fl; unsigned long i_ino; dev_t s_dev; struct file_lock_core * blocker; fl_owner_t owner; unsigned int flags; unsigned char type; unsigned long break_time; unsigned long downgrade_time
  | fl={fl:x} dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} fl_blocker={blocker:x} fl_owner={owner:x} fl_flags={flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK} fl_break_time={break_time} fl_downgrade_time={downgrade_time}
break_lease_noblock
  struct file_lease * fl; unsigned long i_ino; dev_t s_dev; struct file_lock_core * blocker; fl_owner_t owner; unsigned int flags; unsigned char type; unsigned long break_time; unsigned long downgrade_time
  | fl={fl:x} dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} fl_blocker={blocker:x} fl_owner={owner:x} fl_flags={flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK} fl_break_time={break_time} fl_downgrade_time={downgrade_time}
break_lease_unblock
  struct file_lease * fl; unsigned long i_ino; dev_t s_dev; struct file_lock_core * blocker; fl_owner_t owner; unsigned int flags; unsigned char type; unsigned long break_time; unsigned long downgrade_time
  | fl={fl:x} dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} fl_blocker={blocker:x} fl_owner={owner:x} fl_flags={flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK} fl_break_time={break_time} fl_downgrade_time={downgrade_time}
fcntl_setlk
  struct file_lock * fl; unsigned long i_ino; dev_t s_dev; struct file_lock_core * blocker; fl_owner_t owner; unsigned int pid; unsigned int flags; unsigned char type; loff_t fl_start; loff_t fl_end; int ret
  | fl={fl:x} dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} fl_blocker={blocker:x} fl_owner={owner:x} fl_pid={pid} fl_flags={flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK} fl_start={fl_start} fl_end={fl_end} ret={ret}
flock_lock_inode
  struct file_lock * fl; unsigned long i_ino; dev_t s_dev; struct file_lock_core * blocker; fl_owner_t owner; unsigned int pid; unsigned int flags; unsigned char type; loff_t fl_start; loff_t fl_end; int ret
  | fl={fl:x} dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} fl_blocker={blocker:x} fl_owner={owner:x} fl_pid={pid} fl_flags={flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK} fl_start={fl_start} fl_end={fl_end} ret={ret}
generic_add_lease
  unsigned long i_ino; int wcount; int rcount; int icount; dev_t s_dev; fl_owner_t owner; unsigned int flags; unsigned char type
  | dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} wcount={wcount} rcount={rcount} icount={icount} fl_owner={owner:x} fl_flags={flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK}
generic_delete_lease
  struct file_lease * fl; unsigned long i_ino; dev_t s_dev; struct file_lock_core * blocker; fl_owner_t owner; unsigned int flags; unsigned char type; unsigned long break_time; unsigned long downgrade_time
  | fl={fl:x} dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} fl_blocker={blocker:x} fl_owner={owner:x} fl_flags={flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK} fl_break_time={break_time} fl_downgrade_time={downgrade_time}
leases_conflict
  void * lease; void * breaker; unsigned int l_fl_flags; unsigned int b_fl_flags; unsigned char l_fl_type; unsigned char b_fl_type; bool conflict
  | conflict {conflict}: lease={lease:x} fl_flags={l_fl_flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={l_fl_type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK}; breaker={breaker:x} fl_flags={b_fl_flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={b_fl_type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK}
locks_get_lock_context
  unsigned long i_ino; dev_t s_dev; unsigned char type; struct file_lock_context * ctx
  | dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK} ctx={ctx:x}
locks_remove_posix
  struct file_lock * fl; unsigned long i_ino; dev_t s_dev; struct file_lock_core * blocker; fl_owner_t owner; unsigned int pid; unsigned int flags; unsigned char type; loff_t fl_start; loff_t fl_end; int ret
  | fl={fl:x} dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} fl_blocker={blocker:x} fl_owner={owner:x} fl_pid={pid} fl_flags={flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK} fl_start={fl_start} fl_end={fl_end} ret={ret}
posix_lock_inode
  struct file_lock * fl; unsigned long i_ino; dev_t s_dev; struct file_lock_core * blocker; fl_owner_t owner; unsigned int pid; unsigned int flags; unsigned char type; loff_t fl_start; loff_t fl_end; int ret
  | fl={fl:x} dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} fl_blocker={blocker:x} fl_owner={owner:x} fl_pid={pid} fl_flags={flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK} fl_start={fl_start} fl_end={fl_end} ret={ret}
time_out_leases
  struct file_lease * fl; unsigned long i_ino; dev_t s_dev; struct file_lock_core * blocker; fl_owner_t owner; unsigned int flags; unsigned char type; unsigned long break_time; unsigned long downgrade_time
  | fl={fl:x} dev=0x{s_dev:<<20x}:0x{s_dev:x} ino=0x{i_ino:x} fl_blocker={blocker:x} fl_owner={owner:x} fl_flags={flags:|1=FL_POSIX,2=FL_FLOCK,4=FL_DELEG,8=FL_ACCESS,16=FL_EXISTS,32=FL_LEASE,64=FL_CLOSE,128=FL_SLEEP,256=FL_DOWNGRADE_PENDING,512=FL_UNLOCK_PENDING,1024=FL_OFDLCK,4096=FL_RECLAIM} fl_type={type:=0=F_RDLCK,1=F_WRLCK,2=F_UNLCK} fl_break_time={break_time} fl_downgrade_time={downgrade_time}
`,
  filemap: `
file_check_and_advance_wb_err
  struct file * file; unsigned long i_ino; dev_t s_dev; errseq_t old; errseq_t new
  | file={file:x} dev={s_dev:<<20}:{s_dev} ino=0x{i_ino:x} old=0x{old:x} new=0x{new:x}
filemap_set_wb_err
  unsigned long i_ino; dev_t s_dev; errseq_t errseq
  | dev={s_dev:<<20}:{s_dev} ino=0x{i_ino:x} errseq=0x{errseq:x}
mm_filemap_add_to_page_cache
  unsigned long pfn; unsigned long i_ino; unsigned long index; dev_t s_dev; unsigned char order
  | dev {s_dev:<<20}:{s_dev} ino {i_ino:x} pfn=0x{pfn:x} ofs={} order={order}
mm_filemap_delete_from_page_cache
  unsigned long pfn; unsigned long i_ino; unsigned long index; dev_t s_dev; unsigned char order
  | dev {s_dev:<<20}:{s_dev} ino {i_ino:x} pfn=0x{pfn:x} ofs={} order={order}
mm_filemap_fault
  unsigned long i_ino; dev_t s_dev; unsigned long index
  | dev={s_dev:<<20}:{s_dev} ino={i_ino:x} ofs={}
mm_filemap_get_pages
  unsigned long i_ino; dev_t s_dev; unsigned long index; unsigned long last_index
  | dev={s_dev:<<20}:{s_dev} ino={i_ino:x} ofs={}-{}
mm_filemap_map_pages
  unsigned long i_ino; dev_t s_dev; unsigned long index; unsigned long last_index
  | dev={s_dev:<<20}:{s_dev} ino={i_ino:x} ofs={}-{}
`,
  ftrace: `
bprint
  unsigned long ip; const char * fmt; u32 buf[]
  | {ip:s}: {}
bputs
  unsigned long ip; const char * str
  | {ip:s}: {}
branch
  unsigned int line; char func[31]; char file[21]; char correct; char constant
  | {line}:{func}:{file} ({correct}){constant:=1= CONSTANT,0=}
context_switch
  unsigned int prev_pid; unsigned int next_pid; unsigned int next_cpu; unsigned char prev_prio; unsigned char prev_state; unsigned char next_prio; unsigned char next_state
  | {prev_pid}:{prev_prio}:{prev_state}  ==> {next_pid}:{next_prio}:{next_state} [{next_cpu}]
func_repeats
  unsigned long ip; unsigned long parent_ip; u16 count; u16 top_delta_ts; u32 bottom_delta_ts
  |  {ip:s} <-{parent_ip:s}	(repeats:{count}  delta: -{})
funcgraph_entry
  unsigned long func; unsigned int depth; unsigned long args[]
  | --> {func:s} ({depth})
funcgraph_exit
  unsigned long func; unsigned int depth; unsigned int overrun; unsigned long long calltime; unsigned long long rettime
  | <-- {func:s} ({depth}) (start: {calltime:x}  end: {rettime:x}) over: {depth}
function
  unsigned long ip; unsigned long parent_ip; unsigned long args[]
  |  {ip:s} <-- {parent_ip:s}
hwlat
  u64 duration; u64 outer_duration; u64 nmi_total_ts; s64 tv_sec; long tv_nsec; unsigned int nmi_count; unsigned int seqnum; unsigned int count
  | cnt:{seqnum}	ts:{tv_sec}.{tv_nsec}	inner:{duration}	outer:{outer_duration}	count:{count}	nmi-ts:{nmi_total_ts}	nmi-count:{nmi_count}
kernel_stack
  int size; unsigned long caller[8]
mmiotrace_map
  resource_size_t phys; unsigned long virt; unsigned long len; int map_id; unsigned char opcode
  | {phys:x} {virt:x} {len:x} {map_id} {opcode:x}
mmiotrace_rw
  resource_size_t phys; unsigned long value; unsigned long pc; int map_id; unsigned char opcode; unsigned char width
  | {phys:x} {value:x} {pc:x} {map_id} {opcode:x} {width:x}
osnoise
  u64 noise; u64 runtime; u64 max_sample; unsigned int hw_count; unsigned int nmi_count; unsigned int irq_count; unsigned int softirq_count; unsigned int thread_count
  | noise:{noise}	max_sample:{max_sample}	hw:{hw_count}	nmi:{nmi_count}	irq:{irq_count}	softirq:{softirq_count}	thread:{thread_count}
print
  unsigned long ip; char buf[]
  | {ip:s}: {buf}
raw_data
  unsigned int id; char buf[]
  | id:{id:x} {buf:x}
timerlat
  unsigned int seqnum; int context; u64 timer_latency
  | seq:{seqnum}	context:{context}	timer_latency:{timer_latency}
user_stack
  unsigned int tgid; unsigned long caller[8]
wakeup
  unsigned int prev_pid; unsigned int next_pid; unsigned int next_cpu; unsigned char prev_prio; unsigned char prev_state; unsigned char next_prio; unsigned char next_state
  | {prev_pid}:{prev_prio}:{prev_state}  ==+ {next_pid}:{next_prio}:{next_state} [{next_cpu}]
`,
  huge_memory: `
mm_collapse_huge_page
  struct mm_struct * mm; int isolated; int status
  | mm={mm:x}, isolated={isolated}, status={status:=@status}
mm_collapse_huge_page_isolate
  unsigned long pfn; int none_or_zero; int referenced; int status
  | scan_pfn=0x{pfn:x}, none_or_zero={none_or_zero}, referenced={referenced}, status={status:=@status}
mm_collapse_huge_page_swapin
  struct mm_struct * mm; int swapped_in; int referenced; int ret
  | mm={mm:x}, swapped_in={swapped_in}, referenced={referenced}, ret={ret}
mm_khugepaged_collapse_file
  struct mm_struct * mm; unsigned long hpfn; unsigned long index; unsigned long addr; bool is_shmem; __data_loc char[] filename; int nr; int result
  | mm={mm:x}, hpage_pfn=0x{hpfn:x}, index={index}, addr={addr:x}, is_shmem={is_shmem}, filename={filename}, nr={nr}, result={result:=@status}
mm_khugepaged_scan_file
  struct mm_struct * mm; unsigned long pfn; __data_loc char[] filename; int present; int swap; int result
  | mm={mm:x}, scan_pfn=0x{pfn:x}, filename={filename}, present={present}, swap={swap}, result={result:=@status}
mm_khugepaged_scan_pmd
  struct mm_struct * mm; unsigned long pfn; int referenced; int none_or_zero; int status; int unmapped
  | mm={mm:x}, scan_pfn=0x{pfn:x}, referenced={referenced}, none_or_zero={none_or_zero}, status={status:=@status}, unmapped={unmapped}
`,
  io_uring: `
io_uring_complete
  void * ctx; void * req; u64 user_data; int res; unsigned cflags; u64 extra1; u64 extra2
  | ring {ctx:x}, req {req:x}, user_data 0x{user_data:x}, result {res}, cflags 0x{cflags:x} extra1 {extra1} extra2 {extra2}
io_uring_cqe_overflow
  void * ctx; unsigned long long user_data; s32 res; u32 cflags; void * ocqe
  | ring {ctx:x}, user_data 0x{user_data:x}, res {res}, cflags 0x{cflags:x}, overflow_cqe {ocqe:x}
io_uring_cqring_wait
  void * ctx; int min_events
  | ring {ctx:x}, min_events {min_events}
io_uring_create
  int fd; void * ctx; u32 sq_entries; u32 cq_entries; u32 flags
  | ring {ctx:x}, fd {fd} sq size {sq_entries}, cq size {cq_entries}, flags 0x{flags:x}
io_uring_defer
  void * ctx; void * req; unsigned long long data; u8 opcode; __data_loc char[] op_str
  | ring {ctx:x}, request {req:x}, user_data 0x{data:x}, opcode {op_str}
io_uring_fail_link
  void * ctx; void * req; unsigned long long user_data; u8 opcode; void * link; __data_loc char[] op_str
  | ring {ctx:x}, request {req:x}, user_data 0x{user_data:x}, opcode {op_str}, link {link:x}
io_uring_file_get
  void * ctx; void * req; u64 user_data; int fd
  | ring {ctx:x}, req {req:x}, user_data 0x{user_data:x}, fd {fd}
io_uring_link
  void * ctx; void * req; void * target_req
  | ring {ctx:x}, request {req:x} linked after {target_req:x}
io_uring_local_work_run
  void * ctx; int count; unsigned int loops
  | ring {ctx:x}, count {count}, loops {loops}
io_uring_poll_arm
  void * ctx; void * req; unsigned long long user_data; u8 opcode; int mask; int events; __data_loc char[] op_str
  | ring {ctx:x}, req {req:x}, user_data 0x{user_data:x}, opcode {op_str}, mask 0x{mask:x}, events 0x{events:x}
io_uring_queue_async_work
  void * ctx; void * req; u64 user_data; u8 opcode; unsigned long long flags; struct io_wq_work * work; int rw; __data_loc char[] op_str
  | ring {ctx:x}, request {req:x}, user_data 0x{user_data:x}, opcode {op_str}, flags 0x{flags:x}, {rw:=1=hashed,0=normal} queue, work {work:x}
io_uring_register
  void * ctx; unsigned opcode; unsigned nr_files; unsigned nr_bufs; long ret
  | ring {ctx:x}, opcode {opcode}, nr_user_files {nr_files}, nr_user_bufs {nr_bufs}, ret {ret}
io_uring_req_failed
  void * ctx; void * req; unsigned long long user_data; u8 opcode; u8 flags; u8 ioprio; u64 off; u64 addr; u32 len; u32 op_flags; u16 buf_index; u16 personality; u32 file_index; u64 pad1; u64 addr3; int error; __data_loc char[] op_str
  | ring {ctx:x}, req {req:x}, user_data 0x{user_data:x}, opcode {op_str}, flags 0x{flags:x}, prio={ioprio}, off={off}, addr={addr}, len={len}, rw_flags=0x{op_flags:x}, buf_index={buf_index}, personality={personality}, file_index={file_index}, pad=0x{pad1:x}, addr3={addr3:x}, error={error}
io_uring_short_write
  void * ctx; u64 fpos; u64 wanted; u64 got
  | ring {ctx:x}, fpos {fpos}, wanted {wanted}, got {got}
io_uring_submit_req
  void * ctx; void * req; unsigned long long user_data; u8 opcode; unsigned long long flags; bool sq_thread; __data_loc char[] op_str
  | ring {ctx:x}, req {req:x}, user_data 0x{user_data:x}, opcode {op_str}, flags 0x{flags:x}, sq_thread {sq_thread}
io_uring_task_add
  void * ctx; void * req; unsigned long long user_data; u8 opcode; int mask; __data_loc char[] op_str
  | ring {ctx:x}, req {req:x}, user_data 0x{user_data:x}, opcode {op_str}, mask {mask:x}
io_uring_task_work_run
  void * tctx; unsigned int count
  | tctx {tctx:x}, count {count}
`,
  iomap: `
iomap_add_to_ioend
  dev_t dev; u64 ino; u64 pos; u64 dirty_len; u64 addr; loff_t offset; u64 length; u16 type; u16 flags; dev_t bdev
  | dev {dev:<<20}:{dev} ino 0x{ino:x} bdev {bdev:<<20}:{bdev} pos 0x{pos:x} dirty len 0x{dirty_len:x} addr 0x{addr:x} offset 0x{offset:x} length 0x{length:x} type {type:=0=HOLE,1=DELALLOC,2=MAPPED,3=UNWRITTEN,4=INLINE} (0x{type:x}) flags {flags:|1=NEW,2=DIRTY,4=SHARED,8=MERGED,16=BH,32=XATTR,64=BOUNDARY,128=ANON_WRITE,256=ATOMIC_BIO,4096=PRIVATE,16384=SIZE_CHANGED,32768=STALE} (0x{flags:x})
iomap_dio_complete
  dev_t dev; ino_t ino; loff_t isize; loff_t pos; int ki_flags; bool aio; int error; ssize_t ret
  | dev {dev:<<20}:{dev} ino 0x{ino:x} size 0x{isize:x} offset 0x{pos:x} flags {ki_flags:|@ki_flags} aio {aio} error {error} ret {ret}
iomap_dio_invalidate_fail
  dev_t dev; u64 ino; loff_t size; loff_t offset; u64 length
  | dev {dev:<<20}:{dev} ino 0x{ino:x} size 0x{size:x} offset 0x{offset:x} length 0x{length:x}
iomap_dio_rw_begin
  dev_t dev; ino_t ino; loff_t isize; loff_t pos; size_t count; size_t done_before; int ki_flags; unsigned int dio_flags; bool aio
  | dev {dev:<<20}:{dev} ino 0x{ino:x} size 0x{isize:x} offset 0x{pos:x} length 0x{count:x} done_before 0x{done_before:x} flags {ki_flags:|@ki_flags} dio_flags {dio_flags:|1=DIO_FORCE_WAIT,2=DIO_OVERWRITE_ONLY,4=DIO_PARTIAL} aio {aio}
iomap_dio_rw_queued
  dev_t dev; u64 ino; loff_t size; loff_t offset; u64 length
  | dev {dev:<<20}:{dev} ino 0x{ino:x} size 0x{size:x} offset 0x{offset:x} length 0x{length:x}
iomap_invalidate_folio
  dev_t dev; u64 ino; loff_t size; loff_t offset; u64 length
  | dev {dev:<<20}:{dev} ino 0x{ino:x} size 0x{size:x} offset 0x{offset:x} length 0x{length:x}
iomap_iter
  dev_t dev; u64 ino; loff_t pos; u64 length; int status; unsigned int flags; const void * ops; unsigned long caller
  | dev {dev:<<20}:{dev} ino 0x{ino:x} pos 0x{pos:x} length 0x{length:x} status {status} flags {flags:|1=WRITE,2=ZERO,4=REPORT,8=FAULT,16=DIRECT,32=NOWAIT,64=OVERWRITE_ONLY,128=UNSHARE,256=DAX,512=ATOMIC,1024=DONTCACHE} (0x{flags:x}) ops {ops:s} caller {caller:s}
iomap_iter_dstmap
  dev_t dev; u64 ino; u64 addr; loff_t offset; u64 length; u16 type; u16 flags; dev_t bdev
  | dev {dev:<<20}:{dev} ino 0x{ino:x} bdev {bdev:<<20}:{bdev} addr 0x{addr:x} offset 0x{offset:x} length 0x{length:x} type {type:=0=HOLE,1=DELALLOC,2=MAPPED,3=UNWRITTEN,4=INLINE} (0x{type:x}) flags {flags:|1=NEW,2=DIRTY,4=SHARED,8=MERGED,16=BH,32=XATTR,64=BOUNDARY,128=ANON_WRITE,256=ATOMIC_BIO,4096=PRIVATE,16384=SIZE_CHANGED,32768=STALE} (0x{flags:x})
iomap_iter_srcmap
  dev_t dev; u64 ino; u64 addr; loff_t offset; u64 length; u16 type; u16 flags; dev_t bdev
  | dev {dev:<<20}:{dev} ino 0x{ino:x} bdev {bdev:<<20}:{bdev} addr 0x{addr:x} offset 0x{offset:x} length 0x{length:x} type {type:=0=HOLE,1=DELALLOC,2=MAPPED,3=UNWRITTEN,4=INLINE} (0x{type:x}) flags {flags:|1=NEW,2=DIRTY,4=SHARED,8=MERGED,16=BH,32=XATTR,64=BOUNDARY,128=ANON_WRITE,256=ATOMIC_BIO,4096=PRIVATE,16384=SIZE_CHANGED,32768=STALE} (0x{flags:x})
iomap_readahead
  dev_t dev; u64 ino; int nr_pages
  | dev {dev:<<20}:{dev} ino 0x{ino:x} nr_pages {nr_pages}
iomap_readpage
  dev_t dev; u64 ino; int nr_pages
  | dev {dev:<<20}:{dev} ino 0x{ino:x} nr_pages {nr_pages}
iomap_release_folio
  dev_t dev; u64 ino; loff_t size; loff_t offset; u64 length
  | dev {dev:<<20}:{dev} ino 0x{ino:x} size 0x{size:x} offset 0x{offset:x} length 0x{length:x}
iomap_writeback_folio
  dev_t dev; u64 ino; loff_t size; loff_t offset; u64 length
  | dev {dev:<<20}:{dev} ino 0x{ino:x} size 0x{size:x} offset 0x{offset:x} length 0x{length:x}
iomap_zero_iter
  dev_t dev; u64 ino; loff_t size; loff_t offset; u64 length
  | dev {dev:<<20}:{dev} ino 0x{ino:x} size 0x{size:x} offset 0x{offset:x} length 0x{length:x}
`,
  ipi: `
ipi_send_cpu
  unsigned int cpu; void * callsite; void * callback
  | cpu={cpu} callsite={callsite:s} callback={callback:s}
ipi_send_cpumask
  __data_loc cpumask_t[] cpumask; void * callsite; void * callback
  | cpumask={} callsite={callsite:s} callback={callback:s}
`,
  irq: `
irq_handler_entry
  int irq; __data_loc char[] name
  | irq={irq} name={name}
irq_handler_exit
  int irq; int ret
  | irq={irq} ret={ret:=1=handled,0=unhandled}
softirq_entry
  unsigned int vec
  | vec={vec} [action={vec:=0=HI,1=TIMER,2=NET_TX,3=NET_RX,4=BLOCK,5=IRQ_POLL,6=TASKLET,7=SCHED,8=HRTIMER,9=RCU}]
softirq_exit
  unsigned int vec
  | vec={vec} [action={vec:=0=HI,1=TIMER,2=NET_TX,3=NET_RX,4=BLOCK,5=IRQ_POLL,6=TASKLET,7=SCHED,8=HRTIMER,9=RCU}]
softirq_raise
  unsigned int vec
  | vec={vec} [action={vec:=0=HI,1=TIMER,2=NET_TX,3=NET_RX,4=BLOCK,5=IRQ_POLL,6=TASKLET,7=SCHED,8=HRTIMER,9=RCU}]
tasklet_entry
  void * tasklet; void * func
  | tasklet={tasklet:s} function={func:s}
tasklet_exit
  void * tasklet; void * func
  | tasklet={tasklet:s} function={func:s}
`,
  irq_vectors: `
call_function_entry
  int vector
  | vector={vector}
call_function_exit
  int vector
  | vector={vector}
call_function_single_entry
  int vector
  | vector={vector}
call_function_single_exit
  int vector
  | vector={vector}
error_apic_entry
  int vector
  | vector={vector}
error_apic_exit
  int vector
  | vector={vector}
irq_work_entry
  int vector
  | vector={vector}
irq_work_exit
  int vector
  | vector={vector}
local_timer_entry
  int vector
  | vector={vector}
local_timer_exit
  int vector
  | vector={vector}
reschedule_entry
  int vector
  | vector={vector}
reschedule_exit
  int vector
  | vector={vector}
spurious_apic_entry
  int vector
  | vector={vector}
spurious_apic_exit
  int vector
  | vector={vector}
thermal_apic_entry
  int vector
  | vector={vector}
thermal_apic_exit
  int vector
  | vector={vector}
vector_activate
  unsigned int irq; bool is_managed; bool can_reserve; bool reserve
  | irq={irq} is_managed={is_managed} can_reserve={can_reserve} reserve={reserve}
vector_alloc
  unsigned int irq; unsigned int vector; bool reserved; int ret
  | irq={irq} vector={vector} reserved={reserved} ret={ret}
vector_alloc_managed
  unsigned int irq; unsigned int vector; int ret
  | irq={irq} vector={vector} ret={ret}
vector_clear
  unsigned int irq; unsigned int vector; unsigned int cpu; unsigned int prev_vector; unsigned int prev_cpu
  | irq={irq} vector={vector} cpu={cpu} prev_vector={prev_vector} prev_cpu={prev_cpu}
vector_config
  unsigned int irq; unsigned int vector; unsigned int cpu; unsigned int apicdest
  | irq={irq} vector={vector} cpu={cpu} apicdest=0x{apicdest:x}
vector_deactivate
  unsigned int irq; bool is_managed; bool can_reserve; bool reserve
  | irq={irq} is_managed={is_managed} can_reserve={can_reserve} reserve={reserve}
vector_free_moved
  unsigned int irq; unsigned int cpu; unsigned int vector; bool is_managed
  | irq={irq} cpu={cpu} vector={vector} is_managed={is_managed}
vector_reserve
  unsigned int irq; int ret
  | irq={irq} ret={ret}
vector_reserve_managed
  unsigned int irq; int ret
  | irq={irq} ret={ret}
vector_setup
  unsigned int irq; bool is_legacy; int ret
  | irq={irq} is_legacy={is_legacy} ret={ret}
vector_teardown
  unsigned int irq; bool is_managed; bool has_reserved
  | irq={irq} is_managed={is_managed} has_reserved={has_reserved}
vector_update
  unsigned int irq; unsigned int vector; unsigned int cpu; unsigned int prev_vector; unsigned int prev_cpu
  | irq={irq} vector={vector} cpu={cpu} prev_vector={prev_vector} prev_cpu={prev_cpu}
x86_platform_ipi_entry
  int vector
  | vector={vector}
x86_platform_ipi_exit
  int vector
  | vector={vector}
`,
  jbd2: `
jbd2_checkpoint
  dev_t dev; int result
  | dev {dev:<<20},{dev} result {result}
jbd2_checkpoint_stats
  dev_t dev; tid_t tid; unsigned long chp_time; __u32 forced_to_close; __u32 written; __u32 dropped
  | dev {dev:<<20},{dev} tid {tid} chp_time {} forced_to_close {forced_to_close} written {written} dropped {dropped}
jbd2_commit_flushing
  dev_t dev; char sync_commit; tid_t transaction
  | dev {dev:<<20},{dev} transaction {transaction} sync {sync_commit}
jbd2_commit_locking
  dev_t dev; char sync_commit; tid_t transaction
  | dev {dev:<<20},{dev} transaction {transaction} sync {sync_commit}
jbd2_commit_logging
  dev_t dev; char sync_commit; tid_t transaction
  | dev {dev:<<20},{dev} transaction {transaction} sync {sync_commit}
jbd2_drop_transaction
  dev_t dev; char sync_commit; tid_t transaction
  | dev {dev:<<20},{dev} transaction {transaction} sync {sync_commit}
jbd2_end_commit
  dev_t dev; char sync_commit; tid_t transaction; tid_t head
  | dev {dev:<<20},{dev} transaction {transaction} sync {sync_commit} head {head}
jbd2_handle_extend
  dev_t dev; tid_t tid; unsigned int type; unsigned int line_no; int buffer_credits; int requested_blocks
  | dev {dev:<<20},{dev} tid {tid} type {type} line_no {line_no} buffer_credits {buffer_credits} requested_blocks {requested_blocks}
jbd2_handle_restart
  dev_t dev; tid_t tid; unsigned int type; unsigned int line_no; int requested_blocks
  | dev {dev:<<20},{dev} tid {tid} type {type} line_no {line_no} requested_blocks {requested_blocks}
jbd2_handle_start
  dev_t dev; tid_t tid; unsigned int type; unsigned int line_no; int requested_blocks
  | dev {dev:<<20},{dev} tid {tid} type {type} line_no {line_no} requested_blocks {requested_blocks}
jbd2_handle_stats
  dev_t dev; tid_t tid; unsigned int type; unsigned int line_no; int interval; int sync; int requested_blocks; int dirtied_blocks
  | dev {dev:<<20},{dev} tid {tid} type {type} line_no {line_no} interval {interval} sync {sync} requested_blocks {requested_blocks} dirtied_blocks {dirtied_blocks}
jbd2_lock_buffer_stall
  dev_t dev; unsigned long stall_ms
  | dev {dev:<<20},{dev} stall_ms {stall_ms}
jbd2_run_stats
  dev_t dev; tid_t tid; unsigned long wait; unsigned long request_delay; unsigned long running; unsigned long locked; unsigned long flushing; unsigned long logging; __u32 handle_count; __u32 blocks; __u32 blocks_logged
  | dev {dev:<<20},{dev} tid {tid} wait {} request_delay {} running {} locked {} flushing {} logging {} handle_count {handle_count} blocks {blocks} blocks_logged {blocks_logged}
jbd2_shrink_checkpoint_list
  dev_t dev; tid_t first_tid; tid_t tid; tid_t last_tid; unsigned long nr_freed; tid_t next_tid
  | dev {dev:<<20},{dev} shrink transaction {first_tid}-{tid}({last_tid}) freed {nr_freed} next transaction {next_tid}
jbd2_shrink_count
  dev_t dev; unsigned long nr_to_scan; unsigned long count
  | dev {dev:<<20},{dev} nr_to_scan {nr_to_scan} count {count}
jbd2_shrink_scan_enter
  dev_t dev; unsigned long nr_to_scan; unsigned long count
  | dev {dev:<<20},{dev} nr_to_scan {nr_to_scan} count {count}
jbd2_shrink_scan_exit
  dev_t dev; unsigned long nr_to_scan; unsigned long nr_shrunk; unsigned long count
  | dev {dev:<<20},{dev} nr_to_scan {nr_to_scan} nr_shrunk {nr_shrunk} count {count}
jbd2_start_commit
  dev_t dev; char sync_commit; tid_t transaction
  | dev {dev:<<20},{dev} transaction {transaction} sync {sync_commit}
jbd2_submit_inode_data
  dev_t dev; ino_t ino
  | dev {dev:<<20},{dev} ino {ino}
jbd2_update_log_tail
  dev_t dev; tid_t tail_sequence; tid_t first_tid; unsigned long block_nr; unsigned long freed
  | dev {dev:<<20},{dev} from {tail_sequence} to {first_tid} offset {block_nr} freed {freed}
jbd2_write_superblock
  dev_t dev; blk_opf_t write_flags
  | dev {dev:<<20},{dev} write_flags {write_flags:x}
`,
  kmem: `
kfree
  unsigned long call_site; const void * ptr
  | call_site={call_site:s} ptr={ptr:x}
kmalloc
  unsigned long call_site; const void * ptr; size_t bytes_req; size_t bytes_alloc; unsigned long gfp_flags; int node
  | call_site={call_site:s} ptr={ptr:x} bytes_req={bytes_req} bytes_alloc={bytes_alloc} gfp_flags={gfp_flags:|@gfp_mask} node={node} accounted={}
kmem_cache_alloc
  unsigned long call_site; const void * ptr; __data_loc char[] name; size_t bytes_req; size_t bytes_alloc; unsigned long gfp_flags; int node; bool accounted
  | call_site={call_site:s} ptr={ptr:x} name={name} bytes_req={bytes_req} bytes_alloc={bytes_alloc} gfp_flags={gfp_flags:|@gfp_mask} node={node} accounted={accounted:=1=true,0=false}
kmem_cache_free
  unsigned long call_site; const void * ptr; __data_loc char[] name
  | call_site={call_site:s} ptr={ptr:x} name={name}
mm_calculate_totalreserve_pages
  unsigned long totalreserve_pages
  | totalreserve_pages={totalreserve_pages}
mm_page_alloc
  unsigned long pfn; unsigned int order; unsigned long gfp_flags; int migratetype
  | page={} pfn=0x{} order={order} migratetype={migratetype} gfp_flags={gfp_flags:|@gfp_mask}
mm_page_alloc_extfrag
  unsigned long pfn; int alloc_order; int fallback_order; int alloc_migratetype; int fallback_migratetype; int change_ownership
  | page={} pfn=0x{pfn:x} alloc_order={alloc_order} fallback_order={fallback_order} pageblock_order={} alloc_migratetype={alloc_migratetype} fallback_migratetype={fallback_migratetype} fragmenting={} change_ownership={change_ownership}
mm_page_alloc_zone_locked
  unsigned long pfn; unsigned int order; int migratetype; int percpu_refill
  | page={} pfn=0x{} order={order} migratetype={migratetype} percpu_refill={percpu_refill}
mm_page_free
  unsigned long pfn; unsigned int order
  | page={} pfn=0x{pfn:x} order={order}
mm_page_free_batched
  unsigned long pfn
  | page={} pfn=0x{pfn:x} order=0
mm_page_pcpu_drain
  unsigned long pfn; unsigned int order; int migratetype
  | page={} pfn=0x{pfn:x} order={order} migratetype={migratetype}
mm_setup_per_zone_lowmem_reserve
  int node_id; __data_loc char[] name; __data_loc char[] upper_name; long lowmem_reserve
  | node_id={node_id} zone name={name} upper_zone name={upper_name} lowmem_reserve_pages={lowmem_reserve}
mm_setup_per_zone_wmarks
  int node_id; __data_loc char[] name; unsigned long watermark_min; unsigned long watermark_low; unsigned long watermark_high; unsigned long watermark_promo
  | node_id={node_id} zone name={name} watermark min={watermark_min} low={watermark_low} high={watermark_high} promo={watermark_promo}
rss_stat
  unsigned int mm_id; unsigned int curr; int member; long size
  | mm_id={mm_id} curr={curr} type={member:=0=MM_FILEPAGES,1=MM_ANONPAGES,2=MM_SWAPENTS,3=MM_SHMEMPAGES} size={size}B
`,
  migrate: `
mm_migrate_pages
  unsigned long succeeded; unsigned long failed; unsigned long thp_succeeded; unsigned long thp_failed; unsigned long thp_split; unsigned long large_folio_split; enum migrate_mode mode:4; int reason
  | nr_succeeded={succeeded} nr_failed={failed} nr_thp_succeeded={thp_succeeded} nr_thp_failed={thp_failed} nr_thp_split={thp_split} nr_split={large_folio_split} mode={mode:=0=MIGRATE_ASYNC,1=MIGRATE_SYNC_LIGHT,2=MIGRATE_SYNC} reason={reason:=0=compaction,1=memory_failure,2=memory_hotplug,3=syscall_or_cpuset,4=mempolicy_mbind,5=numa_misplaced,6=contig_range,7=longterm_pin,8=demotion,9=damon}
mm_migrate_pages_start
  enum migrate_mode mode:4; int reason
  | mode={mode:=0=MIGRATE_ASYNC,1=MIGRATE_SYNC_LIGHT,2=MIGRATE_SYNC} reason={reason:=0=compaction,1=memory_failure,2=memory_hotplug,3=syscall_or_cpuset,4=mempolicy_mbind,5=numa_misplaced,6=contig_range,7=longterm_pin,8=demotion,9=damon}
remove_migration_pte
  unsigned long addr; unsigned long pte; int order
  | addr={addr:x}, pte={pte:x} order={order}
set_migration_pte
  unsigned long addr; unsigned long pte; int order
  | addr={addr:x}, pte={pte:x} order={order}
`,
  mmap: `
exit_mmap
  struct mm_struct * mm; struct maple_tree * mt
  | mt_mod {mt:x}, DESTROY
vm_unmapped_area
  unsigned long addr; unsigned long total_vm; unsigned long flags; unsigned long length; unsigned long low_limit; unsigned long high_limit; unsigned long align_mask; unsigned long align_offset
  | addr=0x{} err={} total_vm=0x{total_vm:x} flags=0x{flags:x} len=0x{length:x} lo=0x{low_limit:x} hi=0x{high_limit:x} mask=0x{align_mask:x} ofs=0x{align_offset:x}
`,
  mmap_lock: `
mmap_lock_acquire_returned
  struct mm_struct * mm; u64 memcg_id; bool write; bool success
  | mm={mm:x} memcg_id={memcg_id} write={write:=1=true,0=false} success={success:=1=true,0=false}
mmap_lock_released
  struct mm_struct * mm; u64 memcg_id; bool write
  | mm={mm:x} memcg_id={memcg_id} write={write:=1=true,0=false}
mmap_lock_start_locking
  struct mm_struct * mm; u64 memcg_id; bool write
  | mm={mm:x} memcg_id={memcg_id} write={write:=1=true,0=false}
`,
  napi: `
dql_stall_detected
  unsigned short thrs; unsigned int len; unsigned long last_reap; unsigned long hist_head; unsigned long now; unsigned long hist[4]
  | thrs {thrs}  len {len}  last_reap {last_reap}  hist_head {hist_head}  now {now}  hist {hist:x} {hist[1]:x} {hist[2]:x} {hist[3]:x}
napi_poll
  struct napi_struct * napi; __data_loc char[] dev_name; int work; int budget
  | napi poll on napi struct {napi:x} for device {dev_name} work {work} budget {budget}
`,
  neigh: `
neigh_cleanup_and_release
  u32 family; __data_loc char[] dev; u8 lladdr[32]; u8 lladdr_len; u8 flags; u8 nud_state; u8 type; u8 dead; int refcnt; __u8 primary_key4[4]; __u8 primary_key6[16]; unsigned long confirmed; unsigned long updated; unsigned long used; u32 err
  | family {family} dev {dev} lladdr {} flags {flags:x} nud_state {nud_state:=1=incomplete,2=reachable,4=stale,8=delay,16=probe,32=failed,64=noarp,128=permanent} type {type:x} dead {dead} refcnt {refcnt} primary_key4 {primary_key4:ip4} primary_key6 {primary_key6:ip6} confirmed {confirmed} updated {updated} used {used} err {err}
neigh_create
  u32 family; __data_loc char[] dev; int entries; u8 created; u8 gc_exempt; u8 primary_key4[4]; u8 primary_key6[16]
  | family {family} dev {dev} entries {entries} primary_key4 {primary_key4:ip4} primary_key6 {primary_key6:ip6} created {created} gc_exempt {gc_exempt}
neigh_event_send_dead
  u32 family; __data_loc char[] dev; u8 lladdr[32]; u8 lladdr_len; u8 flags; u8 nud_state; u8 type; u8 dead; int refcnt; __u8 primary_key4[4]; __u8 primary_key6[16]; unsigned long confirmed; unsigned long updated; unsigned long used; u32 err
  | family {family} dev {dev} lladdr {} flags {flags:x} nud_state {nud_state:=1=incomplete,2=reachable,4=stale,8=delay,16=probe,32=failed,64=noarp,128=permanent} type {type:x} dead {dead} refcnt {refcnt} primary_key4 {primary_key4:ip4} primary_key6 {primary_key6:ip6} confirmed {confirmed} updated {updated} used {used} err {err}
neigh_event_send_done
  u32 family; __data_loc char[] dev; u8 lladdr[32]; u8 lladdr_len; u8 flags; u8 nud_state; u8 type; u8 dead; int refcnt; __u8 primary_key4[4]; __u8 primary_key6[16]; unsigned long confirmed; unsigned long updated; unsigned long used; u32 err
  | family {family} dev {dev} lladdr {} flags {flags:x} nud_state {nud_state:=1=incomplete,2=reachable,4=stale,8=delay,16=probe,32=failed,64=noarp,128=permanent} type {type:x} dead {dead} refcnt {refcnt} primary_key4 {primary_key4:ip4} primary_key6 {primary_key6:ip6} confirmed {confirmed} updated {updated} used {used} err {err}
neigh_timer_handler
  u32 family; __data_loc char[] dev; u8 lladdr[32]; u8 lladdr_len; u8 flags; u8 nud_state; u8 type; u8 dead; int refcnt; __u8 primary_key4[4]; __u8 primary_key6[16]; unsigned long confirmed; unsigned long updated; unsigned long used; u32 err
  | family {family} dev {dev} lladdr {} flags {flags:x} nud_state {nud_state:=1=incomplete,2=reachable,4=stale,8=delay,16=probe,32=failed,64=noarp,128=permanent} type {type:x} dead {dead} refcnt {refcnt} primary_key4 {primary_key4:ip4} primary_key6 {primary_key6:ip6} confirmed {confirmed} updated {updated} used {used} err {err}
neigh_update
  u32 family; __data_loc char[] dev; u8 lladdr[32]; u8 lladdr_len; u8 flags; u8 nud_state; u8 type; u8 dead; int refcnt; __u8 primary_key4[4]; __u8 primary_key6[16]; unsigned long confirmed; unsigned long updated; unsigned long used; u8 new_lladdr[32]; u8 new_state; u32 update_flags; u32 pid
  | family {family} dev {dev} lladdr {} flags {flags:x} nud_state {nud_state:=1=incomplete,2=reachable,4=stale,8=delay,16=probe,32=failed,64=noarp,128=permanent} type {type:x} dead {dead} refcnt {refcnt} primary_key4 {primary_key4:ip4} primary_key6 {primary_key6:ip6} confirmed {confirmed} updated {updated} used {used} new_lladdr {} new_state {new_state:=1=incomplete,2=reachable,4=stale,8=delay,16=probe,32=failed,64=noarp,128=permanent} update_flags {update_flags:x} pid {pid}
neigh_update_done
  u32 family; __data_loc char[] dev; u8 lladdr[32]; u8 lladdr_len; u8 flags; u8 nud_state; u8 type; u8 dead; int refcnt; __u8 primary_key4[4]; __u8 primary_key6[16]; unsigned long confirmed; unsigned long updated; unsigned long used; u32 err
  | family {family} dev {dev} lladdr {} flags {flags:x} nud_state {nud_state:=1=incomplete,2=reachable,4=stale,8=delay,16=probe,32=failed,64=noarp,128=permanent} type {type:x} dead {dead} refcnt {refcnt} primary_key4 {primary_key4:ip4} primary_key6 {primary_key6:ip6} confirmed {confirmed} updated {updated} used {used} err {err}
`,
  net: `
napi_gro_frags_entry
  __data_loc char[] name; unsigned int napi_id; u16 queue_mapping; const void * skbaddr; bool vlan_tagged; u16 vlan_proto; u16 vlan_tci; u16 protocol; u8 ip_summed; u32 hash; bool l4_hash; unsigned int len; unsigned int data_len; unsigned int truesize; bool mac_header_valid; int mac_header; unsigned char nr_frags; u16 gso_size; u16 gso_type
  | dev={name} napi_id=0x{napi_id:x} queue_mapping={queue_mapping} skbaddr={skbaddr:x} vlan_tagged={vlan_tagged} vlan_proto=0x{vlan_proto:x} vlan_tci=0x{vlan_tci:x} protocol=0x{protocol:x} ip_summed={ip_summed} hash=0x{hash:x} l4_hash={l4_hash} len={len} data_len={data_len} truesize={truesize} mac_header_valid={mac_header_valid} mac_header={mac_header} nr_frags={nr_frags} gso_size={gso_size} gso_type=0x{gso_type:x}
napi_gro_frags_exit
  int ret
  | ret={ret}
napi_gro_receive_entry
  __data_loc char[] name; unsigned int napi_id; u16 queue_mapping; const void * skbaddr; bool vlan_tagged; u16 vlan_proto; u16 vlan_tci; u16 protocol; u8 ip_summed; u32 hash; bool l4_hash; unsigned int len; unsigned int data_len; unsigned int truesize; bool mac_header_valid; int mac_header; unsigned char nr_frags; u16 gso_size; u16 gso_type
  | dev={name} napi_id=0x{napi_id:x} queue_mapping={queue_mapping} skbaddr={skbaddr:x} vlan_tagged={vlan_tagged} vlan_proto=0x{vlan_proto:x} vlan_tci=0x{vlan_tci:x} protocol=0x{protocol:x} ip_summed={ip_summed} hash=0x{hash:x} l4_hash={l4_hash} len={len} data_len={data_len} truesize={truesize} mac_header_valid={mac_header_valid} mac_header={mac_header} nr_frags={nr_frags} gso_size={gso_size} gso_type=0x{gso_type:x}
napi_gro_receive_exit
  int ret
  | ret={ret}
net_dev_queue
  void * skbaddr; unsigned int len; __data_loc char[] name
  | dev={name} skbaddr={skbaddr:x} len={len}
net_dev_start_xmit
  __data_loc char[] name; u16 queue_mapping; const void * skbaddr; bool vlan_tagged; u16 vlan_proto; u16 vlan_tci; u16 protocol; u8 ip_summed; unsigned int len; unsigned int data_len; int network_offset; bool transport_offset_valid; int transport_offset; u8 tx_flags; u16 gso_size; u16 gso_segs; u16 gso_type
  | dev={name} queue_mapping={queue_mapping} skbaddr={skbaddr:x} vlan_tagged={vlan_tagged} vlan_proto=0x{vlan_proto:x} vlan_tci=0x{vlan_tci:x} protocol=0x{protocol:x} ip_summed={ip_summed} len={len} data_len={data_len} network_offset={network_offset} transport_offset_valid={transport_offset_valid} transport_offset={transport_offset} tx_flags={tx_flags} gso_size={gso_size} gso_segs={gso_segs} gso_type=0x{gso_type:x}
net_dev_xmit
  void * skbaddr; unsigned int len; int rc; __data_loc char[] name
  | dev={name} skbaddr={skbaddr:x} len={len} rc={rc}
net_dev_xmit_timeout
  __data_loc char[] name; __data_loc char[] driver; int queue_index
  | dev={name} driver={driver} queue={queue_index}
netif_receive_skb
  void * skbaddr; unsigned int len; __data_loc char[] name
  | dev={name} skbaddr={skbaddr:x} len={len}
netif_receive_skb_entry
  __data_loc char[] name; unsigned int napi_id; u16 queue_mapping; const void * skbaddr; bool vlan_tagged; u16 vlan_proto; u16 vlan_tci; u16 protocol; u8 ip_summed; u32 hash; bool l4_hash; unsigned int len; unsigned int data_len; unsigned int truesize; bool mac_header_valid; int mac_header; unsigned char nr_frags; u16 gso_size; u16 gso_type
  | dev={name} napi_id=0x{napi_id:x} queue_mapping={queue_mapping} skbaddr={skbaddr:x} vlan_tagged={vlan_tagged} vlan_proto=0x{vlan_proto:x} vlan_tci=0x{vlan_tci:x} protocol=0x{protocol:x} ip_summed={ip_summed} hash=0x{hash:x} l4_hash={l4_hash} len={len} data_len={data_len} truesize={truesize} mac_header_valid={mac_header_valid} mac_header={mac_header} nr_frags={nr_frags} gso_size={gso_size} gso_type=0x{gso_type:x}
netif_receive_skb_exit
  int ret
  | ret={ret}
netif_receive_skb_list_entry
  __data_loc char[] name; unsigned int napi_id; u16 queue_mapping; const void * skbaddr; bool vlan_tagged; u16 vlan_proto; u16 vlan_tci; u16 protocol; u8 ip_summed; u32 hash; bool l4_hash; unsigned int len; unsigned int data_len; unsigned int truesize; bool mac_header_valid; int mac_header; unsigned char nr_frags; u16 gso_size; u16 gso_type
  | dev={name} napi_id=0x{napi_id:x} queue_mapping={queue_mapping} skbaddr={skbaddr:x} vlan_tagged={vlan_tagged} vlan_proto=0x{vlan_proto:x} vlan_tci=0x{vlan_tci:x} protocol=0x{protocol:x} ip_summed={ip_summed} hash=0x{hash:x} l4_hash={l4_hash} len={len} data_len={data_len} truesize={truesize} mac_header_valid={mac_header_valid} mac_header={mac_header} nr_frags={nr_frags} gso_size={gso_size} gso_type=0x{gso_type:x}
netif_receive_skb_list_exit
  int ret
  | ret={ret}
netif_rx
  void * skbaddr; unsigned int len; __data_loc char[] name
  | dev={name} skbaddr={skbaddr:x} len={len}
netif_rx_entry
  __data_loc char[] name; unsigned int napi_id; u16 queue_mapping; const void * skbaddr; bool vlan_tagged; u16 vlan_proto; u16 vlan_tci; u16 protocol; u8 ip_summed; u32 hash; bool l4_hash; unsigned int len; unsigned int data_len; unsigned int truesize; bool mac_header_valid; int mac_header; unsigned char nr_frags; u16 gso_size; u16 gso_type
  | dev={name} napi_id=0x{napi_id:x} queue_mapping={queue_mapping} skbaddr={skbaddr:x} vlan_tagged={vlan_tagged} vlan_proto=0x{vlan_proto:x} vlan_tci=0x{vlan_tci:x} protocol=0x{protocol:x} ip_summed={ip_summed} hash=0x{hash:x} l4_hash={l4_hash} len={len} data_len={data_len} truesize={truesize} mac_header_valid={mac_header_valid} mac_header={mac_header} nr_frags={nr_frags} gso_size={gso_size} gso_type=0x{gso_type:x}
netif_rx_exit
  int ret
  | ret={ret}
`,
  oom: `
compact_retry
  int order; int priority; int result; int retries; int max_retries; bool ret
  | order={order} priority={priority:=0=COMPACT_PRIO_SYNC_FULL,1=COMPACT_PRIO_SYNC_LIGHT,2=COMPACT_PRIO_ASYNC} compaction_result={result:=1=failed,2=withdrawn,3=progress} retries={retries} max_retries={max_retries} should_retry={ret}
finish_task_reaping
  int pid
  | pid={pid}
mark_victim
  int pid; __data_loc char[] comm; unsigned long total_vm; unsigned long anon_rss; unsigned long file_rss; unsigned long shmem_rss; uid_t uid; unsigned long pgtables; short oom_score_adj
  | pid={pid} comm={comm} total-vm={total_vm}kB anon-rss={anon_rss}kB file-rss:{file_rss}kB shmem-rss:{shmem_rss}kB uid={uid} pgtables={pgtables}kB oom_score_adj={oom_score_adj}
oom_score_adj_update
  pid_t pid; char comm[16]; short oom_score_adj
  | pid={pid} comm={comm} oom_score_adj={oom_score_adj}
reclaim_retry_zone
  int node; int zone_idx; int order; unsigned long reclaimable; unsigned long available; unsigned long min_wmark; int no_progress_loops; bool wmark_check
  | node={node} zone={zone_idx:=0=DMA,1=DMA32,2=Normal,3=Movable} order={order} reclaimable={reclaimable} available={available} min_wmark={min_wmark} no_progress_loops={no_progress_loops} wmark_check={wmark_check}
skip_task_reaping
  int pid
  | pid={pid}
start_task_reaping
  int pid
  | pid={pid}
wake_reaper
  int pid
  | pid={pid}
`,
  page_pool: `
page_pool_release
  const struct page_pool * pool; s32 inflight; u32 hold; u32 release; u64 cnt
  | page_pool={pool:x} inflight={inflight} hold={hold} release={release} cnt={cnt}
page_pool_state_hold
  const struct page_pool * pool; unsigned long netmem; u32 hold; unsigned long pfn
  | page_pool={pool:x} netmem={netmem:x} is_net_iov={netmem}, pfn=0x{pfn:x} hold={hold}
page_pool_state_release
  const struct page_pool * pool; unsigned long netmem; u32 release; unsigned long pfn
  | page_pool={pool:x} netmem={netmem:x} is_net_iov={netmem} pfn=0x{pfn:x} release={release}
page_pool_update_nid
  const struct page_pool * pool; int pool_nid; int new_nid
  | page_pool={pool:x} pool_nid={pool_nid} new_nid={new_nid}
`,
  percpu: `
percpu_alloc_percpu
  unsigned long call_site; bool reserved; bool is_atomic; size_t size; size_t align; void * base_addr; int off; void __seg_gs * ptr; size_t bytes_alloc; unsigned long gfp_flags
  | call_site={call_site:s} reserved={reserved} is_atomic={is_atomic} size={size} align={align} base_addr={base_addr:x} off={off} ptr={ptr:x} bytes_alloc={bytes_alloc} gfp_flags={gfp_flags:|@gfp_mask}
percpu_alloc_percpu_fail
  bool reserved; bool is_atomic; size_t size; size_t align
  | reserved={reserved} is_atomic={is_atomic} size={size} align={align}
percpu_create_chunk
  void * base_addr
  | base_addr={base_addr:x}
percpu_destroy_chunk
  void * base_addr
  | base_addr={base_addr:x}
percpu_free_percpu
  void * base_addr; int off; void __seg_gs * ptr
  | base_addr={base_addr:x} off={off} ptr={ptr:x}
`,
  power: `
cpu_frequency
  u32 state; u32 cpu_id
  | state={state} cpu_id={cpu_id}
cpu_frequency_limits
  u32 min_freq; u32 max_freq; u32 cpu_id
  | min={min_freq} max={max_freq} cpu_id={cpu_id}
cpu_idle
  u32 state; u32 cpu_id
  | state={state} cpu_id={cpu_id}
cpu_idle_miss
  u32 cpu_id; u32 state; bool below
  | cpu_id={cpu_id} state={state} type={below:=1=below,0=above}
dev_pm_qos_add_request
  __data_loc char[] name; enum dev_pm_qos_req_type type:4; s32 new_value
  | device={name} type={type:=1=DEV_PM_QOS_RESUME_LATENCY,5=DEV_PM_QOS_FLAGS} new_value={new_value}
dev_pm_qos_remove_request
  __data_loc char[] name; enum dev_pm_qos_req_type type:4; s32 new_value
  | device={name} type={type:=1=DEV_PM_QOS_RESUME_LATENCY,5=DEV_PM_QOS_FLAGS} new_value={new_value}
dev_pm_qos_update_request
  __data_loc char[] name; enum dev_pm_qos_req_type type:4; s32 new_value
  | device={name} type={type:=1=DEV_PM_QOS_RESUME_LATENCY,5=DEV_PM_QOS_FLAGS} new_value={new_value}
guest_halt_poll_ns
  bool grow; unsigned int new; unsigned int old
  | halt_poll_ns {new} ({grow:=1=grow,0=shrink} {old})
pm_qos_add_request
  s32 value
  | CPU_DMA_LATENCY value={value}
pm_qos_remove_request
  s32 value
  | CPU_DMA_LATENCY value={value}
pm_qos_update_flags
  enum pm_qos_req_action action:4; int prev_value; int curr_value
  | action={action:=0=ADD_REQ,1=UPDATE_REQ,2=REMOVE_REQ} prev_value=0x{prev_value:x} curr_value=0x{curr_value:x}
pm_qos_update_request
  s32 value
  | CPU_DMA_LATENCY value={value}
pm_qos_update_target
  enum pm_qos_req_action action:4; int prev_value; int curr_value
  | action={action:=0=ADD_REQ,1=UPDATE_REQ,2=REMOVE_REQ} prev_value={prev_value} curr_value={curr_value}
pstate_sample
  u32 core_busy; u32 scaled_busy; u32 from; u32 to; u64 mperf; u64 aperf; u64 tsc; u32 freq; u32 io_boost
  | core_busy={core_busy} scaled={scaled_busy} from={from} to={to} mperf={mperf} aperf={aperf} tsc={tsc} freq={freq} io_boost={io_boost}
suspend_resume
  const char * action; int val; bool start
  | {}[{val}] {start:=1=begin,0=end}
wakeup_source_activate
  __data_loc char[] name; u64 state
  | {name} state=0x{state:x}
wakeup_source_deactivate
  __data_loc char[] name; u64 state
  | {name} state=0x{state:x}
`,
  printk: `
console
  __data_loc char[] msg
  | {msg}
`,
  qdisc: `
qdisc_create
  __data_loc char[] dev; __data_loc char[] kind; u32 parent
  | dev={dev} kind={kind} parent={}:{parent:x}
qdisc_dequeue
  struct Qdisc * qdisc; const struct netdev_queue * txq; int packets; void * skbaddr; int ifindex; u32 handle; u32 parent; unsigned long txq_state
  | dequeue ifindex={ifindex} qdisc handle=0x{handle:x} parent=0x{parent:x} txq_state=0x{txq_state:x} packets={packets} skbaddr={skbaddr:x}
qdisc_destroy
  __data_loc char[] dev; __data_loc char[] kind; u32 parent; u32 handle
  | dev={dev} kind={kind} parent={}:{parent:x} handle={}:{handle:x}
qdisc_enqueue
  struct Qdisc * qdisc; const struct netdev_queue * txq; void * skbaddr; int ifindex; u32 handle; u32 parent
  | enqueue ifindex={ifindex} qdisc handle=0x{handle:x} parent=0x{parent:x} skbaddr={skbaddr:x}
qdisc_reset
  __data_loc char[] dev; __data_loc char[] kind; u32 parent; u32 handle
  | dev={dev} kind={kind} parent={}:{parent:x} handle={}:{handle:x}
`,
  ras: `
arm_event
  u64 mpidr; u64 midr; u32 running_state; u32 psci_state; u8 affinity; u32 pei_len; __data_loc u8[] pei_buf; u32 ctx_len; __data_loc u8[] ctx_buf; u32 oem_len; __data_loc u8[] oem_buf; u8 sev; int cpu
  | cpu: {cpu}; error: {sev}; affinity level: {affinity}; MPIDR: {mpidr:x}; MIDR: {midr:x}; running state: {running_state}; PSCI state: {psci_state}; {}: {pei_len}; {}: {}; {}: {ctx_len}; {}: {}; {}: {oem_len}; {}: {}
mc_event
  unsigned int error_type; __data_loc char[] msg; __data_loc char[] label; u16 error_count; u8 mc_index; s8 top_layer; s8 middle_layer; s8 lower_layer; long address; u8 grain_bits; long syndrome; __data_loc char[] driver_detail
  | {error_count} {} error{}:{}{msg} on {label} (mc:{mc_index} location:{top_layer}:{middle_layer}:{lower_layer} address:0x{address:x} grain:{} syndrome:0x{syndrome:x}{}{driver_detail})
non_standard_event
  char sec_type[16]; char fru_id[16]; __data_loc char[] fru_text; u8 sev; u32 len; __data_loc u8[] buf
  | severity: {sev}; sec type:{}; FRU: {} {fru_text}; data len:{len}; raw data:{}
`,
  raw_syscalls: `
sys_enter
  long id; unsigned long args[6]
  | NR {id} ({args:x}, {args[1]:x}, {args[2]:x}, {args[3]:x}, {args[4]:x}, {args[5]:x})
sys_exit
  long id; long ret
  | NR {id} = {ret}
`,
  rcu: `
rcu_stall_warning
  const char * rcuname; const char * msg
  | {} {}
rcu_utilization
  const char * s
  | {}
`,
  rpm: `
rpm_idle
  __data_loc char[] name; int flags; int usage_count; int disable_depth; int runtime_auto; int request_pending; int irq_safe; int child_count
  | {name} flags-{flags:x} cnt-{usage_count} dep-{disable_depth} auto-{runtime_auto} p-{request_pending} irq-{irq_safe} child-{child_count}
rpm_resume
  __data_loc char[] name; int flags; int usage_count; int disable_depth; int runtime_auto; int request_pending; int irq_safe; int child_count
  | {name} flags-{flags:x} cnt-{usage_count} dep-{disable_depth} auto-{runtime_auto} p-{request_pending} irq-{irq_safe} child-{child_count}
rpm_return_int
  __data_loc char[] name; unsigned long ip; int ret
  | {ip:s}:{name} ret={ret}
rpm_status
  __data_loc char[] name; int status
  | {name} status={status:=-1=RPM_INVALID,0=RPM_ACTIVE,1=RPM_RESUMING,2=RPM_SUSPENDED,3=RPM_SUSPENDING}
rpm_suspend
  __data_loc char[] name; int flags; int usage_count; int disable_depth; int runtime_auto; int request_pending; int irq_safe; int child_count
  | {name} flags-{flags:x} cnt-{usage_count} dep-{disable_depth} auto-{runtime_auto} p-{request_pending} irq-{irq_safe} child-{child_count}
rpm_usage
  __data_loc char[] name; int flags; int usage_count; int disable_depth; int runtime_auto; int request_pending; int irq_safe; int child_count
  | {name} flags-{flags:x} cnt-{usage_count} dep-{disable_depth} auto-{runtime_auto} p-{request_pending} irq-{irq_safe} child-{child_count}
`,
  sched: `
sched_kthread_stop
  __data_loc char[] comm; pid_t pid
  | comm={comm} pid={pid}
sched_kthread_stop_ret
  int ret
  | ret={ret}
sched_kthread_work_execute_end
  void * work; void * function
  | work struct {work:x}: function {function:s}
sched_kthread_work_execute_start
  void * work; void * function
  | work struct {work:x}: function {function:s}
sched_kthread_work_queue_work
  void * work; void * function; void * worker
  | work struct={work:x} function={function:s} worker={worker:x}
sched_migrate_task
  __data_loc char[] comm; pid_t pid; int prio; int orig_cpu; int dest_cpu
  | comm={comm} pid={pid} prio={prio} orig_cpu={orig_cpu} dest_cpu={dest_cpu}
sched_move_numa
  pid_t pid; pid_t tgid; pid_t ngid; int src_cpu; int src_nid; int dst_cpu; int dst_nid
  | pid={pid} tgid={tgid} ngid={ngid} src_cpu={src_cpu} src_nid={src_nid} dst_cpu={dst_cpu} dst_nid={dst_nid}
sched_pi_setprio
  __data_loc char[] comm; pid_t pid; int oldprio; int newprio
  | comm={comm} pid={pid} oldprio={oldprio} newprio={newprio}
sched_prepare_exec
  __data_loc char[] interp; __data_loc char[] filename; pid_t pid; __data_loc char[] comm
  | interp={interp} filename={filename} pid={pid} comm={comm}
sched_process_exec
  __data_loc char[] filename; pid_t pid; pid_t old_pid
  | filename={filename} pid={pid} old_pid={old_pid}
sched_process_exit
  char comm[16]; pid_t pid; int prio; bool group_dead
  | comm={comm} pid={pid} prio={prio} group_dead={group_dead:=1=true,0=false}
sched_process_fork
  __data_loc char[] parent_comm; pid_t parent_pid; __data_loc char[] child_comm; pid_t child_pid
  | comm={parent_comm} pid={parent_pid} child_comm={child_comm} child_pid={child_pid}
sched_process_free
  __data_loc char[] comm; pid_t pid; int prio
  | comm={comm} pid={pid} prio={prio}
sched_process_hang
  __data_loc char[] comm; pid_t pid
  | comm={comm} pid={pid}
sched_process_wait
  __data_loc char[] comm; pid_t pid; int prio
  | comm={comm} pid={pid} prio={prio}
sched_skip_cpuset_numa
  char comm[16]; pid_t pid; pid_t tgid; pid_t ngid; unsigned long mem_allowed[16]
  | comm={comm} pid={pid} tgid={tgid} ngid={ngid} mem_nodes_allowed={}
sched_skip_vma_numa
  unsigned long numa_scan_offset; unsigned long vm_start; unsigned long vm_end; enum numa_vmaskip_reason reason:4
  | numa_scan_offset={numa_scan_offset:x} vm_start={vm_start:x} vm_end={vm_end:x} reason={reason:=0=unsuitable,1=shared_ro,2=inaccessible,3=scan_delay,4=pid_inactive,5=ignore_pid_inactive,6=seq_completed}
sched_stat_runtime
  __data_loc char[] comm; pid_t pid; u64 runtime
  | comm={comm} pid={pid} runtime={runtime} [ns]
sched_stick_numa
  pid_t src_pid; pid_t src_tgid; pid_t src_ngid; int src_cpu; int src_nid; pid_t dst_pid; pid_t dst_tgid; pid_t dst_ngid; int dst_cpu; int dst_nid
  | src_pid={src_pid} src_tgid={src_tgid} src_ngid={src_ngid} src_cpu={src_cpu} src_nid={src_nid} dst_pid={dst_pid} dst_tgid={dst_tgid} dst_ngid={dst_ngid} dst_cpu={dst_cpu} dst_nid={dst_nid}
sched_swap_numa
  pid_t src_pid; pid_t src_tgid; pid_t src_ngid; int src_cpu; int src_nid; pid_t dst_pid; pid_t dst_tgid; pid_t dst_ngid; int dst_cpu; int dst_nid
  | src_pid={src_pid} src_tgid={src_tgid} src_ngid={src_ngid} src_cpu={src_cpu} src_nid={src_nid} dst_pid={dst_pid} dst_tgid={dst_tgid} dst_ngid={dst_ngid} dst_cpu={dst_cpu} dst_nid={dst_nid}
sched_switch
  char prev_comm[16]; pid_t prev_pid; int prev_prio; long prev_state; char next_comm[16]; pid_t next_pid; int next_prio
  | prev_comm={prev_comm} prev_pid={prev_pid} prev_prio={prev_prio} prev_state={prev_state:|1=S,2=D,4=T,8=t,16=X,32=Z,64=P,128=I,0=R}{prev_state:=256=+,0=} ==> next_comm={next_comm} next_pid={next_pid} next_prio={next_prio}
sched_wait_task
  __data_loc char[] comm; pid_t pid; int prio
  | comm={comm} pid={pid} prio={prio}
sched_wake_idle_without_ipi
  int cpu
  | cpu={cpu}
sched_wakeup
  char comm[16]; pid_t pid; int prio; int target_cpu
  | comm={comm} pid={pid} prio={prio} target_cpu={target_cpu}
sched_wakeup_new
  char comm[16]; pid_t pid; int prio; int target_cpu
  | comm={comm} pid={pid} prio={prio} target_cpu={target_cpu}
sched_waking
  char comm[16]; pid_t pid; int prio; int target_cpu
  | comm={comm} pid={pid} prio={prio} target_cpu={target_cpu}
`,
  signal: `
signal_deliver
  int sig; int errno; int code; unsigned long sa_handler; unsigned long sa_flags
  | sig={sig} errno={errno} code={code} sa_handler={sa_handler:x} sa_flags={sa_flags:x}
signal_generate
  int sig; int errno; int code; char comm[16]; pid_t pid; int group; int result
  | sig={sig} errno={errno} code={code} comm={comm} pid={pid} grp={group} res={result}
`,
  skb: `
consume_skb
  void * skbaddr; void * location
  | skbaddr={skbaddr:x} location={location:s}
kfree_skb
  void * skbaddr; void * location; void * rx_sk; unsigned short protocol; enum skb_drop_reason reason:4
  | skbaddr={skbaddr:x} rx_sk={rx_sk:x} protocol={protocol} location={location:s} reason: {reason:=2=NOT_SPECIFIED,3=NO_SOCKET,4=SOCKET_CLOSE,5=SOCKET_FILTER,6=SOCKET_RCVBUFF,7=UNIX_DISCONNECT,8=UNIX_SKIP_OOB,9=PKT_TOO_SMALL,10=TCP_CSUM,11=UDP_CSUM,12=NETFILTER_DROP,13=OTHERHOST,14=IP_CSUM,15=IP_INHDR,16=IP_RPFILTER,17=UNICAST_IN_L2_MULTICAST,18=XFRM_POLICY,19=IP_NOPROTO,20=PROTO_MEM,21=TCP_AUTH_HDR,22=TCP_MD5NOTFOUND,23=TCP_MD5UNEXPECTED,24=TCP_MD5FAILURE,25=TCP_AONOTFOUND,26=TCP_AOUNEXPECTED,27=TCP_AOKEYNOTFOUND,28=TCP_AOFAILURE,29=SOCKET_BACKLOG,30=TCP_FLAGS,31=TCP_ABORT_ON_DATA,32=TCP_ZEROWINDOW,33=TCP_OLD_DATA,34=TCP_OVERWINDOW,35=TCP_OFOMERGE,36=TCP_RFC7323_PAWS,37=TCP_RFC7323_PAWS_ACK,38=TCP_RFC7323_TW_PAWS,39=TCP_RFC7323_TSECR,40=TCP_LISTEN_OVERFLOW,41=TCP_OLD_SEQUENCE,42=TCP_INVALID_SEQUENCE,43=TCP_INVALID_END_SEQUENCE,44=TCP_INVALID_ACK_SEQUENCE,45=TCP_RESET,46=TCP_INVALID_SYN,47=TCP_CLOSE,48=TCP_FASTOPEN,49=TCP_OLD_ACK,50=TCP_TOO_OLD_ACK,51=TCP_ACK_UNSENT_DATA,52=TCP_OFO_QUEUE_PRUNE,53=TCP_OFO_DROP,54=IP_OUTNOROUTES,55=BPF_CGROUP_EGRESS,56=IPV6DISABLED,57=NEIGH_CREATEFAIL,58=NEIGH_FAILED,59=NEIGH_QUEUEFULL,60=NEIGH_DEAD,61=NEIGH_HH_FILLFAIL,62=TC_EGRESS,63=SECURITY_HOOK,64=QDISC_DROP,65=QDISC_OVERLIMIT,66=QDISC_CONGESTED,67=CAKE_FLOOD,68=FQ_BAND_LIMIT,69=FQ_HORIZON_LIMIT,70=FQ_FLOW_LIMIT,71=CPU_BACKLOG,72=XDP,73=TC_INGRESS,74=UNHANDLED_PROTO,75=SKB_CSUM,76=SKB_GSO_SEG,77=SKB_UCOPY_FAULT,78=DEV_HDR,79=DEV_READY,80=FULL_RING,81=NOMEM,82=HDR_TRUNC,83=TAP_FILTER,84=TAP_TXFILTER,85=ICMP_CSUM,86=INVALID_PROTO,87=IP_INADDRERRORS,88=IP_INNOROUTES,89=IP_LOCAL_SOURCE,90=IP_INVALID_SOURCE,91=IP_LOCALNET,92=IP_INVALID_DEST,93=PKT_TOO_BIG,94=DUP_FRAG,95=FRAG_REASM_TIMEOUT,96=FRAG_TOO_FAR,97=TCP_MINTTL,98=IPV6_BAD_EXTHDR,99=IPV6_NDISC_FRAG,100=IPV6_NDISC_HOP_LIMIT,101=IPV6_NDISC_BAD_CODE,102=IPV6_NDISC_BAD_OPTIONS,103=IPV6_NDISC_NS_OTHERHOST,104=QUEUE_PURGE,105=TC_COOKIE_ERROR,106=PACKET_SOCK_ERROR,107=TC_CHAIN_NOTFOUND,108=TC_RECLASSIFY_LOOP,109=VXLAN_INVALID_HDR,110=VXLAN_VNI_NOT_FOUND,111=MAC_INVALID_SOURCE,112=VXLAN_ENTRY_EXISTS,113=NO_TX_TARGET,114=IP_TUNNEL_ECN,115=TUNNEL_TXINFO,116=LOCAL_MAC,117=ARP_PVLAN_DISABLE,118=MAC_IEEE_MAC_CONTROL,119=BRIDGE_INGRESS_STP_STATE,120=CAN_RX_INVALID_FRAME,121=CANFD_RX_INVALID_FRAME,122=CANXL_RX_INVALID_FRAME,123=PFMEMALLOC,124=DUALPI2_STEP_DROP,125=PSP_INPUT,126=PSP_OUTPUT,127=RECURSION_LIMIT,128=MAX}
skb_copy_datagram_iovec
  const void * skbaddr; int len
  | skbaddr={skbaddr:x} len={len}
`,
  sock: `
inet_sk_error_report
  int error; __u16 sport; __u16 dport; __u16 family; __u16 protocol; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]
  | family={family:=2=AF_INET,10=AF_INET6} protocol={protocol:=6=IPPROTO_TCP,132=IPPROTO_SCTP,262=IPPROTO_MPTCP} sport={sport} dport={dport} saddr={saddr:ip4} daddr={daddr:ip4} saddrv6={saddr_v6:ip6} daddrv6={daddr_v6:ip6} error={error}
inet_sock_set_state
  const void * skaddr; int oldstate; int newstate; __u16 sport; __u16 dport; __u16 family; __u16 protocol; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]
  | family={family:=2=AF_INET,10=AF_INET6} protocol={protocol:=6=IPPROTO_TCP,132=IPPROTO_SCTP,262=IPPROTO_MPTCP} sport={sport} dport={dport} saddr={saddr:ip4} daddr={daddr:ip4} saddrv6={saddr_v6:ip6} daddrv6={daddr_v6:ip6} oldstate={oldstate:=1=TCP_ESTABLISHED,2=TCP_SYN_SENT,3=TCP_SYN_RECV,4=TCP_FIN_WAIT1,5=TCP_FIN_WAIT2,6=TCP_TIME_WAIT,7=TCP_CLOSE,8=TCP_CLOSE_WAIT,9=TCP_LAST_ACK,10=TCP_LISTEN,11=TCP_CLOSING,12=TCP_NEW_SYN_RECV} newstate={newstate:=1=TCP_ESTABLISHED,2=TCP_SYN_SENT,3=TCP_SYN_RECV,4=TCP_FIN_WAIT1,5=TCP_FIN_WAIT2,6=TCP_TIME_WAIT,7=TCP_CLOSE,8=TCP_CLOSE_WAIT,9=TCP_LAST_ACK,10=TCP_LISTEN,11=TCP_CLOSING,12=TCP_NEW_SYN_RECV}
sk_data_ready
  const void * skaddr; __u16 family; __u16 protocol; unsigned long ip
  | family={family} protocol={protocol} func={ip:s}
sock_exceed_buf_limit
  char name[32]; long sysctl_mem[3]; long allocated; int sysctl_rmem; int rmem_alloc; int sysctl_wmem; int wmem_alloc; int wmem_queued; int kind
  | proto:{name} sysctl_mem={sysctl_mem},{sysctl_mem[1]},{sysctl_mem[2]} allocated={allocated} sysctl_rmem={sysctl_rmem} rmem_alloc={rmem_alloc} sysctl_wmem={sysctl_wmem} wmem_alloc={wmem_alloc} wmem_queued={wmem_queued} kind={kind:=0=SK_MEM_SEND,1=SK_MEM_RECV}
sock_rcvqueue_full
  int rmem_alloc; unsigned int truesize; int sk_rcvbuf
  | rmem_alloc={rmem_alloc} truesize={truesize} sk_rcvbuf={sk_rcvbuf}
sock_recv_length
  void * sk; __u16 family; __u16 protocol; int ret; int flags
  | sk address = {sk:x}, family = {family:=2=AF_INET,10=AF_INET6} protocol = {protocol:=6=IPPROTO_TCP,132=IPPROTO_SCTP,262=IPPROTO_MPTCP}, length = {}, error = {}, flags = 0x{flags:x}
sock_send_length
  void * sk; __u16 family; __u16 protocol; int ret; int flags
  | sk address = {sk:x}, family = {family:=2=AF_INET,10=AF_INET6} protocol = {protocol:=6=IPPROTO_TCP,132=IPPROTO_SCTP,262=IPPROTO_MPTCP}, length = {}, error = {}, flags = 0x{flags:x}
`,
  swiotlb: `
swiotlb_bounced
  __data_loc char[] dev_name; u64 dma_mask; dma_addr_t dev_addr; size_t size; bool force
  | dev_name: {dev_name} dma_mask={dma_mask:x} dev_addr={dev_addr:x} size={size} {force:=1=FORCE,0=NORMAL}
`,
  task: `
task_newtask
  pid_t pid; char comm[16]; u64 clone_flags; short oom_score_adj
  | pid={pid} comm={comm} clone_flags={clone_flags:x} oom_score_adj={oom_score_adj}
task_prctl_unknown
  int option; unsigned long arg2; unsigned long arg3; unsigned long arg4; unsigned long arg5
  | option={option} arg2={arg2} arg3={arg3} arg4={arg4} arg5={arg5}
task_rename
  pid_t pid; char oldcomm[16]; char newcomm[16]; short oom_score_adj
  | pid={pid} oldcomm={oldcomm} newcomm={newcomm} oom_score_adj={oom_score_adj}
`,
  tcp: `
tcp_ao_handshake_failure
  __u64 net_cookie; const void * skbaddr; const void * skaddr; int state; __u8 saddr[28]; __u8 daddr[28]; int l3index; __u16 sport; __u16 dport; __u16 family; bool fin; bool syn; bool rst; bool psh; bool ack; __u8 keyid; __u8 rnext; __u8 maclen
tcp_bad_csum
  const void * skbaddr; __u8 saddr[28]; __u8 daddr[28]
  | skbaddr={skbaddr:x} src={saddr:sockaddr} dest={daddr:sockaddr}
tcp_cong_state_set
  const void * skaddr; __u16 sport; __u16 dport; __u16 family; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]; __u8 cong_state
  | family={family:=2=AF_INET,10=AF_INET6} sport={sport} dport={dport} saddr={saddr:ip4} daddr={daddr:ip4} saddrv6={saddr_v6:ip6} daddrv6={daddr_v6:ip6} cong_state={cong_state}
tcp_destroy_sock
  const void * skaddr; __u16 sport; __u16 dport; __u16 family; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]; __u64 sock_cookie
  | family={family:=2=AF_INET,10=AF_INET6} sport={sport} dport={dport} saddr={saddr:ip4} daddr={daddr:ip4} saddrv6={saddr_v6:ip6} daddrv6={daddr_v6:ip6} sock_cookie={sock_cookie:x}
tcp_hash_ao_required
  __u64 net_cookie; const void * skbaddr; const void * skaddr; int state; __u8 saddr[28]; __u8 daddr[28]; int l3index; __u16 sport; __u16 dport; __u16 family; bool fin; bool syn; bool rst; bool psh; bool ack
tcp_hash_bad_header
  __u64 net_cookie; const void * skbaddr; const void * skaddr; int state; __u8 saddr[28]; __u8 daddr[28]; int l3index; __u16 sport; __u16 dport; __u16 family; bool fin; bool syn; bool rst; bool psh; bool ack
tcp_hash_md5_mismatch
  __u64 net_cookie; const void * skbaddr; const void * skaddr; int state; __u8 saddr[28]; __u8 daddr[28]; int l3index; __u16 sport; __u16 dport; __u16 family; bool fin; bool syn; bool rst; bool psh; bool ack
tcp_hash_md5_required
  __u64 net_cookie; const void * skbaddr; const void * skaddr; int state; __u8 saddr[28]; __u8 daddr[28]; int l3index; __u16 sport; __u16 dport; __u16 family; bool fin; bool syn; bool rst; bool psh; bool ack
tcp_hash_md5_unexpected
  __u64 net_cookie; const void * skbaddr; const void * skaddr; int state; __u8 saddr[28]; __u8 daddr[28]; int l3index; __u16 sport; __u16 dport; __u16 family; bool fin; bool syn; bool rst; bool psh; bool ack
tcp_probe
  __u8 saddr[28]; __u8 daddr[28]; __u16 sport; __u16 dport; __u16 family; __u32 mark; __u16 data_len; __u32 snd_nxt; __u32 snd_una; __u32 snd_cwnd; __u32 ssthresh; __u32 snd_wnd; __u32 srtt; __u32 rcv_wnd; __u64 sock_cookie; const void * skbaddr; const void * skaddr
  | family={family:=2=AF_INET,10=AF_INET6} src={saddr:sockaddr} dest={daddr:sockaddr} mark=0x{mark:x} data_len={data_len} snd_nxt=0x{snd_nxt:x} snd_una=0x{snd_una:x} snd_cwnd={snd_cwnd} ssthresh={ssthresh} snd_wnd={snd_wnd} srtt={srtt} rcv_wnd={rcv_wnd} sock_cookie={sock_cookie:x} skbaddr={skbaddr:x} skaddr={skaddr:x}
tcp_rcv_space_adjust
  const void * skaddr; __u16 sport; __u16 dport; __u16 family; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]; __u64 sock_cookie
  | family={family:=2=AF_INET,10=AF_INET6} sport={sport} dport={dport} saddr={saddr:ip4} daddr={daddr:ip4} saddrv6={saddr_v6:ip6} daddrv6={daddr_v6:ip6} sock_cookie={sock_cookie:x}
tcp_rcvbuf_grow
  int time; __u32 rtt_us; __u32 copied; __u32 inq; __u32 space; __u32 ooo_space; __u32 rcvbuf; __u32 rcv_ssthresh; __u32 window_clamp; __u32 rcv_wnd; __u8 scaling_ratio; __u16 sport; __u16 dport; __u16 family; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]; const void * skaddr; __u64 sock_cookie
  | time={time} rtt_us={rtt_us} copied={copied} inq={inq} space={space} ooo={ooo_space} scaling_ratio={scaling_ratio} rcvbuf={rcvbuf} rcv_ssthresh={rcv_ssthresh} window_clamp={window_clamp} rcv_wnd={rcv_wnd} family={family:=2=AF_INET,10=AF_INET6} sport={sport} dport={dport} saddr={saddr:ip4} daddr={daddr:ip4} saddrv6={saddr_v6:ip6} daddrv6={daddr_v6:ip6} skaddr={skaddr:x} sock_cookie={sock_cookie:x}
tcp_receive_reset
  const void * skaddr; __u16 sport; __u16 dport; __u16 family; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]; __u64 sock_cookie
  | family={family:=2=AF_INET,10=AF_INET6} sport={sport} dport={dport} saddr={saddr:ip4} daddr={daddr:ip4} saddrv6={saddr_v6:ip6} daddrv6={daddr_v6:ip6} sock_cookie={sock_cookie:x}
tcp_retransmit_skb
  const void * skbaddr; const void * skaddr; int state; __u16 sport; __u16 dport; __u16 family; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]; int err
  | skbaddr={skbaddr:x} skaddr={skaddr:x} family={family:=2=AF_INET,10=AF_INET6} sport={sport} dport={dport} saddr={saddr:ip4} daddr={daddr:ip4} saddrv6={saddr_v6:ip6} daddrv6={daddr_v6:ip6} state={state:=1=TCP_ESTABLISHED,2=TCP_SYN_SENT,3=TCP_SYN_RECV,4=TCP_FIN_WAIT1,5=TCP_FIN_WAIT2,6=TCP_TIME_WAIT,7=TCP_CLOSE,8=TCP_CLOSE_WAIT,9=TCP_LAST_ACK,10=TCP_LISTEN,11=TCP_CLOSING,12=TCP_NEW_SYN_RECV} err={err}
tcp_retransmit_synack
  const void * skaddr; const void * req; __u16 sport; __u16 dport; __u16 family; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]
  | family={family:=2=AF_INET,10=AF_INET6} sport={sport} dport={dport} saddr={saddr:ip4} daddr={daddr:ip4} saddrv6={saddr_v6:ip6} daddrv6={daddr_v6:ip6}
tcp_send_reset
  const void * skbaddr; const void * skaddr; int state; enum sk_rst_reason reason:4; __u8 saddr[28]; __u8 daddr[28]
  | skbaddr={skbaddr:x} skaddr={skaddr:x} src={saddr:sockaddr} dest={daddr:sockaddr} state={} reason={reason:=0=NOT_SPECIFIED,1=NO_SOCKET,2=TCP_INVALID_ACK_SEQUENCE,3=TCP_RFC7323_PAWS,4=TCP_TOO_OLD_ACK,5=TCP_ACK_UNSENT_DATA,6=TCP_FLAGS,7=TCP_OLD_ACK,8=TCP_ABORT_ON_DATA,9=TCP_TIMEWAIT_SOCKET,10=INVALID_SYN,11=TCP_ABORT_ON_CLOSE,12=TCP_ABORT_ON_LINGER,13=TCP_ABORT_ON_MEMORY,14=TCP_STATE,15=TCP_KEEPALIVE_TIMEOUT,16=TCP_DISCONNECT_WITH_DATA,17=MPTCP_RST_EUNSPEC,18=MPTCP_RST_EMPTCP,19=MPTCP_RST_ERESOURCE,20=MPTCP_RST_EPROHIBIT,21=MPTCP_RST_EWQ2BIG,22=MPTCP_RST_EBADPERF,23=MPTCP_RST_EMIDDLEBOX,24=ERROR,25=MAX}
tcp_sendmsg_locked
  const void * skb_addr; int skb_len; int msg_left; int size_goal
  | skb_addr {skb_addr:x} skb_len {skb_len} msg_left {msg_left} size_goal {size_goal}
`,
  thermal: `
cdev_update
  __data_loc char[] type; unsigned long target
  | type={type} target={target}
thermal_temperature
  __data_loc char[] thermal_zone; int id; int temp_prev; int temp
  | thermal_zone={thermal_zone} id={id} temp_prev={temp_prev} temp={temp}
thermal_zone_trip
  __data_loc char[] thermal_zone; int id; int trip; enum thermal_trip_type trip_type:4
  | thermal_zone={thermal_zone} id={id} trip={trip} trip_type={trip_type:=3=CRITICAL,2=HOT,1=PASSIVE,0=ACTIVE}
`,
  timer: `
hrtimer_cancel
  void * hrtimer
  | hrtimer={hrtimer:x}
hrtimer_expire_entry
  void * hrtimer; s64 now; void * function
  | hrtimer={hrtimer:x} function={function:s} now={now}
hrtimer_expire_exit
  void * hrtimer
  | hrtimer={hrtimer:x}
hrtimer_setup
  void * hrtimer; clockid_t clockid; enum hrtimer_mode mode:4
  | hrtimer={hrtimer:x} clockid={clockid:=0=CLOCK_REALTIME,1=CLOCK_MONOTONIC,7=CLOCK_BOOTTIME,11=CLOCK_TAI} mode={mode:=0=ABS,1=REL,2=ABS|PINNED,3=REL|PINNED,4=ABS|SOFT,5=REL|SOFT,6=ABS|PINNED|SOFT,7=REL|PINNED|SOFT,8=ABS|HARD,9=REL|HARD,10=ABS|PINNED|HARD,11=REL|PINNED|HARD}
hrtimer_start
  void * hrtimer; void * function; s64 expires; s64 softexpires; enum hrtimer_mode mode:4; bool was_armed
  | hrtimer={hrtimer:x} function={function:s} expires={expires} softexpires={softexpires} mode={mode:=0=ABS,1=REL,2=ABS|PINNED,3=REL|PINNED,4=ABS|SOFT,5=REL|SOFT,6=ABS|PINNED|SOFT,7=REL|PINNED|SOFT,8=ABS|HARD,9=REL|HARD,10=ABS|PINNED|HARD,11=REL|PINNED|HARD} was_armed={was_armed}
itimer_expire
  int which; pid_t pid; unsigned long long now
  | which={which} pid={pid} now={now}
itimer_state
  int which; unsigned long long expires; long value_sec; long value_nsec; long interval_sec; long interval_nsec
  | which={which} expires={expires} it_value={value_sec}.{} it_interval={interval_sec}.{}
tick_stop
  int success; int dependency
  | success={success} dependency={dependency:=0=NONE,1=POSIX_TIMER,2=PERF_EVENTS,4=SCHED,8=CLOCK_UNSTABLE,16=RCU,32=RCU_EXP}
timer_base_idle
  bool is_idle; unsigned int cpu
  | is_idle={is_idle} cpu={cpu}
timer_cancel
  void * timer
  | timer={timer:x}
timer_expire_entry
  void * timer; unsigned long now; void * function; unsigned long baseclk
  | timer={timer:x} function={function:s} now={now} baseclk={baseclk}
timer_expire_exit
  void * timer
  | timer={timer:x}
timer_init
  void * timer
  | timer={timer:x}
timer_start
  void * timer; void * function; unsigned long expires; unsigned long bucket_expiry; unsigned long now; unsigned int flags
  | timer={timer:x} function={function:s} expires={expires} [timeout={}] bucket_expiry={bucket_expiry} cpu={flags} idx={flags:<<22} flags={flags:|262144=M,524288=D,1048576=P,2097152=I}
`,
  tlb: `
tlb_flush
  int reason; unsigned long pages
  | pages:{pages} reason:{reason:=0=flush on task switch,1=remote shootdown,2=local shootdown,3=local MM shootdown,4=remote IPI send,5=remote wrong CPU} ({reason})
`,
  udp: `
udp_fail_queue_rcv_skb
  int rc; __u16 sport; __u16 dport; __u16 family; __u8 saddr[28]; __u8 daddr[28]
  | rc={rc} family={family:=2=AF_INET,10=AF_INET6} src={saddr:sockaddr} dest={daddr:sockaddr}
`,
  vmscan: `
mm_shrink_slab_end
  struct shrinker * shr; int nid; void * shrink; long unused_scan; long new_scan; int retval; long total_scan
  | {shrink:s} {shr:x}: nid: {nid} unused scan count {unused_scan} new scan count {new_scan} total_scan {total_scan} last shrinker return val {retval}
mm_shrink_slab_start
  struct shrinker * shr; void * shrink; int nid; long nr_objects_to_shrink; unsigned long gfp_flags; unsigned long cache_items; unsigned long long delta; unsigned long total_scan; int priority
  | {shrink:s} {shr:x}: nid: {nid} objects to shrink {nr_objects_to_shrink} gfp_flags {gfp_flags:|@gfp_mask} cache items {cache_items} delta {delta} total_scan {total_scan} priority {priority}
mm_vmscan_direct_reclaim_begin
  int order; unsigned long gfp_flags
  | order={order} gfp_flags={gfp_flags:|@gfp_mask}
mm_vmscan_direct_reclaim_end
  unsigned long nr_reclaimed
  | nr_reclaimed={nr_reclaimed}
mm_vmscan_kswapd_sleep
  int nid
  | nid={nid}
mm_vmscan_kswapd_wake
  int nid; int zid; int order
  | nid={nid} order={order}
mm_vmscan_lru_isolate
  int highest_zoneidx; int order; unsigned long nr_requested; unsigned long nr_scanned; unsigned long nr_skipped; unsigned long nr_taken; int lru
  | classzone={highest_zoneidx} order={order} nr_requested={nr_requested} nr_scanned={nr_scanned} nr_skipped={nr_skipped} nr_taken={nr_taken} lru={lru:=0=inactive_anon,1=active_anon,2=inactive_file,3=active_file,4=unevictable}
mm_vmscan_lru_shrink_active
  int nid; unsigned long nr_taken; unsigned long nr_active; unsigned long nr_deactivated; unsigned long nr_referenced; int priority; int reclaim_flags
  | nid={nid} nr_taken={nr_taken} nr_active={nr_active} nr_deactivated={nr_deactivated} nr_referenced={nr_referenced} priority={priority} flags={reclaim_flags:|1=RECLAIM_WB_ANON,2=RECLAIM_WB_FILE,16=RECLAIM_WB_MIXED,4=RECLAIM_WB_SYNC,8=RECLAIM_WB_ASYNC,0=RECLAIM_WB_NONE}
mm_vmscan_lru_shrink_inactive
  int nid; unsigned long nr_scanned; unsigned long nr_reclaimed; unsigned long nr_dirty; unsigned long nr_writeback; unsigned long nr_congested; unsigned long nr_immediate; unsigned int nr_activate0; unsigned int nr_activate1; unsigned long nr_ref_keep; unsigned long nr_unmap_fail; int priority; int reclaim_flags
  | nid={nid} nr_scanned={nr_scanned} nr_reclaimed={nr_reclaimed} nr_dirty={nr_dirty} nr_writeback={nr_writeback} nr_congested={nr_congested} nr_immediate={nr_immediate} nr_activate_anon={nr_activate0} nr_activate_file={nr_activate1} nr_ref_keep={nr_ref_keep} nr_unmap_fail={nr_unmap_fail} priority={priority} flags={reclaim_flags:|1=RECLAIM_WB_ANON,2=RECLAIM_WB_FILE,16=RECLAIM_WB_MIXED,4=RECLAIM_WB_SYNC,8=RECLAIM_WB_ASYNC,0=RECLAIM_WB_NONE}
mm_vmscan_memcg_reclaim_begin
  int order; unsigned long gfp_flags
  | order={order} gfp_flags={gfp_flags:|@gfp_mask}
mm_vmscan_memcg_reclaim_end
  unsigned long nr_reclaimed
  | nr_reclaimed={nr_reclaimed}
mm_vmscan_memcg_softlimit_reclaim_begin
  int order; unsigned long gfp_flags
  | order={order} gfp_flags={gfp_flags:|@gfp_mask}
mm_vmscan_memcg_softlimit_reclaim_end
  unsigned long nr_reclaimed
  | nr_reclaimed={nr_reclaimed}
mm_vmscan_node_reclaim_begin
  int nid; int order; unsigned long gfp_flags
  | nid={nid} order={order} gfp_flags={gfp_flags:|@gfp_mask}
mm_vmscan_node_reclaim_end
  unsigned long nr_reclaimed
  | nr_reclaimed={nr_reclaimed}
mm_vmscan_reclaim_pages
  int nid; unsigned long nr_scanned; unsigned long nr_reclaimed; unsigned long nr_dirty; unsigned long nr_writeback; unsigned long nr_congested; unsigned long nr_immediate; unsigned int nr_activate0; unsigned int nr_activate1; unsigned long nr_ref_keep; unsigned long nr_unmap_fail
  | nid={nid} nr_scanned={nr_scanned} nr_reclaimed={nr_reclaimed} nr_dirty={nr_dirty} nr_writeback={nr_writeback} nr_congested={nr_congested} nr_immediate={nr_immediate} nr_activate_anon={nr_activate0} nr_activate_file={nr_activate1} nr_ref_keep={nr_ref_keep} nr_unmap_fail={nr_unmap_fail}
mm_vmscan_throttled
  int nid; int usec_timeout; int usec_delayed; int reason
  | nid={nid} usec_timeout={usec_timeout} usect_delayed={usec_delayed} reason={}
mm_vmscan_wakeup_kswapd
  int nid; int zid; int order; unsigned long gfp_flags
  | nid={nid} order={order} gfp_flags={gfp_flags:|@gfp_mask}
mm_vmscan_write_folio
  unsigned long pfn; int reclaim_flags
  | page={} pfn=0x{pfn:x} flags={reclaim_flags:|1=RECLAIM_WB_ANON,2=RECLAIM_WB_FILE,16=RECLAIM_WB_MIXED,4=RECLAIM_WB_SYNC,8=RECLAIM_WB_ASYNC,0=RECLAIM_WB_NONE}
`,
  workqueue: `
workqueue_activate_work
  void * work; void * function
  | work struct {work:x} function={function:s}
workqueue_execute_end
  void * work; void * function
  | work struct {work:x}: function {function:s}
workqueue_execute_start
  void * work; void * function
  | work struct {work:x}: function {function:s}
workqueue_queue_work
  void * work; void * function; __data_loc char[] workqueue; int req_cpu; int cpu
  | work struct={work:x} function={function:s} workqueue={workqueue} req_cpu={req_cpu} cpu={cpu}
`,
  writeback: `
balance_dirty_pages
  char bdi[32]; unsigned long limit; unsigned long setpoint; unsigned long dirty; unsigned long wb_setpoint; unsigned long wb_dirty; unsigned long dirty_ratelimit; unsigned long task_ratelimit; unsigned int dirtied; unsigned int dirtied_pause; unsigned long paused; long pause; unsigned long period; long think; ino_t cgroup_ino
  | bdi {bdi}: limit={limit} setpoint={setpoint} dirty={dirty} wb_setpoint={wb_setpoint} wb_dirty={wb_dirty} dirty_ratelimit={dirty_ratelimit} task_ratelimit={task_ratelimit} dirtied={dirtied} dirtied_pause={dirtied_pause} paused={paused} pause={pause} period={period} think={think} cgroup_ino={cgroup_ino}
bdi_dirty_ratelimit
  char bdi[32]; unsigned long write_bw; unsigned long avg_write_bw; unsigned long dirty_rate; unsigned long dirty_ratelimit; unsigned long task_ratelimit; unsigned long balanced_dirty_ratelimit; ino_t cgroup_ino
  | bdi {bdi}: write_bw={write_bw} awrite_bw={avg_write_bw} dirty_rate={dirty_rate} dirty_ratelimit={dirty_ratelimit} task_ratelimit={task_ratelimit} balanced_dirty_ratelimit={balanced_dirty_ratelimit} cgroup_ino={cgroup_ino}
flush_foreign
  char name[32]; ino_t cgroup_ino; unsigned int frn_bdi_id; unsigned int frn_memcg_id
  | bdi {name}: cgroup_ino={cgroup_ino} frn_bdi_id={frn_bdi_id} frn_memcg_id={frn_memcg_id}
folio_wait_writeback
  char name[32]; ino_t ino; unsigned long index
  | bdi {name}: ino={ino} index={index}
global_dirty_state
  unsigned long nr_dirty; unsigned long nr_writeback; unsigned long background_thresh; unsigned long dirty_thresh; unsigned long dirty_limit; unsigned long nr_dirtied; unsigned long nr_written
  | dirty={nr_dirty} writeback={nr_writeback} bg_thresh={background_thresh} thresh={dirty_thresh} limit={dirty_limit} dirtied={nr_dirtied} written={nr_written}
inode_foreign_history
  char name[32]; ino_t ino; ino_t cgroup_ino; unsigned int history
  | bdi {name}: ino={ino} cgroup_ino={cgroup_ino} history=0x{history:x}
inode_switch_wbs
  char name[32]; ino_t ino; ino_t old_cgroup_ino; ino_t new_cgroup_ino
  | bdi {name}: ino={ino} old_cgroup_ino={old_cgroup_ino} new_cgroup_ino={new_cgroup_ino}
inode_switch_wbs_queue
  char name[32]; ino_t old_cgroup_ino; ino_t new_cgroup_ino; unsigned int count
  | bdi {name}: old_cgroup_ino={old_cgroup_ino} new_cgroup_ino={new_cgroup_ino} count={count}
sb_clear_inode_writeback
  dev_t dev; ino_t ino; unsigned long state; __u16 mode; unsigned long dirtied_when
  | dev {dev:<<20},{dev} ino {ino} dirtied {dirtied_when} state {state:|@state} mode 0{mode:o}
sb_mark_inode_writeback
  dev_t dev; ino_t ino; unsigned long state; __u16 mode; unsigned long dirtied_when
  | dev {dev:<<20},{dev} ino {ino} dirtied {dirtied_when} state {state:|@state} mode 0{mode:o}
track_foreign_dirty
  char name[32]; u64 bdi_id; ino_t ino; unsigned int memcg_id; ino_t cgroup_ino; ino_t page_cgroup_ino
  | bdi {name}[{bdi_id}]: ino={ino} memcg_id={memcg_id} cgroup_ino={cgroup_ino} page_cgroup_ino={page_cgroup_ino}
wbc_writepage
  char name[32]; long nr_to_write; long pages_skipped; int sync_mode; int for_kupdate; int for_background; int range_cyclic; long range_start; long range_end; ino_t cgroup_ino
  | bdi {name}: towrt={nr_to_write} skip={pages_skipped} mode={sync_mode} kupd={for_kupdate} bgrd={for_background} cyclic={range_cyclic} start=0x{range_start:x} end=0x{range_end:x} cgroup_ino={cgroup_ino}
writeback_bdi_register
  char name[32]
  | bdi {name}
writeback_dirty_folio
  char name[32]; ino_t ino; unsigned long index
  | bdi {name}: ino={ino} index={index}
writeback_dirty_inode
  char name[32]; ino_t ino; unsigned long state; unsigned long flags
  | bdi {name}: ino={ino} state={state:|@state} flags={flags:|@state}
writeback_dirty_inode_enqueue
  dev_t dev; ino_t ino; unsigned long state; __u16 mode; unsigned long dirtied_when
  | dev {dev:<<20},{dev} ino {ino} dirtied {dirtied_when} state {state:|@state} mode 0{mode:o}
writeback_dirty_inode_start
  char name[32]; ino_t ino; unsigned long state; unsigned long flags
  | bdi {name}: ino={ino} state={state:|@state} flags={flags:|@state}
writeback_exec
  char name[32]; long nr_pages; dev_t sb_dev; int sync_mode; int for_kupdate; int range_cyclic; int for_background; int reason; ino_t cgroup_ino
  | bdi {name}: sb_dev {sb_dev:<<20}:{sb_dev} nr_pages={nr_pages} sync_mode={sync_mode} kupdate={for_kupdate} range_cyclic={range_cyclic} background={for_background} reason={reason:=0=background,1=vmscan,2=sync,3=periodic,4=laptop_timer,5=fs_free_space,6=forker_thread,7=foreign_flush} cgroup_ino={cgroup_ino}
writeback_lazytime
  dev_t dev; ino_t ino; unsigned long state; __u16 mode; unsigned long dirtied_when
  | dev {dev:<<20},{dev} ino {ino} dirtied {dirtied_when} state {state:|@state} mode 0{mode:o}
writeback_lazytime_iput
  dev_t dev; ino_t ino; unsigned long state; __u16 mode; unsigned long dirtied_when
  | dev {dev:<<20},{dev} ino {ino} dirtied {dirtied_when} state {state:|@state} mode 0{mode:o}
writeback_mark_inode_dirty
  char name[32]; ino_t ino; unsigned long state; unsigned long flags
  | bdi {name}: ino={ino} state={state:|@state} flags={flags:|@state}
writeback_pages_written
  long pages
  | {pages}
writeback_queue
  char name[32]; long nr_pages; dev_t sb_dev; int sync_mode; int for_kupdate; int range_cyclic; int for_background; int reason; ino_t cgroup_ino
  | bdi {name}: sb_dev {sb_dev:<<20}:{sb_dev} nr_pages={nr_pages} sync_mode={sync_mode} kupdate={for_kupdate} range_cyclic={range_cyclic} background={for_background} reason={reason:=0=background,1=vmscan,2=sync,3=periodic,4=laptop_timer,5=fs_free_space,6=forker_thread,7=foreign_flush} cgroup_ino={cgroup_ino}
writeback_queue_io
  char name[32]; unsigned long older; long age; int moved; int reason; ino_t cgroup_ino
  | bdi {name}: older={older} age={age} enqueue={moved} reason={reason:=0=background,1=vmscan,2=sync,3=periodic,4=laptop_timer,5=fs_free_space,6=forker_thread,7=foreign_flush} cgroup_ino={cgroup_ino}
writeback_sb_inodes_requeue
  char name[32]; ino_t ino; unsigned long state; unsigned long dirtied_when; ino_t cgroup_ino
  | bdi {name}: ino={ino} state={state:|@state} dirtied_when={dirtied_when} age={} cgroup_ino={cgroup_ino}
writeback_single_inode
  char name[32]; ino_t ino; unsigned long state; unsigned long dirtied_when; unsigned long writeback_index; long nr_to_write; unsigned long wrote; ino_t cgroup_ino
  | bdi {name}: ino={ino} state={state:|@state} dirtied_when={dirtied_when} age={} index={writeback_index} to_write={nr_to_write} wrote={wrote} cgroup_ino={cgroup_ino}
writeback_single_inode_start
  char name[32]; ino_t ino; unsigned long state; unsigned long dirtied_when; unsigned long writeback_index; long nr_to_write; unsigned long wrote; ino_t cgroup_ino
  | bdi {name}: ino={ino} state={state:|@state} dirtied_when={dirtied_when} age={} index={writeback_index} to_write={nr_to_write} wrote={wrote} cgroup_ino={cgroup_ino}
writeback_start
  char name[32]; long nr_pages; dev_t sb_dev; int sync_mode; int for_kupdate; int range_cyclic; int for_background; int reason; ino_t cgroup_ino
  | bdi {name}: sb_dev {sb_dev:<<20}:{sb_dev} nr_pages={nr_pages} sync_mode={sync_mode} kupdate={for_kupdate} range_cyclic={range_cyclic} background={for_background} reason={reason:=0=background,1=vmscan,2=sync,3=periodic,4=laptop_timer,5=fs_free_space,6=forker_thread,7=foreign_flush} cgroup_ino={cgroup_ino}
writeback_wait
  char name[32]; long nr_pages; dev_t sb_dev; int sync_mode; int for_kupdate; int range_cyclic; int for_background; int reason; ino_t cgroup_ino
  | bdi {name}: sb_dev {sb_dev:<<20}:{sb_dev} nr_pages={nr_pages} sync_mode={sync_mode} kupdate={for_kupdate} range_cyclic={range_cyclic} background={for_background} reason={reason:=0=background,1=vmscan,2=sync,3=periodic,4=laptop_timer,5=fs_free_space,6=forker_thread,7=foreign_flush} cgroup_ino={cgroup_ino}
writeback_wake_background
  char name[32]; ino_t cgroup_ino
  | bdi {name}: cgroup_ino={cgroup_ino}
writeback_write_inode
  char name[32]; ino_t ino; int sync_mode; ino_t cgroup_ino
  | bdi {name}: ino={ino} sync_mode={sync_mode} cgroup_ino={cgroup_ino}
writeback_write_inode_start
  char name[32]; ino_t ino; int sync_mode; ino_t cgroup_ino
  | bdi {name}: ino={ino} sync_mode={sync_mode} cgroup_ino={cgroup_ino}
writeback_written
  char name[32]; long nr_pages; dev_t sb_dev; int sync_mode; int for_kupdate; int range_cyclic; int for_background; int reason; ino_t cgroup_ino
  | bdi {name}: sb_dev {sb_dev:<<20}:{sb_dev} nr_pages={nr_pages} sync_mode={sync_mode} kupdate={for_kupdate} range_cyclic={range_cyclic} background={for_background} reason={reason:=0=background,1=vmscan,2=sync,3=periodic,4=laptop_timer,5=fs_free_space,6=forker_thread,7=foreign_flush} cgroup_ino={cgroup_ino}
`,
  xdp: `
bpf_xdp_link_attach_failed
  __data_loc char[] msg
  | errmsg={msg}
mem_connect
  const struct xdp_mem_allocator * xa; u32 mem_id; u32 mem_type; const void * allocator; const struct xdp_rxq_info * rxq; int ifindex
  | mem_id={mem_id} mem_type={mem_type:=0=PAGE_SHARED,1=PAGE_ORDER0,2=PAGE_POOL,3=XSK_BUFF_POOL} allocator={allocator:x} ifindex={ifindex}
mem_disconnect
  const struct xdp_mem_allocator * xa; u32 mem_id; u32 mem_type; const void * allocator
  | mem_id={mem_id} mem_type={mem_type:=0=PAGE_SHARED,1=PAGE_ORDER0,2=PAGE_POOL,3=XSK_BUFF_POOL} allocator={allocator:x}
xdp_bulk_tx
  int ifindex; u32 act; int drops; int sent; int err
  | ifindex={ifindex} action={act:=0=ABORTED,1=DROP,2=PASS,3=TX,4=REDIRECT} sent={sent} drops={drops} err={err}
xdp_cpumap_enqueue
  int map_id; u32 act; int cpu; unsigned int drops; unsigned int processed; int to_cpu
  | enqueue cpu={cpu} map_id={map_id} action={act:=0=ABORTED,1=DROP,2=PASS,3=TX,4=REDIRECT} processed={processed} drops={drops} to_cpu={to_cpu}
xdp_cpumap_kthread
  int map_id; u32 act; int cpu; unsigned int drops; unsigned int processed; int sched; unsigned int xdp_pass; unsigned int xdp_drop; unsigned int xdp_redirect
  | kthread cpu={cpu} map_id={map_id} action={act:=0=ABORTED,1=DROP,2=PASS,3=TX,4=REDIRECT} processed={processed} drops={drops} sched={sched} xdp_pass={xdp_pass} xdp_drop={xdp_drop} xdp_redirect={xdp_redirect}
xdp_devmap_xmit
  int from_ifindex; u32 act; int to_ifindex; int drops; int sent; int err
  | ndo_xdp_xmit from_ifindex={from_ifindex} to_ifindex={to_ifindex} action={act:=0=ABORTED,1=DROP,2=PASS,3=TX,4=REDIRECT} sent={sent} drops={drops} err={err}
xdp_exception
  int prog_id; u32 act; int ifindex
  | prog_id={prog_id} action={act:=0=ABORTED,1=DROP,2=PASS,3=TX,4=REDIRECT} ifindex={ifindex}
xdp_redirect
  int prog_id; u32 act; int ifindex; int err; int to_ifindex; u32 map_id; int map_index
  | prog_id={prog_id} action={act:=0=ABORTED,1=DROP,2=PASS,3=TX,4=REDIRECT} ifindex={ifindex} to_ifindex={to_ifindex} err={err} map_id={map_id} map_index={map_index}
xdp_redirect_err
  int prog_id; u32 act; int ifindex; int err; int to_ifindex; u32 map_id; int map_index
  | prog_id={prog_id} action={act:=0=ABORTED,1=DROP,2=PASS,3=TX,4=REDIRECT} ifindex={ifindex} to_ifindex={to_ifindex} err={err} map_id={map_id} map_index={map_index}
`,
};

/** Lists of names that several patterns refer to by `@name`. */
export const SHARED_NAMES: Readonly<Record<string, string>> = {
  gfp_mask:
    '1844426=GFP_TRANSHUGE,1843402=GFP_TRANSHUGE_LIGHT,1051850=GFP_HIGHUSER_MOVABLE,1051842=GFP_HIGHUSER,1051840=GFP_USER,4197568=GFP_KERNEL_ACCOUNT,3264=GFP_KERNEL,3136=GFP_NOFS,2080=GFP_ATOMIC,3072=GFP_NOIO,10240=GFP_NOWAIT,1=GFP_DMA,4=GFP_DMA32,3072=__GFP_RECLAIM,1=__GFP_DMA,2=__GFP_HIGHMEM,4=__GFP_DMA32,8=__GFP_MOVABLE,16=__GFP_RECLAIMABLE,32=__GFP_HIGH,64=__GFP_IO,128=__GFP_FS,256=__GFP_ZERO,1024=__GFP_DIRECT_RECLAIM,2048=__GFP_KSWAPD_RECLAIM,4096=__GFP_WRITE,8192=__GFP_NOWARN,16384=__GFP_RETRY_MAYFAIL,32768=__GFP_NOFAIL,65536=__GFP_NORETRY,131072=__GFP_MEMALLOC,262144=__GFP_COMP,524288=__GFP_NOMEMALLOC,1048576=__GFP_HARDWALL,2097152=__GFP_THISNODE,4194304=__GFP_ACCOUNT,8388608=__GFP_ZEROTAGS,16777216=__GFP_NO_OBJ_EXT,0=none',
  flags:
    '1=HINT_MERGE,8=HINT_FIRST,32=HINT_DATA,64=HINT_NOPREALLOC,128=HINT_GRP_ALLOC,256=HINT_GOAL_ONLY,512=HINT_TRY_GOAL,1024=DELALLOC_RESV,2048=STREAM_ALLOC,4096=USE_ROOT_BLKS,8192=USE_RESV,16384=STRICT_CHECK',
  status:
    '0=failed,1=succeeded,2=pmd_null,3=pmd_none,4=page_pmd_mapped,5=exceed_none_pte,6=exceed_swap_pte,7=exceed_shared_pte,8=pte_non_present,9=pte_uffd_wp,10=pte_mapped_hugepage,11=lack_referenced_page,12=page_null,13=scan_aborted,14=not_suitable_page_count,15=page_not_in_lru,16=page_locked,17=page_not_anon,18=page_compound,19=no_process_for_page,20=vma_null,21=vma_check_failed,22=not_suitable_address_range,23=could_not_delete_page_from_lru,24=alloc_huge_page_failed,25=ccgroup_charge_failed,26=truncated,27=page_has_private,28=store_failed,29=copy_poisoned_page,30=page_filled',
  ki_flags:
    '1=HIPRI,2=DSYNC,4=SYNC,8=NOWAIT,16=APPEND,64=ATOMIC,128=DONTCACHE,65536=EVENTFD,131072=DIRECT,262144=WRITE,524288=WAITQ,1048576=NOIO,2097152=ALLOC_CACHE,4194304=CALLER_COMP,8388608=AIO_RW,16777216=AIO_HAS_METADATA',
  state:
    '16=I_DIRTY_SYNC,32=I_DIRTY_DATASYNC,64=I_DIRTY_PAGES,1=I_NEW,128=I_WILL_FREE,256=I_FREEING,512=I_CLEAR,2=I_SYNC,4096=I_DIRTY_TIME,1024=I_REFERENCED,2048=I_LINKABLE,8192=I_WB_SWITCH,16384=I_OVL_INUSE,32768=I_CREATING,65536=I_DONTCACHE,131072=I_SYNC_QUEUED,262144=I_PINNING_NETFS_WB,4=I_LRU_ISOLATING',
};
