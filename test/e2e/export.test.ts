import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toJsonRow } from '../../src/base/json-row.js';
import { startCollector } from '../export/support/collector.js';
import { harProblems } from '../export/support/har-problems.js';
import { fakeKey } from '../support/fake-key.js';
import { client, message } from '../support/product/client.js';
import { onTerminal } from '../support/product/shell-terminal.js';
import { MAIN, newSandbox, notices } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';
import { tracedDemo } from '../support/traced-demo.js';

const demo = tracedDemo();

/** Exports are in the order of storing, in which requests that are under way together may stand either way round. */
const ids = () => demo.requests.map(({ row }) => row.id).toSorted();
const linesOf = (stdout: Buffer) => stdout.toString().trimEnd().split(/\r?\n/);
const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

describe('export --format', () => {
  it.skipIf(process.platform === 'win32')('har says on a terminal how large it will be, before it writes', async () => {
    const terminal = onTerminal(demo.sandbox, ['export', '--format', 'har', '--output', 'sized.har']);
    await terminal.ended;
    const [, about = '', written = ''] =
      /Writing about ([\d.]+) KB: \d+ requests, each with its whole conversation\.[\s\S]*?([\d.]+) KB written:/.exec(
        terminal.mainScreen().replaceAll('\n', ''),
      ) ?? [];
    expect(Number(about) / Number(written)).toBeGreaterThan(0.6);
    expect(Number(about) / Number(written)).toBeLessThan(1.6);
  });

  it('har writes a file that only its owner reads, whole, valid, and never over another one unasked', async () => {
    const file = join(demo.sandbox.root, 'trace.har');
    const exporting = (...more: string[]) => demo.sandbox.run(['export', '--format', 'har', '--output', file, ...more]);
    const ended = await exporting();
    expect({ ...ended, stdout: ended.stdout.toString() }).toMatchObject({ exitCode: 0, stdout: '' });
    expect(notices(ended)).toEqual([expect.stringContaining(`${demo.requests.length} requests exported, up to 20`)]);
    // Units are 1,024: what is said is rounded.
    const size = (await stat(file)).size;
    expect(notices(ended)[0]).toMatch(new RegExp(`^${(size / 1_024).toFixed(1)} KB written: `));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(demo.sandbox.root)).filter((name) => name.includes('partial'))).toEqual([]);

    const har = JSON.parse(await readFile(file, 'utf8'));
    expect(harProblems(har)).toEqual([]);
    expect(har.log.entries.map((entry: { _id: string }) => entry._id).toSorted()).toEqual(ids());
    expect(har.log.entries.at(-1).request.postData.text).toBe(demo.requests.at(-1)?.requestBody.toString());
    expect(har.log.entries.at(-1).response.content.text).toContain('event: message_start');

    await writeFile(file, 'mine');
    const refused = await exporting();
    expect(refused.exitCode).toBe(2);
    expect(notices(refused)).toEqual([expect.stringContaining('--force')]);
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect((await exporting('--force')).exitCode).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(har);
  });

  it('jsonl and csv have the rows of query, oldest first', async () => {
    const jsonl = await demo.sandbox.run(['export', '--format', 'jsonl']);
    const exported = linesOf(jsonl.stdout).map((line) => JSON.parse(line));
    expect(exported.toSorted(byId)).toEqual(demo.requests.map(({ row }) => toJsonRow(row)).toSorted(byId));
    const csv = await demo.sandbox.run(['export', '--format', 'csv', '--kind', 'all']);
    const queried = await demo.sandbox.run(['query', '--csv', '--kind', 'all', '--limit', '1000']);
    expect(linesOf(csv.stdout)[0]).toBe(linesOf(queried.stdout)[0]);
    expect(linesOf(csv.stdout).toSorted()).toEqual(linesOf(queried.stdout).toSorted());
  });

  it('jsonl --bodies adds headers and bodies', async () => {
    const { stdout } = await demo.sandbox.run(['export', '--format', 'jsonl', '--bodies']);
    const last = JSON.parse(linesOf(stdout).at(-1) ?? '');
    const { detail, requestBody, responseBody } = demo.requests.at(-1) ?? {};
    expect(last).toMatchObject({
      id: detail?.id,
      request_headers: detail?.requestHeaders,
      request_body: { text: requestBody?.toString(), sha256: detail?.requestBody.sha256 },
      response: { headers: detail?.response?.headers, body: { text: responseBody?.toString() } },
      problems: [],
    });
  });

  it.each(['md', 'html'])(
    '%s writes the latest session with every request, its calls and their results',
    async (name) => {
      const { exitCode, stdout } = await demo.sandbox.run(['export', '--format', name]);
      expect(exitCode).toBe(0);
      const text = stdout.toString();
      expect(text).toContain(`Conversation of session ${demo.requests[0]?.row.sessionId}`);
      expect(text.match(name === 'md' ? /^## \d+\. /gm : /<section/g)).toHaveLength(demo.requests.length);
      for (const part of ['mcp:serena call (', 'mcp:serena result', 'skill:changelog', 'tool:Read result']) {
        expect(text).toContain(part);
      }
      const [agent] = demo.requests.flatMap(({ row }) => row.agentId ?? []);
      const ofAgent = await demo.sandbox.run(['export', '--format', name, '--agent', agent ?? '']);
      expect(ofAgent.stdout.toString().match(name === 'md' ? /^## \d+\. /gm : /<section/g)).toHaveLength(
        demo.requests.filter(({ row }) => row.agentId === agent).length,
      );
    },
  );

  it('goes on with the option that the one before named, and takes the filters of query', async () => {
    const some = await demo.sandbox.run([
      'export',
      '--format',
      'jsonl',
      '--until',
      demo.requests[4]?.row.timestamp.toISOString() ?? '',
    ]);
    const option = /--after (req_\w+)/.exec(some.stderr.toString())?.[1] ?? '';
    const rest = await demo.sandbox.run(['export', '--format', 'jsonl', '--after', option]);
    const exported = [...linesOf(some.stdout), ...linesOf(rest.stdout)].map((line) => JSON.parse(line).id);
    expect(exported.toSorted()).toEqual(ids());
    const nothing = await demo.sandbox.run(['export', '--format', 'jsonl', '--after', exported.at(-1)]);
    expect({ exitCode: nothing.exitCode, text: nothing.stdout.toString() }).toEqual({ exitCode: 0, text: '' });
    const gone = await demo.sandbox.run(['export', '--format', 'jsonl', '--after', 'req_00000000000000000000000000']);
    expect(gone.exitCode).toBe(1);
    expect(notices(gone)).toEqual([expect.stringMatching(/^--after: No request .* use --since/)]);
  });

  it('names the request where it is to go on by its id, also if it was given by another word', async () => {
    const last = demo.requests.at(-1)?.row.id ?? '';
    const ended = await demo.sandbox.run(['export', '--format', 'csv', '--after', last.slice(4, -2)]);
    expect(notices(ended)).toEqual([expect.stringMatching(new RegExp(`--after ${last}$`))]);
    const latest = await demo.sandbox.run(['export', '--format', 'csv', '--after', 'last']);
    expect(notices(latest)).toEqual([expect.stringMatching(/--after req_\w{26}$/)]);
  });

  it.each(['output', 'after'])('refuses an empty --%s', async (option) => {
    const ended = await demo.sandbox.run(['export', '--format', 'csv', `--${option}`, '']);
    expect({ exitCode: ended.exitCode, notices: notices(ended) }).toEqual({
      exitCode: 2,
      notices: [`--${option} is empty: give a value, or leave it out.`],
    });
  });

  it('into a reader that leaves is no error', async () => {
    const command = `("$0" "$1" export --format har; echo "ended $?" >&2) | head -c 20`;
    const ended = await demo.sandbox.startOther(['sh', '-c', command, process.execPath, MAIN]).ended;
    expect(ended.stdout.toString()).toHaveLength(20);
    expect(ended.stderr.toString()).toBe('ended 0\n');
  });

  it.each([
    [['--format', 'har', '--otlp', 'http://localhost:4318'], /either --format/],
    [[], /either --format/],
    [['--format', 'csv', '--bodies'], /--bodies/],
    [['--otlp', 'ftp://localhost'], /URL of a collector/],
    [['--otlp', 'http://me:word@localhost:4318'], /OTEL_EXPORTER_OTLP_HEADERS/],
  ])('%j is a mistake', async (args, said) => {
    const ended = await demo.sandbox.run(['export', ...args]);
    expect(ended.exitCode).toBe(2);
    expect(notices(ended)).toEqual([expect.stringMatching(said)]);
  });
});

describe('export --otlp', () => {
  it('sends a span for each request and tool call, a subagent beneath the call that started it', async () => {
    const collector = await startCollector();
    const ended = await demo.sandbox.run(['export', '--otlp', collector.url]);
    expect(ended.exitCode).toBe(0);
    const spans = collector.spans();
    const chats = spans.filter(({ attributes }) => attributes['gen_ai.operation.name'] === 'chat');
    expect(chats.map(({ attributes }) => attributes['claude_trace.request.id']).toSorted()).toEqual(ids());
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    for (const { row } of demo.requests) {
      const chat = chats.find(({ attributes }) => attributes['claude_trace.request.id'] === row.id);
      expect(chat?.start).toBe(row.timestamp.getTime());
      expect(chat?.attributes['gen_ai.usage.input_tokens']).toBe(row.tokens.input);
    }

    const bySpanId = new Map(spans.map((span) => [span.spanId, span]));
    const subagent = chats.filter(({ attributes }) => attributes['claude_trace.purpose'] === 'subagent');
    expect(subagent.length).toBeGreaterThan(1);
    for (const { parentSpanId } of subagent) {
      const call = bySpanId.get(parentSpanId);
      expect(call?.attributes['gen_ai.operation.name']).toBe('execute_tool');
      expect(bySpanId.get(call?.parentSpanId ?? '')?.attributes['claude_trace.purpose']).toBe('main');
    }
    expect(JSON.stringify(spans)).not.toContain('Writing a changelog entry');

    const again = await startCollector();
    await demo.sandbox.run(['export', '--otlp', `${again.url}/v1/traces`, '--content'], {
      env: { OTEL_SERVICE_NAME: 'my-claude' },
    });
    expect(again.spans().map(({ spanId }) => spanId)).toEqual(spans.map(({ spanId }) => spanId));
    expect(JSON.stringify(again.spans())).toContain('Writing a changelog entry');
    expect(again.spans()[0]?.resource['service.name']).toBe('my-claude');
  });

  it('that is refused is an error, which shows no credentials', async () => {
    const collector = await startCollector([{ status: 403 }]);
    const ended = await demo.sandbox.run(['export', '--otlp', collector.url], {
      env: { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=zorblax-token' },
    });
    expect(collector.requests[0]?.headers.authorization).toBe('zorblax-token');
    expect(ended.exitCode).toBe(1);
    expect(notices(ended)).toEqual([
      '0 requests exported.',
      `The collector ${collector.url}/v1/traces did not take the spans: 403 Forbidden.`,
    ]);
    expect(ended.stderr.toString()).not.toContain('zorblax');
  });

  it('to a collector that never answers says what it waits for, and ends when told so twice', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { process: exporting, warns, ended } = demo.sandbox.start(['export', '--otlp', url]);
    await warns(`Waiting up to 30 seconds for the collector ${url}/v1/traces to answer.\n`);
    exporting.kill('SIGINT');
    const killing = setInterval(() => exporting.kill('SIGINT'), 100); // the first is not seen at once
    const { signal } = await ended;
    clearInterval(killing);
    expect(signal).toBe('SIGINT');
  });
});

describe('secrets', () => {
  const SECRETS = {
    key: fakeKey('zorblax'),
    cookie: 'zorblax-cookie-0123456789',
    query: 'zorblax-query-0123456789',
  };

  it('are in no export', async () => {
    const other = await newSandbox();
    const api = await startScriptedApi({ script: say(`Your key is ${SECRETS.key}.`) });
    onTestFinished(() => api.close());
    const headers = { 'x-api-key': SECRETS.key, cookie: `s=${SECRETS.cookie}`, 'content-type': 'application/json' };
    const path = `/v1/messages?api_key=${SECRETS.query}`;
    const requests = [{ path, headers, body: message(`what is ${SECRETS.key}?`) }];
    await other.run(['wrap', '--', ...client({ requests })], { env: await other.behind(api) });
    expect(api.received[0]?.path).toContain(SECRETS.query);

    const collector = await startCollector();
    const outputs = [
      await other.run(['export', '--format', 'har', '--kind', 'all']),
      await other.run(['export', '--format', 'jsonl', '--bodies', '--kind', 'all']),
      await other.run(['export', '--format', 'csv', '--kind', 'all']),
      await other.run(['export', '--format', 'md']),
      await other.run(['export', '--format', 'html']),
      await other.run(['export', '--otlp', collector.url, '--content', '--kind', 'all']),
    ];
    const everything = Buffer.concat([
      ...outputs.flatMap(({ stdout, stderr }) => [stdout, stderr]),
      ...collector.requests.map(({ body }) => body),
    ]);
    expect(outputs.map(({ exitCode }) => exitCode)).toEqual(outputs.map(() => 0));
    for (const { stdout } of outputs.slice(3, 5)) expect(stdout.toString()).toContain('what is [redacted:');
    expect(collector.spans()).toHaveLength(1);
    expect(everything.toString()).toContain('what is [redacted:');
    expect(Object.values(SECRETS).filter((secret) => everything.includes(secret))).toEqual([]);
  });
});

describe('the packages of OpenTelemetry', () => {
  it('are not loaded by any command before it sends data', async () => {
    const folder = dirname(MAIN);
    const files = (await readdir(folder)).filter((name) => name.endsWith('.js'));
    const texts = new Map(
      await Promise.all(files.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
    );
    const importsOf = (name: string, pattern: RegExp) =>
      [...(texts.get(name) ?? '').matchAll(pattern)].flatMap(([, imported = '']) => imported);
    /** A file, and what is loaded with it. */
    const loadedWith = (name: string, seen = new Set<string>()): Set<string> => {
      if (seen.has(name)) return seen;
      seen.add(name);
      for (const imported of importsOf(name, /\b(?:from|import)\s*"\.\/([\w-]+\.js)"/g)) loadedWith(imported, seen);
      return seen;
    };
    const hasExporter = (name: string) =>
      [...loadedWith(name)].some((each) => texts.get(each)?.includes('OTLPTraceExporter'));
    expect(files.filter(hasExporter)).not.toEqual([]);
    const importedLater = (names: readonly string[]) =>
      names
        .flatMap((name) => [...loadedWith(name)])
        .flatMap((name) => importsOf(name, /\bimport\("\.\/([\w-]+\.js)"\)/g));
    // main.js imports the file that knows all commands, which imports the one that is given.
    const first = importedLater(['main.js']);
    const commands = importedLater(first);
    expect(commands.length).toBeGreaterThan(20);
    expect(['main.js', ...first, ...commands].filter(hasExporter)).toEqual([]);
  });
});
