import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { codeOf, describeError } from '../../base/error-text.js';
import { isRecord, isTooDeep } from '../../base/json.js';
import { type Issue, issuesOf } from '../../rules/file/issues.js';
import { pathText } from '../../rules/file/path-text.js';
import { type Place, positionOf } from '../../rules/file/position.js';
import { type ConfigProblem, GatewayConfigError } from './config-error.js';
import { crossChecks } from './cross-checks.js';
import { applyOverrides } from './overrides.js';
import { resolveReferences } from './references.js';
import { type GatewayConfig, gatewayConfig } from './schema.js';

const MAX_CONFIG_BYTES = 1024 * 1024;

/** A configuration, and where relative paths in it begin. */
export interface LoadedConfig {
  file: string;
  folder: string;
  config: GatewayConfig;
}

/** @throws GatewayConfigError with everything that is wrong */
export async function loadGatewayConfig(file: string, env: NodeJS.ProcessEnv): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw wholeFile(
      file,
      codeOf(error) === 'ENOENT' ? 'does not exist; --config names another file' : describeError(error),
    );
  }
  return { file, folder: dirname(resolve(file)), config: parseGatewayConfig(text, file, env) };
}

/**
 * @param file named in problems; relative paths in it begin at its folder
 * @throws GatewayConfigError with everything that is wrong
 */
export function parseGatewayConfig(text: string, file: string, env: NodeJS.ProcessEnv): GatewayConfig {
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) throw wholeFile(file, `larger than ${MAX_CONFIG_BYTES / 1024} KB`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  // After the first few, syntax errors are consequences of earlier ones.
  const wrong = [...document.errors, ...document.warnings].slice(0, 5);
  if (wrong.length > 0) {
    const problems = wrong.map(({ message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      return { path: '', line, column: col, message };
    });
    throw new GatewayConfigError(file, problems);
  }
  const written: unknown = plain(() => document.toJS({ maxAliasCount: 100 }), file);
  if (!isRecord(written)) throw wholeFile(file, 'expected version, routes and other fields');
  if (isTooDeep(written)) throw wholeFile(file, 'nested too deep');
  const issues: Issue[] = [];
  const resolved = resolveReferences(written, { env, folder: dirname(resolve(file)) }, issues);
  const { config, overrides } = applyOverrides(isRecord(resolved) ? resolved : {}, env);
  const placeOf = (path: readonly PropertyKey[]): Place => positionOf(document, path, lines);
  const parsed = gatewayConfig.safeParse(config);
  // A reference without a value would lead to a second problem, which helps nobody.
  if (issues.length === 0 && !parsed.success) issues.push(...issuesOf(parsed.error.issues));
  if (parsed.success && issues.length === 0) issues.push(...crossChecks(parsed.data));
  if (issues.length > 0 || !parsed.success) {
    const problems = issues.map(({ path, message }): ConfigProblem => {
      const override = overrides.find((each) => each.path.every((key, index) => key === String(path[index])));
      if (override === undefined) return { path: pathText(path), ...placeOf(path), message };
      return { path: override.variable, line: null, column: null, message };
    });
    throw new GatewayConfigError(
      file,
      problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)),
    );
  }
  return parsed.data;
}

function plain(work: () => unknown, file: string): unknown {
  try {
    return work();
  } catch (error) {
    throw wholeFile(file, describeError(error));
  }
}

function wholeFile(file: string, message: string): GatewayConfigError {
  return new GatewayConfigError(file, [{ path: '', line: null, column: null, message }]);
}
