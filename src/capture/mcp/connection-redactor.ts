import type { McpConnection } from '../../model/mcp.js';
import { addressOfUrl } from '../exchange/kind.js';
import type { Redactor } from '../redact/redactor.js';

/** What knows the secrets of a connection's server: of a program by its name, of others by their hosts, as their HTTP exchanges. */
export function redactorOfConnection(
  redactor: Redactor,
  { transport, name, target }: Pick<McpConnection, 'transport' | 'name' | 'target'>,
): Redactor {
  const address = transport !== 'stdio' && URL.canParse(target) ? addressOfUrl(new URL(target)) : null;
  return redactor.ofServer(address ?? `program ${name}`);
}
