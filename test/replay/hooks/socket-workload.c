/* Calls on sockets, those that fail among them: what programs of a cgroup see of each is compared with the kernel. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in v4(const char *ip, int port)
{
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, ip, &a.sin_addr);
  return a;
}
static struct sockaddr_in6 v6(const char *ip, int port)
{
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, ip, &a.sin6_addr);
  return a;
}
#define SA(a) (struct sockaddr *)&(a), sizeof(a)
int main(void)
{
  char b[64];
  struct sockaddr_storage any;
  socklen_t n;
  int s, t, c, i;
  struct sockaddr_in a = v4("127.0.0.1", 1), l = v4("127.0.0.1", 0), d = v4("127.0.0.1", 9);
  struct sockaddr_in6 a6 = v6("::1", 1), l6 = v6("::1", 0), m6 = v6("::ffff:127.0.0.1", 9);
  struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/nowhere"};
  struct sockaddr off = {.sa_family = AF_UNSPEC};

  /* Streams: refused, short, of another family, connected again, disconnected. */
  s = socket(AF_INET, SOCK_STREAM, 0);
  connect(s, SA(a));
  connect(s, SA(a));
  connect(s, (struct sockaddr *)&a, 8);
  connect(s, SA(a6));
  close(s);
  connect(s, SA(a));
  s = socket(AF_INET6, SOCK_STREAM, 0);
  connect(s, SA(a6));
  connect(s, SA(a));
  connect(s, SA(m6));
  bind(s, SA(a));
  bind(s, SA(l6));
  close(s);
  s = socket(AF_UNIX, SOCK_STREAM, 0);
  connect(s, SA(un));
  close(s);

  s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  bind(s, SA(l));
  listen(s, 5);
  n = sizeof(l);
  getsockname(s, (struct sockaddr *)&l, &n);
  for (i = 0; i < 2; i++) {
    c = socket(AF_INET, SOCK_STREAM | (i ? SOCK_NONBLOCK : 0), 0);
    connect(c, SA(l));
    connect(c, SA(l));
    connect(c, SA(l));
    n = sizeof(any);
    t = accept4(s, i ? NULL : (struct sockaddr *)&any, i ? NULL : &n, SOCK_CLOEXEC);
    n = sizeof(any);
    getpeername(t, (struct sockaddr *)&any, &n);
    n = sizeof(any);
    getpeername(s, (struct sockaddr *)&any, &n);
    sendto(c, "x", 1, 0, SA(d));
    recvfrom(t, b, 1, 0, (struct sockaddr *)&any, &n);
    connect(c, SA(off));
    connect(c, SA(a));
    close(c);
    close(t);
  }

  close(s);

  /* Datagrams. */
  s = socket(AF_INET, SOCK_DGRAM, 0);
  bind(s, SA(l));
  n = sizeof(any);
  getsockname(s, (struct sockaddr *)&any, &n);
  t = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  for (i = 0; i < 3; i++)
    sendto(t, "hello", 5, 0, (struct sockaddr *)&any, n);
  struct iovec io = {.iov_base = b, .iov_len = 5};
  struct msghdr m = {.msg_name = &any, .msg_namelen = n, .msg_iov = &io, .msg_iovlen = 1};
  sendmsg(t, &m, 0);
  recvfrom(s, b, 64, 0, NULL, NULL);
  struct sockaddr_storage from;
  socklen_t fn = sizeof(from);
  recvfrom(s, b, 64, 0, (struct sockaddr *)&from, &fn);
  struct msghdr r = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &io, .msg_iovlen = 1};
  recvmsg(s, &r, 0);
  recvfrom(s, b, 64, MSG_PEEK, (struct sockaddr *)&from, &fn);
  recvfrom(s, b, 64, 0, (struct sockaddr *)&from, &fn);
  recvfrom(s, b, 64, MSG_DONTWAIT, (struct sockaddr *)&from, &fn);
  connect(t, (struct sockaddr *)&any, n);
  connect(t, (struct sockaddr *)&any, n);
  send(t, "hi", 2, 0);
  sendto(t, "hi", 2, 0, (struct sockaddr *)&any, n);
  connect(t, SA(off));
  close(t);
  struct sockaddr_in zero = v4("127.0.0.1", 0);
  t = socket(AF_INET, SOCK_DGRAM, 0);
  sendto(t, "hi", 2, 0, SA(zero));
  sendto(t, "hi", 2, 0, SA(m6));
  i = dup(t);
  close(t);
  sendto(i, "hi", 2, 0, SA(d));
  close(i);
  t = socket(AF_INET6, SOCK_DGRAM, 0);
  sendto(t, "hi", 2, 0, SA(m6));
  sendto(t, "hi", 2, 0, SA(d));
  struct sockaddr_in6 d6 = v6("::1", 9);
  sendto(t, "hi", 2, 0, SA(d6));
  connect(t, SA(d));
  close(t);
  t = socket(AF_INET6, SOCK_DGRAM, 0);
  connect(t, SA(d6));
  close(t);
  s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  struct sockaddr_in lo = v4("127.0.0.1", 0);
  bind(s, SA(lo));
  connect(s, SA(lo));
  close(s);

  /* Options. */
  int on = 1, size = 8192;
  char name[16];
  s = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
  setsockopt(s, SOL_SOCKET, SO_ERROR, &on, sizeof(on));
  setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &on, 2);
  setsockopt(99, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  setsockopt(0, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  n = sizeof(size);
  getsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, &n);
  getsockopt(s, SOL_SOCKET, SO_TYPE, &size, &n);
  getsockopt(s, SOL_SOCKET, SO_ERROR, &size, &n);
  getsockopt(s, SOL_SOCKET, 4711, &size, &n);
  n = sizeof(name);
  getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, &n);
  close(s);
  s = socket(AF_UNIX, SOCK_STREAM, 0);
  setsockopt(s, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
  close(s);

  /* A child has its parent's descriptors. */
  s = socket(AF_INET, SOCK_DGRAM, 0);
  if (fork() == 0) {
    sendto(s, "child", 5, 0, SA(d));
    close(s);
    exit(0);
  }
  wait(NULL);
  sendto(s, "parent", 6, 0, SA(d));
  return 0;
}
