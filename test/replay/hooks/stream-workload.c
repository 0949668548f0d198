/* A connection over which messages are sent in one piece, in several, and two in one. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static int s;

static void have(int bytes)
{
  char b[64];
  while (bytes > 0) {
    int got = read(s, b, sizeof(b));
    if (got <= 0)
      _exit(1);
    bytes -= got;
  }
}

int main(void)
{
  struct sockaddr_in a = {.sin_family = AF_INET};
  socklen_t n = sizeof(a);
  int on = 1;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int l = socket(AF_INET, SOCK_STREAM, 0);
  bind(l, (struct sockaddr *)&a, n);
  listen(l, 1);
  getsockname(l, (struct sockaddr *)&a, &n);
  int c = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  connect(c, (struct sockaddr *)&a, n);
  s = accept(l, NULL, NULL);
  write(c, "\004abc", 4);
  have(4);
  write(c, "\005de", 3);
  write(c, "fg", 2);
  have(5);
  for (int i = 0; i < 3; i++) {
    write(c, "\006hijkl", 6);
    have(6);
  }
  /* The parser reads the same first byte of both, and waits for one byte more. */
  write(c, "\002x\003yz", 5);
  have(4);
  close(c);
  close(s);
  return 0;
}
