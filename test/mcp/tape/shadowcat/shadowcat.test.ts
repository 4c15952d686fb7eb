import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTape, TapeError, writeTape } from '../../../../src/mcp/tape/index.js';
import { readShadowcat } from '../../../../src/mcp/tape/shadowcat/read-shadowcat.js';
import { shadowcat0, shadowcat1 } from '../../../../src/mcp/tape/shadowcat/write-shadowcat.js';
import type { TapeFrame } from '../../../../src/model/tape.js';
import { CALL, framesOf, tapeFolder, tapeHead } from '../support/tapes.js';

/** As plans/archive/tasks/007-tape-format.md of Shadowcat has it, indented. */
const V1 = {
  format: { version: '1.0', schema_version: 1, created_by: 'shadowcat-0.1.0', created_at: '2025-08-04T10:30:00.123Z' },
  integrity: { checksum: 'sha256:abc123', compression: 'None', original_size: 1_048_576, compressed_size: null },
  environment: {
    platform: { os: 'darwin', arch: 'arm64', version: '14.5.0' },
    runtime: { shadowcat_version: '0.1.0', rust_version: '1.75.0', mcp_version: '2025-06-18' },
    configuration: { buffer_size: 8_192, timeout_ms: 30_000, max_message_size: 1_048_576 },
  },
  session: {
    id: '550e8400-e29b-41d4-a716-446655440000',
    name: 'test-session',
    description: 'Recorded MCP session for debugging',
    tags: ['debug', 'mcp'],
    transport_type: 'stdio',
    client_info: { command: 'echo', args: ['hello'], working_dir: '/path/to/dir' },
    server_info: { endpoint: 'stdio://echo', version: '1.0.0' },
  },
  timeline: {
    started_at: 1_691_145_000_123,
    ended_at: 1_691_145_005_456,
    duration_ms: 5_333,
    frame_count: 2,
    total_bytes: 99,
  },
  statistics: {},
  index: {},
  frames: [
    {
      id: 'frame-uuid-1',
      sequence: 0,
      timestamp: 1_691_145_000_123,
      direction: 'ClientToServer',
      message: { jsonrpc: '2.0', id: '1', method: 'initialize', params: {} },
      metadata: { size: 128, processing_time_us: 250 },
    },
    {
      id: 'frame-uuid-2',
      sequence: 1,
      timestamp: 1_691_145_000_373,
      direction: 'ServerToClient',
      message: { jsonrpc: '2.0', id: '1', result: {} },
      metadata: { size: 9, processing_time_us: 1 },
    },
  ],
};

/** The recipe of the plan. */
function checksumOf({ frames, session, timeline }: typeof V1): string {
  const hash = createHash('sha256');
  for (const frame of frames) hash.update(JSON.stringify(frame));
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64LE(BigInt(timeline.started_at), 0);
  numbers.writeBigUInt64LE(BigInt(timeline.frame_count), 8);
  return `sha256:${hash.update(session.id).update(numbers).digest('hex')}`;
}

function saved(document: unknown, name = 'x.json'): string {
  const file = join(tapeFolder(), name);
  const text = typeof document === 'string' ? document : JSON.stringify(document, null, 2);
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}

async function imported(file: string) {
  const tape = await readShadowcat(file);
  const frames: TapeFrame[] = [];
  for await (const frame of tape.frames) frames.push(frame);
  return {
    ...tape,
    checksum: tape.checksum,
    frames: frames.map(({ bytes, ...rest }) => ({ ...rest, text: String(bytes) })),
  };
}

async function problemOf(file: string) {
  const error = await imported(file).catch((caught: unknown) => caught);
  if (!(error instanceof TapeError)) throw new Error('no TapeError', { cause: error });
  const { code, line, byte, problem } = error;
  return { code, line, byte, problem };
}

describe('a tape of Shadowcat', () => {
  it.each(['x.json', 'x.json.gz'])('of version 1 is read, and its checksum is compared: %s', async (name) => {
    const tape = await imported(saved(V1, name));
    expect(tape.head).toMatchObject({
      created_at: '2023-08-04T10:30:00.123Z',
      by: 'shadowcat 0.1.0',
      session: '550e8400-e29b-41d4-a716-446655440000',
      server: { name: 'test-session', transport: 'stdio', command: 'echo', url: null },
      protocol: '2025-06-18',
      tags: ['debug', 'mcp'],
    });
    expect(tape.frames).toEqual([
      { seq: 0, at: 0, dir: 'c', text: '{"jsonrpc":"2.0","id":"1","method":"initialize","params":{}}' },
      { seq: 1, at: 250, dir: 's', text: '{"jsonrpc":"2.0","id":"1","result":{}}' },
    ]);
    expect(tape.checksum).toBe('unverified');
    const right = structuredClone(V1);
    right.integrity.checksum = checksumOf(right);
    expect((await imported(saved(right))).checksum).toBe('verified');
    right.frames[1] = { ...right.frames[0], timestamp: 1_691_145_000_374 } as (typeof V1)['frames'][0];
    expect((await imported(saved(right))).checksum).toBe('unverified');
    right.integrity.checksum = '';
    expect((await imported(saved(right))).checksum).toBe('missing');
  });

  it.each([
    [
      { timestamp: 1_691_145_000_123, direction: 'ClientToServer', message: { id: 1, method: 'ping' } },
      '{"id":1,"method":"ping"}',
    ],
    [
      { timestamp: 5, direction: 'client_to_server', message: { Request: { id: '1', method: 'ping', params: null } } },
      '{"jsonrpc":"2.0","id":"1","method":"ping"}',
    ],
    [
      {
        timestamp: { secs_since_epoch: 1, nanos_since_epoch: 5e8 },
        direction: 'ClientToServer',
        message: { Response: { id: '1', result: {}, error: null } },
      },
      '{"jsonrpc":"2.0","id":"1","result":{}}',
    ],
    [
      { timestamp_ms: 0, direction: 'client_to_server', edge: 'transport_in', content: { method: 'a' } },
      '{"method":"a"}',
    ],
    [{ timestamp: 0, direction: 'client_to_server', data: 'no JSON' }, 'no JSON'],
    [
      { timestamp: '2025-08-14T10:30:00Z', envelope: { message: [1, 2], context: { direction: 'ClientToServer' } } },
      '[1,2]',
    ],
  ])('of version 0 is read as each of its plans spells it: %j', async (frame, text) => {
    const tape = await imported(
      saved({ metadata: { id: 'a', session_id: 'b', transport_type: 'http' }, frames: [frame] }),
    );
    expect(tape.frames).toEqual([{ seq: 0, at: 0, dir: 'c', text }]);
    expect(tape).toMatchObject({ version: 0, checksum: null, head: { session: 'b', server: { transport: 'http' } } });
  });

  it.each(['{"secs_since_epoch":1e300,"nanos_since_epoch":0}', '{"secs":0,"nanos":1e999}', '1e300'])(
    'has no time where it is outside of the range of dates: %s',
    async (time) => {
      const frame = `{"direction":"ClientToServer","timestamp":${time},"message":{}}`;
      const tape = await imported(saved(`{"metadata":{},"frames":[${frame}]}`));
      expect(tape.frames).toEqual([{ seq: 0, at: 0, dir: 'c', text: '{}' }]);
    },
  );

  it('keeps the bytes of a message on one line', async () => {
    const message = '{"id":12345678901234567890, "x":1.0,"\\u0061":"é"}';
    const document = `{"frames":[{"direction":"ClientToServer","timestamp":1,"message":${message}}],"metadata":{}}`;
    expect((await imported(saved(document))).frames[0]?.text).toBe(message);
  });

  it('says at which line and byte it is wrong', async () => {
    const lines = [
      '{',
      '  "metadata": {"name": "é"},',
      '  "frames": [',
      '    {"direction": "ClientToServer", "message": {]}',
      '  ]',
      '}',
    ];
    const before = Buffer.byteLength(lines.slice(0, 3).join('\n')) + 1;
    expect(await problemOf(saved(lines.join('\n')))).toEqual({
      code: 'format',
      line: 4,
      byte: before + (lines[3]?.indexOf(']') ?? 0),
      problem: 'it is not valid JSON',
    });
    const unknown = '{"metadata":{},\n"frames":[\n{"direction":"up","message":{}}]}';
    expect(await problemOf(saved(unknown))).toMatchObject({
      line: 3,
      problem: '"direction" of the frame is "up", and not known',
    });
    expect(await problemOf(saved('{"metadata":{},"frames":[{"direction":"ClientToServer"}]}'))).toMatchObject({
      problem: 'the frame has no "message"',
    });
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(
      await problemOf(saved(`{"metadata":{},"frames":[{"direction":"ClientToServer","x":${deep},"message":1}]}`)),
    ).toMatchObject({ problem: 'it is nested too deep' });
    expect(await problemOf(saved({ ...V1, format: { schema_version: 7 } }))).toMatchObject({
      code: 'version',
      problem: 'it is a tape of Shadowcat of version 7; only 0 and 1 are known',
    });
    expect(await problemOf(saved('{"frames":[]}'))).toMatchObject({
      problem: 'it is neither a tape nor one of Shadowcat: it has no "metadata"',
    });
    expect(await problemOf(saved('no JSON'))).toMatchObject({
      problem: 'it is neither a tape nor one of Shadowcat: it has no list "frames"',
    });
  });

  it('survives any cut and any bytes', async () => {
    const text = JSON.stringify(V1);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length), fc.uint8Array({ maxLength: 3 }), async (length, bytes) => {
        const file = saved(
          `${text.slice(0, length)}${Buffer.from(bytes).toString('latin1')}${text.slice(length + bytes.length)}`,
        );
        const result = await imported(file).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(TapeError);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a tape exported for Shadowcat', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const odd = [
    '{"id":7,"big":12345678901234567890}',
    '<{ "id": 7,\n"result": {} }',
    '<no JSON',
    '<{"error":{"code":1,"message":"‮"},"id":7}',
    deep,
  ];
  it.each([
    ['0', shadowcat0],
    ['1', shadowcat1],
  ])('is read again, version %s', async (version, write) => {
    const file = join(tapeFolder(), 'a.tape.jsonl');
    const head = tapeHead({ tags: ['a'] });
    await writeTape(file, head, framesOf(...CALL, ...odd));
    const pieces: string[] = [];
    for await (const piece of write(await readTape(file))) pieces.push(piece);
    const text = pieces.join('');
    expect(text).not.toContain('‮');
    const document = JSON.parse(text);
    const tape = await imported(saved(text));
    expect(tape.version).toBe(Number(version));
    expect(tape.checksum).toBe(version === '1' ? 'verified' : null);
    expect(tape.head).toMatchObject({
      session: head.session,
      created_at: head.created_at,
      server: { name: 'serena', transport: 'stdio' },
      tags: ['a'],
    });
    expect(tape.frames.map(({ text: message }) => message)).toEqual([
      ...framesOf(...CALL).map(({ bytes }) => String(bytes)),
      '{"id":7,"big":12345678901234567890}',
      '{"id":7,"result":{}}',
      'no JSON',
      '{"error":{"code":1,"message":"\\u202e"},"id":7}',
      deep,
    ]);
    expect(tape.frames.map(({ at }) => at)).toEqual([0, 11, 21, 32, 42, 53, 63, 74, 84, 95]);
    if (version === '0') {
      expect(document.metadata).toMatchObject({ frame_count: 10, duration_ms: 95, transport_type: 'stdio' });
      expect(Object.keys(document.frames[0])).toEqual(['id', 'session_id', 'timestamp', 'direction', 'message']);
    } else {
      expect(Object.keys(document)).toEqual(Object.keys(V1));
      expect(document.statistics).toMatchObject({ requests: 2, responses: 4, notifications: 1, errors: 1 });
      expect(document.index.frames_by_type.request).toEqual([0, 3]);
      expect(Object.keys(document.frames[0])).toEqual(Object.keys(V1.frames[0] ?? {}));
    }
    expect(readFileSync(file, 'utf8')).toContain(head.id);
  });
});
