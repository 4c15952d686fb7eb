import { describe, expect, it } from 'vitest';
import { UnusableUpstreamProxyError, upstreamProxiesFromEnv } from '../../../src/proxy/upstream/upstream-proxy.js';

describe('the corporate proxy of the environment', () => {
  it('is missing when no variable, or only an empty one, is set', () => {
    expect(upstreamProxiesFromEnv({ PATH: '/bin', https_proxy: '' })).toEqual({ https: null, http: null });
  });

  it.each([
    [{ https_proxy: 'a', HTTPS_PROXY: 'b', http_proxy: 'c', HTTP_PROXY: 'd', all_proxy: 'e' }, 'a', 'c'],
    [{ HTTPS_PROXY: 'b', HTTP_PROXY: 'd', all_proxy: 'e', ALL_PROXY: 'f' }, 'b', 'd'],
    [{ all_proxy: 'e', ALL_PROXY: 'f' }, 'e', 'e'],
    [{ ALL_PROXY: 'f' }, 'f', 'f'],
    [{ HTTPS_PROXY: 'b', ALL_PROXY: 'f' }, 'b', 'f'],
    [{ HTTPS_PROXY: 'b' }, 'b', undefined],
    [{ HTTP_PROXY: 'd' }, 'd', 'd'],
  ])('is one for each scheme, lower case first, all_proxy last: %j', (env, https, http) => {
    const proxies = upstreamProxiesFromEnv(env);
    expect([proxies.https?.host, proxies.http?.host]).toEqual([https, http]);
  });

  it.each([
    { all_proxy: 'socks5://proxy.test' },
    { http_proxy: 'socks5://proxy.test' },
    { HTTP_PROXY: 'http://:0:0', all_proxy: 'http://proxy.test' },
  ])('that is unusable and not only for https is ignored: %j', (env) => {
    expect(upstreamProxiesFromEnv(env).http).toBeNull();
  });

  it('an unusable one for all does not stop a usable one for https', () => {
    const proxies = upstreamProxiesFromEnv({ HTTPS_PROXY: 'a:1', all_proxy: 'socks5://proxy.test' });
    expect(proxies).toMatchObject({ https: { host: 'a' }, http: null });
    expect(upstreamProxiesFromEnv({ all_proxy: 'socks5://proxy.test' }).https).toBeNull();
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
    expect(upstreamProxiesFromEnv({ HTTPS_PROXY: value }).https).toEqual(expected);
  });

  it.each(['http://me:secret@:0:0', 'socks5://me:secret@proxy.test'])('%s is refused without repeating it', (value) => {
    const read = () => upstreamProxiesFromEnv({ HTTPS_PROXY: value });
    expect(read).toThrow(UnusableUpstreamProxyError);
    expect(read).toThrow(/^HTTPS_PROXY (?!.*secret)/);
  });
});
