import { describe, expect, it } from 'vitest';
import { UnusableUpstreamProxyError, upstreamProxyFromEnv } from '../../src/proxy/upstream-proxy.js';

describe('the corporate proxy of the environment', () => {
  it('is none when no variable, or only an empty one, is set', () => {
    expect(upstreamProxyFromEnv({ PATH: '/bin', https_proxy: '' })).toBeNull();
  });

  it('is taken from lower case before upper, from https before http', () => {
    const all = { HTTP_PROXY: 'd:1', http_proxy: 'c:1', HTTPS_PROXY: 'b:1', https_proxy: 'a:1' };
    expect(upstreamProxyFromEnv(all)?.host).toBe('a');
    expect(upstreamProxyFromEnv({ ...all, https_proxy: undefined })?.host).toBe('b');
    expect(upstreamProxyFromEnv({ HTTP_PROXY: 'd:1', http_proxy: 'c:1' })?.host).toBe('c');
  });

  it.each([
    ['proxy.test:3128', { protocol: 'http', host: 'proxy.test', port: 3128, credentials: null }],
    ['http://proxy.test', { protocol: 'http', host: 'proxy.test', port: 80, credentials: null }],
    ['https://proxy.test/', { protocol: 'https', host: 'proxy.test', port: 443, credentials: null }],
    ['http://[::1]:8080', { protocol: 'http', host: '::1', port: 8080, credentials: null }],
    [
      'http://me:p%40ss%@proxy.test:8080',
      { protocol: 'http', host: 'proxy.test', port: 8080, credentials: { username: 'me', password: 'p%40ss%' } },
    ],
    [
      'me:p%40ss@proxy.test:8080',
      { protocol: 'http', host: 'proxy.test', port: 8080, credentials: { username: 'me', password: 'p@ss' } },
    ],
  ])('%s', (value, expected) => {
    expect(upstreamProxyFromEnv({ HTTPS_PROXY: value })).toEqual(expected);
  });

  it.each(['http://me:secret@:0:0', 'socks5://me:secret@proxy.test'])('%s is refused without repeating it', (value) => {
    const read = () => upstreamProxyFromEnv({ HTTPS_PROXY: value });
    expect(read).toThrow(UnusableUpstreamProxyError);
    expect(read).toThrow(/^HTTPS_PROXY (?!.*secret)/);
  });
});
