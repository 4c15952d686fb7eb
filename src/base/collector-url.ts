export const EXPECTED_COLLECTOR =
  'expected the URL of an OpenTelemetry collector, such as http://localhost:4318, without /v1/traces, without credentials and without a query';

/** Whether a text is the base URL of a collector, to which the paths of OTLP are added. */
export function isCollectorUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  const isBase = !/\/v1\/\w+\/?$/.test(pathname) && search + hash === '';
  return /^https?:$/.test(protocol) && isBase && username + password === '';
}
