import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/capture/redact/redactor.js';
import type { HeaderList } from '../../../src/model/exchange.js';

const KEY = Buffer.from('a key of the installation');
const SECRET = 'Zx9-secret_Value-0123456789';

const redactor = () => createRedactor(KEY);
const LABEL = redactor().label(SECRET);

describe('a Messages body', () => {
  const stored = (body: unknown): unknown => {
    const safe = redactor().settingFields(Buffer.from(JSON.stringify(body)));
    return safe === null ? body : JSON.parse(safe.toString());
  };

  it.each([
    ['authorization_token', SECRET, LABEL],
    ['authorization', `Bearer ${SECRET}`, createRedactor(KEY).label(`Bearer ${SECRET}`)],
    ['api_key', SECRET, LABEL],
    ['apiKey', SECRET, LABEL],
    ['access_token', SECRET, LABEL],
    ['client_secret', SECRET, LABEL],
    ['password', SECRET, LABEL],
    ['headers', { Authorization: SECRET }, { Authorization: LABEL }],
    ['headers', { 'X-Api-Key': SECRET, Accept: 'x' }, { 'X-Api-Key': LABEL, Accept: 'x' }],
    ['headers', { Cookie: SECRET }, { Cookie: LABEL }],
    ['headers', [{ name: 'X-Any', value: `Bearer ${SECRET}` }], [{ name: 'X-Any', value: `Bearer ${LABEL}` }]],
    ['url', `https://me:${SECRET}@mcp.test/sse`, `https://${createRedactor(KEY).label(`me:${SECRET}`)}@mcp.test/sse`],
    ['url', `https://mcp.test/sse?api_key=${SECRET}&a=1`, `https://mcp.test/sse?api_key=${LABEL}&a=1`],
    ['url', `https://mcp.test/token/${SECRET}/sse`, `https://mcp.test/token/${LABEL}/sse`],
  ])('loses %s of its MCP servers', (name, value, expected) => {
    const body = (field: unknown) => ({ model: 'm', mcp_servers: [{ type: 'url', name: 'x', [name]: field }] });
    expect(stored(body(value))).toEqual(body(expected));
  });

  it('keeps its conversation and the definitions of its tools exactly', () => {
    const credentials = { password: SECRET, authorization_token: SECRET, url: `https://h.test/?token=${SECRET}` };
    const body = {
      system: [{ type: 'text', text: 'x', api_key: SECRET }],
      messages: [{ role: 'user', content: [{ type: 'tool_use', input: credentials }] }],
      tools: [
        {
          name: 'log_in',
          input_schema: { properties: { password: { default: SECRET } } },
          input_examples: [credentials],
        },
      ],
      max_tokens: 5,
      tool_choice: { type: 'auto' },
    };
    expect(redactor().settingFields(Buffer.from(JSON.stringify(body)))).toBeNull();
  });

  it('keeps the folders of auto mode under any name', () => {
    const rule_roots = { userSettings: '/home/ann/.claude', session: '/app', hostCredential: '/app' };
    const body = { safeguards: [{ type: 'dangerous_tool_use', classifier_context: { live_cwd: '/app', rule_roots } }] };
    expect(redactor().settingFields(Buffer.from(JSON.stringify(body)))).toBeNull();
  });

  it('loses what comes after its conversation, and the same secret where the conversation repeats it', () => {
    const one = redactor();
    const body = `{"messages":[{"content":"${SECRET}"}],"mcp_servers":[{"authorization_token":"${SECRET}"}]}`;
    const safe = one.settingFields(Buffer.from(body)) ?? Buffer.alloc(0);
    expect(one.bytes(safe, false)?.toString()).toBe(body.replaceAll(SECRET, LABEL));
  });
});

describe('any other body', () => {
  it.each(['session_cookie', 'passphrase', 'pwd', 'private_key', 'aws_secret_access_key', 'credentials', 'bearer'])(
    'loses %s',
    (name) => {
      const json = redactor().secretFields(Buffer.from(JSON.stringify({ [name]: SECRET, other: 'kept' })));
      expect(JSON.parse(json?.toString() ?? '')).toEqual({ [name]: LABEL, other: 'kept' });
    },
  );

  it.each([
    ['PWD', '/home/ann/project'],
    ['PWD', '/Users/ann/My Project'],
    ['PWD', 'C:\\Users\\ann\\project'],
    ['GOOGLE_APPLICATION_CREDENTIALS', '~/keys/service.json'],
    ['github_token', '/run/secrets/github'],
  ])('keeps %s=%s: a path is not a secret, and is part of many texts', (name, path) => {
    expect(redactor().secretFields(Buffer.from(JSON.stringify({ env: { [name]: path } })))).toBeNull();
  });

  it.each(['/9j4AAQ+SkZJRgABAQ/Zx9', '/Ab/cd0123456789ABCDEF', '/zx9secretvalue0123456'])(
    'loses the secret %s',
    (secret) => {
      const json = redactor().secretFields(Buffer.from(JSON.stringify({ token: secret })));
      expect(JSON.parse(json?.toString() ?? '')).toEqual({ token: redactor().label(secret) });
    },
  );

  it('as a form loses its credentials', () => {
    const form = `grant_type=client_credentials&client_id=a&client_secret=${SECRET}&password=${SECRET}`;
    expect(redactor().secretFields(Buffer.from(form))?.toString()).toBe(form.replaceAll(SECRET, LABEL));
  });
});

describe('header lines', () => {
  const one = (name: string, value: string, settings: HeaderList = []) =>
    createRedactor(KEY, settings).headers([[name, value]])[0]?.[1];

  it.each(['X-Goog-Api-Key', 'X-Amz-Security-Token', 'X-Company-Pass', 'X-Vault-Token', 'Private-Token', 'X-Pwd'])(
    'lose the value of %s',
    (name) => expect(one(name, SECRET)).toBe(LABEL),
  );

  it.each([
    ['realtime, openai-insecure-api-key.%s', 'realtime, openai-insecure-api-key.%s'],
    ['bearer, %s', 'bearer, %s'],
    ['mqtt, graphql-transport-ws', 'mqtt, graphql-transport-ws'],
    ['%s', '%s'],
  ])('lose tokens among the protocols of a WebSocket: %s', (value, expected) => {
    expect(one('Sec-WebSocket-Protocol', value.replace('%s', SECRET))).toBe(expected.replace('%s', LABEL));
  });

  it("lose those that the user's settings define, also where a body or a URL repeats their values", () => {
    const settings: HeaderList = [['X-Team', SECRET]];
    const told = createRedactor(KEY, settings);
    expect(one('x-team', SECRET, settings)).toBe(LABEL);
    expect(told.text(`it is ${SECRET}`)).toBe(`it is ${LABEL}`);
    expect(told.url(`https://h.test/a?q=${SECRET}`)).toBe(`https://h.test/a?q=${LABEL}`);
    expect(told.secretFields(Buffer.from('{"X-Team":"short"}'))?.toString()).toContain('[redacted:');
  });
});

describe('a URL', () => {
  it.each([
    [`/mcp/sk-live_${'a'.repeat(20)}/sse`, 1],
    ['/bot123456789:AAF-abcdefghijklmnopqrstuvwxyz01234/getMe', 1],
    ['/services/T01ABCDEF/B01ABCDEF/x8Kp2LmN4qRs6TuV8wXy0ZaB', 1],
    ['/api/mcp/s/ZjM0ZTU2NzgtYWJjZC00ZWZnLWhpamstbG1ub3Bx%3D%3D/mcp', 1],
    ['/t/0123456789abcdef0123456789abcdef/v1/messages', 1],
    ['/login/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 1],
    ['/webhook/abc123def456', 1],
    ['/v1/messages/count_tokens?beta=true', 0],
    ['/v1/oauth/token', 0],
    ['/v1/messages/batches/msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d/results', 0],
    ['/v1/files/file_011CNha8iCJcU1wXNR6q4V8w/content', 0],
    ['/api/organizations/7c9e6679-7425-40de-944b-e07fc1f90ae7/claude_code/sessions', 0],
    ['/model/us.anthropic.claude-sonnet-4-20250514-v1:0/invoke-with-response-stream', 0],
    [
      '/v1/projects/my-project-123456/locations/us-east5/publishers/anthropic/models/claude-3-5-sonnet-v2@20241022:rawPredict',
      0,
    ],
    ['/claude-code-releases/2.1.332/linux-x64/claude', 0],
  ])('loses what is secret in its path, and nothing else: %s', (path, secrets) => {
    const safe = redactor().url(`https://h.test${path}`);
    expect(safe.match(/\[redacted:\w{16}\]/g) ?? []).toHaveLength(secrets);
    if (secrets === 0) expect(safe).toBe(`https://h.test${path}`);
  });

  it('teaches its secrets before any body is read', () => {
    const one = redactor();
    one.learnUrl(`/token/${SECRET}/x?y=1`);
    expect(one.text(`see ${SECRET}`)).toBe(`see ${LABEL}`);
  });
});
