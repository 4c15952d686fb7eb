import { chmodSync, renameSync, writeFileSync } from 'node:fs';

/** Replaces a file, for its owner only (0600), in one step: a crash leaves the old text or the new one. */
export function replacePrivately(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  // The mode above only applies to a new file.
  chmodSync(temporary, 0o600);
  renameSync(temporary, file);
}
