import { isUtf8 } from 'node:buffer';
import { asBuffer } from '../../base/as-buffer.js';
import { wellFormed } from '../../base/well-formed.js';
import { createFrameReader, type ReadFrame, type Tape } from '../../mcp/tape/index.js';
import { TAPE_FLAGS, type TapeFrame, type TapeHead } from '../../model/tape.js';
import { VERSION } from '../../settings/version.js';

/** Frames of one entry. */
interface Group {
  asked: TapeFrame[];
  answered: TapeFrame[];
  bytes: number;
  /** Method of the first message. */
  method: string | null;
  name: string | null;
  /** It expects an answer. */
  isRequest: boolean;
}

/** Dates of HAR have years of four digits. */
const LAST_YEAR_END = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** Entries whose frames are longer are continued by another one. */
const MAX_GROUP_BYTES = 64 * 1024 ** 2;
/** Requests that wait for their answers; above this number, the oldest is written without one. */
const MAX_OPEN = 1_000;

/**
 * A tape as HAR 1.2. Of HTTP, an entry has the messages of one exchange; several messages of a server are a stream of events. Of
 * stdio, an entry has a request with its answer, or a message alone: its URL is `stdio://<server>/<method>/<name>`. Headers are not in
 * a tape.
 * @throws TapeError
 */
export async function* tapeHar(tape: Tape): AsyncGenerator<string> {
  const creator = { name: 'claude-trace', version: VERSION };
  const comment = 'messages of MCP from a tape; headers are not recorded';
  const log = JSON.stringify({ version: '1.2', creator, comment, _tape: tape.head });
  let separator = '\n';
  yield `{"log":${log.slice(0, -1)},"entries":[`;
  for await (const group of groupsOf(tape)) {
    yield `${separator}${JSON.stringify(entryOf(tape.head, group))}`;
    separator = ',\n';
  }
  yield '\n]}}\n';
}

async function* groupsOf(tape: Tape): AsyncGenerator<Group> {
  const lastOf = await lastFrames(tape);
  const read = createFrameReader();
  const open = new Map<string, Group>();
  for await (const frame of tape.frames) {
    const { key, isAnswer, waits, ...message } = placeOf(frame, read);
    const isOver = frame.http === undefined ? isAnswer || !waits : lastOf.get(frame.http.exchange) === frame.seq;
    const known = open.get(key);
    const group = known ?? { asked: [], answered: [], bytes: 0, ...message };
    // What a server sends without a request, and an answer whose request is not there, begins an entry of its own.
    const isAsked = frame.http === undefined ? known === undefined : frame.dir === 'c';
    (isAsked ? group.asked : group.answered).push(frame);
    group.bytes += frame.bytes.length;
    open.delete(key);
    if (isOver || group.bytes > MAX_GROUP_BYTES) yield group;
    else open.set(key, group);
    const [oldest] = open.size > MAX_OPEN ? open : [];
    if (oldest === undefined) continue;
    open.delete(oldest[0]);
    yield oldest[1];
  }
  yield* open.values();
}

/** The last frame of each exchange. */
async function lastFrames({ frames }: Tape): Promise<Map<string, number>> {
  const last = new Map<string, number>();
  for await (const { seq, http } of frames) if (http !== undefined) last.set(http.exchange, seq);
  return last;
}

function placeOf(frame: TapeFrame, read: ReadFrame) {
  const messages = read(frame);
  const [first] = messages;
  const kind = first?.message.kind;
  const isAnswer = kind === 'response' || kind === 'error';
  const asker = isAnswer === (frame.dir === 'c') ? 's' : 'c';
  const id = first?.message.id ?? null;
  const waits = kind === 'request' && messages.length === 1;
  const key = frame.http !== undefined ? frame.http.exchange : `${asker} ${JSON.stringify(id)}`;
  return {
    key: frame.http === undefined && !waits && !isAnswer ? `alone ${frame.seq}` : key,
    isAnswer,
    waits,
    method: first?.tracked.method ?? null,
    name: first?.tracked.name ?? null,
    isRequest: messages.some(({ message }) => message.kind === 'request'),
  };
}

function entryOf(head: TapeHead, group: Group) {
  const { asked, answered, method, name, isRequest } = group;
  const frames = [...asked, ...answered];
  const times = [asked[0], answered[0], asked.at(-1), answered.at(-1)].flatMap((frame) => frame?.at ?? []);
  const begun = Math.min(...times);
  const startedAt = Math.min(Date.parse(head.created_at) + begun, LAST_YEAR_END);
  const wait = Math.round((Math.max(...times) - begun) * 1_000) / 1_000;
  const url = urlOf(head, group);
  const httpVersion = head.server.transport === 'stdio' ? 'stdio' : 'HTTP/1.1';
  const none = { cookies: [], headers: [], headersSize: -1 };
  const sizeOf = (of: readonly TapeFrame[]) => of.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return {
    startedDateTime: new Date(startedAt).toISOString(),
    time: wait,
    request: {
      method: frames.find(({ http }) => http?.method !== undefined)?.http?.method ?? 'POST',
      url,
      httpVersion,
      ...none,
      queryString: URL.canParse(url)
        ? [...new URL(url).searchParams].map(([key, value]) => ({ name: key, value }))
        : [],
      ...(asked.length > 0 && { postData: { mimeType: 'application/json', ...bodyOf(asked, false) } }),
      bodySize: sizeOf(asked),
    },
    response: {
      status: frames.find(({ http }) => http?.status !== undefined)?.http?.status ?? statusOf(answered, isRequest),
      statusText: '',
      httpVersion,
      ...none,
      content: {
        size: sizeOf(answered),
        mimeType: answered.length > 1 ? 'text/event-stream' : 'application/json',
        ...(answered.length > 0 && bodyOf(answered, answered.length > 1)),
      },
      redirectURL: '',
      bodySize: sizeOf(answered),
    },
    cache: {},
    timings: { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait, receive: 0 },
    _mcp: {
      sender: frames[0]?.dir === 's' ? 'server' : 'client',
      method,
      name,
      frames: frames.map(({ seq }) => seq),
      ...flagsOf(frames),
    },
  };
}

/** 0 for a request that was not answered, as browsers write it; 202 for a message that has no answer. */
function statusOf(answered: readonly TapeFrame[], isRequest: boolean): number {
  if (answered.length > 0) return 200;
  return isRequest ? 0 : 202;
}

function urlOf({ server }: TapeHead, { asked, answered, method, name }: Group): string {
  const known = [...asked, ...answered].find(({ http }) => http?.url !== undefined)?.http?.url ?? server.url;
  if (known !== null) return known;
  const path = [...(method ?? 'message').split('/'), ...(name === null ? [] : [name])];
  return `stdio://${encode(server.name)}/${path.map(encode).join('/')}`;
}

function encode(text: string): string {
  return encodeURIComponent(wellFormed(text));
}

/** Several messages of a client are each on a line. */
function bodyOf(frames: readonly TapeFrame[], isStream: boolean) {
  const texts = frames.map(({ bytes }) => asBuffer(bytes));
  if (!texts.every((each) => isUtf8(each))) {
    return { text: Buffer.concat(texts).toString('base64'), encoding: 'base64' };
  }
  return { text: isStream ? texts.map((each) => `data: ${each}\n\n`).join('') : texts.join('\n') };
}

function flagsOf(frames: readonly TapeFrame[]) {
  return Object.fromEntries(
    TAPE_FLAGS.filter((flag) => frames.some((frame) => frame[flag])).map((flag) => [flag, true]),
  );
}
