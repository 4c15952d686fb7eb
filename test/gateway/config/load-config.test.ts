import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GatewayConfigError } from '../../../src/gateway/config/config-error.js';
import { loadGatewayConfig, parseGatewayConfig } from '../../../src/gateway/config/load-config.js';
import { removeFolder } from '../../support/remove-folder.js';

const MINIMAL = `version: 1
routes:
  docs:
    upstreams:
      - url: http://127.0.0.1:9000/mcp
`;

function problemsOf(text: string, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    parseGatewayConfig(text, 'gateway.yaml', env);
    return [];
  } catch (error) {
    if (!(error instanceof GatewayConfigError)) throw error;
    return error.message.split('\n');
  }
}

describe('a configuration', () => {
  it('of one route has the defaults of everything else', () => {
    const { listen, limits, routes } = parseGatewayConfig(MINIMAL, 'gateway.yaml', {});
    expect(listen).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(limits.body).toBe(10 * 1024 * 1024);
    expect(routes).toMatchObject([
      {
        name: 'docs',
        balance: 'round_robin',
        upstreams: [{ name: 'u1', weight: 1, url: 'http://127.0.0.1:9000/mcp' }],
      },
    ]);
  });

  it('takes values from the environment and from files, and the environment wins over the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'claude-trace-gateway-'));
    onTestFinished(() => removeFolder(folder));
    writeFileSync(join(folder, 'token'), 'token-from-a-file\n');
    const text = `${MINIMAL.trimEnd()}
        headers: { X-Team: "\${TEAM}", X-Zone: "\${ZONE:-eu}", X-Price: "$\${5}" }
        credentials: { bearer: "\${file:token}" }
listen: { port: "\${PORT}" }
`;
    const env = {
      TEAM: 'blue',
      PORT: '9001',
      CLAUDE_TRACE_GATEWAY_LISTEN__HOST: 'localhost',
      CLAUDE_TRACE_GATEWAY_ORIGINS: '[https://a.example]',
    };
    const { listen, origins, routes } = parseGatewayConfig(text, join(folder, 'gateway.yaml'), env);
    expect(listen).toEqual({ host: 'localhost', port: 9001 });
    expect(origins).toEqual(['https://a.example']);
    expect(routes[0]?.upstreams[0]).toMatchObject({
      headers: { 'X-Team': 'blue', 'X-Zone': 'eu', 'X-Price': `${'$'}{5}` },
      credentials: { bearer: 'token-from-a-file' },
    });
  });

  it('a wrong configuration has a problem for each mistake, with its place', () => {
    expect(
      problemsOf(`version: 1
listen: { port: 70000 }
routs: {}
routes:
  docs:
    balance: best
    upstreams:
      - url: ftp://example.com
      - command: []
    limits: { session_idle: 5 minutes }
`),
    ).toEqual([
      'gateway.yaml:2:11: listen.port: expected a whole number from 0 to 65535',
      'gateway.yaml:3:1: routs: unknown field "routs"; did you mean routes?',
      'gateway.yaml:6:5: routes.docs.balance: expected round_robin, weighted, least_connections, random, sticky',
      'gateway.yaml:8:9: routes.docs.upstreams[0].url: expected a URL that begins with https:// or http://',
      'gateway.yaml:9:9: routes.docs.upstreams[1].command: expected a program, and its arguments',
      'gateway.yaml:10:15: routes.docs.limits.session_idle: expected a duration such as 90s, 10m, 2h or 1d',
    ]);
  });

  it.each(['mcp.example.com', 'MCP_1.example', '127.0.0.2', '[2001:db8::1]', 'xn--bcher-kva.example'])(
    'takes %s as a name in Host',
    (host) => {
      expect(problemsOf(MINIMAL, { CLAUDE_TRACE_GATEWAY_HOSTS: JSON.stringify([host]) })).toEqual([]);
    },
  );

  it.each(['x:8443', 'https://x', '2001:db8::1', '*.example.com', 'bücher.example', 'x/', ''])(
    'refuses %j as a name in Host, which would match none',
    (host) => {
      expect(problemsOf(`${MINIMAL}hosts: [a.example, ${JSON.stringify(host)}]\n`)).toEqual([
        'gateway.yaml:6:20: hosts[1]: expected a host name such as mcp.example.com, without https:// and port; of other alphabets, its form that begins with xn--',
      ]);
    },
  );

  it.each(['127.0.0.2', '::1', 'localhost'])('takes %s as an address to listen on', (host) => {
    expect(problemsOf(`${MINIMAL}listen: { host: "${host}" }\nmetrics: { listen: { host: "${host}" } }\n`)).toEqual([]);
  });

  it.each(['https://x', 'x:8080', 'x/mcp', ' x', 'x y', '[::1]', '::1]:80', '127.0.0.256', '*', ''])(
    'refuses %j as an address to listen on, which would fail only at the start',
    (host) => {
      const expected =
        'host: expected an address or a host name, such as 127.0.0.1, :: or localhost, without https://, brackets, port and path';
      expect(problemsOf(`${MINIMAL}listen: { host: "${host}" }\nmetrics: { listen: { host: "${host}" } }\n`)).toEqual([
        `gateway.yaml:6:11: listen.${expected}`,
        `gateway.yaml:7:22: metrics.listen.${expected}`,
      ]);
    },
  );

  it.each(['https://a.example', 'http://localhost:3000', 'http://[::1]:3000', 'vscode-webview://0a1b'])(
    'takes %s as a page',
    (origin) => {
      expect(problemsOf(MINIMAL, { CLAUDE_TRACE_GATEWAY_ORIGINS: JSON.stringify([origin]) })).toEqual([]);
    },
  );

  it.each([
    'https://a.example/',
    'a.example',
    'https://A.example',
    'https://a.example:443',
    'https://a/b',
    'null',
    '*',
  ])('refuses %s as a page, which no browser sends', (origin) => {
    expect(problemsOf(`${MINIMAL}origins: ["${origin}"]\n`)).toEqual([
      'gateway.yaml:6:11: origins[0]: expected an origin such as https://app.example.com or http://localhost:3000, without a path, a slash at the end or the usual port',
    ]);
  });

  it.each(['Content-Length', 'transfer-encoding', 'Expect', 'Connection', 'Upgrade', 'Mcp-Session-Id'])(
    'cannot add the header %s to requests',
    (name) => {
      expect(problemsOf(`${MINIMAL.trimEnd()}\n        headers: { X-Team: blue, ${name}: "1" }\n`)).toEqual([
        expect.stringMatching(
          `^gateway\\.yaml:6:34: routes\\..*: ${name} cannot be set here: the gateway itself sends`,
        ),
      ]);
    },
  );

  it.each(['5 €', 'a\\nb', 'a\\0'])('refuses %s as the value of a header', (value) => {
    expect(problemsOf(`${MINIMAL.trimEnd()}\n        headers: { X-Price: "${value}" }\n`)).toEqual([
      'gateway.yaml:6:20: routes.docs.upstreams[0].headers["X-Price"]: a header holds one line of ASCII or Latin-1; others must be encoded, such as € as %E2%82%AC',
    ]);
  });

  it('that does not exist is named, with the option that names another', async () => {
    await expect(loadGatewayConfig('/nowhere/gateway.yaml', {})).rejects.toThrow(
      '/nowhere/gateway.yaml: does not exist. Use --config to name another file.',
    );
  });

  it('names the nearest field of the kind of upstream that was meant', () => {
    expect(problemsOf('version: 1\nroutes:\n  docs:\n    upstreams:\n      - comand: [node]\n')).toContain(
      'gateway.yaml:5:9: routes.docs.upstreams[0].comand: unknown field "comand"; did you mean command?',
    );
  });

  it('names a variable that is not set or has a wrong value, without the value', () => {
    expect(problemsOf(`${MINIMAL}keys: ["\${SEAL}"]\n`)).toEqual([
      'gateway.yaml:6:8: keys[0]: the environment variable SEAL is not set',
    ]);
    expect(problemsOf(`${MINIMAL}keys: ["\${SEAL}"]\n`, { SEAL: 'short' })).toEqual([
      'gateway.yaml:6:8: keys[0]: expected at least 32 bytes, for example from: openssl rand -base64 32',
    ]);
    expect(problemsOf(MINIMAL, { CLAUDE_TRACE_GATEWAY_LISTEN__PORT: 'many' })).toEqual([
      'gateway.yaml: CLAUDE_TRACE_GATEWAY_LISTEN__PORT: expected a whole number from 0 to 65535',
    ]);
  });

  it.each([
    ['LISTNE__PORT', '1', 'unknown field "listne"; did you mean listen?'],
    ['ROUTES__DOCS__UPSTREAMS__0__URL', 'http://a.example', 'expected a list, not an object'],
    ['ROUTES__OTHER__BALANCE', 'random', 'is missing; expected a list'],
    ['LISTEN', 'localhost', 'expected an object, not text'],
    ['VERSION__A', '1', 'expected version: 1'],
  ])('names the variable %s, where the problem is in what it made of the file', (name, value, problem) => {
    const variable = `CLAUDE_TRACE_GATEWAY_${name}`;
    expect(problemsOf(MINIMAL, { [variable]: value })).toEqual([`gateway.yaml: ${variable}: ${problem}`]);
  });

  it('names the variable of the field, where another one made what is around it', () => {
    const names = ['CLAUDE_TRACE_GATEWAY_AUDIT__FILE', 'CLAUDE_TRACE_GATEWAY_AUDIT__KEEP'] as const;
    expect(problemsOf(MINIMAL, { [names[0]]: 'audit.jsonl', [names[1]]: 'all' })).toEqual([
      `gateway.yaml: ${names[1]}: expected a whole number from 1 to 10000`,
    ]);
  });

  it('does not blame a variable for a field of the file beside it', () => {
    const twice = '      - { name: u1, url: "http://127.0.0.1:9001/mcp" }\n';
    expect(problemsOf(MINIMAL + twice, { CLAUDE_TRACE_GATEWAY_ROUTES__DOCS__BALANCE: 'random' })).toEqual([
      'gateway.yaml:3:3: routes.docs: two upstreams have the name u1',
    ]);
  });

  it('names a variable whose value begins like YAML, but is not', () => {
    expect(problemsOf(MINIMAL, { CLAUDE_TRACE_GATEWAY_ORIGINS: '[https://a.example' })).toEqual([
      expect.stringMatching(/^gateway\.yaml: CLAUDE_TRACE_GATEWAY_ORIGINS: Flow sequence must end with/),
    ]);
  });

  it('without authentication listens on loopback only', () => {
    expect(problemsOf(`${MINIMAL}listen: { host: 0.0.0.0 }\n`)).toEqual([
      'gateway.yaml:6:11: listen.host: without `auth`, the gateway listens on loopback only: anyone on the network could use its servers',
    ]);
  });

  it.each([
    ['text that is not YAML', 'version: [1', /gateway\.yaml:1:\d+: /],
    ['a list', '- 1', /expected version, routes/],
    ['a value in 10,000 lists', `a: ${'['.repeat(10_000)}${']'.repeat(10_000)}`, /^gateway\.yaml: nested too deep$/],
    [
      'a network with too many bits',
      `${MINIMAL}trusted_proxies: [10.0.0.0/8, 10.0.0.0/33]\n`,
      /^gateway\.yaml:6:31: trusted_proxies\[1\]: expected an IP address, or a network such as 10\.0\.0\.0\/8$/,
    ],
    [
      'a proxy that is a name',
      `${MINIMAL}trusted_proxies: [proxy]\n`,
      /^gateway\.yaml:6:19: trusted_proxies\[0\]: expected an address, or a network such as 10\.0\.0\.0\/8$/,
    ],
    [
      'a password in the address of an upstream, which has `credentials`',
      MINIMAL.replace('http://', 'http://u:p@'),
      /upstreams\[0\]\.url: a URL cannot hold a password: use `credentials`$/,
    ],
    ['a field named __proto__', `${MINIMAL}__proto__: { a: 1 }\n`, /unknown field/],
    [
      'two upstreams with one name',
      MINIMAL.replace('- url', '- name: a\n        url: http://a.example\n      - name: a\n        url'),
      /two upstreams/,
    ],
  ])('is refused: %s', (_what, text, problem) => {
    expect(problemsOf(text).join('\n')).toMatch(problem);
  });

  it.each(['http://h:4318/v1/traces', 'http://h:4318/?x=y', 'http://u:p@h:4318'])(
    'refuses %s as tracing.endpoint, as `otlp.endpoint` does',
    (endpoint) => {
      expect(problemsOf(`${MINIMAL}tracing: { endpoint: "${endpoint}" }\n`)).toEqual([
        expect.stringMatching(
          /^gateway\.yaml:6:12: tracing\.endpoint: expected the URL of an OpenTelemetry collector, [^`]*$/,
        ),
      ]);
    },
  );
});

describe('docs', () => {
  const read = (page: string) => readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
  const env = { SESSION_KEY: 'a key that has more than 32 bytes!', OIDC_CLIENT_SECRET: 'x', DOCS_TOKEN: 'y' };

  it('have an example that is valid, and uses every part', () => {
    const config = parseGatewayConfig(read('gateway.example.yaml'), 'gateway.example.yaml', env);
    const unset = Object.entries(config).filter(([, value]) => value === undefined);
    expect(unset).toEqual([]);
    expect(config.routes.map(({ name }) => name)).toEqual(['docs', 'files']);
  });

  it('begin with a configuration that is valid', () => {
    const [, yaml = ''] = /```yaml\n([^`]*)```/.exec(read('gateway.md')) ?? [];
    const { routes, auth } = parseGatewayConfig(yaml.replace(/^ {3}/gm, ''), 'gateway.yaml', {});
    expect([routes.length, auth?.api_keys.length]).toEqual([2, 1]);
  });

  it('name every key of the gateway and of a route', () => {
    const keys = [...read('gateway.md').matchAll(/`(\w+)`/g)].map(([, key]) => key);
    const config = parseGatewayConfig(read('gateway.example.yaml'), 'gateway.example.yaml', env);
    const known = [...Object.keys(config), ...Object.keys(config.routes[0] ?? {})];
    expect(known.filter((key) => !['version', 'name'].includes(key) && !keys.includes(key))).toEqual([]);
  });
});
