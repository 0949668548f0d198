/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What programs attach to by type: tracepoints as tp_btf sees them (the kernel's btf_trace_NAME), and
 * functions as fentry and fexit see them. Prototypes are those of Linux 6.18, or of the last Linux that
 * had the function.
 */
#ifndef RETROPROBE_MODEL_HOOKS_H
#define RETROPROBE_MODEL_HOOKS_H

#include "model.h"

typedef unsigned int gfp_t;
typedef u8 blk_status_t;
typedef long ssize_t;

/* Objects a recording knows by their address alone. */
struct address_space {
};
struct buffer_head {
};
struct folio {
};
struct hrtimer {
};
struct iov_iter {
};
struct k_sigaction {
};
struct kernel_siginfo {
};
struct kstat {
};
struct linux_binprm {
};
struct mddev {
};
struct mnt_idmap {
};
struct msghdr {
};
struct mutex {
};
struct page {
};
struct readahead_control {
};
struct rw_semaphore {
};
struct sockaddr {
};
struct vm_area_struct {
};
struct work_struct {
};

enum skb_drop_reason {
	SKB_NOT_DROPPED_YET = 0,
	SKB_CONSUMED = 1,
	SKB_DROP_REASON_NOT_SPECIFIED = 2,
};

/* The tracepoint's type, and a function that names its arguments: the type of a pointer does not. */
#define MODEL_TRACEPOINT(name, ...)                        \
	typedef void (*btf_trace_##name)(void *, __VA_ARGS__); \
	btf_trace_##name model_trace_##name;                   \
	void model_arguments_##name(__VA_ARGS__)               \
	{                                                      \
	}

MODEL_TRACEPOINT(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
MODEL_TRACEPOINT(sched_waking, struct task_struct *p)
MODEL_TRACEPOINT(sched_wakeup, struct task_struct *p)
MODEL_TRACEPOINT(sched_wakeup_new, struct task_struct *p)
MODEL_TRACEPOINT(sched_migrate_task, struct task_struct *p, int dest_cpu)
MODEL_TRACEPOINT(sched_process_fork, struct task_struct *parent, struct task_struct *child)
MODEL_TRACEPOINT(sched_process_exec, struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)
MODEL_TRACEPOINT(sched_process_exit, struct task_struct *p, bool group_dead)
MODEL_TRACEPOINT(sched_process_free, struct task_struct *p)
MODEL_TRACEPOINT(sched_wait_task, struct task_struct *p)
MODEL_TRACEPOINT(sched_stat_runtime, struct task_struct *tsk, u64 runtime)
MODEL_TRACEPOINT(task_newtask, struct task_struct *task, u64 clone_flags)
MODEL_TRACEPOINT(task_rename, struct task_struct *task, const char *comm)
MODEL_TRACEPOINT(sys_enter, struct pt_regs *regs, long id)
MODEL_TRACEPOINT(sys_exit, struct pt_regs *regs, long ret)
MODEL_TRACEPOINT(irq_handler_entry, int irq, struct irqaction *action)
MODEL_TRACEPOINT(irq_handler_exit, int irq, struct irqaction *action, int ret)
MODEL_TRACEPOINT(softirq_entry, unsigned int vec_nr)
MODEL_TRACEPOINT(softirq_exit, unsigned int vec_nr)
MODEL_TRACEPOINT(softirq_raise, unsigned int vec_nr)
MODEL_TRACEPOINT(cpu_frequency, unsigned int frequency, unsigned int cpu_id)
MODEL_TRACEPOINT(cpu_idle, unsigned int state, unsigned int cpu_id)
MODEL_TRACEPOINT(signal_generate, int sig, struct kernel_siginfo *info, struct task_struct *task, int group, int result)
MODEL_TRACEPOINT(signal_deliver, int sig, struct kernel_siginfo *info, struct k_sigaction *ka)
MODEL_TRACEPOINT(workqueue_execute_start, struct work_struct *work)
MODEL_TRACEPOINT(oom_score_adj_update, struct task_struct *task)
MODEL_TRACEPOINT(mm_vmscan_direct_reclaim_begin, int order, gfp_t gfp_flags)
MODEL_TRACEPOINT(mm_vmscan_direct_reclaim_end, unsigned long nr_reclaimed)
MODEL_TRACEPOINT(kmem_cache_alloc, unsigned long call_site, const void *ptr, struct kmem_cache *s, gfp_t gfp_flags, int node)
MODEL_TRACEPOINT(block_rq_insert, struct request *rq)
MODEL_TRACEPOINT(block_rq_issue, struct request *rq)
MODEL_TRACEPOINT(block_rq_merge, struct request *rq)
MODEL_TRACEPOINT(block_rq_requeue, struct request *rq)
MODEL_TRACEPOINT(block_io_start, struct request *rq)
MODEL_TRACEPOINT(block_io_done, struct request *rq)
MODEL_TRACEPOINT(block_rq_complete, struct request *rq, blk_status_t error, unsigned int nr_bytes)
MODEL_TRACEPOINT(block_bio_queue, struct bio *bio)
MODEL_TRACEPOINT(kfree_skb, struct sk_buff *skb, void *location, enum skb_drop_reason reason, struct sock *rx_sk)
MODEL_TRACEPOINT(net_dev_queue, struct sk_buff *skb)
MODEL_TRACEPOINT(net_dev_start_xmit, const struct sk_buff *skb, const struct net_device *dev)
MODEL_TRACEPOINT(netif_receive_skb, struct sk_buff *skb)
MODEL_TRACEPOINT(inet_sock_set_state, const struct sock *sk, const int oldstate, const int newstate)
MODEL_TRACEPOINT(tcp_retransmit_skb, const struct sock *sk, const struct sk_buff *skb, int err)

/* A body, because clang describes only functions that are defined. */
#define MODEL_FUNCTION(type, name, ...) \
	type name(__VA_ARGS__)              \
	{                                   \
		return (type)0;                 \
	}

MODEL_FUNCTION(ssize_t, vfs_read, struct file *file, char *buf, size_t count, loff_t *pos)
MODEL_FUNCTION(ssize_t, vfs_write, struct file *file, const char *buf, size_t count, loff_t *pos)
MODEL_FUNCTION(int, vfs_open, const struct path *path, struct file *file)
MODEL_FUNCTION(int, vfs_fsync, struct file *file, int datasync)
MODEL_FUNCTION(int, vfs_fsync_range, struct file *file, loff_t start, loff_t end, int datasync)
MODEL_FUNCTION(int, vfs_create, struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode, bool want_excl)
MODEL_FUNCTION(int, vfs_unlink, struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, struct inode **delegated_inode)
MODEL_FUNCTION(int, vfs_getattr, const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
MODEL_FUNCTION(ssize_t, ext4_file_read_iter, struct kiocb *iocb, struct iov_iter *to)
MODEL_FUNCTION(ssize_t, ext4_file_write_iter, struct kiocb *iocb, struct iov_iter *from)
MODEL_FUNCTION(int, ext4_file_open, struct inode *inode, struct file *file)
MODEL_FUNCTION(int, ext4_sync_file, struct file *file, loff_t start, loff_t end, int datasync)
MODEL_FUNCTION(int, ext4_file_getattr, struct mnt_idmap *idmap, const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
MODEL_FUNCTION(ssize_t, xfs_file_read_iter, struct kiocb *iocb, struct iov_iter *to)
MODEL_FUNCTION(ssize_t, xfs_file_write_iter, struct kiocb *iocb, struct iov_iter *from)
MODEL_FUNCTION(int, xfs_file_open, struct inode *inode, struct file *file)
MODEL_FUNCTION(int, xfs_file_fsync, struct file *file, loff_t start, loff_t end, int datasync)
MODEL_FUNCTION(int, xfs_vn_getattr, struct mnt_idmap *idmap, const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
MODEL_FUNCTION(ssize_t, btrfs_file_read_iter, struct kiocb *iocb, struct iov_iter *to)
MODEL_FUNCTION(ssize_t, btrfs_file_write_iter, struct kiocb *iocb, struct iov_iter *from)
MODEL_FUNCTION(int, btrfs_file_open, struct inode *inode, struct file *file)
MODEL_FUNCTION(int, btrfs_sync_file, struct file *file, loff_t start, loff_t end, int datasync)
MODEL_FUNCTION(int, btrfs_getattr, struct mnt_idmap *idmap, const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
MODEL_FUNCTION(ssize_t, nfs_file_read, struct kiocb *iocb, struct iov_iter *to)
MODEL_FUNCTION(ssize_t, nfs_file_write, struct kiocb *iocb, struct iov_iter *from)
MODEL_FUNCTION(int, nfs_file_open, struct inode *inode, struct file *file)
MODEL_FUNCTION(int, nfs_file_fsync, struct file *file, loff_t start, loff_t end, int datasync)
MODEL_FUNCTION(int, nfs_getattr, struct mnt_idmap *idmap, const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
MODEL_FUNCTION(void, blk_account_io_start, struct request *req)
MODEL_FUNCTION(void, blk_account_io_done, struct request *req, u64 now)
MODEL_FUNCTION(void, mutex_lock, struct mutex *lock)
MODEL_FUNCTION(int, mutex_trylock, struct mutex *lock)
MODEL_FUNCTION(int, mutex_lock_interruptible, struct mutex *lock)
MODEL_FUNCTION(int, mutex_lock_killable, struct mutex *lock)
MODEL_FUNCTION(void, mutex_unlock, struct mutex *lock)
MODEL_FUNCTION(void, down_read, struct rw_semaphore *sem)
MODEL_FUNCTION(int, down_read_trylock, struct rw_semaphore *sem)
MODEL_FUNCTION(int, down_read_interruptible, struct rw_semaphore *sem)
MODEL_FUNCTION(int, down_read_killable, struct rw_semaphore *sem)
MODEL_FUNCTION(void, up_read, struct rw_semaphore *sem)
MODEL_FUNCTION(void, down_write, struct rw_semaphore *sem)
MODEL_FUNCTION(int, down_write_trylock, struct rw_semaphore *sem)
MODEL_FUNCTION(int, down_write_killable, struct rw_semaphore *sem)
MODEL_FUNCTION(void, up_write, struct rw_semaphore *sem)
MODEL_FUNCTION(int, tcp_v4_connect, struct sock *sk, struct sockaddr *uaddr, int addr_len)
MODEL_FUNCTION(int, tcp_v6_connect, struct sock *sk, struct sockaddr *uaddr, int addr_len)
MODEL_FUNCTION(int, tcp_sendmsg, struct sock *sk, struct msghdr *msg, size_t size)
MODEL_FUNCTION(void, tcp_cleanup_rbuf, struct sock *sk, int copied)
MODEL_FUNCTION(void, tcp_close, struct sock *sk, long timeout)
MODEL_FUNCTION(void, tcp_set_state, struct sock *sk, int state)
MODEL_FUNCTION(void, tcp_rcv_established, struct sock *sk, struct sk_buff *skb)
MODEL_FUNCTION(enum skb_drop_reason, tcp_rcv_state_process, struct sock *sk, struct sk_buff *skb)
MODEL_FUNCTION(int, inet_listen, struct socket *sock, int backlog)
MODEL_FUNCTION(int, add_to_page_cache_lru, struct page *page, struct address_space *mapping, unsigned long index, gfp_t gfp)
MODEL_FUNCTION(int, filemap_add_folio, struct address_space *mapping, struct folio *folio, unsigned long index, gfp_t gfp)
MODEL_FUNCTION(void, account_page_dirtied, struct page *page, struct address_space *mapping)
MODEL_FUNCTION(void, folio_account_dirtied, struct folio *folio, struct address_space *mapping)
MODEL_FUNCTION(void, mark_buffer_dirty, struct buffer_head *bh)
MODEL_FUNCTION(void, mark_page_accessed, struct page *page)
MODEL_FUNCTION(void, folio_mark_accessed, struct folio *folio)
MODEL_FUNCTION(void, do_page_cache_ra, struct readahead_control *ractl, unsigned long nr_to_read, unsigned long lookahead_size)
MODEL_FUNCTION(struct page *, __page_cache_alloc, gfp_t gfp)
MODEL_FUNCTION(bool, md_flush_request, struct mddev *mddev, struct bio *bio)
MODEL_FUNCTION(int, migrate_misplaced_page, struct page *page, struct vm_area_struct *vma, int node)

/* Iterators: contexts are of the struct bpf_iter__NAME. */
MODEL_FUNCTION(int, bpf_iter_task, struct bpf_iter_meta *meta, struct task_struct *task)
MODEL_FUNCTION(int, bpf_iter_bpf_map, struct bpf_iter_meta *meta, struct bpf_map *map)
MODEL_FUNCTION(int, bpf_iter_bpf_map_elem, struct bpf_iter_meta *meta, struct bpf_map *map, void *key, void *value)

#endif
