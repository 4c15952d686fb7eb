import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Env } from '../../src/base/env.js';
import type { KnownMcpServer } from '../../src/mcp/discover/index.js';
import { childEnvironment, planLaunch, proxyUrl, ruledServers } from '../../src/runtime/launch-plan.js';
import { DEFAULT_CONFIG } from '../../src/settings/config.js';

const DEFAULT_HOSTS = DEFAULT_CONFIG.intercept_hosts;
const ADDRESS = {
  port: 4321,
  credentials: { username: 'token', password: 's3cret' },
  caFile: '/tmp/session/ca.pem',
  trustFile: null,
};
const URL_OF_OURS = 'http://token:s3cret@127.0.0.1:4321';

const plan = (env: Env) => planLaunch(DEFAULT_CONFIG, env);
const childOf = (env: Env, address: Parameters<typeof childEnvironment>[2] = ADDRESS) =>
  childEnvironment(env, plan(env), address);

describe('planLaunch', () => {
  it('reads the configured hosts in an empty environment, without a proxy and without warnings', () => {
    expect(plan({})).toEqual({
      interceptHosts: DEFAULT_HOSTS,
      mcpHosts: [],
      ruledHosts: [],
      upstreamProxies: { https: null, http: null },
      noProxy: '',
      warnings: [],
    });
  });

  it.each([
    ['https://gateway.corp.example/claude', 'gateway.corp.example:443'],
    ['http://127.0.0.1:8080', '127.0.0.1:8080'],
    ['http://[::1]:4000/x', '[::1]:4000'],
    ['https://GATEWAY.corp.example:8443', 'gateway.corp.example:8443'],
  ])('adds the host and port of ANTHROPIC_BASE_URL: %s', (url, host) => {
    expect(plan({ ANTHROPIC_BASE_URL: url }).interceptHosts).toEqual([...DEFAULT_HOSTS, host]);
  });

  describe('with MCP servers', () => {
    const server = (url: string | null, decision: KnownMcpServer['decision'] = 'recorded'): KnownMcpServer => ({
      ...{
        name: 'x',
        scope: 'user',
        transport: url === null ? 'stdio' : 'http',
        url,
        entry: null,
        decision,
        secrets: [],
      },
    });
    const withServers = (servers: KnownMcpServer[] | null, config = DEFAULT_CONFIG, env: Env = {}) =>
      planLaunch(config, env, servers);

    it('adds their hosts with their ports, each once, and none that is read anyway', () => {
      const plan = withServers([
        server('https://MCP.example/x?key=zorblax'),
        server('https://mcp.example:443/y'),
        server('http://localhost:3000/mcp'),
        server('http://[::1]/mcp'),
        server('https://api.anthropic.com/mcp'),
        server('not a url'),
        server(null),
      ]);
      expect(plan.mcpHosts).toEqual(['mcp.example:443', 'localhost:3000', '[::1]:80']);
      expect(plan.interceptHosts).toEqual([...DEFAULT_HOSTS, ...plan.mcpHosts]);
    });

    it('adds those that wait for approval, and no others', () => {
      const decisions = ['unapproved', 'refused', 'denied', 'disabled', 'excluded', 'no_session', 'mode'] as const;
      const servers = decisions.map((decision) => server(`https://${decision.replace('_', '-')}.test/`, decision));
      expect(withServers(servers).mcpHosts).toEqual(['unapproved.test:443']);
    });

    it('adds the connectors of claude.ai where the configured hosts do not have them', () => {
      const config = { ...DEFAULT_CONFIG, intercept_hosts: ['api.anthropic.com'] };
      expect(withServers([], config).mcpHosts).toEqual(['mcp-proxy.anthropic.com:443']);
      expect(withServers(null, config).mcpHosts).toEqual([]);
    });

    it('never lets rules act on hosts of the Claude API, whatever is configured', () => {
      const servers = [
        server('https://mcp.example/mcp'),
        server('https://api.anthropic.com/mcp'),
        server('https://mcp-proxy.anthropic.com/v1/mcp/x'),
        server('http://localhost:8080/mcp'),
        server('http://localhost:8081/mcp'),
      ];
      const config = { ...DEFAULT_CONFIG, intercept_hosts: ['gateway.example'] };
      const plan = withServers(servers, config, { ANTHROPIC_BASE_URL: 'http://localhost:8080' });
      expect(plan.ruledHosts).toEqual(['mcp.example:443', 'localhost:8081']);
      expect(ruledServers(servers, plan).map(({ url }) => url)).toEqual([
        'https://mcp.example/mcp',
        'http://localhost:8081/mcp',
      ]);
    });

    it('adds nothing when the client has a certificate of its own', () => {
      const env = { CLAUDE_CODE_CLIENT_CERT: '/cert.pem' };
      expect(withServers([server('https://mcp.example')], DEFAULT_CONFIG, env).interceptHosts).toEqual([]);
    });

    it('removes their hosts from NO_PROXY of the command, and keeps them for the way out', () => {
      const env = { NO_PROXY: 'localhost,127.0.0.1,.corp' };
      const plan = withServers([server('http://localhost:3000/mcp'), server('https://mcp.corp/')], DEFAULT_CONFIG, env);
      expect(childEnvironment(env, plan, ADDRESS).NO_PROXY).toBe('127.0.0.1');
      expect(plan.noProxy).toBe('localhost,127.0.0.1,.corp');
    });
  });

  it('adds no host twice', () => {
    const hosts = ['api.anthropic.com', 'API.anthropic.com'];
    expect(planLaunch({ ...DEFAULT_CONFIG, intercept_hosts: hosts }, {}).interceptHosts).toEqual(['api.anthropic.com']);
  });

  it('warns of an invalid ANTHROPIC_BASE_URL, and ignores an empty one', () => {
    expect(plan({ ANTHROPIC_BASE_URL: 'not a url' })).toMatchObject({
      interceptHosts: DEFAULT_HOSTS,
      warnings: [expect.stringContaining('ANTHROPIC_BASE_URL')],
    });
    expect(plan({ ANTHROPIC_BASE_URL: '' }).warnings).toEqual([]);
  });

  it('reads nothing when the client has a certificate of its own, and warns of it', () => {
    expect(plan({ CLAUDE_CODE_CLIENT_CERT: '/cert.pem', ANTHROPIC_BASE_URL: 'https://x.example' })).toMatchObject({
      interceptHosts: [],
      warnings: [expect.stringContaining('CLAUDE_CODE_CLIENT_CERT')],
    });
  });

  it('chains to the proxy of the environment, lower case first, with its exceptions', () => {
    const env = {
      HTTPS_PROXY: 'http://upper.example:1',
      https_proxy: 'http://me:pass%20word@lower.example:3128',
      NO_PROXY: 'upper',
      no_proxy: 'lower',
    };
    expect(plan(env)).toMatchObject({
      upstreamProxies: {
        https: {
          protocol: 'http',
          host: 'lower.example',
          port: 3128,
          credentials: { username: 'me', password: 'pass word' },
        },
        http: null,
      },
      noProxy: 'lower',
    });
    expect(plan({ NO_PROXY: 'upper' }).noProxy).toBe('upper');
  });
});

describe('childEnvironment', () => {
  it('overrides both spellings of the proxy, and sets the CA file', () => {
    expect(childOf({ https_proxy: 'http://company:1', NODE_EXTRA_CA_CERTS: '/company.pem' })).toEqual({
      HTTPS_PROXY: URL_OF_OURS,
      https_proxy: URL_OF_OURS,
      HTTP_PROXY: URL_OF_OURS,
      http_proxy: URL_OF_OURS,
      NODE_EXTRA_CA_CERTS: ADDRESS.caFile,
    });
  });

  it('keeps all other variables, and never sets ANTHROPIC_BASE_URL', () => {
    const ours = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NODE_EXTRA_CA_CERTS'];
    const names = fc
      .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/)
      .filter((name) => !/_proxy$|^NODE_EXTRA/i.test(name));
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), (others) => {
        const child = childEnvironment(others, planLaunch(DEFAULT_CONFIG, {}), ADDRESS);
        for (const name of ours) delete child[name];
        expect(child).toEqual({ ...others });
      }),
    );
  });

  it('omits variables without a value', () => {
    expect(childOf({ UNSET: undefined })).not.toHaveProperty('UNSET');
  });

  it('sets the bundle for other programs only when it exists', () => {
    const trusting = childOf({ SSL_CERT_FILE: '/theirs.pem' }, { ...ADDRESS, trustFile: '/tmp/session/bundle.pem' });
    for (const name of ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO']) {
      expect(trusting[name]).toBe('/tmp/session/bundle.pem');
    }
    expect(childOf({ SSL_CERT_FILE: '/theirs.pem' })).toMatchObject({ SSL_CERT_FILE: '/theirs.pem' });
  });

  it.each([
    ['*', undefined],
    ['', undefined],
    ['api.anthropic.com', undefined],
    ['API.Anthropic.com', undefined],
    ['.anthropic.com', undefined],
    ['anthropic.com', undefined],
    ['*.anthropic.com', undefined],
    ['api.anthropic.com:443', undefined],
    ['statsig.anthropic.com', undefined],
    ['com', undefined],
    ['claude.ai,localhost', 'localhost'],
    ['localhost 127.0.0.1\tapi.anthropic.com', 'localhost,127.0.0.1'],
    ['localhost,10.0.0.0/8,.corp.example', 'localhost,10.0.0.0/8,.corp.example'],
    ['evilanthropic.com,anthropic.com.example', 'evilanthropic.com,anthropic.com.example'],
  ])('NO_PROXY %j becomes %j, in both spellings', (value, expected) => {
    for (const name of ['NO_PROXY', 'no_proxy']) expect(childOf({ [name]: value })[name]).toBe(expected);
  });

  it('keeps NO_PROXY when nothing is read', () => {
    const env = { NO_PROXY: 'api.anthropic.com', CLAUDE_CODE_CLIENT_CERT: '/cert.pem' };
    expect(childOf(env).NO_PROXY).toBe('api.anthropic.com');
  });

  it('also removes the host of ANTHROPIC_BASE_URL from NO_PROXY', () => {
    const env = { NO_PROXY: 'localhost,127.0.0.1', ANTHROPIC_BASE_URL: 'http://127.0.0.1:8080' };
    expect(childOf(env).NO_PROXY).toBe('localhost');
  });
});

it('proxyUrl contains the credentials', () => {
  expect(new URL(proxyUrl(ADDRESS))).toMatchObject({ username: 'token', password: 's3cret', host: '127.0.0.1:4321' });
});
