import { expect, it } from 'vitest';
import { advise, settingsChanges } from '../../src/advice/index.js';
import { type ConfiguredSource, settingsObject } from '../../src/model/settings-entry.js';
import { anEvidence, aTool, aUse, called } from './evidence.js';

const configuredAs = (source: string, project: string | null, isShared = false): ConfiguredSource => ({
  source,
  name: source.slice(source.indexOf(':') + 1),
  project,
  isShared,
});

function changes(evidence: Parameters<typeof anEvidence>[0], configured: readonly ConfiguredSource[] = []) {
  const { findings } = advise(anEvidence(evidence));
  return settingsChanges(findings, configured).map(({ project, entries }) => [project, settingsObject(entries)]);
}

it('joins the findings of each file, the file of the user first', () => {
  const sources = ['tool:WebSearch', 'skill:tidy', 'skill:bake', 'agent:scout', 'mcp:maps', 'mcp:tickets'].map((each) =>
    aUse(each),
  );
  const configured = [
    configuredAs('mcp:maps', '/shop', true),
    configuredAs('mcp:tickets', null),
    configuredAs('skill:bake', '/shop'),
    configuredAs('agent:scout', null),
  ];
  expect(changes({ sources }, configured)).toEqual([
    [
      null,
      {
        permissions: { deny: ['WebSearch', 'Agent(scout)'] },
        skillOverrides: { tidy: 'user-invocable-only' },
        deniedMcpServers: [{ serverName: 'tickets' }],
      },
    ],
    ['/shop', { skillOverrides: { bake: 'user-invocable-only' }, disabledMcpjsonServers: ['maps'] }],
  ]);
});

it('writes a server of one project that is not shared by name, and each server where it is configured', () => {
  const configured = [
    configuredAs('mcp:maps', '/shop'),
    configuredAs('mcp:maps', '/other', true),
    { ...configuredAs('mcp:my_server', null), name: 'my server' },
  ];
  expect(changes({ sources: ['mcp:maps', 'mcp:my_server'].map((each) => aUse(each)) }, configured)).toEqual([
    ['/other', { disabledMcpjsonServers: ['maps'] }],
    ['/shop', { deniedMcpServers: [{ serverName: 'maps' }] }],
  ]);
});

it('leaves to the user what nothing configures, commands, and what is a matter of judgement', () => {
  const sources = [
    aUse('mcp:tickets'),
    aUse('skill:team:bake'),
    aUse('skill:team:stew', called(1)),
    aUse('memory:/home/ada/CLAUDE.md', { funnel: null }),
    aUse('mcp:rare', called(1)),
  ];
  expect(changes({ sources }, [configuredAs('mcp:rare', null)])).toEqual([]);
  expect(changes({ sources }, [configuredAs('skill:team:bake', '/shop')])).toEqual([
    ['/shop', { skillOverrides: { 'team:bake': 'user-invocable-only' } }],
  ]);
});

it('denies single tools where their server is configured, and servers of plugins in the file of the user', () => {
  const sources = [aUse('mcp:maps', { ...called(30), idleTokens: 3_000 }), aUse('mcp:plugin_kit_api')];
  const tools = [
    aTool('mcp:maps', 'mcp__maps__draw', { tokens: 10_000 }),
    aTool('mcp:maps', 'mcp__maps__find', { called: 30, tokens: 30_000 }),
  ];
  expect(changes({ sources, tools }, [configuredAs('mcp:maps', '/shop', true)])).toEqual([
    [null, { env: { ENABLE_TOOL_SEARCH: 'true' }, deniedMcpServers: [{ serverName: 'plugin:kit:api' }] }],
    ['/shop', { permissions: { deny: ['mcp__maps__draw'] } }],
  ]);
});

it('has no setting for versions with which none was tried', () => {
  expect(changes({ sources: [aUse('tool:WebSearch'), aUse('mcp:a')], claudeVersion: '3.0.0' })).toEqual([]);
});
