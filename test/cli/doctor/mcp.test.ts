import { describe, expect, it } from 'vitest';
import { checkMcpServers } from '../../../src/cli/doctor/mcp.js';
import type { KnownMcpServer, McpDecision } from '../../../src/mcp/discover/index.js';
import { readClaudeSettings } from '../../../src/settings/claude/index.js';

const settings = readClaudeSettings({ env: { HOME: '/nowhere' }, cwd: '/nowhere', managedFolders: [] });

function server(name: string, decision: McpDecision, url: string | null = null): KnownMcpServer {
  const transport = url === null ? 'stdio' : 'http';
  return { name, scope: 'user', transport, url, entry: null, decision, secrets: [] };
}

const check = (servers: KnownMcpServer[], env = {}) => checkMcpServers({ servers, problems: [] }, env, settings);

describe('checkMcpServers', () => {
  it('names each server, and why one is not recorded', () => {
    const findings = check([
      server('web', 'recorded', 'https://me:zorblax@mcp.test:8443/zorblax?key=zorblax'),
      server('tool', 'stdio_off'),
      server('new', 'unapproved', 'https://new.test/'),
      server('other', 'unapproved'),
      server('bad', 'recorded', 'zorblax'),
    ]);
    expect(findings.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'ok web (user, mcp.test:8443) is recorded',
      expect.stringMatching(/^note tool \(user, program\) is not recorded: .*mcp\.stdio true/),
      expect.stringMatching(/^note new .* not approved it yet.*once you approve it, it is recorded$/),
      expect.stringMatching(/^note other .* Claude Code asks first$/),
      'note bad (user, URL) is not recorded: its URL is not valid',
    ]);
    expect(JSON.stringify(findings)).not.toContain('zorblax');
  });

  it('says that nothing is configured, not read or switched off', () => {
    expect(check([])).toMatchObject([{ level: 'ok', message: expect.stringContaining('none in Claude Code') }]);
    expect(checkMcpServers(null, {}, settings)).toMatchObject([{ message: expect.stringContaining('mcp.enabled') }]);
    expect(checkMcpServers({ servers: [], problems: ['x is broken'] }, {}, settings)[0]).toMatchObject({
      level: 'note',
      message: 'x is broken',
    });
  });

  it('says that nothing is read with a client certificate', () => {
    const findings = check([server('web', 'recorded', 'https://x.test'), server('tool', 'recorded')], {
      CLAUDE_CODE_CLIENT_CERT: '/me.pem',
    });
    expect(findings.map(({ level }) => level)).toEqual(['note', 'ok']);
  });
});
