import { toJsonRow } from '../../base/json-row.js';
import { UNSAFE_CHARACTERS } from '../../base/unsafe-characters.js';
import type { LogConfig } from '../config/schema.js';
import type { GatewayFact, Report } from '../facts.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** How much a person wants to know a fact. */
export function levelOf(fact: GatewayFact): Level {
  switch (fact.type) {
    case 'request_started':
    case 'upstream_answered':
    case 'session_opened':
    case 'session_closed':
    case 'child_started':
    case 'tools_listed':
      return 'debug';
    case 'request_ended':
      // Health checks and scrapes.
      if (fact.route === null && fact.outcome === 'ok') return 'debug';
      return fact.outcome === 'internal' ? 'error' : 'info';
    case 'auth':
      return fact.outcome === 'accepted' ? 'debug' : 'info';
    case 'limited':
    case 'upstream_error':
      return 'warn';
    case 'upstream_state':
      return fact.isHealthy ? 'info' : 'warn';
    case 'breaker':
      return fact.state === 'open' ? 'warn' : 'info';
    case 'redis':
      return fact.state === 'connected' ? 'info' : 'warn';
    case 'reload_failed':
    case 'problem':
      return 'error';
    default:
      return 'info';
  }
}

/** Whether the log has what is of a level. */
export function isLogged(level: Level, { level: least }: LogConfig): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

export interface Log {
  report: Report;
  /** Writes what waits. */
  flush(): void;
}

/** @param write gets whole lines, several at once */
export function createLog(config: LogConfig, write: (lines: string) => void): Log {
  let lines: string[] = [];
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (lines.length > 0) write(lines.join(''));
    lines = [];
  }

  return {
    report(fact) {
      const level = levelOf(fact);
      if (!isLogged(level, config)) return;
      lines.push(`${config.format === 'json' ? jsonLine(level, fact) : textLine(level, fact)}\n`);
      if (lines.length >= MAX_WAITING) flush();
      else timer ??= setTimeout(flush, FLUSH_MS).unref();
    },
    flush,
  };
}

/** A write costs more than a line. */
const FLUSH_MS = 50;
const MAX_WAITING = 500;

function jsonLine(level: Level, { at, type, ...fields }: GatewayFact): string {
  return JSON.stringify({ time: timeOf(at), level, type, ...toJsonRow(fields) });
}

/** `2026-07-28T10:00:00.000Z info  request_ended route=sums status=200`; empty fields are left out. */
function textLine(level: Level, { at, type, ...fields }: GatewayFact): string {
  const texts = Object.entries(toJsonRow(fields)).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === null ? [] : `${name}=${text}`;
  });
  return [timeOf(at), level.padEnd(5), type, ...texts].join(' ');
}

function textOf(value: unknown): string | null {
  if (value === null || value === '') return null;
  if (typeof value === 'number') return String(Math.round(value * 1_000) / 1_000);
  if (typeof value === 'boolean') return String(value);
  if (isTrace(value)) return value.trace_id;
  if (Array.isArray(value)) return textOf(value.join(','));
  return quoted(typeof value === 'string' ? value : JSON.stringify(value));
}

function isTrace(value: unknown): value is { trace_id: string } {
  return typeof value === 'object' && value !== null && 'trace_id' in value && typeof value.trace_id === 'string';
}

/** Texts of clients and servers must not look like fields or lines of ours. */
function quoted(text: string): string {
  if (/^[^\s"=\\]+$/.test(text) && !UNSAFE_CHARACTERS.test(text)) return text;
  return JSON.stringify(text).replace(
    new RegExp(UNSAFE_CHARACTERS, 'gu'),
    (each) => `\\u${(each.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
