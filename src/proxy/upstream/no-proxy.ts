import { BlockList, isIP } from 'node:net';
import { normalHost, splitPort } from '../host-rules.js';

/**
 * Whether NO_PROXY excludes this target from the proxy, by the rules that curl and Node share: entries are divided by commas
 * or spaces; `*` matches everything; a name, with or without a leading dot (or `*.`), matches itself and its subdomains;
 * `name:port` matches only that port; IP addresses match exactly or by CIDR block.
 */
export function noProxyMatches(noProxy: string, host: string, port: number): boolean {
  const wanted = normalHost(host);
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entryMatches(entry.toLowerCase(), wanted, port));
}

function entryMatches(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return blockContains(entry, host);
  const { host: pattern, port: onlyPort } = splitPort(entry);
  if (onlyPort !== null && onlyPort !== port) return false;
  const name = normalHost(pattern).replace(/^\*?\./, '');
  if (name === '') return false;
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function blockContains(block: string, host: string): boolean {
  const [network = '', prefix = ''] = block.split('/');
  const family = isIP(network);
  const length = Number(prefix);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(prefix) || length > (family === 4 ? 32 : 128))
    return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, length, type);
  return list.check(host, type);
}
