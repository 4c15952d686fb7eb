import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Ended, RunningProgram } from '../support/product/program.js';
import { newSandbox, type Sandbox } from '../support/product.js';

const CLAUDE = fileURLToPath(new URL('../support/mcp/claude.mjs', import.meta.url));
const SERVER = fileURLToPath(new URL('../support/mcp/stdio-server.mjs', import.meta.url));

const RULES = `version: 1
rules:
  - { id: bad, when: { tool: mocked }, then: [{ modify: { set: { $: 5 } } }] }
  - { id: mocked, when: { tool: mocked }, then: [{ mock: { result: { content: [{ type: text, text: "{{ request.params.name }}!" }] } } }] }
  - { id: no, when: { tool: crash }, then: [{ block: { reason: not here } }] }
  - { id: up, when: { tool: echo, result: { "$.content[0].text": { exists: true } } }, then: [{ modify: { transform: { "$.content[0].text": upper } } }] }
`;

type Step = { tool: string; arguments?: object } | { waitFor: string };

let sandbox: Sandbox;
let file: string;
beforeEach(async () => {
  sandbox = await newSandbox();
  const entry = { command: process.execPath, args: [SERVER, join(sandbox.root, 'server.log')] };
  await writeFile(join(sandbox.env.HOME ?? '', '.claude.json'), JSON.stringify({ mcpServers: { tickets: entry } }));
  await mkdir(join(sandbox.root, 'bin'));
  const program = `#!${process.execPath}\nimport(${JSON.stringify(CLAUDE)});\n`;
  await writeFile(join(sandbox.root, 'bin', 'claude'), program, { mode: 0o755 });
  file = join(sandbox.root, 'rules.yaml');
  await writeFile(file, RULES);
});

function start(steps: Step[], args: readonly string[] = ['--rules', file]): RunningProgram {
  const plan = JSON.stringify(steps.map((step) => ({ server: 'tickets', ...step })));
  return sandbox.start(['wrap', ...args, '--', join(sandbox.root, 'bin', 'claude'), plan]);
}

const failures = async () =>
  JSON.parse((await sandbox.run(['rules', 'status', '--json'])).stdout.toString())[0]?.failures;

const outcomes = ({ stdout }: Pick<Ended, 'stdout'>) =>
  stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .flatMap(({ event, text, message }) => (event === 'result' ? [text] : event === 'error' ? [message] : []));

describe('wrap --rules', () => {
  it('mocks, blocks and changes calls of a program, takes a changed file, and keeps the rules before a bad one', async () => {
    const steps = [
      { tool: 'mocked' },
      { tool: 'crash' },
      { tool: 'echo', arguments: { text: 'hello' } },
      { waitFor: 'changed' },
      { tool: 'echo', arguments: { text: 'hello' } },
      { waitFor: 'bad' },
      { tool: 'crash' },
    ];
    // Warnings are printed at once, so that the test can wait for one.
    const program = start(steps, ['--live', '--rules', file]);
    await program.says('HELLO');
    await expect.poll(failures).toMatchObject([{ rule: 'bad' }]);
    await writeFile(file, RULES.replace('upper', '{ suffix: "?" }'));
    // Failures are those of the rules that act now.
    await expect.poll(failures).toEqual([]);
    program.process.stdin.write('changed\n');
    await program.says('hello?');
    await writeFile(file, 'version: 1\nrules: {}\n');
    await program.warns('previous rules still act');
    program.process.stdin.end('bad\n');
    const ended = await program.ended;
    expect(outcomes(ended)).toEqual([
      'mocked!',
      expect.stringContaining('not here'),
      'HELLO',
      'hello?',
      expect.stringContaining('not here'),
    ]);
    expect(ended.stderr.toString().match(/previous rules still act: .*rules\.yaml:2:1: rules/g)).toHaveLength(1);
    // The server was never asked.
    expect(await readFile(join(sandbox.root, 'server.log'), 'utf8')).not.toContain(
      Buffer.from('mocked').toString('base64').slice(0, 6),
    );
  });

  it('holds a message until another process lets it pass', async () => {
    await writeFile(
      file,
      `version: 1
rules:
  - { id: bad, when: { tool: echo }, then: [{ modify: { set: { $: 5 } } }] }
  - { id: hold, when: { tool: echo }, then: [{ alert: look }, { pause: { limit_ms: 600000 } }] }
`,
    );
    const echo = { tool: 'echo', arguments: { text: 'held' } };
    const program = start([echo, echo, { waitFor: 'go' }]);
    const status = async () => JSON.parse((await sandbox.run(['rules', 'status', '--json'])).stdout.toString());
    const failure = { rule: 'bad', server: 'tickets', count: 1, at: expect.stringContaining('T') };
    await expect
      .poll(status)
      .toMatchObject([
        { rules: file, paused: [{ rule: 'hold', server: 'tickets', name: 'echo' }], failures: [failure] },
      ]);
    const shown = (await sandbox.run(['rules', 'status'])).stdout.toString();
    expect(shown).toMatch(/pause_\w+ +hold +tickets +\d.* tools\/call echo, alert: look\n/);
    expect(shown).not.toContain('No rule has been applied');
    expect(shown).toMatch(
      /\nbad failed 1 time, last at .* with tickets:\n {2}modify had no effect: the changed params would not be valid JSON-RPC\n/,
    );
    expect((await sandbox.run(['rules', 'resume', 'pause_x'])).stderr.toString()).toContain(
      'No paused message has the id',
    );
    expect((await sandbox.run(['rules', 'resume', 'all'])).stderr.toString()).toContain('1 message may pass');
    const [, shim] = /"connected".*"pid":(\d+)/.exec(await program.says('"text":"held"')) ?? [];
    // The second call is held; the end of its server releases it.
    await expect.poll(status).toMatchObject([{ paused: [{ rule: 'hold' }] }]);
    process.kill(Number(shim), 'SIGKILL');
    await program.says('Connection closed');
    await expect.poll(status).toMatchObject([{ paused: [] }]);
    expect((await sandbox.run(['rules', 'resume', 'all'])).stderr.toString()).toContain('No message is paused');
    program.process.stdin.end('go\n');
    expect(outcomes(await program.ended)).toEqual(['held', expect.stringContaining('Connection closed')]);
  });

  it.each([
    ['is not valid', 'version: 1\nrules: {}\n', ['--rules', 'FILE'], /rules\.yaml:2:1: rules/],
    ['cannot be read', null, ['--rules', 'FILE.gone'], /rules\.yaml\.gone cannot be read/],
    ['has no messages to apply to', RULES, ['--no-mcp', '--rules', 'FILE'], /leave out --no-mcp/],
  ])('a rules file that %s: nothing is started', async (_title, text, args, message) => {
    if (text !== null) await writeFile(file, text);
    const ended = await start(
      [],
      args.map((word) => word.replace('FILE', file)),
    ).ended;
    expect(ended).toMatchObject({ exitCode: 2, stdout: Buffer.alloc(0) });
    expect(ended.stderr.toString()).toMatch(message);
  });
});

describe('mcp record --rules', () => {
  const line = (id: number, name: string) =>
    `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: { text: 'hi' } } })}\n`;

  /** The process that stores outlives the server. */
  async function everythingIsStored(): Promise<void> {
    const folders = async () => (await readdir(sandbox.tmp)).filter((name) => name.startsWith('claude-trace'));
    await expect.poll(folders).toEqual([]);
  }

  it('applies them, also where a delay is longer than the input', async () => {
    await writeFile(file, `${RULES}  - { id: slow, when: { tool: echo }, then: [{ delay: { ms: 300 } }] }\n`);
    const server = [process.execPath, SERVER, join(sandbox.root, 'server.log')];
    const program = sandbox.start(['mcp', 'record', '--name', 't', `--rules=${file}`, '--', ...server], {
      stdin: line(1, 'echo') + line(2, 'mocked'),
    });
    const ended = await program.ended;
    expect(ended.exitCode).toBe(0);
    const answers = ended.stdout.toString().trim().split('\n');
    expect(answers.map((each) => JSON.parse(each)).map(({ id, result }) => [id, result.content[0].text])).toEqual([
      [2, 'mocked!'],
      [1, 'HI'],
    ]);
    await everythingIsStored();
  });

  it('holds a message until another process lets it pass', async () => {
    await writeFile(file, 'version: 1\nrules:\n  - { id: hold, when: { tool: echo }, then: [{ pause: {} }] }\n');
    const server = [process.execPath, SERVER, join(sandbox.root, 'server.log')];
    const program = sandbox.start(['mcp', 'record', '--name', 't', '--rules', file, '--', ...server]);
    program.process.stdin.write(line(1, 'echo'));
    const resumed = async () => (await sandbox.run(['rules', 'resume', 'all'])).exitCode;
    await expect.poll(resumed).toBe(0);
    await program.says('"hi"');
    program.process.stdin.end();
    expect((await program.ended).exitCode).toBe(0);
    await everythingIsStored();
    expect((await sandbox.run(['rules', 'status'])).stdout.toString()).toBe('No run with rules is active.\n');
  });

  it('passes on the output of a server that ends at once', async () => {
    await writeFile(file, RULES);
    const server = ['sh', '-c', 'seq 1 20000'];
    const ended = await sandbox.start(['mcp', 'record', '--rules', file, '--', ...server]).ended;
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout.toString()).toMatch(/^1\n2\n(?:\d+\n){19997}20000\n$/);
    await everythingIsStored();
  });

  it('starts nothing with a file that is not valid', async () => {
    await writeFile(file, 'version: 2\n');
    const ended = await sandbox.start(['mcp', 'record', '--rules', file, '--', 'no-such-server']).ended;
    expect(ended).toMatchObject({ exitCode: 2, stdout: Buffer.alloc(0) });
    expect(ended.stderr.toString()).toMatch(/rules\.yaml:1:1: version/);
  });
});
