import type { ExchangeKind } from '../../model/exchange.js';

/** The first match wins. Paths may have any prefix, since gateways add their own. */
const RULES: readonly (readonly [kind: ExchangeKind, path: RegExp])[] = [
  ['oauth', /\/oauth\/(?:token|revoke|introspect|device)\b|\/v1\/oauth\/|\/api\/oauth\/|\/create_api_key\b/],
  ['messages', /\/v1\/messages\/?$/],
  ['count_tokens', /\/v1\/messages\/count_tokens\/?$/],
  ['telemetry', /\/api\/(?:event_logging|claude_code|eval)(?:\/|$)/],
  // Statsig's and Sentry's own endpoints.
  ['telemetry', /\/(?:rgstr|log_event|sdk_exception)\/?$|\/api\/\d+\/(?:envelope|store)\/?$/],
];

const TELEMETRY_HOST = /(?:^|\.)(?:statsig(?:api)?|featuregates|sentry|datadoghq)\.|(?:^|[.-])statsig(?:[.-]|$)/;

/** What a request was for, by its host and its target in any form. */
export function kindOf(host: string, target: string): ExchangeKind {
  const path = pathOf(target);
  for (const [kind, pattern] of RULES) if (pattern.test(path)) return kind;
  return TELEMETRY_HOST.test(host.toLowerCase()) ? 'telemetry' : 'other';
}

function pathOf(target: string): string {
  const withoutQuery = target.split(/[?#]/, 1)[0] ?? '';
  return withoutQuery.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
}
