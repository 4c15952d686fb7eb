import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { LoadedConfig } from '../config/load-config.js';
import type { AuditConfig } from '../config/schema.js';
import type { Report } from '../facts.js';
import { type AuditLog, openAudit } from './audit-log.js';

/** The audit log of the configuration in use. */
export class CurrentAudit {
  readonly #report: Report;
  #settings: AuditConfig | null = null;
  #log: AuditLog | null = null;

  /** @param report gets the problems of the log */
  constructor(report: Report) {
    this.#report = report;
  }

  readonly listener: Report = (fact) => this.#log?.listener(fact);

  /** Takes the settings of a configuration. The log goes on if they are the same. */
  use({ config: { audit }, folder }: LoadedConfig): void {
    const settings = audit === undefined ? null : { ...audit, file: resolve(folder, audit.file) };
    if (isDeepStrictEqual(settings, this.#settings)) return;
    void this.close();
    this.#settings = settings;
    this.#log = settings && openAudit(settings, this.#report);
  }

  /** Writes what waits. Later facts are not written: they would open the file again. */
  async close(): Promise<void> {
    const ended = this.#log;
    this.#log = null;
    await ended?.close();
  }
}
