import { notify } from '../../text/output/stderr.js';
import { printJson, printLines } from '../output.js';

/** Makes an API key. It is shown only here: the configuration has its hash. */
export async function printKey({ json }: { json: boolean }): Promise<void> {
  const { makeApiKey } = await import('../../gateway/auth/index.js');
  const made = makeApiKey();
  if (json) return await printJson(made);
  await printLines([`key   ${made.key}`, `hash  ${made.hash}`]);
  notify('Give the key to its user, and the hash to auth.api_keys of the configuration. The key is not stored.');
}
