import { describe, expect, it } from 'vitest';
import { matchesAny, parseHostRule } from '../../src/proxy/host-rules.js';

describe('a host is intercepted', () => {
  it.each([
    ['api.anthropic.com', 'API.Anthropic.com', 443, true],
    ['api.anthropic.com', 'api.anthropic.com.', 443, true],
    ['api.anthropic.com', 'evilapi.anthropic.com', 443, false],
    ['api.anthropic.com', 'api.anthropic.com.evil.test', 443, false],
    ['*.anthropic.com', 'api.anthropic.com', 443, true],
    ['*.anthropic.com', 'a.b.anthropic.com', 443, true],
    ['*.anthropic.com', 'anthropic.com', 443, false],
    ['*.anthropic.com', 'evilanthropic.com', 443, false],
    ['localhost:8443', 'localhost', 8443, true],
    ['localhost:8443', 'localhost', 443, false],
    ['127.0.0.1', '127.0.0.1', 9, true],
    ['127.0.0.1:9', '127.0.0.1', 9, true],
    ['127.0.0.1:9', '127.0.0.1', 10, false],
    ['*.corp.test:8443', 'api.corp.test', 8443, true],
    ['*.corp.test:8443', 'api.corp.test', 443, false],
    ['::1', '::1', 443, true],
    ['[::1]', '::1', 443, true],
    ['2001:DB8::8443', '2001:db8::8443', 443, true],
    ['2001:db8::8443', '2001:db8::', 8443, false],
    ['[2001:db8::1]:8443', '2001:DB8::1', 8443, true],
    ['[::1]:8443', '::1', 8443, true],
    ['[::1]:8443', '::1', 443, false],
  ])('rule %s, host %s, port %i: %s', (rule, host, port, expected) => {
    expect(matchesAny([parseHostRule(rule)], host, port)).toBe(expected);
  });
});
