import { expect, it } from 'vitest';
import type { KnownMcpServer } from '../../src/mcp/discover/index.js';
import { withReplays } from '../../src/wrap/replayed-servers.js';

const known = (name: string, more: Partial<KnownMcpServer> = {}): KnownMcpServer => ({
  name,
  scope: 'user',
  transport: 'http',
  url: `https://${name}.example/mcp`,
  entry: null,
  decision: 'recorded',
  secrets: ['zorblax'],
  ...more,
});
const tapes = (...names: string[]) => new Map(names.map((name) => [name, [`/t/${name}`, `/t/${name}-2`]]));

it('replaces servers that have a tape, and adds those that the configuration lacks', () => {
  const servers = [known('web'), known('wiki', { decision: 'refused', scope: 'project' }), known('other')];
  const warnings: string[] = [];
  const replaced = withReplays(servers, tapes('web', 'wiki', 'gone'), (text) => warnings.push(text));
  expect(replaced).toMatchObject([
    { name: 'other', url: 'https://other.example/mcp' },
    { name: 'gone', scope: 'command line', replayed: { decision: null } },
    {
      name: 'web',
      scope: 'user',
      transport: 'stdio',
      url: null,
      decision: 'recorded',
      replayed: { decision: 'recorded' },
    },
    { name: 'wiki', scope: 'project', decision: 'recorded', replayed: { decision: 'refused' } },
  ]);
  expect(replaced[0]).not.toHaveProperty('replayed');
  expect(replaced[2]?.entry?.args).toEqual([expect.stringContaining('replay'), '/t/web', '/t/web-2']);
  expect(warnings).toEqual([]);
});

it('says which tapes settings may keep from starting', () => {
  const warnings: string[] = [];
  withReplays([known('web', { decision: 'denied' })], tapes('web'), (text) => warnings.push(text));
  expect(warnings).toEqual([expect.stringContaining('the tapes of: web.')]);
});

it('replaces nothing where an organization manages the servers', () => {
  const servers = [known('web', { scope: 'managed' })];
  expect(() => withReplays(servers, tapes('web'), () => {})).toThrow(/managed-mcp\.json/);
});
