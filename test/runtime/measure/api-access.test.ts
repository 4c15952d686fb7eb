import { expect, it } from 'vitest';
import { apiAccess } from '../../../src/runtime/measure/api-access.js';

const KEY = 'sk-ant-api03-abc';

it.each([
  { env: {}, why: 'no_key' },
  { env: { ANTHROPIC_API_KEY: ' ' }, why: 'no_key' },
  // The token of Claude Code is never used in its place.
  { env: { ANTHROPIC_AUTH_TOKEN: 'token', CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-a' }, why: 'no_key' },
  { env: { ANTHROPIC_API_KEY: 'sk-ant-oat01-abc' }, why: 'subscription_token' },
  { env: { ANTHROPIC_API_KEY: 'sk-ant-ort01-abc' }, why: 'subscription_token' },
  { env: { ANTHROPIC_API_KEY: 'sk-ant\r\nx: y' }, why: 'bad_key' },
  { env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: 'gateway' }, why: 'bad_url' },
  { env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: 'ftp://gateway' }, why: 'bad_url' },
  { env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: 'http://gateway.example.com' }, why: 'insecure_url' },
  { env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: 'http://localhost.example.com' }, why: 'insecure_url' },
])('$env is $why', ({ env, why }) => {
  expect(apiAccess(env)).toBe(why);
});

it.each([
  { url: undefined, is: 'https://api.anthropic.com/' },
  { url: 'https://gateway.example.com/claude', is: 'https://gateway.example.com/claude' },
  { url: 'http://127.0.0.1:8080', is: 'http://127.0.0.1:8080/' },
  { url: 'http://[::1]:8080', is: 'http://[::1]:8080/' },
])('ANTHROPIC_BASE_URL $url asks $is', ({ url, is }) => {
  expect(apiAccess({ ANTHROPIC_API_KEY: ` ${KEY} `, ANTHROPIC_BASE_URL: url })).toEqual({ key: KEY, url: new URL(is) });
});
