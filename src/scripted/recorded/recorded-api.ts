import { headerOf } from '../../base/headers.js';
import { isRecord, parseRecord, stringOf } from '../../base/json.js';
import { RecentMap } from '../../base/recent-map.js';
import type { Speed } from '../../mcp/replay/clock.js';
import type { ReplayedRequest, RequestDifference } from '../../model/replayed-request.js';
import type { Reader } from '../../store/index.js';
import { errorReply, jsonReply, type Reply } from '../reply.js';
import type { ReceivedRequest, Script } from '../scripted-api.js';
import { recordedReply } from './recorded-answer.js';
import { otherKey, type RecordedSession, readAnswered } from './recorded-session.js';
import { type Endpoint, type RequestShape, shapeOf } from './request-shape.js';

export interface RecordedApiOptions {
  reader: Reader;
  session: RecordedSession;
  speed: Speed;
  /** Texts of requests that mean the recorded ones: of other folders, for example. Default: none. */
  aliases?: readonly (readonly [given: string, recorded: string])[];
  /** Whether clients may call the API by this name: a page in a browser could give any other name to a loopback address. */
  isApiHost(host: string): boolean;
  /** Called before a request is answered. */
  onRequest(request: ReplayedRequest): void;
}

/** Gateways add a prefix. */
const MESSAGES_PATH = /\/v1\/messages(\/count_tokens)?\/?(?:\?.*)?$/;

/** Client sessions whose differences are known. */
const MAX_CLIENTS = 100;

/** A script that answers the requests of a recorded session. It reads no credentials and forwards nothing. */
export function recordedApi(options: RecordedApiOptions): Script {
  const { reader, session, speed, aliases = [], isApiHost, onRequest } = options;
  const places = new Map<string, number>();
  const reported = new RecentMap<string, Set<string>>(MAX_CLIENTS);

  function isNew(client: string, difference: RequestDifference): boolean {
    const known = reported.take(client, () => new Set());
    return known.size < known.add(JSON.stringify(difference)).size;
  }

  function answerMessage(request: ReceivedRequest, endpoint: Endpoint): Reply {
    const text = aliases.reduce((all, [given, recorded]) => all.replaceAll(given, recorded), request.body.toString());
    const body = parseRecord(text);
    if (body === null) return errorReply(400, 'invalid_request_error', 'The body is not a JSON object.');
    const shape = shapeOf(endpoint, body);
    const client = clientOf(request, body.metadata);
    const match = session.matcher.match(shape, client);
    const exchange = match && readAnswered(reader, match.answer);
    if (match === null || exchange === null) {
      const problem = match === null ? whyNone(shape, session) : `The recorded answer of ${match.answer} is gone.`;
      onRequest({ endpoint, match: 'none', recorded: null, differences: [], problem });
      return errorReply(400, 'invalid_request_error', problem, { 'x-should-retry': 'false' });
    }
    const differences = match.differences.filter((difference) => isNew(client, difference));
    const kind = match.differences.length === 0 ? 'equal' : 'similar';
    onRequest({ endpoint, match: kind, recorded: match.answer, differences, problem: null });
    return recordedReply(exchange, { speed, streaming: body.stream === true });
  }

  /** Settings, feature flags and the like, in recorded order. */
  function answerOther(request: ReceivedRequest): Reply {
    const key = otherKey(request.method, request.path);
    const ids = session.others.get(key) ?? [];
    const place = places.get(key) ?? 0;
    places.set(key, place + 1);
    const exchange = ids.length === 0 ? null : readAnswered(reader, ids[Math.min(place, ids.length - 1)] ?? '');
    if (exchange !== null) return recordedReply(exchange, { speed: 'max', streaming: false });
    if (/^(?:HEAD|GET) \/api\/hello$/.test(key)) return jsonReply(200, { message: 'hello' });
    return errorReply(404, 'not_found_error', `Not recorded: ${key}`);
  }

  return (request) => {
    if (!isApiHost(request.host)) return errorReply(403, 'permission_error', `Not served here: ${request.host}`);
    const path = MESSAGES_PATH.exec(request.path);
    if (request.method !== 'POST' || path === null) return answerOther(request);
    return answerMessage(request, path[1] === undefined ? 'messages' : 'count_tokens');
  };
}

/** Identifies the session of a client. */
function clientOf(request: ReceivedRequest, metadata: unknown): string {
  const header = headerOf(request.headers, 'x-claude-code-session-id');
  return header ?? (isRecord(metadata) ? stringOf(metadata.user_id) : null) ?? '';
}

function whyNone(given: RequestShape, { requests, sessionId }: RecordedSession): string {
  const same = requests.filter(({ shape }) => shape.endpoint === given.endpoint);
  const atPlace = same.find(({ shape }) => shape.turns.length === given.turns.length);
  const nearest = atPlace ?? same.at(-1);
  const expected =
    nearest === undefined ? 'it has no such request' : `${nearest.answer} has ${describe(nearest.shape)}`;
  return `Session ${sessionId} has no request like this one, which has ${describe(given)}; ${expected}.`;
}

function describe({ turns, tools }: RequestShape): string {
  const last = turns.at(-1);
  const text = last?.preview ? `"${last.preview}"` : 'no text';
  const of = last !== undefined && last.tools.length > 0 ? `results of ${last.tools.join(', ')}` : text;
  const size = `${turns.length} ${turns.length === 1 ? 'turn' : 'turns'}`;
  return `${size}${tools?.length === 0 ? ' and no tools' : ''} and ends with ${of}`;
}
