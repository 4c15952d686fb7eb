/**
 * What importing transcripts costs: thousands of files in the shapes of real ones, imported by the built program, and imported
 * again.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseRecord } from '../src/base/json.js';
import { randomNumbers } from '../src/rules/random.js';
import { peakMemoryOf } from './peak-memory.js';

const MEGABYTE = 1024 ** 2;
const PROJECTS = 40;
/** Requests of a session: some are long, most are short. */
const SESSION_LENGTHS = [3, 8, 15, 30, 60, 150];
const TOOLS = ['Bash', 'Read', 'Grep', 'Edit', 'mcp__serena__find_symbol', 'mcp__tickets__search'];
const RESULT_CHARACTERS = [200, 1_500, 4_000, 12_000];

const WORDS = (
  'the function returns early when input is empty so we should add a test for that case and keep the error message short ' +
  'read file write path module import export const value type string number config server client request response parse'
).split(' ');

export interface ImportOptions {
  megabytes: number;
}

export interface ImportBench {
  files: number;
  requests: number;
  megabytes: number;
  databaseMegabytes: number;
  first: ImportRun;
  /** Nothing is new. */
  again: ImportRun;
}

interface ImportRun {
  seconds: number;
  requests: number;
  /** Megabytes. */
  peakMemory: number;
}

export async function measureImport(folder: string, { megabytes }: ImportOptions): Promise<ImportBench> {
  const generated = generate(join(folder, 'claude', 'projects'), megabytes * MEGABYTE);
  const first = await importOnce(folder);
  const again = await importOnce(folder);
  const databaseMegabytes = Math.round(statSync(join(folder, 'data', 'trace.db')).size / MEGABYTE);
  return { ...generated, megabytes, databaseMegabytes, first, again };
}

export function describeImport({ files, requests, megabytes, databaseMegabytes, first, again }: ImportBench): string {
  const line = (what: string, run: ImportRun) =>
    `${what}: ${run.requests} requests in ${run.seconds.toFixed(1)} s (${(megabytes / run.seconds).toFixed(1)} MB/s), ` +
    `peak memory ${run.peakMemory} MB`;
  return [
    `import of ${files} transcripts, ${megabytes} MB, ${requests} requests`,
    line('first', first),
    line('again', again),
    `database: ${databaseMegabytes} MB`,
  ].join('\n');
}

function generate(projects: string, total: number): { files: number; requests: number } {
  // The same files in every run.
  const random = randomNumbers(1, 'import');
  const counts = { files: 0, requests: 0 };
  for (let bytes = 0; bytes < total; ) {
    const project = join(projects, `-home-me-project-${counts.files % PROJECTS}`);
    mkdirSync(project, { recursive: true });
    const length = pick(SESSION_LENGTHS, random);
    const id = `00000000-0000-4000-8000-${String(counts.files).padStart(12, '0')}`;
    const text = session(id, length, `/home/me/project-${counts.files % PROJECTS}`, random);
    writeFileSync(join(project, `${id}.jsonl`), text);
    counts.files += 1;
    bytes += Buffer.byteLength(text);
    counts.requests += length;
  }
  return counts;
}

/** A conversation in which each answer calls a tool, as Claude Code writes it: a line for each block and result. */
function session(sessionId: string, requests: number, cwd: string, random: () => number): string {
  const lines: string[] = [];
  let parent: string | null = null;
  let at = Date.UTC(2026, 0, 1) + Math.floor(random() * 300) * 86_400_000;
  let context = 20_000;
  const add = (fields: object): void => {
    const uuid = `${sessionId}-${lines.length}`;
    at += 1_000;
    const common = { parentUuid: parent, isSidechain: false, userType: 'external', cwd, sessionId, version: '2.0.30' };
    lines.push(JSON.stringify({ ...common, ...fields, uuid, timestamp: new Date(at).toISOString() }));
    parent = uuid;
  };
  add({ type: 'user', message: { role: 'user', content: words(300, random) } });
  for (let n = 0; n < requests; n++) {
    const result = words(pick(RESULT_CHARACTERS, random), random);
    const call = {
      type: 'tool_use',
      id: `toolu_${sessionId}_${n}`,
      name: pick(TOOLS, random),
      input: { path: words(60, random) },
    };
    const added = Math.round(result.length / 4) + 100;
    const usage = {
      input_tokens: 4,
      cache_creation_input_tokens: added,
      cache_read_input_tokens: context,
      cache_creation: { ephemeral_5m_input_tokens: added, ephemeral_1h_input_tokens: 0 },
      output_tokens: 120,
    };
    context += added;
    const answer = {
      id: `msg_${sessionId}_${n}`,
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      usage,
    };
    const requestId = `req_${sessionId}_${n}`;
    const text = { type: 'text', text: words(200, random) };
    add({ type: 'assistant', requestId, message: { ...answer, content: [text], stop_reason: null } });
    add({ type: 'assistant', requestId, message: { ...answer, content: [call], stop_reason: 'tool_use' } });
    const content = [{ type: 'tool_result', tool_use_id: call.id, content: result }];
    add({ type: 'user', message: { role: 'user', content }, toolUseResult: { stdout: result } });
  }
  return `${lines.join('\n')}\n`;
}

async function importOnce(folder: string): Promise<ImportRun> {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    CLAUDE_CONFIG_DIR: join(folder, 'claude'),
    CLAUDE_TRACE_DATA_DIR: join(folder, 'data'),
  };
  const begun = performance.now();
  const child = spawn(process.execPath, [resolve('dist/cli/main.js'), 'import', '--json'], { env });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const peak = peakMemoryOf(child.pid ?? 0);
  const code = await new Promise((done) => child.on('close', done));
  const peakMemory = Math.round(peak.end() / MEGABYTE);
  if (code !== 0) throw new Error(`the import ended with ${code}`);
  const seconds = (performance.now() - begun) / 1_000;
  return { seconds, requests: Number(parseRecord(printed)?.requests), peakMemory };
}

/** Every tenth word is one of its own kind, as identifiers and hashes are in real results. */
function words(characters: number, random: () => number): string {
  let text = '';
  while (text.length < characters)
    text += random() < 0.1 ? `id_${random().toString(36).slice(2, 8)} ` : `${pick(WORDS, random)} `;
  return text.slice(0, characters);
}

function pick<Item>(items: readonly [Item, ...Item[]] | readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
