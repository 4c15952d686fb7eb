import { validateHeaderValue } from 'node:http';
import { UsageError } from '../../base/errors.js';
import { isLoopback } from '../../base/own-host.js';
import type { GatewayFact } from '../../gateway/facts.js';
import { notify } from '../../text/output/stderr.js';
import { printableLine } from '../../text/text.js';
import { printLines } from '../output.js';
import { untilSignal } from '../until-signal.js';

/** How long stopping waits for answers. */
const STOP_MS = 5_000;

/** `mcp bridge --http`: serves a program over Streamable HTTP until Ctrl-C. */
export async function bridgeCommand(command: readonly string[], host: string, port: number): Promise<void> {
  const { serveOverHttp } = await import('../../gateway/bridge/index.js');
  const stopped = untilSignal();
  const bridge = await serveOverHttp({ command, host, port, report: noteFact, stderr: process.stderr });
  if (!isLoopback(host)) notify(`Anyone who can reach ${host} can use this server: a bridge has no authentication.`);
  notify(`${printableLine(command.join(' '))} answers until Ctrl-C.`);
  await printLines([bridge.url]);
  await stopped;
  await bridge.stop(STOP_MS);
}

function noteFact(fact: GatewayFact): void {
  if (fact.type === 'problem' || fact.type === 'upstream_error') notify(printableLine(fact.message));
  if (fact.type === 'child_ended' && fact.reason === 'ended') notify(`A server ended: ${fact.exit}`);
}

/** `mcp bridge <url>`: serves a URL on stdin and stdout until the client is gone. @throws UsageError for an invalid URL or header */
export async function bridgeUrl(url: string, given: readonly string[]): Promise<void> {
  assertAddress(url);
  const headers = Object.fromEntries(given.map(headerOf));
  const { serveUrl } = await import('../../gateway/bridge/index.js');
  // The client is gone: nobody can read an error.
  process.stdout.on('error', () => process.exit());
  const left = new AbortController();
  void untilSignal().then(() => left.abort());
  const note = (text: string) => notify(printableLine(text));
  await serveUrl({ url, headers, input: process.stdin, output: process.stdout, note, signal: left.signal });
  process.exit();
}

/** Errors do not repeat the address, which may hold a secret. @throws UsageError */
function assertAddress(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('The address is not a URL of a server; write http://… or https://…');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('The address cannot hold a user or a password; give --header "Authorization: …" instead.');
  }
  if (url.hash !== '') throw new UsageError('The address of a server has no fragment; leave out # and what follows.');
}

function headerOf(text: string): [name: string, value: string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageError('--header is written as "Name: value".');
  try {
    validateHeaderValue(name, value);
  } catch {
    throw new UsageError(`--header: the value of ${name} has characters that a header cannot hold.`);
  }
  return [name.toLowerCase(), value];
}
