/** What others send to us is meant for the child. Keys never become signals here: the terminal is in raw mode. */
const RELAYED_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/** Takes the signals that would end us; the listeners stay until the process ends as its child did. */
export function takeSignals(onSignal: (signal: NodeJS.Signals) => void): void {
  for (const signal of RELAYED_SIGNALS) process.on(signal, onSignal);
}
