import type { Env } from '../../base/env.js';
import { isLoopback } from '../../base/own-host.js';

/** Why nothing can be measured. */
export type NotMeasurable = 'no_key' | 'subscription_token' | 'bad_key' | 'bad_url' | 'insecure_url';

/** The user's own access to the Messages API. */
export interface ApiAccess {
  key: string;
  /** Without a path behind it. */
  url: URL;
}

const DEFAULT_URL = 'https://api.anthropic.com';

/**
 * From ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL. Never the credentials of captured traffic, and never a token of a subscription:
 * those are for Claude Code only.
 */
export function apiAccess(env: Env): ApiAccess | NotMeasurable {
  const key = env.ANTHROPIC_API_KEY?.trim() ?? '';
  if (key === '') return 'no_key';
  if (/^sk-ant-o[ar]t/.test(key)) return 'subscription_token';
  // Anything else cannot be in a header line.
  if (!/^[\x21-\x7e]+$/.test(key)) return 'bad_key';
  const given = env.ANTHROPIC_BASE_URL?.trim() || DEFAULT_URL;
  if (!URL.canParse(given)) return 'bad_url';
  const url = new URL(given);
  if (url.protocol === 'https:') return { key, url };
  if (url.protocol !== 'http:') return 'bad_url';
  // The key would be readable on the way.
  return isLoopback(url.hostname.replace(/^\[|\]$/g, '')) ? { key, url } : 'insecure_url';
}
