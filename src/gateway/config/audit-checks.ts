import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describeError } from '../../base/error-text.js';
import type { Issue } from '../../rules/file/issues.js';
import type { GatewayConfig } from './schema.js';

/** Whether this user can write the audit log: a gateway that cannot would run without. Makes no file. @param folder to which paths are relative */
export function auditChecks({ audit }: GatewayConfig, folder: string): Issue[] {
  if (audit === undefined) return [];
  const file = resolve(folder, audit.file);
  try {
    if (existsSync(file)) assertFile(file);
    else assertFolder(existingAbove(file));
    return [];
  } catch (error) {
    return [{ path: ['audit', 'file'], message: `${file} cannot be written: ${describeError(error)}` }];
  }
}

function assertFile(path: string): void {
  if (statSync(path).isDirectory()) throw new Error('it is a folder');
  accessSync(path, constants.W_OK);
}

/** Folders that are missing are made at the first event. */
function assertFolder(path: string): void {
  if (!statSync(path).isDirectory()) throw new Error(`${path} is not a folder`);
  accessSync(path, constants.W_OK | constants.X_OK);
}

function existingAbove(path: string): string {
  const above = dirname(path);
  return existsSync(above) ? above : existingAbove(above);
}
