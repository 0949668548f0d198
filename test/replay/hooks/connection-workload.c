/* Connections that end in every way, each of sockets of their own. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_storage where;
static socklen_t length;
static int listener;

static void wait_for(int s)
{
  char b[64];
  while (read(s, b, sizeof(b)) > 0) {
  }
}

static void end(int how)
{
  struct linger at_once = {.l_onoff = 1};
  int c = socket(where.ss_family, SOCK_STREAM, 0), s;
  connect(c, (struct sockaddr *)&where, length);
  s = accept(listener, NULL, NULL);
  write(c, "asked", 5);
  write(s, "told", 4);
  switch (how) {
  case 0: /* The one that asked goes first. */
    close(c);
    wait_for(s);
    close(s);
    return;
  case 1: /* The one that was asked. */
    shutdown(s, SHUT_WR);
    wait_for(c);
    close(c);
    wait_for(s);
    close(s);
    return;
  case 2: /* Half closed, and more is told. */
    shutdown(c, SHUT_WR);
    wait_for(s);
    write(s, "more", 4);
    close(s);
    wait_for(c);
    close(c);
    return;
  case 3: /* Reset. */
    setsockopt(c, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(c);
    close(s);
    return;
  case 4:
    setsockopt(s, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(s);
    wait_for(c);
    close(c);
    return;
  }
}

static void all(void)
{
  listener = socket(where.ss_family, SOCK_STREAM, 0);
  bind(listener, (struct sockaddr *)&where, length);
  listen(listener, 5);
  getsockname(listener, (struct sockaddr *)&where, &length);
  for (int how = 0; how < 5; how++)
    end(how);
  close(listener);
  /* Nobody listens. */
  int c = socket(where.ss_family, SOCK_STREAM, 0);
  connect(c, (struct sockaddr *)&where, length);
  close(c);
}

int main(void)
{
  struct sockaddr_in a = {.sin_family = AF_INET};
  struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  memcpy(&where, &a, length = sizeof(a));
  all();
  memcpy(&where, &a6, length = sizeof(a6));
  all();
  return 0;
}
