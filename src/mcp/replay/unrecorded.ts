import { isRecord, type JsonRecord, stringOf } from '../../base/json.js';
import { metaOf, protocolOf, SERVER_INFO } from '../../model/mcp-meta.js';
import type { RpcMessage } from '../messages/read-messages.js';
import { hashOfKey } from './comparable.js';
import { NONE } from './hash-chains.js';
import { eraOf, type Recording } from './recording.js';

export type Outcome = { result: JsonRecord } | { error: { code: number; message: string; data?: unknown } };

export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
export const UNSUPPORTED_VERSION = -32022;

/** Revisions that begin with `initialize`. A server of one of them speaks the others as far as clients can tell. */
export const LEGACY_VERSIONS: readonly string[] = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
export const MODERN_VERSION = '2026-07-28';

/** The answer of an older server to `server/discover`. */
export const TOO_OLD = {
  code: METHOD_NOT_FOUND,
  message: `Method not found: the recorded server is older than ${MODERN_VERSION}.`,
};

/** The capabilities of a server that was asked these methods. */
const CAPABILITIES: Readonly<Record<string, RegExp>> = {
  tools: /^tools\//,
  prompts: /^prompts\//,
  resources: /^resources\//,
  completions: /^completion\//,
  logging: /^logging\//,
};

/**
 * The answer that every server gives, recorded or not, to the protocol's own requests; null for all others.
 * @param tape whose server is played
 */
export function answerUnrecorded({ method, body }: RpcMessage, recording: Recording, tape: number): Outcome | null {
  const head = recording.heads[tape];
  const isModern = head !== undefined && eraOf(head) === 'modern';
  if (method === 'ping') return { result: {} };
  if (method === 'logging/setLevel') return { result: {} };
  if (method === 'initialize') {
    const asked = isRecord(body.params) ? stringOf(body.params.protocolVersion) : null;
    return { result: initializeResult(recording, tape, asked) };
  }
  if (method !== 'server/discover') return null;
  if (!isModern) {
    return { error: TOO_OLD };
  }
  const { capabilities, serverInfo } = spokenOf(recording, tape);
  const result = { resultType: 'complete', supportedVersions: [head.protocol ?? MODERN_VERSION], capabilities };
  return { result: { ...result, ttlMs: 0, cacheScope: 'private', _meta: { [SERVER_INFO]: serverInfo } } };
}

/**
 * The answer to a request of 2026-07-28 that names another revision; null if the revision is that of the tape. A legacy client
 * sends none.
 */
export function refuseVersion({ body }: RpcMessage, recording: Recording, tape: number): Outcome | null {
  const head = recording.heads[tape];
  const requested = protocolOf(body.params);
  const supported = head?.protocol ?? MODERN_VERSION;
  if (head === undefined || eraOf(head) !== 'modern' || requested === null || requested === supported) return null;
  const data = { supported: [supported], requested };
  return { error: { code: UNSUPPORTED_VERSION, message: `Unsupported protocol version ${requested}`, data } };
}

/** The facts in a recorded `initialize` or `server/discover`; without one, those that the other requests show. */
function spokenOf(
  recording: Recording,
  tape: number,
): { capabilities: unknown; serverInfo: unknown; instructions: unknown } {
  const { name = 'replay', info } = recording.heads[tape]?.server ?? {};
  const said = resultOf(recording, tape, 'initialize') ?? resultOf(recording, tape, 'server/discover') ?? {};
  const used = Object.entries(CAPABILITIES).filter(([, methods]) =>
    [...recording.methods].some((method) => methods.test(method)),
  );
  const known = { name: info?.name ?? name, version: info?.version ?? '0' };
  return {
    capabilities: said.capabilities ?? Object.fromEntries(used.map(([capability]) => [capability, {}])),
    serverInfo: said.serverInfo ?? metaOf(said)[SERVER_INFO] ?? known,
    instructions: said.instructions,
  };
}

function resultOf({ tapes }: Recording, tape: number, method: string): JsonRecord | null {
  const index = tapes[tape];
  const key = hashOfKey({ kind: 'request', method, body: {} });
  for (let cue = index?.first(key) ?? NONE; index !== undefined && cue !== NONE; cue = index.nextEqual(cue)) {
    const result = index.isAnswered(cue) ? index.answer(cue)?.body.result : null;
    if (isRecord(result)) return result;
  }
  return null;
}

/** For a modern tape, too: it has no `initialize`, and a client that is older can use it all the same. */
function initializeResult(recording: Recording, tape: number, asked: string | null): JsonRecord {
  const { capabilities, serverInfo, instructions } = spokenOf(recording, tape);
  const recorded = recording.heads[tape]?.protocol ?? '';
  const known = LEGACY_VERSIONS.includes(recorded) ? recorded : LEGACY_VERSIONS.at(-1);
  const protocolVersion = asked !== null && LEGACY_VERSIONS.includes(asked) ? asked : known;
  return { protocolVersion, capabilities, serverInfo, ...(instructions !== undefined && { instructions }) };
}
