import type { Reader } from '../store/index.js';
import { narrowRequests } from './narrowed-reader.js';
import type { PanelData, Scope } from './panel/data/panel-data.js';

/** Shows only requests of one project or agent, and sessions that have some. */
export function scopedData(data: PanelData, scope: Scope): PanelData {
  function narrowed(reader: Reader): Reader {
    return {
      ...narrowRequests(reader, scope),
      turns: (filter, page) => reader.turns({ ...filter, ...scope }, page),
      countTurns: (filter) => reader.countTurns({ ...filter, ...scope }),
      sessions: (filter, page) => reader.sessions({ ...filter, ...scope }, page),
      stats: (filter, options) => reader.stats({ ...filter, ...scope }, options),
      sourceUses: (filter) => reader.sourceUses({ ...filter, ...scope }),
      funnels: (period) => reader.funnels({ ...period, ...scope }),
      cacheMisses: (period) => reader.cacheMisses({ ...period, ...scope }),
      activity: (period, limit) => reader.activity({ ...period, ...scope }, limit),
    };
  }
  return { ...data, scope, ask: (question) => data.ask((reader) => question(narrowed(reader))) };
}
