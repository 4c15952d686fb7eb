import { now } from '../../base/clock.js';
import { toJsonRow } from '../../base/json-row.js';
import { UNSAFE_CHARACTERS } from '../../base/unsafe-characters.js';
import type { LogConfig } from '../config/schema.js';
import type { GatewayFact, Report } from '../facts.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** The level at which a fact is logged. */
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
    case 'connections_refused':
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

/** Whether the log includes facts of a level. */
export function isLogged(level: Level, { level: least }: LogConfig): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

export interface Log {
  report: Report;
  /** Writes the lines that are waiting. */
  flush(): void;
}

/** Takes whole lines, several at once. @returns false if its reader is too far behind: these lines are dropped */
export type WriteLog = (lines: string) => boolean;

/** @param problem gets a fact when lines begin to be dropped; when the log is read again, it says how many are missing */
export function createLog(config: LogConfig, write: WriteLog, problem: Report): Log {
  let lines: string[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (lines.length === 0) return;
    const written = lines;
    lines = [];
    const gap =
      dropped === 0 ? '' : lineOf(dropFact(`${dropped} lines were dropped here because the log was not read`));
    const isTaken = write(gap + written.join(''));
    const isFirst = !isTaken && dropped === 0;
    dropped = isTaken ? 0 : dropped + written.length;
    if (isFirst) problem(dropFact('the log is not read: its lines are dropped'));
  }

  function lineOf(fact: GatewayFact): string {
    const level = levelOf(fact);
    return `${config.format === 'json' ? jsonLine(level, fact) : textLine(level, fact)}\n`;
  }

  return {
    report(fact) {
      if (!isLogged(levelOf(fact), config)) return;
      lines.push(lineOf(fact));
      if (lines.length >= MAX_WAITING) flush();
      else timer ??= setTimeout(flush, FLUSH_MS).unref();
    },
    flush,
  };
}

/** A write costs more than a line. */
const FLUSH_MS = 50;
const MAX_WAITING = 500;

function dropFact(message: string): GatewayFact {
  return { type: 'problem', at: now(), part: 'log', message };
}

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
