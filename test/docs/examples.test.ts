import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startDemo } from '../../src/demo/demo.js';
import { TOOL_RESULTS } from '../../src/demo/script.js';
import { openStore } from '../../src/store/index.js';
import { aDelivery } from '../store/support/mcp-records.js';
import { playedMcp } from '../store/support/played-mcp.js';
import { anAttribution, aRequest, aResponse } from '../store/support/records.js';
import { MAIN } from '../support/product.js';
import { tracedDemo } from '../support/traced-demo.js';
import { type Example, examplesOf, isObject, outline } from './support/examples.js';
import { readPage } from './support/pages.js';

const CLIENT = fileURLToPath(new URL('../../dist/demo/played/client.js', import.meta.url));

/** Printed between the output of one example and that of the next. */
const MARK = '\n-- end of example --\n';

const pages = await Promise.all(
  ['docs/api.md', 'docs/commands.md', 'README.md', 'docs/configuration.md'].map(async (page) => ({
    page,
    examples: examplesOf(await readPage(page)),
  })),
);

const demo = tracedDemo();
const printed = new Map<Example, string>();
let operations: string[];

beforeAll(async () => {
  const { sandbox } = demo;
  storeMcpCall(sandbox.database);
  const server = sandbox.start(['serve', '--port', '0']);
  const url = (await server.says('\n')).trim();
  const api = await startDemo();
  const bin = join(sandbox.root, 'bin');
  await mkdir(bin);
  for (const [name, program] of [
    ['claude-trace', MAIN],
    // Plays Claude Code.
    ['claude', CLIENT],
  ] as const) {
    await writeFile(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 });
  }
  await writeFile(join(sandbox.cwd, 'slow.yaml'), await firstRules());
  const env = { ...(await sandbox.behind(api)), PATH: `${bin}${delimiter}${sandbox.env.PATH}` };
  for (const { page, examples } of pages) {
    if (page === 'README.md') storeLaterSession(sandbox.database);
    // As a reader types them: one after the other, in one shell.
    const script = examples.map((each) => `${each.script}printf '${MARK.replaceAll('\n', '\\n')}'\n`).join('');
    const ended = await sandbox.startOther(['sh', '-e', '-c', script], { env }).ended;
    expect(ended.exitCode, ended.stderr.toString()).toBe(0);
    const outputs = ended.stdout.toString().split(MARK);
    for (const [index, example] of examples.entries()) printed.set(example, outputs[index] ?? '');
  }
  const { paths } = JSON.parse(await (await fetch(`${url}/openapi.json`)).text());
  operations = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  server.process.kill('SIGTERM');
  await server.ended;
  await api.close();
});

/** What the demo, whose servers are played, would record of the call of one of them. */
function storeMcpCall(database: string): void {
  const toolUseId = 'toolu_demo_find';
  const text = TOOL_RESULTS[toolUseId] ?? '';
  const carrying = demo.requests.find(({ requestBody }) => requestBody.includes(`"tool_use_id":"${toolUseId}"`));
  const store = openStore(database);
  const { connect, play } = playedMcp(store);
  const result = { content: [{ type: 'text', text }] };
  play(connect({ name: 'serena' }, ['find_symbol', 'edit']), 'serena', {
    name: 'find_symbol',
    result,
    values: { toolUseId },
  });
  const carriedBy = carrying?.row.correlationId ?? '';
  store.saveMcp([{ type: 'delivery', delivery: aDelivery(toolUseId, carriedBy, { tokensGot: 38 }) }]);
  store.close();
}

/** A session with an MCP server, which stays the latest one whatever the examples record. Its request is never the latest one. */
function storeLaterSession(database: string): void {
  const later = Date.now() + 3_600_000;
  const store = openStore(database);
  const { run, connect, play } = playedMcp(store);
  const timestamps = { ...aRequest(run.id).timestamps, initiated: later, received: later };
  const request = aRequest(run.id, { kind: 'count_tokens', timestamps });
  play(connect({ sessionId: request.sessionId }), 'serena', { name: 'find_symbol', result: { content: [] } });
  store.saveRequest(request);
  store.saveResponse(aResponse(request), anAttribution([]));
  store.close();
}

/** The first file of rules in their documentation. */
async function firstRules(): Promise<string> {
  const [, rules = ''] = /^```yaml\n([^`]*)^```\n/m.exec(await readPage('docs/rules.md')) ?? [];
  return rules;
}

describe.each(pages)('$page', ({ examples }) => {
  it('has examples, and each one succeeds', () => {
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.filter((example) => !printed.has(example))).toEqual([]);
  });

  it.each(examples.filter(({ output }) => output !== null))('$heading prints what is shown', (example) => {
    const shown = JSON.parse(example.output ?? '');
    const real = JSON.parse(printed.get(example) ?? '');
    const isExact = typeof shown === 'number' || (isObject(shown) && 'error' in shown);
    if (isExact) expect(real).toEqual(shown);
    else expect(outline(real, shown)).toEqual(outline(shown, shown));
  });
});

describe('docs/api.md', () => {
  it('has an example of each operation', () => {
    const headings = pages.find(({ page }) => page === 'docs/api.md')?.examples.map(({ heading }) => heading);
    expect(operations).toContain('GET /api/claude/requests');
    expect(operations.filter((operation) => !headings?.includes(operation))).toEqual([]);
  });
});

describe('docs/commands.md', () => {
  it('shows every field of a row', () => {
    const examples = pages.find(({ page }) => page === 'docs/commands.md')?.examples ?? [];
    const query = examples.find(({ script }) => script.includes('query'));
    const [shown] = JSON.parse(query?.output ?? '');
    const [real] = JSON.parse((query && printed.get(query)) ?? '');
    expect(Object.keys(shown)).toEqual(Object.keys(real));
    expect(Object.keys(shown.tokens)).toEqual(Object.keys(real.tokens));
    expect(Object.keys(shown.sources[0])).toEqual(Object.keys(real.sources[0]));
  });
});
