import type { Socket } from 'node:net';
import { now } from '../../base/clock.js';
import { newUlid } from '../../model/ids.js';
import { MCP_SCOPES, type McpScope, type McpSender } from '../../model/mcp.js';
import type { PauseEvent } from '../../model/paused-message.js';
import type { RuleFailure } from '../../model/rule-failure.js';
import type { McpEvent, McpLine } from '../../wire/index.js';
import { createFrameReader, encodeFrame, type Frame, type Hello } from './frames.js';
import { LineAssembler } from './line-assembler.js';
import { ReportedPauses } from './reported-pauses.js';
import { decodeRuledFrame, encodeRuledFrame, type RuledFrame, RuledLineReader } from './ruled-frames.js';

/** Lines are collected for this long, up to this many and this size, so that a record is not made for each. */
const COLLECT_MS = 5;
const MAX_LINES = 256;
const MAX_BYTES = 1024 * 1024;

/** The messages between the listener of a run and its shims with rules, besides the traffic. */
export interface RulesOfShims {
  /** A shim with rules has connected. @param write sends it a frame */
  onConnected(write: (frame: RuledFrame) => void): void;
  onGone(write: (frame: RuledFrame) => void): void;
  onPause(event: PauseEvent): void;
  onFailed(message: string): void;
  onRuleFailed(failure: RuleFailure): void;
}

/**
 * Reads the frames of one shim and emits what it saw: opened, lines, closed. A shim that ends without a closing frame was
 * killed, so that nobody knows how its server ended.
 */
export function readShim(socket: Socket, emit: (event: McpEvent) => void, rules: RulesOfShims): void {
  let hello: Hello | null = null;
  let lines: McpLine[] = [];
  let bytes = 0;
  let readLines = 0;
  let timer: NodeJS.Timeout | null = null;
  const assemblers: Record<McpSender, LineAssembler> = {
    client: new LineAssembler('client', collect),
    server: new LineAssembler('server', collect),
  };

  const ruledLines = new RuledLineReader((line) => {
    readLines += 1;
    collect(line);
    // Redacted text must be known before an API request repeats it.
    if (line.ruled.redactions.length > 0) flush();
  });
  const pauses = new ReportedPauses(rules.onPause);

  function write(frame: RuledFrame): void {
    if (socket.writable) for (const buffer of encodeRuledFrame(frame)) socket.write(buffer);
  }

  function collect(line: McpLine): void {
    const size = line.bytes.length + (line.ruled?.original?.length ?? 0);
    if (lines.length === MAX_LINES || bytes + size > MAX_BYTES) emitLines();
    lines.push(line);
    bytes += size;
    timer ??= setTimeout(flush, COLLECT_MS);
  }

  function emitLines(): void {
    const [first] = lines;
    if (hello === null || first === undefined) return;
    emit({ type: 'mcp_lines', exchange: newUlid(), connection: hello.connection, at: first.at, lines });
    lines = [];
    bytes = 0;
  }

  /** The shim counts what it has sent beyond this as lost, if the socket breaks. */
  function flush(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    emitLines();
    if (socket.writable) for (const buffer of encodeFrame({ type: 'read', lines: readLines })) socket.write(buffer);
  }

  function close(exit: string | null, lost: number, at: number): void {
    if (hello === null) return;
    for (const assembler of Object.values(assemblers)) assembler.end(at);
    flush();
    emit({ type: 'mcp_closed', exchange: newUlid(), connection: hello.connection, exit, lost, at });
    hello = null;
  }

  function receive(frame: Frame | RuledFrame): void {
    if (frame.type === 'hello') {
      hello = frame.hello;
      const { connection, name, target, sessionId, at, synthetic = false } = hello;
      const scope = scopeOf(hello);
      emit({ type: 'mcp_opened', exchange: newUlid(), connection, name, scope, target, sessionId, synthetic, at });
      if (hello.hasRules) rules.onConnected(write);
    } else if (hello === null) throw new Error('a shim without a hello');
    else if (frame.type === 'bytes') readLines += assemblers[frame.sender].push(frame.bytes, frame.at);
    else if (frame.type === 'left_out') assemblers[frame.sender].leaveOut(frame.size);
    else if (frame.type === 'gap') assemblers[frame.sender].drop();
    else if (frame.type === 'ruled') ruledLines.begin(frame.head);
    else if (frame.type === 'part') ruledLines.add(frame.bytes);
    else if (frame.type === 'paused' || frame.type === 'released') pauses.take(frame);
    else if (frame.type === 'rules_failed') rules.onFailed(frame.message);
    else if (frame.type === 'rule_failed') rules.onRuleFailed({ ...frame.failure, server: hello.name });
    else if (frame.type === 'closing') {
      close(frame.closing.exit, frame.closing.lost, frame.closing.at);
      // The shim waits for it: an end without it could make us lose what we have not read yet.
      socket.end();
    }
  }

  const read = createFrameReader(decodeRuledFrame, receive);
  socket.on('data', (chunk) => {
    try {
      read(chunk);
    } catch {
      // Not one of our shims, or one of another version.
      socket.destroy();
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    close(null, 0, now());
    rules.onGone(write);
    pauses.releaseAll();
  });
}

function scopeOf({ scope }: Hello): McpScope | null {
  return MCP_SCOPES.find((each) => each === scope) ?? null;
}
