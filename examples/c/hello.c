// Answers every request on port 80 with one line.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

// Process 1 has no default for a signal.
static void end(int signal) { _exit(signal == SIGTERM ? 0 : 1); }

int main(void) {
  static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello from C\n";
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(80)};
  int server = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(server, (struct sockaddr *)&any, sizeof any) != 0 || listen(server, 16) != 0) {
    perror("hello");
    return EXIT_FAILURE;
  }
  signal(SIGTERM, end);
  signal(SIGPIPE, SIG_IGN);
  for (;;) {
    char request[4096];
    int client = accept(server, NULL, NULL);
    if (client < 0) continue;
    if (read(client, request, sizeof request) > 0 && write(client, answer, sizeof answer - 1) < 0) perror("hello");
    close(client);
  }
}
