import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newSandbox, type Sandbox } from '../support/product.js';
import { call, SESSION, text, transcript } from '../support/transcript.js';

async function writeTranscript(folder: string): Promise<void> {
  const file = transcript();
  file.user('Where is the river?');
  file.answer('1', call('t1', 'mcp__atlas__find'), { ended: false, bill: { cache_read_input_tokens: 20_000 } });
  file.result('t1', 'North of here. '.repeat(100));
  file.answer('2', text('North'), { bill: { cache_read_input_tokens: 20_500 } });
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${SESSION}.jsonl`);
  await writeFile(path, `{"bad\u001b[2J\n${file.text()}`);
  const anHourAgo = Date.now() / 1_000 - 3_600;
  await utimes(path, anHourAgo, anHourAgo);
}

const printed = async (sandbox: Sandbox, ...args: string[]) => {
  const { exitCode, stdout, stderr } = await sandbox.run(args);
  return { exitCode, out: stdout.toString(), err: stderr.toString() };
};

it('imports what Claude Code has kept, says what is not known, and adds nothing twice', async () => {
  const sandbox = await newSandbox();
  await writeTranscript(join(sandbox.env.HOME ?? '', '.claude', 'projects', '-project'));
  const first = await printed(sandbox, 'import');
  expect(first).toMatchObject({ exitCode: 0, err: '' });
  expect(first.out).toContain('Imported 2 requests of 1 session: 40.5k tokens in, ');
  expect(first.out).toMatch(/1 line left out:\n.*\.jsonl:1: not JSON\n2 requests without system prompt/);
  expect((await printed(sandbox, 'import')).out).toBe(
    'Nothing new in 1 transcript.\n1 transcript unchanged since the last import.\n',
  );

  const rows = JSON.parse((await printed(sandbox, 'query', '--origin', 'transcript', '--json')).out);
  expect(rows).toMatchObject([
    { origin: 'transcript', session_id: SESSION, status: null, latency_ms: null, tokens: { output_known: 'exact' } },
    { tokens: { output_known: 'estimated' } },
  ]);
  expect(JSON.parse((await printed(sandbox, 'query', '--origin', 'wire', '--json')).out)).toEqual([]);
  const shown = (await printed(sandbox, 'show', 'last')).out;
  expect(shown).toContain('a transcript of Claude Code, which has no times, system prompt or tool definitions');
  expect(shown).toMatch(/^unknown .*unknown:unrecorded/m);
  expect(await printed(sandbox, 'show', 'last', '--curl')).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('does not say where it was sent'),
  });
  expect((await printed(sandbox, 'doctor')).out).toMatch(/ok +database/);
});

it('takes the folder of CLAUDE_CONFIG_DIR, a path, and nothing where there is nothing', async () => {
  const sandbox = await newSandbox();
  expect(await printed(sandbox, 'import')).toMatchObject({
    exitCode: 0,
    out: `No transcript was read at ${join(sandbox.env.HOME ?? '', '.claude', 'projects')}.\n`,
  });
  expect(await printed(sandbox, 'import', 'nowhere')).toMatchObject({
    exitCode: 1,
    err: 'claude-trace: There is nothing at nowhere. Name the folder: claude-trace import <path>.\n',
  });
  const config = join(sandbox.root, 'config of claude');
  await writeTranscript(join(config, 'projects', '-project'));
  const { stdout } = await sandbox.run(['import', '--json'], { env: { CLAUDE_CONFIG_DIR: config } });
  expect(JSON.parse(stdout.toString())).toMatchObject({ complete: true, requests: 2, bad_lines: 1 });
  const again = await printed(sandbox, 'import', join(config, 'projects', '-project', `${SESSION}.jsonl`), '--json');
  expect(JSON.parse(again.out)).toMatchObject({ requests: 0, unchanged_files: 1 });
});
