import { now } from '../../base/clock.js';
import { hostAndPort } from '../../base/host-and-port.js';
import type { HeaderList } from '../../model/exchange.js';
import type { EmitHttpEvent, RuledLine } from '../../wire/index.js';
import type { GatewayConfig } from '../config/schema.js';
import type { RequestOutcome } from '../facts.js';
import type { GatewayRequest } from '../request.js';

/** Copies of one request and its answer, for the recorder. Costs the answer nothing but the copy; never throws. */
export interface Recording {
  /** Records the rules' hits on a message, before the bytes of the answer that holds it. */
  ruled(line: RuledLine): void;
  /** Header lines that upstream gets besides the recorded ones: never stored, but its answer may repeat a secret of them. */
  secrets(headers: HeaderList): void;
  head(status: number, headers: Readonly<Record<string, string | number>>): void;
  body(bytes: Uint8Array): void;
  /** The connection has sent the answer, or has ended. */
  settle(outcome: RequestOutcome): void;
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/** Where the gateway is, as the recording names it. */
export interface RecordedAddress {
  host: string;
  port: number;
  scheme: 'http' | 'https';
}

/**
 * Records only what upstream would get: neither credentials nor cookies of the client.
 * @param further header lines that upstream gets, too; neither they nor what repeats their secrets is recorded
 * @param lines what rules did with its messages
 */
export function recordRequest(
  { id: exchange, method, path, body, at }: Pick<GatewayRequest, 'id' | 'method' | 'path' | 'body' | 'at'>,
  headers: HeaderList,
  further: HeaderList,
  address: RecordedAddress,
  emit: EmitHttpEvent,
  lines: readonly RuledLine[],
): Recording {
  emit({ type: 'request_head', exchange, ...address, method, target: path, httpVersion: '1.1', headers, at });
  let isSettled = false;
  const reported = new Set<string>();
  const secrets = (given: HeaderList) => {
    const unreported = given.filter(([, value]) => !reported.has(value));
    // Events are kept until their exchange is stored: for good if it has ended, and for days if it is a stream.
    if (isSettled || unreported.length === 0) return;
    for (const [, value] of unreported) reported.add(value);
    emit({ type: 'request_secrets', exchange, headers: unreported, at: now() });
  };
  secrets(further);
  for (const line of lines) emit({ type: 'mcp_ruled', exchange, line, at: line.at });
  if (body.length > 0) emit({ type: 'request_body', exchange, bytes: body, at });
  const sentAt = now();
  emit({ type: 'request_end', exchange, size: body.length, truncated: false, at: sentAt });
  let size = 0;
  return {
    ruled: (line) => emit({ type: 'mcp_ruled', exchange, line, at: line.at }),
    secrets,
    head(status, answered) {
      const list: HeaderList = Object.entries(answered).map(([name, value]) => [name, String(value)]);
      const fields = { status, reason: '', httpVersion: '1.1', headers: list };
      emit({ type: 'response_head', exchange, ...fields, at: now() });
    },
    body(bytes) {
      size += bytes.length;
      emit({ type: 'response_body', exchange, bytes, at: now() });
    },
    settle(outcome) {
      isSettled = true;
      const end = now();
      const isBroken = outcome === 'cut_off' || outcome === 'internal';
      const isLeft = outcome === 'client_gone';
      if (!isBroken && !isLeft) emit({ type: 'response_end', exchange, size, truncated: false, at: end });
      emit({
        type: 'settled',
        exchange,
        outcome: isBroken ? 'failed' : isLeft ? 'aborted' : 'complete',
        error: isBroken ? 'the answer ended too early' : isLeft ? 'the client left' : null,
        degraded: null,
        forwarded: sentAt,
        delivered: isBroken || isLeft ? null : end,
        at: end,
      });
    },
  };
}

/** The address that clients use, or on which it listens. */
export function recordedAddress({ public_url, tls, listen }: GatewayConfig): RecordedAddress {
  const own = `${tls === undefined ? 'http' : 'https'}://${hostAndPort(listen.host, listen.port)}`;
  const { protocol, hostname, port } = new URL(public_url ?? own);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  // Port 0 is not known before the gateway listens.
  return { host: hostname, port: Number(port) || DEFAULT_PORTS[scheme], scheme };
}

/** The URL of a route, as a server in a recording. */
export function recordedUrl(config: GatewayConfig, route: string): string {
  const { scheme, host, port } = recordedAddress(config);
  return `${scheme}://${host}:${port}/mcp/${route}`;
}
