import { onTestFinished } from 'vitest';
import { parseGatewayConfig } from '../../../src/gateway/config/load-config.js';
import type { GatewayConfig } from '../../../src/gateway/config/schema.js';
import type { GatewayFact } from '../../../src/gateway/facts.js';
import { type Gateway, type GatewayDeps, startGateway } from '../../../src/gateway/gateway.js';

export interface RunningGateway {
  gateway: Gateway;
  /** Of a route. */
  url(route: string): string;
  facts: GatewayFact[];
  /** Of one type, in order. */
  factsOf<Type extends GatewayFact['type']>(type: Type): Extract<GatewayFact, { type: Type }>[];
  /** Takes another configuration. */
  reload(config: object): Promise<void>;
}

export const KEY = 'a key for tests that has at least 32 bytes';

/** A checked configuration. @param fields without version and listen */
export function gatewayConfig(fields: object, env: NodeJS.ProcessEnv = {}): GatewayConfig {
  const text = JSON.stringify({ version: 1, listen: { port: 0 }, keys: [KEY], ...fields });
  return parseGatewayConfig(text, 'gateway.yaml', env);
}

/**
 * Starts a gateway in this process on a free port.
 * @param config without version and listen
 * @param folder that relative paths begin at
 */
export async function runningGateway(
  config: object,
  env: NodeJS.ProcessEnv = {},
  deps: Partial<GatewayDeps> = {},
  folder = process.cwd(),
): Promise<RunningGateway> {
  const facts: GatewayFact[] = [];
  const loaded = (fields: object) => {
    return { file: 'gateway.yaml', folder, config: gatewayConfig(fields, env) };
  };
  const gateway = await startGateway(loaded(config), {
    ...deps,
    report(fact) {
      facts.push(fact);
      deps.report?.(fact);
    },
  });
  onTestFinished(async () => {
    await gateway.stop(0);
  });
  return {
    gateway,
    url: (route) => `${gateway.url}/mcp/${route}`,
    facts,
    factsOf: <Type extends GatewayFact['type']>(type: Type) =>
      facts.filter((fact): fact is Extract<GatewayFact, { type: Type }> => fact.type === type),
    reload: (changed) => gateway.reload(loaded(changed)),
  };
}
