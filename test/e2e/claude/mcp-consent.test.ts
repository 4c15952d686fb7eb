import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withManagedSettings } from '../../support/claude/managed.js';
import {
  openServerLab,
  type ServerCase,
  type ServerLab,
  type SessionOptions,
} from '../../support/claude/server-lab.js';
import { newTrace, type Trace } from '../../support/claude/traced.js';
import { ALL_VERSIONS, CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';

/**
 * What discovery says of MCP servers, against the servers that the real CLI starts: those that are recorded are those that it
 * starts by itself, and with `wrap --mcp` no other one starts.
 */
describe.each(CLAUDE_VERSIONS)('Claude Code %s', (version) => {
  const isOld = version === '2.0.30';
  let root: string;
  let lab: ServerLab;
  let trace: Trace;

  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'claude-trace-consent-')));
    lab = await openServerLab(version, root);
    trace = await newTrace();
  });
  afterAll(async () => {
    await lab.close();
    await trace.remove();
    await removeFolder(root);
  });

  /**
   * @param expected what starts with `wrap --mcp`, and without us: that is tried when CLAUDE_TRACE_ALL_VERSIONS=1 asks for everything,
   *   since a version of Claude Code does not change
   */
  async function expectStarted(
    given: ServerCase,
    expected: readonly string[],
    options: SessionOptions = {},
  ): Promise<void> {
    const words = [...expected].sort();
    if (ALL_VERSIONS) expect(await lab.started(given, words, options)).toEqual(words);
    const wrapArgv = trace.wrapArgv.flatMap((word) => (word === 'wrap' ? ['wrap', '--mcp'] : [word]));
    expect(await lab.started(given, words, { ...options, wrapArgv, env: trace.env })).toEqual(words);
  }

  const settings = 'repo/.claude/settings.local.json';
  const servers = (mcpServers: object) => ({ mcpServers });

  it('starts servers of all scopes, and none that is refused, disabled or hidden', async () => {
    const { program } = lab;
    const given: ServerCase = {
      user: { a: program('usr'), b: program('off'), c: program('c-usr'), d: program('d-usr'), e: program('e-usr') },
      local: { f: program('loc'), c: program('c-loc') },
      project: { disabledMcpServers: ['b', 'k'], disabledMcpjsonServers: ['h'] },
      files: {
        'repo/.mcp.json': servers({
          ...{ g: program('prj'), h: program('no-state'), 'i j': program('no-file'), k: program('prj-off') },
          ...{ l: program('new'), d: program('d-prj') },
        }),
        '.mcp.json': servers({ m: program('above'), g: program('g-above') }),
        [settings]: { enabledMcpjsonServers: ['g', 'h', 'k', 'm'], disabledMcpjsonServers: ['i_j', 'd'] },
        'given.json': servers({ n: program('file'), e: program('e-file') }),
        'kit/.claude-plugin/plugin.json': { name: 'kit', version: '1.0.0' },
        'kit/.mcp.json': servers({ o: program('plugin'), p: { ...program('usr') } }),
      },
      args: [
        ...['--plugin-dir', join(lab.root, 'kit')],
        ...['--mcp-config', join(lab.root, 'given.json'), JSON.stringify(servers({ q: program('inline') }))],
      ],
    };
    const recorded = ['usr', 'c-loc', 'd-usr', 'e-file', 'loc', 'prj', 'above', 'file', 'inline', 'plugin'];
    expect(await lab.decisions(given)).toEqual({
      ...Object.fromEntries(recorded.map((word) => [word, 'recorded'])),
      ...{ off: 'disabled', 'prj-off': 'disabled', 'no-state': 'refused', 'no-file': 'refused', new: 'unapproved' },
      // The plugin's copy of `usr`, which 2.0.30 starts a second time.
      usr: 'recorded',
    });
    // With -p, newer versions ask nobody.
    await expectStarted(given, isOld ? recorded : [...recorded, 'new']);
    const listed: { server: string }[] = JSON.parse((await trace.run('mcp', '--json')).toString());
    const names = ['a', 'c', 'd', 'e', 'f', 'g', 'm', 'n', 'plugin:kit:o', 'q'];
    expect(listed.map(({ server }) => server).sort()).toEqual(names);
  });

  it('starts none that is denied by name, and we replace the others', async () => {
    const given: ServerCase = {
      user: { a: lab.program('denied'), b: lab.program('usr') },
      files: { [settings]: { deniedMcpServers: [{ serverName: 'a' }] } },
    };
    expect(await lab.decisions(given)).toEqual({ denied: 'denied', usr: 'recorded' });
    await expectStarted(given, ['usr']);
  });

  it('starts none that is denied by its command, and we replace none where commands are named', async () => {
    const given: ServerCase = {
      user: { a: lab.program('denied', '-x'), b: lab.program('usr') },
      files: { [settings]: { deniedMcpServers: [{ serverCommand: [lab.program('denied').command, '-x'] }] } },
    };
    expect(await lab.decisions(given)).toEqual({ denied: 'denied', usr: 'policies' });
    // 2.0.30 knows no such rule.
    await expectStarted(given, isOld ? ['denied', 'usr'] : ['usr']);
  });

  it('starts only what a list allows', async () => {
    const given: ServerCase = {
      user: { a: lab.program('allowed'), b: lab.program('usr') },
      files: {
        'home/.claude/settings.json': { allowedMcpServers: [{ serverName: 'a' }] },
        [settings]: { allowedMcpServers: [] },
      },
    };
    expect(await lab.decisions(given)).toEqual({ allowed: 'recorded', usr: 'denied' });
    await expectStarted(given, ['allowed']);
  });

  it('starts only --mcp-config with --strict-mcp-config, and nothing of other setting sources', async () => {
    const given: ServerCase = {
      user: { a: lab.program('usr') },
      local: { b: lab.program('loc') },
      args: ['--setting-sources', 'local'],
    };
    expect(await lab.decisions(given)).toEqual({ loc: 'recorded' });
    await expectStarted(given, ['loc']);
    const strict = {
      ...given,
      args: ['--strict-mcp-config', `--mcp-config=${JSON.stringify(servers({ a: lab.program('given') }))}`],
    };
    expect(await lab.decisions(strict)).toEqual({ given: 'recorded' });
    await expectStarted(strict, ['given']);
  });

  it.skipIf(withManagedSettings(tmpdir()) === null)(
    'starts only those of managed-mcp.json, which we leave alone',
    async () => {
      const given: ServerCase = {
        user: { a: lab.program('usr') },
        managed: { 'managed-mcp.json': servers({ b: lab.program('managed') }) },
      };
      expect(await lab.decisions(given)).toEqual({ managed: 'managed' });
      await expectStarted(given, ['managed']);
    },
  );

  describe('at a terminal', () => {
    const given = (): ServerCase => ({
      user: { a: lab.program('usr') },
      files: { 'repo/.mcp.json': servers({ b: lab.program('prj') }) },
    });

    it('starts nothing while it asks for approval', async () => {
      expect(await lab.decisions(given())).toEqual({ usr: 'recorded', prj: 'unapproved' });
      await expectStarted(given(), [], { untilShown: 'New MCP server found' });
    });

    it('starts nothing while it asks whether the folder is trusted', async () => {
      const untrusted = given();
      untrusted.project = { hasTrustDialogAccepted: false, enableAllProjectMcpServers: true };
      await expectStarted(untrusted, [], { untilShown: 'trust' });
    });

    it('starts what was approved, and nothing that was refused', async () => {
      const approved = given();
      approved.files = { ...approved.files, 'home/.claude/settings.json': { enableAllProjectMcpServers: true } };
      expect(await lab.decisions(approved)).toEqual({ usr: 'recorded', prj: 'recorded' });
      await expectStarted(approved, ['prj', 'usr'], { untilShown: '? for shortcuts' });
      approved.project = { disabledMcpjsonServers: ['b'] };
      expect(await lab.decisions(approved)).toEqual({ usr: 'recorded', prj: 'refused' });
      await expectStarted(approved, ['usr'], { untilShown: '? for shortcuts' });
    });
  });
});
