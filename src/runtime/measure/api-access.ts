import type { Env } from '../../base/env.js';
import { hostOf } from '../../base/host-and-port.js';
import { isLoopback } from '../../base/own-host.js';

/** Reasons why nothing can be measured. */
export type NotMeasurable = 'no_key' | 'subscription_token' | 'bad_key' | 'bad_url' | 'insecure_url';

/** The user's own access to the Messages API. */
export interface ApiAccess {
  key: string;
  /** Base URL: the path of the operation is added to its own. */
  url: URL;
}

const DEFAULT_URL = 'https://api.anthropic.com';

/**
 * Access by ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL. Credentials of captured traffic and tokens of subscriptions are never used:
 * those are for Claude Code only.
 */
export function apiAccess(env: Env): ApiAccess | NotMeasurable {
  const key = env.ANTHROPIC_API_KEY?.trim() ?? '';
  if (key === '') return 'no_key';
  if (/^sk-ant-o[ar]t/.test(key)) return 'subscription_token';
  // Other characters cannot be in a header line.
  if (!/^[\x21-\x7e]+$/.test(key)) return 'bad_key';
  const given = env.ANTHROPIC_BASE_URL?.trim() || DEFAULT_URL;
  if (!URL.canParse(given)) return 'bad_url';
  const url = new URL(given);
  if (url.protocol === 'https:') return { key, url };
  if (url.protocol !== 'http:') return 'bad_url';
  // Others could read the key on the way.
  return isLoopback(hostOf(url)) ? { key, url } : 'insecure_url';
}
