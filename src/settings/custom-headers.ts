import type { HeaderList } from '../model/exchange.js';

/** Header lines that are not credentials, whoever sets them. claude-trace needs some of them. */
const PLAIN = /^(?:anthropic-(?:beta|version)|user-agent|accept(?:-\w+)?|content-type|x-app|x-stainless-.*)$/i;

/**
 * Header lines of `ANTHROPIC_CUSTOM_HEADERS` (`Name: value`, one a line), which Claude Code adds to its requests. Gateways take
 * credentials in headers of any name.
 * @param values of the variable, from the environment and from Claude Code's settings
 */
export function customHeaders(values: readonly (string | undefined)[]): HeaderList {
  return values.flatMap((value) =>
    (value ?? '').split(/[\r\n]+/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      const name = line.slice(0, Math.max(0, colon)).trim();
      const content = line.slice(colon + 1).trim();
      return name === '' || content === '' || PLAIN.test(name) ? [] : [[name, content]];
    }),
  );
}
