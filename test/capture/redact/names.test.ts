import { describe, expect, it } from 'vitest';
import { claudeIds } from '../../../src/capture/exchange/claude-ids.js';
import { createKindOf } from '../../../src/capture/exchange/kind.js';
import { isCredentialName, isSecretField, isTokenField } from '../../../src/capture/redact/credential-names.js';

describe('kindOf', () => {
  it.each([
    ['api.anthropic.com', '/v1/messages?beta=true', 'messages'],
    ['gateway.test', '/team/anthropic/v1/messages', 'messages'],
    ['plain.test', 'http://plain.test/v1/messages', 'messages'],
    ['api.anthropic.com', '/v1/messages/count_tokens?beta=true', 'count_tokens'],
    ['api.anthropic.com', '/v1/messages/batches', 'other'],
    ['api.anthropic.com', '/v1/messages/batches/x/results', 'other'],
    ['api.anthropic.com', '/v1/messagesx', 'other'],
    ['api.anthropic.com', '/api/event_logging/batch', 'telemetry'],
    ['api.anthropic.com', '/api/claude_code/metrics', 'telemetry'],
    ['api.anthropic.com', '/api/eval/sdk-x', 'telemetry'],
    ['statsig.anthropic.com', '/v1/initialize', 'telemetry'],
    ['o1.ingest.sentry.io', '/api/12/envelope/', 'telemetry'],
    ['console.anthropic.com', '/v1/oauth/token', 'oauth'],
    ['platform.claude.com', '/oauth/token', 'oauth'],
    ['api.anthropic.com', '/api/oauth/claude_cli/create_api_key', 'oauth'],
    ['api.anthropic.com', '/api/hello', 'other'],
    ['api.anthropic.com', '/search?q=/v1/messages', 'other'],
  ])('takes %s%s for %s', (host, target, kind) => {
    expect(createKindOf()({ host, port: 443, target })).toBe(kind);
  });

  const kindOf = createKindOf({
    hosts: ['mcp-proxy.anthropic.com'],
    servers: [
      { url: 'https://tools.test/team/mcp', hasOwnPaths: false },
      { url: 'http://[::1]:3000/sse?key=x', hasOwnPaths: true },
      { url: 'not a url', hasOwnPaths: false },
    ],
  });

  it.each([
    ['TOOLS.test', 443, '/team/mcp', 'mcp'],
    ['tools.test', 443, '/team/mcp/?cursor=1', 'mcp'],
    ['tools.test', 443, 'https://tools.test/team/mcp', 'mcp'],
    ['tools.test', 443, '/team', 'other'],
    ['tools.test', 8443, '/team/mcp', 'other'],
    ['tools.test', 443, '/register', 'oauth'],
    ['other.test', 443, '/register', 'other'],
    ['::1', 3000, '/sse', 'mcp'],
    ['[::1]', 3000, '/messages?session=1', 'mcp'],
    ['::1', 3000, '/.well-known/oauth-protected-resource', 'other'],
    ['::1', 3000, '/v1/messages', 'messages'],
    ['mcp-proxy.anthropic.com', 443, '/v1/mcp/mcpsrv_1', 'mcp'],
    ['mcp-proxy.anthropic.com', 443, '/v1/oauth/token', 'oauth'],
  ] as const)('knows requests to MCP servers by their addresses: %s:%i%s is %s', (host, port, target, kind) => {
    expect(kindOf({ host, port, target })).toBe(kind);
  });
});

describe('claudeIds', () => {
  it('reads headers of any case', () => {
    const headers = [
      ['X-Claude-Code-Session-Id', 's'],
      ['x-claude-code-agent-id', 'a'],
      ['x-claude-code-parent-agent-id', 'p'],
      ['X-CLAUDE-CODE-PROMPT-ID', 'q'],
    ] as const;
    const ids = { sessionId: 's', agentId: 'a', parentAgentId: 'p', promptId: 'q' };
    expect(claudeIds(headers, { metadata: { user_id: '{"session_id":"older"}' } })).toEqual(ids);
  });

  it.each([
    ['user_ab12_account_1f-2e_session_0aa-1bb', '0aa-1bb'],
    ['user_ab12_account__session_0aa-1bb', '0aa-1bb'],
    ['{"device_id":"d","session_id":"0aa-1bb"}', '0aa-1bb'],
    ['{"device_id":"d"}', null],
    ['someone', null],
    [5, null],
  ])('finds the session of older versions in metadata.user_id %j', (user_id, sessionId) => {
    expect(claudeIds([], { metadata: { user_id } }).sessionId).toBe(sessionId);
  });

  it('reads metadata.user_id of any length', () => {
    const hex = 'a'.repeat(30_000_000);
    expect(claudeIds([], { metadata: { user_id: `_session_${hex}z` } }).sessionId).toBeNull();
  });
});

describe('isCredentialName', () => {
  it.each([
    'Authorization',
    'Proxy-Authorization',
    'X-Api-Key',
    'api_key',
    'Cookie',
    'Set-Cookie',
    'X-Auth-Token',
    'x-amz-security-token',
    'X-CSRF-Token',
    'x-session',
    'mcp-session-id',
    'client-secret',
    'x-user-password',
    'x-claude-code-session-token',
    'Ocp-Apim-Subscription-Key',
    'x-litellm-key',
    'x-functions-key',
    'X-New-Key',
    'X-Portkey-Virtual-Key',
  ])('knows %s', (name) => {
    expect(isCredentialName(name)).toBe(true);
  });

  it.each([
    'X-Claude-Code-Session-Id',
    'x-claude-code-parent-agent-id',
    'x-client-request-id',
    'anthropic-ratelimit-input-tokens-remaining',
    'anthropic-ratelimit-unified-5h-utilization',
    'request-id',
    'X-Stainless-Retry-Count',
    'anthropic-version',
    'idempotency-key',
    'X-Idempotency-Key',
    'idempotency_key',
    'sec-websocket-key',
    'x-cache-key',
    'Surrogate-Key',
    'x-litellm-key-spend',
    'content-type',
    'author',
  ])('leaves %s alone', (name) => {
    expect(isCredentialName(name)).toBe(false);
  });
});

describe('isTokenField', () => {
  it.each(['access_token', 'refreshToken', 'id_token', 'code', 'codeVerifier', 'client_secret', 'raw_key', 'apiKey'])(
    'knows %s',
    (name) => {
      expect(isTokenField(name)).toBe(true);
    },
  );

  it.each(['token_type', 'expires_in', 'scope', 'grant_type', 'client_id', 'error_code'])('leaves %s alone', (name) => {
    expect(isTokenField(name)).toBe(false);
  });
});

describe('isSecretField', () => {
  it.each([
    'access_token',
    'session_ingress_token',
    'password',
    'worker_jwt',
    'secret',
    'apiKey',
    'apikey',
    'code_verifier',
    'Authorization',
  ])('knows %s', (name) => {
    expect(isSecretField(name)).toBe(true);
  });

  it.each(['key', 'tokens', 'token_count', 'max_tokens', 'code', 'state', 'sdkKey', 'tokenType', 'access_key_id'])(
    'leaves %s alone',
    (name) => {
      expect(isSecretField(name)).toBe(false);
    },
  );
});
