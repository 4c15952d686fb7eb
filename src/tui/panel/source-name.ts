import { sep } from 'node:path';
import { findHome } from '../../base/home.js';
import { printableLine } from '../../text/text.js';

const IN_HOME = `memory:${findHome(process.env) ?? '~'}${sep}`;
const SHORT = `memory:~${sep}`;

/** A source as it is shown, with `~` for the home folder. */
export function sourceName(source: string): string {
  return printableLine(source.replace(IN_HOME, SHORT));
}

/** A source as it is stored, from one that was typed as it is shown. */
export function wholeSource(typed: string): string {
  return typed.replace(SHORT, IN_HOME);
}
