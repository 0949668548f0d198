/**
 * System calls as Linux 6.18 on x86-64 describes them: name, number (`-` where it has none there), arguments. Each
 * argument takes eight bytes of the record. Printed by build/build-known-events.ts.
 */
export const SYSCALLS = `
accept 43 int fd; struct sockaddr * upeer_sockaddr; int * upeer_addrlen
accept4 288 int fd; struct sockaddr * upeer_sockaddr; int * upeer_addrlen; int flags
access 21 const char * filename; int mode
acct 163 const char * name
add_key 248 const char * _type; const char * _description; const void * _payload; size_t plen; key_serial_t ringid:8
adjtimex 159 struct __kernel_timex * txc_p
alarm 37 unsigned int seconds
arch_prctl 158 int option; unsigned long arg2
bind 49 int fd; struct sockaddr * umyaddr; int addrlen
bpf 321 int cmd; union bpf_attr * uattr; unsigned int size
brk 12 unsigned long brk
cachestat 451 unsigned int fd; struct cachestat_range * cstat_range; struct cachestat * cstat; unsigned int flags
capget 125 cap_user_header_t header:8; cap_user_data_t dataptr:8
capset 126 cap_user_header_t header:8; const cap_user_data_t data:8
chdir 80 const char * filename
chmod 90 const char * filename; umode_t mode
chown 92 const char * filename; uid_t user; gid_t group
chroot 161 const char * filename
clock_adjtime 305 const clockid_t which_clock; struct __kernel_timex * utx
clock_getres 229 const clockid_t which_clock; struct __kernel_timespec * tp
clock_gettime 228 const clockid_t which_clock; struct __kernel_timespec * tp
clock_nanosleep 230 const clockid_t which_clock; int flags; const struct __kernel_timespec * rqtp; struct __kernel_timespec * rmtp
clock_settime 227 const clockid_t which_clock; const struct __kernel_timespec * tp
clone 56 unsigned long clone_flags; unsigned long newsp; int * parent_tidptr; int * child_tidptr; unsigned long tls
clone3 435 struct clone_args * uargs; size_t size
close 3 unsigned int fd
close_range 436 unsigned int fd; unsigned int max_fd; unsigned int flags
connect 42 int fd; struct sockaddr * uservaddr; int addrlen
copy_file_range 326 int fd_in; loff_t * off_in; int fd_out; loff_t * off_out; size_t len; unsigned int flags
creat 85 const char * pathname; umode_t mode
dup 32 unsigned int fildes
dup2 33 unsigned int oldfd; unsigned int newfd
dup3 292 unsigned int oldfd; unsigned int newfd; int flags
epoll_create 213 int size
epoll_create1 291 int flags
epoll_ctl 233 int epfd; int op; int fd; struct epoll_event * event
epoll_pwait 281 int epfd; struct epoll_event * events; int maxevents; int timeout; const sigset_t * sigmask; size_t sigsetsize
epoll_pwait2 441 int epfd; struct epoll_event * events; int maxevents; const struct __kernel_timespec * timeout; const sigset_t * sigmask; size_t sigsetsize
epoll_wait 232 int epfd; struct epoll_event * events; int maxevents; int timeout
eventfd 284 unsigned int count
eventfd2 290 unsigned int count; int flags
execve 59 const char * filename; const char *const * argv; const char *const * envp
execveat 322 int fd; const char * filename; const char *const * argv; const char *const * envp; int flags
exit 60 int error_code
exit_group 231 int error_code
faccessat 269 int dfd; const char * filename; int mode
faccessat2 439 int dfd; const char * filename; int mode; int flags
fadvise64 221 int fd; loff_t offset; size_t len; int advice
fallocate 285 int fd; int mode; loff_t offset; loff_t len
fanotify_init 300 unsigned int flags; unsigned int event_f_flags
fanotify_mark 301 int fanotify_fd; unsigned int flags; __u64 mask; int dfd; const char * pathname
fchdir 81 unsigned int fd
fchmod 91 unsigned int fd; umode_t mode
fchmodat 268 int dfd; const char * filename; umode_t mode
fchmodat2 452 int dfd; const char * filename; umode_t mode; unsigned int flags
fchown 93 unsigned int fd; uid_t user; gid_t group
fchownat 260 int dfd; const char * filename; uid_t user; gid_t group; int flag
fcntl 72 unsigned int fd; unsigned int cmd; unsigned long arg
fdatasync 75 unsigned int fd
fgetxattr 193 int fd; const char * name; void * value; size_t size
file_getattr 468 int dfd; const char * filename; struct file_attr * ufattr; size_t usize; unsigned int at_flags
file_setattr 469 int dfd; const char * filename; struct file_attr * ufattr; size_t usize; unsigned int at_flags
flistxattr 196 int fd; char * list; size_t size
flock 73 unsigned int fd; unsigned int cmd
fork 57
fremovexattr 199 int fd; const char * name
fsconfig 431 int fd; unsigned int cmd; const char * _key; const void * _value; int aux
fsetxattr 190 int fd; const char * name; const void * value; size_t size; int flags
fsmount 432 int fs_fd; unsigned int flags; unsigned int attr_flags
fsopen 430 const char * _fs_name; unsigned int flags
fspick 433 int dfd; const char * path; unsigned int flags
fstatfs 138 unsigned int fd; struct statfs * buf
fsync 74 unsigned int fd
ftruncate 77 unsigned int fd; off_t length:8
futex 202 u32 * uaddr; int op; u32 val; const struct __kernel_timespec * utime; u32 * uaddr2; u32 val3
futex_requeue 456 struct futex_waitv * waiters; unsigned int flags; int nr_wake; int nr_requeue
futex_wait 455 void * uaddr; unsigned long val; unsigned long mask; unsigned int flags; struct __kernel_timespec * timeout; clockid_t clockid
futex_waitv 449 struct futex_waitv * waiters; unsigned int nr_futexes; unsigned int flags; struct __kernel_timespec * timeout; clockid_t clockid
futex_wake 454 void * uaddr; unsigned long mask; int nr; unsigned int flags
futimesat 261 int dfd; const char * filename; struct __kernel_old_timeval * utimes
get_mempolicy 239 int * policy; unsigned long * nmask; unsigned long maxnode; unsigned long addr; unsigned long flags
get_robust_list 274 int pid; struct robust_list_head * * head_ptr; size_t * len_ptr
getcpu 309 unsigned * cpup; unsigned * nodep; struct getcpu_cache * unused
getcwd 79 char * buf; unsigned long size
getdents 78 unsigned int fd; struct linux_dirent * dirent; unsigned int count
getdents64 217 unsigned int fd; struct linux_dirent64 * dirent; unsigned int count
getegid 108
geteuid 107
getgid 104
getgroups 115 int gidsetsize; gid_t * grouplist
getitimer 36 int which; struct __kernel_old_itimerval * value
getpeername 52 int fd; struct sockaddr * usockaddr; int * usockaddr_len
getpgid 121 pid_t pid
getpgrp 111
getpid 39
getppid 110
getpriority 140 int which; int who
getrandom 318 char * ubuf; size_t len; unsigned int flags
getresgid 120 gid_t * rgidp; gid_t * egidp; gid_t * sgidp
getresuid 118 uid_t * ruidp; uid_t * euidp; uid_t * suidp
getrlimit 97 unsigned int resource; struct rlimit * rlim
getrusage 98 int who; struct rusage * ru
getsid 124 pid_t pid
getsockname 51 int fd; struct sockaddr * usockaddr; int * usockaddr_len
getsockopt 55 int fd; int level; int optname; char * optval; int * optlen
gettid 186
gettimeofday 96 struct __kernel_old_timeval * tv; struct timezone * tz
getuid 102
getxattr 191 const char * pathname; const char * name; void * value; size_t size
getxattrat 464 int dfd; const char * pathname; unsigned int at_flags; const char * name; struct xattr_args * uargs; size_t usize
inotify_add_watch 254 int fd; const char * pathname; u32 mask
inotify_init 253
inotify_init1 294 int flags
inotify_rm_watch 255 int fd; __s32 wd:8
io_cancel 210 aio_context_t ctx_id:8; struct iocb * iocb; struct io_event * result
io_destroy 207 aio_context_t ctx:8
io_getevents 208 aio_context_t ctx_id:8; long min_nr; long nr; struct io_event * events; struct __kernel_timespec * timeout
io_pgetevents 333 aio_context_t ctx_id:8; long min_nr; long nr; struct io_event * events; struct __kernel_timespec * timeout; const struct __aio_sigset * usig
io_setup 206 unsigned nr_events; aio_context_t * ctxp
io_submit 209 aio_context_t ctx_id:8; long nr; struct iocb * * iocbpp
io_uring_enter 426 unsigned int fd; u32 to_submit; u32 min_complete; u32 flags; const void * argp; size_t argsz
io_uring_register 427 unsigned int fd; unsigned int opcode; void * arg; unsigned int nr_args
io_uring_setup 425 u32 entries; struct io_uring_params * params
ioctl 16 unsigned int fd; unsigned int cmd; unsigned long arg
ioperm 173 unsigned long from; unsigned long num; int turn_on
iopl 172 unsigned int level
ioprio_get 252 int which; int who
ioprio_set 251 int which; int who; int ioprio
kcmp 312 pid_t pid1; pid_t pid2; int type; unsigned long idx1; unsigned long idx2
keyctl 250 int option; unsigned long arg2; unsigned long arg3; unsigned long arg4; unsigned long arg5
kill 62 pid_t pid; int sig
landlock_add_rule 445 const int ruleset_fd; const enum landlock_rule_type rule_type:8; const void *const rule_attr:8; const __u32 flags
landlock_create_ruleset 444 const struct landlock_ruleset_attr *const attr:8; const size_t size; const __u32 flags
landlock_restrict_self 446 const int ruleset_fd; const __u32 flags
lchown 94 const char * filename; uid_t user; gid_t group
lgetxattr 192 const char * pathname; const char * name; void * value; size_t size
link 86 const char * oldname; const char * newname
linkat 265 int olddfd; const char * oldname; int newdfd; const char * newname; int flags
listen 50 int fd; int backlog
listmount 458 const struct mnt_id_req * req; u64 * mnt_ids; size_t nr_mnt_ids; unsigned int flags
listxattr 194 const char * pathname; char * list; size_t size
listxattrat 465 int dfd; const char * pathname; unsigned int at_flags; char * list; size_t size
llistxattr 195 const char * pathname; char * list; size_t size
lremovexattr 198 const char * pathname; const char * name
lseek 8 unsigned int fd; off_t offset:8; unsigned int whence
lsetxattr 189 const char * pathname; const char * name; const void * value; size_t size; int flags
lsm_get_self_attr 459 unsigned int attr; struct lsm_ctx * ctx; u32 * size; u32 flags
lsm_list_modules 461 u64 * ids; u32 * size; u32 flags
lsm_set_self_attr 460 unsigned int attr; struct lsm_ctx * ctx; u32 size; u32 flags
madvise 28 unsigned long start; size_t len_in; int behavior
mbind 237 unsigned long start; unsigned long len; unsigned long mode; const unsigned long * nmask; unsigned long maxnode; unsigned int flags
membarrier 324 int cmd; unsigned int flags; int cpu_id
memfd_create 319 const char * uname; unsigned int flags
memfd_secret 447 unsigned int flags
migrate_pages 256 pid_t pid; unsigned long maxnode; const unsigned long * old_nodes; const unsigned long * new_nodes
mincore 27 unsigned long start; size_t len; unsigned char * vec
mkdir 83 const char * pathname; umode_t mode
mkdirat 258 int dfd; const char * pathname; umode_t mode
mknod 133 const char * filename; umode_t mode; unsigned dev
mknodat 259 int dfd; const char * filename; umode_t mode; unsigned int dev
mlock 149 unsigned long start; size_t len
mlock2 325 unsigned long start; size_t len; int flags
mlockall 151 int flags
mmap 9 unsigned long addr; unsigned long len; unsigned long prot; unsigned long flags; unsigned long fd; unsigned long off
modify_ldt 154 int func; void * ptr; unsigned long bytecount
mount 165 char * dev_name; char * dir_name; char * type; unsigned long flags; void * data
mount_setattr 442 int dfd; const char * path; unsigned int flags; struct mount_attr * uattr; size_t usize
move_mount 429 int from_dfd; const char * from_pathname; int to_dfd; const char * to_pathname; unsigned int flags
move_pages 279 pid_t pid; unsigned long nr_pages; const void * * pages; const int * nodes; int * status; int flags
mprotect 10 unsigned long start; size_t len; unsigned long prot
mq_getsetattr 245 mqd_t mqdes:8; const struct mq_attr * u_mqstat; struct mq_attr * u_omqstat
mq_notify 244 mqd_t mqdes:8; const struct sigevent * u_notification
mq_open 240 const char * u_name; int oflag; umode_t mode; struct mq_attr * u_attr
mq_timedreceive 243 mqd_t mqdes:8; char * u_msg_ptr; size_t msg_len; unsigned int * u_msg_prio; const struct __kernel_timespec * u_abs_timeout
mq_timedsend 242 mqd_t mqdes:8; const char * u_msg_ptr; size_t msg_len; unsigned int msg_prio; const struct __kernel_timespec * u_abs_timeout
mq_unlink 241 const char * u_name
mremap 25 unsigned long addr; unsigned long old_len; unsigned long new_len; unsigned long flags; unsigned long new_addr
mseal 462 unsigned long start; size_t len; unsigned long flags
msgctl 71 int msqid; int cmd; struct msqid_ds * buf
msgget 68 key_t key:8; int msgflg
msgrcv 70 int msqid; struct msgbuf * msgp; size_t msgsz; long msgtyp; int msgflg
msgsnd 69 int msqid; struct msgbuf * msgp; size_t msgsz; int msgflg
msync 26 unsigned long start; size_t len; int flags
munlock 150 unsigned long start; size_t len
munlockall 152
munmap 11 unsigned long addr; size_t len
name_to_handle_at 303 int dfd; const char * name; struct file_handle * handle; void * mnt_id; int flag
nanosleep 35 struct __kernel_timespec * rqtp; struct __kernel_timespec * rmtp
newfstat 5 unsigned int fd; struct stat * statbuf
newfstatat 262 int dfd; const char * filename; struct stat * statbuf; int flag
newlstat 6 const char * filename; struct stat * statbuf
newstat 4 const char * filename; struct stat * statbuf
newuname 63 struct new_utsname * name
open 2 const char * filename; int flags; umode_t mode
open_by_handle_at 304 int mountdirfd; struct file_handle * handle; int flags
open_tree 428 int dfd; const char * filename; unsigned flags
open_tree_attr 467 int dfd; const char * filename; unsigned flags; struct mount_attr * uattr; size_t usize
openat 257 int dfd; const char * filename; int flags; umode_t mode
openat2 437 int dfd; const char * filename; struct open_how * how; size_t usize
pause 34
perf_event_open 298 struct perf_event_attr * attr_uptr; pid_t pid; int cpu; int group_fd; unsigned long flags
personality 135 unsigned int personality
pidfd_getfd 438 int pidfd; int fd; unsigned int flags
pidfd_open 434 pid_t pid; unsigned int flags
pidfd_send_signal 424 int pidfd; int sig; siginfo_t * info; unsigned int flags
pipe 22 int * fildes
pipe2 293 int * fildes; int flags
pivot_root 155 const char * new_root; const char * put_old
pkey_alloc 330 unsigned long flags; unsigned long init_val
pkey_free 331 int pkey
pkey_mprotect 329 unsigned long start; size_t len; unsigned long prot; int pkey
poll 7 struct pollfd * ufds; unsigned int nfds; int timeout_msecs
ppoll 271 struct pollfd * ufds; unsigned int nfds; struct __kernel_timespec * tsp; const sigset_t * sigmask; size_t sigsetsize
prctl 157 int option; unsigned long arg2; unsigned long arg3; unsigned long arg4; unsigned long arg5
pread64 17 unsigned int fd; char * buf; size_t count; loff_t pos
preadv 295 unsigned long fd; const struct iovec * vec; unsigned long vlen; unsigned long pos_l; unsigned long pos_h
preadv2 327 unsigned long fd; const struct iovec * vec; unsigned long vlen; unsigned long pos_l; unsigned long pos_h; rwf_t flags:8
prlimit64 302 pid_t pid; unsigned int resource; const struct rlimit64 * new_rlim; struct rlimit64 * old_rlim
process_madvise 440 int pidfd; const struct iovec * vec; size_t vlen; int behavior; unsigned int flags
process_mrelease 448 int pidfd; unsigned int flags
process_vm_readv 310 pid_t pid; const struct iovec * lvec; unsigned long liovcnt; const struct iovec * rvec; unsigned long riovcnt; unsigned long flags
process_vm_writev 311 pid_t pid; const struct iovec * lvec; unsigned long liovcnt; const struct iovec * rvec; unsigned long riovcnt; unsigned long flags
pselect6 270 int n; fd_set * inp; fd_set * outp; fd_set * exp; struct __kernel_timespec * tsp; void * sig
ptrace 101 long request; long pid; unsigned long addr; unsigned long data
pwrite64 18 unsigned int fd; const char * buf; size_t count; loff_t pos
pwritev 296 unsigned long fd; const struct iovec * vec; unsigned long vlen; unsigned long pos_l; unsigned long pos_h
pwritev2 328 unsigned long fd; const struct iovec * vec; unsigned long vlen; unsigned long pos_l; unsigned long pos_h; rwf_t flags:8
quotactl 179 unsigned int cmd; const char * special; qid_t id:8; void * addr
quotactl_fd 443 unsigned int fd; unsigned int cmd; qid_t id:8; void * addr
read 0 unsigned int fd; char * buf; size_t count
readahead 187 int fd; loff_t offset; size_t count
readlink 89 const char * path; char * buf; int bufsiz
readlinkat 267 int dfd; const char * pathname; char * buf; int bufsiz
readv 19 unsigned long fd; const struct iovec * vec; unsigned long vlen
reboot 169 int magic1; int magic2; unsigned int cmd; void * arg
recvfrom 45 int fd; void * ubuf; size_t size; unsigned int flags; struct sockaddr * addr; int * addr_len
recvmmsg 299 int fd; struct mmsghdr * mmsg; unsigned int vlen; unsigned int flags; struct __kernel_timespec * timeout
recvmsg 47 int fd; struct user_msghdr * msg; unsigned int flags
remap_file_pages 216 unsigned long start; unsigned long size; unsigned long prot; unsigned long pgoff; unsigned long flags
removexattr 197 const char * pathname; const char * name
removexattrat 466 int dfd; const char * pathname; unsigned int at_flags; const char * name
rename 82 const char * oldname; const char * newname
renameat 264 int olddfd; const char * oldname; int newdfd; const char * newname
renameat2 316 int olddfd; const char * oldname; int newdfd; const char * newname; unsigned int flags
request_key 249 const char * _type; const char * _description; const char * _callout_info; key_serial_t destringid:8
restart_syscall 219
rmdir 84 const char * pathname
rseq 334 struct rseq * rseq; u32 rseq_len; int flags; u32 sig
rt_sigaction 13 int sig; const struct sigaction * act; struct sigaction * oact; size_t sigsetsize
rt_sigpending 127 sigset_t * uset; size_t sigsetsize
rt_sigprocmask 14 int how; sigset_t * nset; sigset_t * oset; size_t sigsetsize
rt_sigqueueinfo 129 pid_t pid; int sig; siginfo_t * uinfo
rt_sigreturn 15
rt_sigsuspend 130 sigset_t * unewset; size_t sigsetsize
rt_sigtimedwait 128 const sigset_t * uthese; siginfo_t * uinfo; const struct __kernel_timespec * uts; size_t sigsetsize
rt_tgsigqueueinfo 297 pid_t tgid; pid_t pid; int sig; siginfo_t * uinfo
sched_get_priority_max 146 int policy
sched_get_priority_min 147 int policy
sched_getaffinity 204 pid_t pid; unsigned int len; unsigned long * user_mask_ptr
sched_getattr 315 pid_t pid; struct sched_attr * uattr; unsigned int usize; unsigned int flags
sched_getparam 143 pid_t pid; struct sched_param * param
sched_getscheduler 145 pid_t pid
sched_rr_get_interval 148 pid_t pid; struct __kernel_timespec * interval
sched_setaffinity 203 pid_t pid; unsigned int len; unsigned long * user_mask_ptr
sched_setattr 314 pid_t pid; struct sched_attr * uattr; unsigned int flags
sched_setparam 142 pid_t pid; struct sched_param * param
sched_setscheduler 144 pid_t pid; int policy; struct sched_param * param
sched_yield 24
seccomp 317 unsigned int op; unsigned int flags; void * uargs
select 23 int n; fd_set * inp; fd_set * outp; fd_set * exp; struct __kernel_old_timeval * tvp
semctl 66 int semid; int semnum; int cmd; unsigned long arg
semget 64 key_t key:8; int nsems; int semflg
semop 65 int semid; struct sembuf * tsops; unsigned nsops
semtimedop 220 int semid; struct sembuf * tsops; unsigned int nsops; const struct __kernel_timespec * timeout
sendfile64 40 int out_fd; int in_fd; loff_t * offset; size_t count
sendmmsg 307 int fd; struct mmsghdr * mmsg; unsigned int vlen; unsigned int flags
sendmsg 46 int fd; struct user_msghdr * msg; unsigned int flags
sendto 44 int fd; void * buff; size_t len; unsigned int flags; struct sockaddr * addr; int addr_len
set_mempolicy 238 int mode; const unsigned long * nmask; unsigned long maxnode
set_mempolicy_home_node 450 unsigned long start; unsigned long len; unsigned long home_node; unsigned long flags
set_robust_list 273 struct robust_list_head * head; size_t len
set_tid_address 218 int * tidptr
setdomainname 171 char * name; int len
setfsgid 123 gid_t gid
setfsuid 122 uid_t uid
setgid 106 gid_t gid
setgroups 116 int gidsetsize; gid_t * grouplist
sethostname 170 char * name; int len
setitimer 38 int which; struct __kernel_old_itimerval * value; struct __kernel_old_itimerval * ovalue
setns 308 int fd; int flags
setpgid 109 pid_t pid; pid_t pgid
setpriority 141 int which; int who; int niceval
setregid 114 gid_t rgid; gid_t egid
setresgid 119 gid_t rgid; gid_t egid; gid_t sgid
setresuid 117 uid_t ruid; uid_t euid; uid_t suid
setreuid 113 uid_t ruid; uid_t euid
setrlimit 160 unsigned int resource; struct rlimit * rlim
setsid 112
setsockopt 54 int fd; int level; int optname; char * optval; int optlen
settimeofday 164 struct __kernel_old_timeval * tv; struct timezone * tz
setuid 105 uid_t uid
setxattr 188 const char * pathname; const char * name; const void * value; size_t size; int flags
setxattrat 463 int dfd; const char * pathname; unsigned int at_flags; const char * name; const struct xattr_args * uargs; size_t usize
shmat 30 int shmid; char * shmaddr; int shmflg
shmctl 31 int shmid; int cmd; struct shmid_ds * buf
shmdt 67 char * shmaddr
shmget 29 key_t key:8; size_t size; int shmflg
shutdown 48 int fd; int how
sigaltstack 131 const stack_t * uss; stack_t * uoss
signalfd 282 int ufd; sigset_t * user_mask; size_t sizemask
signalfd4 289 int ufd; sigset_t * user_mask; size_t sizemask; int flags
socket 41 int family; int type; int protocol
socketpair 53 int family; int type; int protocol; int * usockvec
splice 275 int fd_in; loff_t * off_in; int fd_out; loff_t * off_out; size_t len; unsigned int flags
statfs 137 const char * pathname; struct statfs * buf
statmount 457 const struct mnt_id_req * req; struct statmount * buf; size_t bufsize; unsigned int flags
statx 332 int dfd; const char * filename; unsigned flags; unsigned int mask; struct statx * buffer
swapoff 168 const char * specialfile
swapon 167 const char * specialfile; int swap_flags
symlink 88 const char * oldname; const char * newname
symlinkat 266 const char * oldname; int newdfd; const char * newname
sync 162
sync_file_range 277 int fd; loff_t offset; loff_t nbytes; unsigned int flags
syncfs 306 int fd
sysfs 139 int option; unsigned long arg1; unsigned long arg2
sysinfo 99 struct sysinfo * info
syslog 103 int type; char * buf; int len
tee 276 int fdin; int fdout; size_t len; unsigned int flags
tgkill 234 pid_t tgid; pid_t pid; int sig
time 201 __kernel_old_time_t * tloc
timer_create 222 const clockid_t which_clock; struct sigevent * timer_event_spec; timer_t * created_timer_id
timer_delete 226 timer_t timer_id:8
timer_getoverrun 225 timer_t timer_id:8
timer_gettime 224 timer_t timer_id:8; struct __kernel_itimerspec * setting
timer_settime 223 timer_t timer_id:8; int flags; const struct __kernel_itimerspec * new_setting; struct __kernel_itimerspec * old_setting
timerfd_create 283 int clockid; int flags
timerfd_gettime 287 int ufd; struct __kernel_itimerspec * otmr
timerfd_settime 286 int ufd; int flags; const struct __kernel_itimerspec * utmr; struct __kernel_itimerspec * otmr
times 100 struct tms * tbuf
tkill 200 pid_t pid; int sig
truncate 76 const char * path; long length
umask 95 int mask
umount 166 char * name; int flags
unlink 87 const char * pathname
unlinkat 263 int dfd; const char * pathname; int flag
unshare 272 unsigned long unshare_flags
uprobe 336
uretprobe 335
userfaultfd 323 int flags
ustat 136 unsigned dev; struct ustat * ubuf
utime 132 char * filename; struct utimbuf * times
utimensat 280 int dfd; const char * filename; struct __kernel_timespec * utimes; int flags
utimes 235 char * filename; struct __kernel_old_timeval * utimes
vfork 58
vhangup 153
vmsplice 278 int fd; const struct iovec * uiov; unsigned long nr_segs; unsigned int flags
wait4 61 pid_t upid; int * stat_addr; int options; struct rusage * ru
waitid 247 int which; pid_t upid; struct siginfo * infop; int options; struct rusage * ru
write 1 unsigned int fd; const char * buf; size_t count
writev 20 unsigned long fd; const struct iovec * vec; unsigned long vlen
`;
