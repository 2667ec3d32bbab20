/** Every signal a user may send, without those about our own children, pipes and window. */
const proxied: NodeJS.Signals[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGTERM",
  "SIGCONT",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
];
const impatience = 3;

/**
 * Hands our signals to the container; answers how to stop. The third SIGINT or SIGTERM ends the command itself, as
 * docker does, for a container that ignores them.
 */
export function proxySignals(
  kill: (signal: string) => Promise<void>,
  warn: (message: string) => void,
): () => void {
  let terminations = 0;
  const forward = (signal: NodeJS.Signals) => {
    if (signal === "SIGINT" || signal === "SIGTERM") terminations += 1;
    if (terminations >= impatience) {
      warn(`\ngot ${impatience} SIGTERM/SIGINTs, forcefully exiting`);
      process.exit(1);
    }
    // The container may be gone already: its exit code says the rest.
    kill(signal.replace(/^SIG/, "")).catch(() => undefined);
  };
  for (const signal of proxied) process.on(signal, forward);
  return () => {
    for (const signal of proxied) process.off(signal, forward);
  };
}
