import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type * as z from 'zod';
import { codeOf, describeError } from '../../base/error-text.js';
import { expected } from '../../base/expected.js';
import { isRecord } from '../../base/json.js';
import { isTooDeep } from '../../base/map-strings.js';
import { type Issue, issuesOf } from '../../rules/file/issues.js';
import { pathText } from '../../rules/file/path-text.js';
import { inOrder, ofWholeFile, readYaml } from '../../rules/file/read-yaml.js';
import type { RuleProblem } from '../../rules/rule-set.js';
import { GatewayConfigError } from './config-error.js';
import { crossChecks } from './cross-checks.js';
import { applyOverrides, overrideAt } from './overrides.js';
import { resolveReferences } from './references.js';
import { type GatewayConfig, gatewayConfig } from './schema.js';

const MAX_CONFIG_BYTES = 1024 * 1024;

/** A configuration, and the folder to which paths in it are relative. */
export interface LoadedConfig {
  file: string;
  folder: string;
  config: GatewayConfig;
}

/** A configuration that was read from its file. */
export interface ConfigFile extends LoadedConfig {
  /** An error of these issues, with their places in the file. */
  errorOf(issues: readonly Issue[]): GatewayConfigError;
}

/** @throws GatewayConfigError with everything that is wrong */
export async function loadGatewayConfig(file: string, env: NodeJS.ProcessEnv): Promise<ConfigFile> {
  const text = await readText(file);
  return { file, folder: dirname(resolve(file)), ...parse(text, file, env, gatewayConfig, crossChecks) };
}

/**
 * Some fields alone. The others may be wrong, or refer to secrets that only the gateway has.
 * @throws GatewayConfigError with everything that is wrong in them
 */
export async function loadGatewayPart<Part extends z.ZodObject>(
  file: string,
  env: NodeJS.ProcessEnv,
  part: Part,
): Promise<z.output<Part>> {
  return parse(await readText(file), file, env, part, () => []).config;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const isMissing = codeOf(error) === 'ENOENT';
    const reason = isMissing ? 'does not exist. Use --config to name another file.' : describeError(error);
    throw new GatewayConfigError(file, [ofWholeFile(reason)]);
  }
}

/**
 * @param file named in problems; paths in it are relative to its folder
 * @throws GatewayConfigError with everything that is wrong
 */
export function parseGatewayConfig(text: string, file: string, env: NodeJS.ProcessEnv): GatewayConfig {
  return parse(text, file, env, gatewayConfig, crossChecks).config;
}

function parse<Schema extends z.ZodObject>(
  text: string,
  file: string,
  env: NodeJS.ProcessEnv,
  schema: Schema,
  check: (config: z.output<Schema>) => Issue[],
): { config: z.output<Schema>; errorOf: ConfigFile['errorOf'] } {
  const fail = (problems: RuleProblem[]) => new GatewayConfigError(file, problems);
  const { value: written, placeOf } = readYaml(text, MAX_CONFIG_BYTES, fail);
  if (!isRecord(written)) throw fail([ofWholeFile('expected version, routes and other fields')]);
  if (isTooDeep(written)) throw fail([ofWholeFile('nested too deep')]);
  const unresolved: Issue[] = [];
  const resolved = resolveReferences(written, { env, folder: dirname(resolve(file)) }, unresolved);
  const issues = unresolved.filter(({ path: [field = ''] }) => Object.hasOwn(schema.shape, field));
  const { config, overrides } = applyOverrides(isRecord(resolved) ? resolved : {}, env, fail);
  const parsed = schema.safeParse(config, { error: expected });
  // A reference without a value would lead to a second problem, which helps nobody.
  if (issues.length === 0 && !parsed.success) issues.push(...issuesOf(parsed.error.issues));
  if (parsed.success && issues.length === 0) issues.push(...check(parsed.data));
  const errorOf = (all: readonly Issue[]) => {
    const problems = all.map(({ path, message }): RuleProblem => {
      const override = overrideAt(overrides, path);
      if (override === undefined) return { path: pathText(path), ...placeOf(path), message };
      return { ...ofWholeFile(message), path: override.variable };
    });
    return fail(inOrder(problems));
  };
  if (issues.length > 0 || !parsed.success) throw errorOf(issues);
  return { config: parsed.data, errorOf };
}
